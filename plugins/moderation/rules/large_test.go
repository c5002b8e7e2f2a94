package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/beep-chat/beep/plugins/moderation/rules"
	"github.com/beep-chat/beep/plugins/moderation/rules/rulestest"
)

func compile(t testing.TB, c rules.Config) *rules.Judge {
	t.Helper()
	j, problems := rules.Compile(c)
	if len(problems) > 0 {
		t.Fatalf("problem at %s: %s", problems[0].Pointer, problems[0].Message["en"])
	}
	return j
}

// TestHostileMessages runs them all; BenchmarkHostile tells what they cost, and the plugin's own test holds their fuel.
func TestHostileMessages(t *testing.T) {
	for name, c := range map[string]rules.Config{"largest": rulestest.Largest(rules.Redact), "nested": rulestest.Nested(rules.MatchAnywhere), "nested words": rulestest.Nested(rules.MatchWord)} {
		j := compile(t, c)
		for kind, content := range rulestest.Hostile {
			v := j.Judge("1", content)
			if len(v.Content) > 4*4000 && kind != "bytes that are no text" {
				t.Errorf("%s: %s grew to %d bytes", name, kind, len(v.Content))
			}
		}
	}
}

func TestNothingMetAllocatesNothing(t *testing.T) {
	j := compile(t, rulestest.Largest(rules.Reject))
	for _, content := range []string{"The class will assess the passage about Scunthorpe and Penistone.", "so free, as free as 1 can be: well-known gifts", "see https://good.example/x <@12>"} {
		if v := j.Judge("1", content); v.Action != rules.None {
			t.Fatalf("%q is met by %s", content, v.Rule)
		}
		if n := testing.AllocsPerRun(100, func() { j.Judge("1", content) }); n != 0 {
			t.Errorf("judging %q allocates %v times", content, n)
		}
	}
}

// BenchmarkJudge is a message of 200 characters under 500 words and 20 expressions.
func BenchmarkJudge(b *testing.B) {
	c := rulestest.Largest(rules.Reject)
	c.Expressions = c.Expressions[:20]
	for i := range c.Expressions {
		c.Expressions[i].Pattern = fmt.Sprintf(`(?i)\bforbidden\s+(coin|gift)s?%c+x{%d}`, 'a'+i%26, 1+i%5)
	}
	j := compile(b, c)
	content := strings.Repeat("I think that we could meet at nine, then walk to the harbour and see the boats. ", 3)[:200]
	b.ReportAllocs()
	for b.Loop() {
		if j.Judge("1", content).Action != rules.None {
			b.Fatal("met")
		}
	}
}

func BenchmarkHostile(b *testing.B) {
	for name, c := range map[string]rules.Config{"largest": rulestest.Largest(rules.Redact), "nested": rulestest.Nested(rules.MatchAnywhere)} {
		j := compile(b, c)
		for kind, content := range rulestest.Hostile {
			b.Run(name+"/"+kind, func(b *testing.B) {
				for b.Loop() {
					j.Judge("1", content)
				}
			})
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	c := rulestest.Largest(rules.Reject)
	b.ReportAllocs()
	for b.Loop() {
		rules.Compile(c)
	}
}
