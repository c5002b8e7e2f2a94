package mdscan

import (
	"slices"
	"strings"
	"testing"
)

func TestCodeSpans(t *testing.T) {
	cases := []struct {
		name, in string
		want     []string
	}{
		{"none", "hello *world*", nil},
		{"inline", "see `@alice` now", []string{"`@alice`"}},
		{"two", "`a` b `c`", []string{"`a`", "`c`"}},
		{"double with a backtick inside", "``a ` b`` c", []string{"``a ` b``"}},
		{"unmatched", "a ` b", nil},
		{"unmatched then matched", "`` a `b` c", []string{"`b`"}},
		{"longer run does not close", "`a `` b", nil},
		{"escaped opener", "\\`a` b", nil},
		{"escaped backslash", "\\\\`a`", []string{"`a`"}},
		{"escape shortens the opener", "\\``a` b", []string{"`a`"}},
		{"backslash is literal inside", "`a\\` b`", []string{"`a\\`"}},
		{"across lines", "`a\nb` c", []string{"`a\nb`"}},
		{"not across paragraphs", "`a\n\nb` c", nil},
		{"not across a heading", "# `a\nb`", nil},
		{"heading", "## see `x`", []string{"`x`"}},
		{"not across list items", "- `a\n- b`", nil},
		{"not into a quote", "`a\n> b`", nil},
		{"quote", "> `a` b", []string{"`a`"}},
		{"across quoted lines", "> `a\n> b`", []string{"`a\n> b`"}},
		{"lazy continuation", "> `a\nb`", []string{"`a\nb`"}},
		{"rule between", "`a\n***\nb`", nil},
		{"fence", "a\n```go\n@bob\n```\nb", []string{"```go\n@bob\n```"}},
		{"fence of tildes", "~~~\n```\n~~~\n`x`", []string{"~~~\n```\n~~~", "`x`"}},
		{"fence of tildes with backticks in its info", "~~~ a`b\nx\n~~~", []string{"~~~ a`b\nx\n~~~"}},
		{"fence that is not closed", "```\n@bob\n\n@eve", []string{"```\n@bob\n\n@eve"}},
		{"longer fence", "````\n```\n````", []string{"````\n```\n````"}},
		{"closing fence with an info is none", "```\n``` x\n```", []string{"```\n``` x\n```"}},
		{"backticks in the info make it inline", "```a```", []string{"```a```"}},
		{"three on one line, unmatched", "``` a ` b", nil},
		{"indented fence", "   ```\nx\n   ```\ny", []string{"```\nx\n   ```"}},
		{"fence indented by four is none", "    ```\nx", nil},
		{"closing fence indented by four is none", "```\nx\n    ```\ny", []string{"```\nx\n    ```\ny"}},
		{"fence interrupts a paragraph", "a `b\n```\nc`\n```", []string{"```\nc`\n```"}},
		{"fence in a quote ends with it", "> ```\n> x\ny `z`", []string{"```\n> x\n", "`z`"}},
		{"fence in a quote", "> ```\n> x\n> ```\n> y", []string{"```\n> x\n> ```"}},
		{"fence in a list", "- ```\n  x\n  ```\n- y", []string{"```\n  x\n  ```"}},
		{"fence in a list ends with it", "- ```\n  x\ny `z`", []string{"```\n  x\n", "`z`"}},
		{"fence in a numbered list", "10. ```\n    x\n    ```\n", []string{"```\n    x\n    ```"}},
		{"fence ends a list", "- a\n```\n@bob", []string{"```\n@bob"}},
		{"fence in a list, not the first block", "- a\n  ```\n  x\n`y`", []string{"```\n  x\n", "`y`"}},
		{"an empty item cannot interrupt a paragraph", "`a\n-\nb`", []string{"`a\n-\nb`"}},
		{"a list from 2 cannot interrupt a paragraph", "`a\n2. b`", []string{"`a\n2. b`"}},
		{"a list from 1 can", "`a\n1. b`", nil},
		{"an empty item ends at the second blank line", "-\n\n  ```\nx", []string{"```\nx"}},
		{"blank lines in a listed fence", "- ```\n\n  x\n  ```", []string{"```\n\n  x\n  ```"}},
		{"no list marker", "-`a`", []string{"`a`"}},
		{"not two tildes", "~~a~~ ~~b~~", nil},
		{"carriage returns", "`a`\r\n`b`", []string{"`a`", "`b`"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, span := range CodeSpans(c.in) {
				got = append(got, c.in[span[0]:span[1]])
			}
			if !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 {
				t.Fatalf("%q: got %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestContains(t *testing.T) {
	spans := CodeSpans("a `b` c `d`")
	for offset, want := range []bool{2: true, 3: true, 4: true, 8: true, 9: true, 10: true, 11: false} {
		if got := Contains(spans, offset); got != want {
			t.Errorf("offset %d: %v", offset, got)
		}
	}
	if Contains(nil, 0) {
		t.Error("no spans contain something")
	}
}

// The size of the answer and of the work behind it stays in proportion on input made to hurt.
func TestBombs(t *testing.T) {
	for name, in := range map[string]string{
		"backticks":         strings.Repeat("`", 100_000),
		"single":            strings.Repeat("` ", 100_000),
		"rising":            rising(400),
		"escaped rising":    strings.ReplaceAll(rising(400), " ", " \\"),
		"quotes":            strings.Repeat("> ", 50_000) + "`a`",
		"lists":             strings.Repeat("- ", 50_000) + "`a`",
		"fences":            strings.Repeat("```\n", 50_000),
		"tildes":            strings.Repeat("~~~\n", 50_000),
		"backslashes":       strings.Repeat("\\", 100_000) + "`a`",
		"escaped backticks": strings.Repeat("\\`", 100_000),
		"escaped pairs":     strings.Repeat("\\`` ", 50_000),
		"digits":            strings.Repeat("1) ", 50_000),
		"open fence, lines": "```\n" + strings.Repeat("> x\n", 50_000),
	} {
		t.Run(name, func(t *testing.T) { check(t, in) })
	}
}

// rising is `, “, ```, ...: no run has a partner.
func rising(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("`", i+1))
		b.WriteByte(' ')
	}
	return b.String()
}

// check holds the promises of CodeSpans for any input.
func check(t *testing.T, in string) {
	t.Helper()
	end := 0
	for _, span := range CodeSpans(in) {
		if span[0] < end || span[1] <= span[0] || span[1] > len(in) {
			t.Fatalf("%q: span %v after %d", in, span, end)
		}
		if c := in[span[0]]; c != '`' && c != '~' {
			t.Fatalf("%q: span %v begins with %q", in, span, c)
		}
		end = span[1]
	}
}

func FuzzCodeSpans(f *testing.F) {
	for _, seed := range []string{"`a`", "```\nx\n```", "> ~~~\n> x", "- `` ` ``\n\t```", "\\`` `", "1. ```\n   x"} {
		f.Add(seed)
	}
	f.Fuzz(check)
}
