package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/beep-chat/beep/plugins/moderation/rules"
	beep "github.com/beep-chat/beep/pluginsdk"
	"github.com/beep-chat/beep/pluginsdk/sdktest"
)

const config = `{
	"words": [
		{"words": ["vile"], "reason": "Please be kind."},
		{"words": ["rude", "so bad"], "match": "word", "disguises": true, "action": "redact"},
		{"words": ["odd"], "action": "flag"}
	],
	"expressions": [{"pattern": "(?i)free\\s+coins", "action": "reject"}],
	"links": {"mode": "deny", "hosts": ["*.evil.example"], "action": "redact"},
	"invites": {"enabled": true, "allowed_codes": ["ours"]},
	"mentions": {"enabled": true, "limit": 2},
	"capitals": {"enabled": true, "percent": 70, "letters": 12, "action": "flag"},
	"exempt_channels": ["9"]
}`

func TestJudge(t *testing.T) {
	p := sdktest.New(t)
	p.Configure(config)
	for _, c := range []struct {
		content string
		want    beep.Verdict
	}{
		{"hello there", beep.Allow()},
		{"so v1le", beep.Reject(beep.Text{"en": "Please be kind.", "fr": "Please be kind."}).Because("words[0]", "v1le")},
		{"not r u d e", beep.Verdict{Action: beep.ActionReplace, Content: "not ███", Rule: "words[1]", Excerpt: "r u d e"}},
		{"how odd", beep.Verdict{Action: beep.ActionFlag, Rule: "words[2]", Excerpt: "odd"}},
		{"FREE  coins!", beep.Verdict{Action: beep.ActionReject, Rule: "expressions[0]", Excerpt: "FREE  coins"}},
		{"http://www.evil.example/x", beep.Verdict{Action: beep.ActionReplace, Content: "███", Rule: "links", Excerpt: "http://www.evil.example/x"}},
		{"discord.gg/theirs", beep.Verdict{Action: beep.ActionReject, Rule: "invites", Excerpt: "discord.gg/theirs"}},
		{"discord.gg/ours", beep.Allow()},
		{"<@1> <@2> @here", beep.Verdict{Action: beep.ActionReject, Rule: "mentions", Excerpt: "@here"}},
		{"STOP THAT RIGHT NOW", beep.Verdict{Action: beep.ActionFlag, Rule: "capitals", Excerpt: "STOP THAT RIGHT NOW"}},
	} {
		got := p.Send(beep.Message{Content: c.content})
		if c.want.Reason == nil {
			if got.Action != beep.ActionAllow && (got.Reason["en"] == "" || got.Reason["fr"] == "") {
				t.Errorf("%q gave no reason in both languages: %v", c.content, got.Reason)
			}
			got.Reason = nil
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q gave %+v, want %+v", c.content, got, c.want)
		}
	}
	if v := p.Send(beep.Message{Channel: "9", Content: "vile"}); v.Action != beep.ActionAllow {
		t.Errorf("an exempt channel: %+v", v)
	}
	if v := p.Send(beep.Message{Server: "77", Content: "vile"}); v.Action != beep.ActionAllow {
		t.Errorf("a server without a configuration: %+v", v)
	}
	if log := p.Log(); len(log) > 0 {
		t.Errorf("the plugin logged %v", log)
	}
}

func TestCheck(t *testing.T) {
	p := sdktest.New(t)
	if problems := p.Check(config); len(problems) > 0 {
		t.Errorf("a sound configuration: %v", problems)
	}
	problems := p.Check(`{"words": [{"words": ["ok", "..."]}], "expressions": [{"pattern": "fine"}, {"pattern": "a(b"}, {"pattern": "x*"}]}`)
	var pointers []string
	for _, problem := range problems {
		pointers = append(pointers, problem.Pointer)
		if problem.Message["en"] == "" || problem.Message["fr"] == "" || problem.Message["en"] == problem.Message["fr"] {
			t.Errorf("%s says %v", problem.Pointer, problem.Message)
		}
	}
	if want := "/words/0/words/1 /expressions/1/pattern /expressions/2/pattern"; strings.Join(pointers, " ") != want {
		t.Errorf("problems at %q, want %q", pointers, want)
	}
}

