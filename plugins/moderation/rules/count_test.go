package rules

import (
	"encoding/json"
	"strings"
	"testing"
)

func ptr(n int) *int { return &n }

func TestMentions(t *testing.T) {
	j := compile(t, Config{Mentions: Mentions{Enabled: true, Limit: ptr(2)}})
	for _, c := range []struct {
		content string
		met     string
	}{
		{"<@1> <@2>", ""},
		{"<@1> <@2> <@1> <@2>", ""},
		{"<@1> <@2> <@3>", "<@3>"},
		{"<@1> <@&1> <@&2>", "<@&2>"},
		{"@everyone @here @Everyone", ""},
		{"@everyone, @here. <@1>", "<@1>"},
		{"<@1> <@2> <#3> <#4>", ""},
		{"<@1> <@2> a@here @hereby @everyone_ mail@here <@> <@x> @bob", "@everyone"},
		{"<@1> <@2> a@here @hereby x.@here <@> <@x> @bob", ""},
	} {
		v := j.Judge("1", c.content)
		if v.Excerpt != c.met || (c.met == "") != (v.Action == None) {
			t.Errorf("judging %q met %q (%s), want %q", c.content, v.Excerpt, v.Action, c.met)
		}
	}
	none := compile(t, Config{Mentions: Mentions{Enabled: true, Limit: ptr(0)}})
	if v := none.Judge("1", "hi <@1>"); v.Action != Reject {
		t.Errorf("with a limit of 0, one mention gave %+v", v)
	}
}

func TestCapitals(t *testing.T) {
	j := compile(t, Config{Capitals: Capitals{Enabled: true, Percent: ptr(70), Letters: ptr(10), Response: Response{Action: Flag}}})
	for content, met := range map[string]bool{
		"STOP SHOUTING NOW":                    true,
		"ÇA SUFFIT À LA FIN":                   true,
		"OK LOL":                               false, // too short
		"ABCDEFGabc":                           false, // 70 %
		"ABCDEFGHab":                           true,  // 80 %
		"quiet words here":                     false,
		"他是坏人吗他是坏人吗OK":                         false, // no case
		"see https://EXAMPLE.ORG/AAAAAAAAAAAA": false,
		"12345 67890 !!!":                      false,
	} {
		if v := j.Judge("1", content); (v.Action == Flag) != met {
			t.Errorf("judging %q gave %q", content, v.Action)
		}
	}
}

func TestExemptChannels(t *testing.T) {
	j := compile(t, Config{Words: []WordList{list("bad")}, ExemptChannels: []string{"7"}})
	if v := j.Judge("7", "bad"); v.Action != None {
		t.Errorf("an exempt channel was judged: %+v", v)
	}
	if v := j.Judge("8", "bad"); v.Action != Redact {
		t.Errorf("another channel was not judged: %+v", v)
	}
}

func TestEmptyConfigurationAllows(t *testing.T) {
	for _, raw := range []string{"{}", `{"words": [], "links": {"mode": "off"}, "unknown": 1}`} {
		var c Config
		if err := json.Unmarshal([]byte(raw), &c); err != nil {
			t.Fatal(err)
		}
		if v := compile(t, c).Judge("1", strings.Repeat("BAD http://x.example <@1> ", 9)); v.Action != None {
			t.Errorf("configuration %q gave %+v", raw, v)
		}
	}
}
