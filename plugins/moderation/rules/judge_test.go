package rules

import (
	"strings"
	"testing"
)

// TestWorkIsBounded: a text made to need more comparisons than maxWork counts as met.
func TestWorkIsBounded(t *testing.T) {
	var words []string
	for k := range 48 { // each ends like the next longer one, and fails at its first letter only
		words = append(words, "aa"+strings.Repeat("ba", 1+k))
	}
	c := expressions(Redact, `needle`)
	c.Words = []WordList{anywhere(words...)}
	j := compile(t, c)
	v := j.Judge("1", strings.Repeat("ab", 1990)+" needle")
	if j.work >= 0 {
		t.Fatalf("this message left %d of %d comparisons; the test needs a worse one", j.work, maxWork)
	}
	if v.Action != Redact {
		t.Errorf("a message that cannot be judged within bounds gave %q", v.Action)
	}
	if !strings.HasSuffix(v.Content, " ███") || strings.HasSuffix(v.Rule, "words[0]") {
		t.Errorf("an expression whose literal was not looked for any more was left out: %q by %q", v.Content[len(v.Content)-20:], v.Rule)
	}
	if j.work < -100*MaxWordRunes {
		t.Errorf("judging went on for %d comparisons after the last", -j.work)
	}
}

func TestNamesOfManyRules(t *testing.T) {
	var c Config
	for range MaxLists {
		c.Words = append(c.Words, WordList{Words: []string{"x"}, Response: Response{Action: Flag}})
	}
	for range MaxExpressions {
		c.Expressions = append(c.Expressions, Expression{Pattern: "x", Response: Response{Action: Flag}})
	}
	v := compile(t, c).Judge("1", "x")
	if !strings.HasPrefix(v.Rule, "words[0], words[1], words[2]") || len(v.Rule) > maxRuleNames {
		t.Errorf("the rules are %q", v.Rule)
	}
	if v := compile(t, Config{Words: []WordList{list(strings.Repeat("ab", 50))}}).Judge("1", strings.Repeat("ab", 49)+strings.Repeat("\u200b", 300)+"ab"); len(v.Excerpt) > maxExcerpt*4 {
		t.Errorf("the excerpt has %d bytes", len(v.Excerpt))
	}
}
