package rules

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzJudge: any message under any two words, an expression and a site. Nothing panics, a message does not get longer, text
// stays text, and what is covered once has nothing of it left to cover by the same word as written.
func FuzzJudge(f *testing.F) {
	f.Add("bad", "b.a.d baaad <@42>", "a+b", "evil.example")
	f.Add("ß 🍆", "\u0301ss\u200b🍆🏽 \xff$@!1", `(?i)\bs`, "*.xn--bcher-kva.example")
	f.Add("c++", "C++ http://a@evil.example:80/ &#58;\\/", "x.*y|x", "[::1]")
	f.Fuzz(func(t *testing.T, word, content, pattern, host string) {
		if len(content) > 16000 {
			return
		}
		c := Config{
			Words: []WordList{list(word), anywhere(word), asWritten(anywhere(word))}, Expressions: expressions(Redact, pattern).Expressions,
			Links: linkRules(LinksDeny, host).Links, Invites: Invites{Enabled: true, AllowedCodes: []string{host}, Response: Response{Action: Redact}},
			Mentions: Mentions{Enabled: true, Limit: ptr(1), Response: Response{Action: Flag}},
			Capitals: Capitals{Enabled: true, Letters: ptr(1), Response: Response{Action: Flag}},
		}
		j, _ := Compile(c)
		v := j.Judge("1", content)
		if again := j.Judge("1", content); again.Action != v.Action || again.Content != v.Content || again.Rule != v.Rule {
			t.Errorf("judged twice, %q gave %+v and %+v", content, v, again)
		}
		if utf8.RuneCountInString(v.Content) > utf8.RuneCountInString(content) {
			t.Errorf("%q grew to %q", content, v.Content)
		}
		if utf8.ValidString(content) && !utf8.ValidString(v.Content+v.Excerpt) {
			t.Errorf("%q became %q by %q", content, v.Content, v.Excerpt)
		}
		if utf8.RuneCountInString(v.Excerpt) > maxExcerpt || len(v.Rule) > maxRuleNames {
			t.Errorf("excerpt %q, rule %q", v.Excerpt, v.Rule)
		}
	})
}

// FuzzCompile: any configuration gives a judge that judges.
func FuzzCompile(f *testing.F) {
	f.Add([]byte(`{"words": [{"words": ["a", ""], "match": "x"}], "expressions": [{"pattern": "("}], "links": {"mode": "allow", "hosts": ["*"]}}`))
	f.Add([]byte(`{"mentions": {"enabled": true, "limit": -1}, "capitals": {"enabled": true, "percent": 1000}, "invites": {"enabled": true, "allowed_codes": ["/"]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c Config
		if len(raw) > 64<<10 || json.Unmarshal(raw, &c) != nil {
			return
		}
		j, problems := Compile(c)
		for _, p := range problems {
			if !strings.HasPrefix(p.Pointer, "/") || p.Message["en"] == "" || p.Message["fr"] == "" {
				t.Errorf("problem %+v", p)
			}
		}
		j.Judge("1", string(raw))
	})
}
