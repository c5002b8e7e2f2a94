package rules

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func expressions(action Action, patterns ...string) Config {
	var c Config
	for _, p := range patterns {
		c.Expressions = append(c.Expressions, Expression{Pattern: p, Response: Response{Action: action}})
	}
	return c
}

func TestExpressions(t *testing.T) {
	for _, c := range []struct{ pattern, content, want string }{
		{`bad`, "so bad, Bad", "so ███, Bad"},
		{`(?i)bad`, "so bad, BAD", "so ███, ███"},
		{`(?i)free\s+(coins|gifts)`, "FREE  Gifts! free tea", "███! free tea"},
		{`\bb.d\b`, "bad bed abed", "███ ███ abed"},
		{`^x+`, "xxx x", "███ x"},
		{`(?i)kelvin`, "\u212aelvin", "███"},
		{`(?i)miss`, "miſſ", "███"},
		{`\d+`, "<@42> 17", "<@42> ██"},
		{`@42`, "<@42>", ""},
		{`<@42>`, "hi <@42>", "hi ███"},
		{`.+`, "a <@42> b", "███"},
		{`a <@4`, "a <@42> b", "██<@42> b"},
		{`2> b`, "a <@42> b", "a <@42>██"},
		{`foo|bar`, "a foo, a bar", "a ███, a ███"},
		{`x*y`, "xxy", "███"},
		{`1+1`, "111", "███"},
		{`[!?]{3}`, "what???", "what███"},
		{`é`, "été", "█t█"},
		{`o b`, "foooo bar", "fooo███ar"},
	} {
		v := compile(t, expressions(Redact, c.pattern)).Judge("1", c.content)
		if v.Content != c.want || c.want == "" && v.Action != None {
			t.Errorf("%s in %q gave %q, want %q", c.pattern, c.content, v.Content, c.want)
		}
		if v := compile(t, expressions(Reject, c.pattern)).Judge("1", c.content); (v.Action == Reject) != (c.want != "") {
			t.Errorf("%s in %q was to reject: %q", c.pattern, c.content, v.Action)
		}
	}
}

func TestLiterals(t *testing.T) {
	for pattern, want := range map[string]string{
		`hello`:                    "helo",
		`(?i)free\s+(coins|gifts)`: "coins|gifts",
		`a(bcd)+e`:                 "bcd",
		`(foo|barx)\d`:             "fo|barx",
		`x{2,}`:                    "x",
		`x{0,2}yz`:                 "yz",
		`\d+`:                      "",
		`foo|\d`:                   "",
		`(foo)?`:                   "",
		`...`:                      "",
		`ι`:                        "",
	} {
		tree, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, key := range literals(tree) {
			var b strings.Builder
			for _, l := range key {
				b.WriteRune(l.base)
			}
			got = append(got, b.String())
		}
		if strings.Join(got, "|") != want {
			t.Errorf("literals of %s are %q, want %q", pattern, got, want)
		}
	}
}

// TestManyFinds holds the bound of repeated searching: what is behind it is covered, seen or not.
func TestManyFinds(t *testing.T) {
	j := compile(t, expressions(Redact, `x.*y|x`))
	content := func(finds int) string {
		return strings.Repeat("x ", finds) + strings.Repeat(".", 4000-2*finds-3) + "end"
	}
	limit := maxScan / 4000
	want := strings.Repeat("█ ", limit-1) + strings.Repeat(".", 4000-2*(limit-1)-3) + "end"
	if v := j.Judge("1", content(limit-1)); v.Content != want {
		t.Errorf("%d finds gave %q", limit-1, v.Content)
	}
	if v := j.Judge("1", content(limit)); v.Content != strings.Repeat("█ ", limit-1)+"███" {
		t.Errorf("%d finds gave %q", limit, v.Content)
	}
	once := compile(t, expressions(Redact, `x+`))
	if v := once.Judge("1", content(500)); !strings.HasSuffix(v.Content, ".end") {
		t.Errorf("an expression that finds in one pass gave up: %q", v.Content)
	}
	if v := compile(t, expressions(Redact, many(MaxExpressions, `x+`)...)).Judge("1", content(1)); v.Content != mark+mark+mark {
		t.Errorf("all expressions together have no bound: %q", v.Content)
	}
}

// TestDFAAgrees compares with Go's matcher, on texts and expressions with all that looks around.
func TestDFAAgrees(t *testing.T) {
	patterns := []string{
		`bad`, `(?i)bad|ass`, `^a`, `a$`, `(?m)^b`, `(?m)a$`, `\bad\b`, `\Ba`, `a.b`, `(?s)a.b`, `[^a]b`, `(?i)σ+s`, `\pL{3}`, `a{2,3}b`, `(a|b)*ass`,
		`\Aa`, `b\z`, `é|ß`, `\x{FFFD}`, `\W\w\W`, `(ab)+$`, `(?:a|b)+?d`,
	}
	dfas := map[string]*dfa{}
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SampledFrom(patterns).Draw(t, "pattern")
		text := message(t)
		if dfas[pattern] == nil {
			tree, err := syntax.Parse(pattern, syntax.Perl)
			if err != nil {
				t.Fatal(err)
			}
			prog, err := syntax.Compile(tree.Simplify())
			if err != nil {
				t.Fatal(err)
			}
			dfas[pattern] = newDFA(prog)
		}
		yes, ok := dfas[pattern].matches(text)
		if want := regexp.MustCompile(pattern).MatchString(text); !ok || yes != want {
			t.Fatalf("%s in %q: %v, %v; Go says %v", pattern, text, yes, ok, want)
		}
	})
}

// TestDFAIsBounded: an expression whose states double with each character is left to Go's matcher, and its states do not
// grow without end.
func TestDFAIsBounded(t *testing.T) {
	j := compile(t, expressions(Reject, `[ab]*a[ab]{12}c`))
	var b strings.Builder
	for n := uint32(1); b.Len() < 4000; n = n*1664525 + 1013904223 {
		b.WriteByte("ab"[n>>31])
	}
	if v := j.Judge("1", b.String()); v.Action != None {
		t.Errorf("got %+v", v)
	}
	e := j.expressions[0]
	if e.dfa.resets <= maxResets || len(e.dfa.states) > maxStates+1 || e.re == nil {
		t.Errorf("%d resets, %d states", e.dfa.resets, len(e.dfa.states))
	}
	if v := j.Judge("1", b.String()+"abbbbbbbbbbbbc"); v.Action != Reject {
		t.Errorf("Go's matcher says %+v", v)
	}
}