// property is what this test reads of the schema.
type property struct {
	Type        string
	Title       string
	Description string
	Default     any
	Enum        []string
	Maximum     int
	MaxItems    int `json:"maxItems"`
	MaxLength   int `json:"maxLength"`
	Items       *property
	Properties  map[string]*property
	Beep        struct {
		FR     struct{ Title, Description string }
		Labels map[string]beep.Text
	} `json:"x-beep"`
}

func manifest(t *testing.T) *property {
	t.Helper()
	text, err := os.ReadFile("plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Config property }
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return &m.Config
}

// TestFormIsTranslated: each field has a title in English and French, and every choice a label.
func TestFormIsTranslated(t *testing.T) {
	var walk func(path string, p *property)
	walk = func(path string, p *property) {
		if (p.Title == "") != (p.Beep.FR.Title == "") || (p.Description == "") != (p.Beep.FR.Description == "") {
			t.Errorf("%s is not in both languages", path)
		}
		for _, choice := range p.Enum {
			if l := p.Beep.Labels[choice]; l["en"] == "" || l["fr"] == "" {
				t.Errorf("%s: the choice %s has no label in both languages", path, choice)
			}
		}
		for name, sub := range p.Properties {
			if sub.Title == "" {
				t.Errorf("%s/%s has no title", path, name)
			}
			walk(path+"/"+name, sub)
		}
		if p.Items != nil {
			walk(path+"/*", p.Items)
		}
	}
	walk("", manifest(t))
}

// TestFormAndRulesAgree: the form asks for the fields the rules know, and holds their limits and defaults.
func TestFormAndRulesAgree(t *testing.T) {
	form := manifest(t)
	agree(t, "", form, reflect.TypeFor[rules.Config]())
	at := func(path string) *property {
		p := form
		for name := range strings.SplitSeq(path, "/") {
			if name == "*" {
				p = p.Items
			} else {
				p = p.Properties[name]
			}
		}
		return p
	}
	for path, want := range map[string][2]int{
		"words":                 {at("words").MaxItems, rules.MaxLists},
		"words/*/words":         {at("words/*/words").MaxItems, rules.MaxWords},
		"words/*/words/*":       {at("words/*/words/*").MaxLength, rules.MaxWordRunes},
		"words/*/reason":        {at("words/*/reason").MaxLength, rules.MaxReasonRunes},
		"expressions":           {at("expressions").MaxItems, rules.MaxExpressions},
		"expressions/*/pattern": {at("expressions/*/pattern").MaxLength, rules.MaxPatternRunes},
		"links/hosts":           {at("links/hosts").MaxItems, rules.MaxHosts},
		"invites/allowed_codes": {at("invites/allowed_codes").MaxItems, rules.MaxCodes},
		"mentions/limit":        {at("mentions/limit").Maximum, rules.MaxMentions},
		"exempt_channels":       {at("exempt_channels").MaxItems, rules.MaxChannels},
	} {
		if want[0] != want[1] {
			t.Errorf("%s: the form allows %d, the rules %d", path, want[0], want[1])
		}
	}
	for path, want := range map[string]int{
		"mentions/limit": rules.DefaultMentions, "capitals/percent": rules.DefaultPercent, "capitals/letters": rules.DefaultLetters,
	} {
		if got := fmt.Sprint(at(path).Default); got != fmt.Sprint(want) {
			t.Errorf("%s: the form begins with %s, the rules with %d", path, got, want)
		}
	}
}

// agree compares the fields of an object in the form with those of a struct.
func agree(t *testing.T, path string, p *property, s reflect.Type) {
	t.Helper()
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(s) {
		if name := f.Tag.Get("json"); name != "" {
			fields[name] = f.Type
		}
	}
	for name, sub := range p.Properties {
		f, ok := fields[name]
		if !ok {
			t.Errorf("the rules do not know %s/%s", path, name)
			continue
		}
		delete(fields, name)
		if sub.Items != nil && f.Elem().Kind() == reflect.Struct {
			agree(t, path+"/"+name+"/*", sub.Items, f.Elem())
		} else if f.Kind() == reflect.Struct {
			agree(t, path+"/"+name, sub, f)
		}
	}
	for name := range fields {
		t.Errorf("the form does not ask for %s/%s", path, name)
	}
}
