package rules

import (
	"strings"
	"testing"
)

// many gives n entries.
func many(n int, entry string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = entry
	}
	return out
}

func TestProblems(t *testing.T) {
	words := func(w ...string) Config { return Config{Words: []WordList{{Words: w}}} }
	for _, c := range []struct {
		name    string
		config  Config
		pointer string // "": sound
		says    string
	}{
		{"most words", Config{Words: []WordList{{Words: many(MaxWords-1, "a")}, {Words: many(1, "a")}}}, "", ""},
		{"too many words", Config{Words: []WordList{{Words: many(MaxWords-1, "a")}, {Words: many(2, "a")}}}, "/words/1/words", "500"},
		{"too many lists", Config{Words: make([]WordList, MaxLists+1)}, "/words", "10"},
		{"longest word", words(strings.Repeat("é", MaxWordRunes)), "", ""},
		{"long word", words("ok", strings.Repeat("é", MaxWordRunes+1)), "/words/0/words/1", "100"},
		{"most letters", words(many(MaxLetters/100, strings.Repeat("ab", 50))...), "", ""},
		{"too many letters", words(many(MaxLetters/100+2, strings.Repeat("ab", 50))...), "/words/0/words/80", "8000"},
		{"no letter", words("***"), "/words/0/words/0", "letter"},
		{"empty word", words(""), "/words/0/words/0", "letter"},
		{"match", Config{Words: []WordList{{Words: []string{"a"}, Match: "maybe"}}}, "/words/0/match", ""},
		{"action", Config{Words: []WordList{{Words: []string{"a"}, Response: Response{Action: "ban"}}}}, "/words/0/action", ""},
		{"covering mentions", Config{Mentions: Mentions{Enabled: true, Response: Response{Action: Redact}}}, "/mentions/action", ""},
		{"long reason", Config{Invites: Invites{Enabled: true, Response: Response{Reason: strings.Repeat("é", MaxReasonRunes+1)}}}, "/invites/reason", "300"},
		{"no expression", expressions(Reject, `a(b`), "/expressions/0/pattern", "no )"},
		{"look-ahead", expressions(Reject, `a(?=b)`), "/expressions/0/pattern", "look-ahead"},
		{"back reference", expressions(Reject, `(a)\1`), "/expressions/0/pattern", "backslash"},
		{"star alone", expressions(Reject, `*a`), "/expressions/0/pattern", "nothing before"},
		{"matches nothing", expressions(Reject, `ok`, `x*`), "/expressions/1/pattern", "at least one"},
		{"matches a place", expressions(Reject, `\b|^$`), "/expressions/0/pattern", "at least one"},
		{"matches nothing in a branch", expressions(Reject, `a|(b?c*)`), "/expressions/0/pattern", "at least one"},
		{"long pattern", expressions(Reject, strings.Repeat("a", MaxPatternRunes+1)), "/expressions/0/pattern", "500"},
		{"longest pattern", expressions(Reject, strings.Repeat("a", MaxPatternRunes)), "", ""},
		{"complex", expressions(Reject, `a{900}`, `b{900}`), "/expressions/1/pattern", "complex"},
		{"too many expressions", expressions(Reject, many(MaxExpressions+1, "a")...), "/expressions", "30"},
		{"sites", Config{Links: Links{Mode: LinksDeny, Hosts: []string{"ok.example", "*.ok.example", "not a site"}}}, "/links/hosts/2", "site"},
		{"star in the middle", Config{Links: Links{Mode: LinksDeny, Hosts: []string{"a.*.example"}}}, "/links/hosts/0", "site"},
		{"sites while off", Config{Links: Links{Hosts: []string{"?"}}}, "/links/hosts/0", "site"},
		{"too many sites", Config{Links: Links{Hosts: many(MaxHosts+1, "a.example")}}, "/links/hosts", "200"},
		{"mode", Config{Links: Links{Mode: "perhaps"}}, "/links/mode", ""},
		{"code", Config{Invites: Invites{AllowedCodes: []string{"abc", "a b"}}}, "/invites/allowed_codes/1", "invite"},
		{"too many codes", Config{Invites: Invites{AllowedCodes: many(MaxCodes+1, "abc")}}, "/invites/allowed_codes", "100"},
		{"mentions", Config{Mentions: Mentions{Enabled: true, Limit: ptr(MaxMentions + 1)}}, "/mentions/limit", "100"},
		{"percent", Config{Capitals: Capitals{Enabled: true, Percent: ptr(100)}}, "/capitals/percent", "99"},
		{"letters", Config{Capitals: Capitals{Enabled: true, Letters: ptr(0)}}, "/capitals/letters", "1000"},
		{"too many channels", Config{ExemptChannels: many(MaxChannels+1, "1")}, "/exempt_channels", "100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, problems := Compile(c.config)
			if j == nil {
				t.Fatal("no judge")
			}
			if c.pointer == "" {
				if len(problems) > 0 {
					t.Errorf("a sound configuration has %+v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Pointer != c.pointer || !strings.Contains(problems[0].Message["en"], c.says) || problems[0].Message["fr"] == "" {
				t.Errorf("problems %+v, want one at %s that says %q", problems, c.pointer, c.says)
			}
		})
	}
}

// TestTheSoundPartStands: what has a problem does not take the rest with it.
func TestTheSoundPartStands(t *testing.T) {
	c := expressions(Redact, `a(b`, `bad`)
	c.Words = []WordList{list("...", "rude")}
	j, problems := Compile(c)
	if len(problems) != 2 {
		t.Errorf("problems %+v", problems)
	}
	if v := j.Judge("1", "rude and bad"); v.Content != "███ and ███" || v.Rule != "words[0], expressions[1]" {
		t.Errorf("got %+v", v)
	}
}
