package render

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"github.com/beep-chat/beep/internal/mdscan"
)

// bombs are contents made to cost more than they should, at the length of the longest message.
func bombs() map[string]string {
	fill := func(s string) string { return strings.Repeat(s, MaxMarkdownBytes/len(s)) }
	half := func(a, b string) string {
		return strings.Repeat(a, 4000/len(a)/2) + strings.Repeat(b, 4000/len(b)/2)
	}
	var rising strings.Builder
	for i := range 120 {
		rising.WriteString(strings.Repeat("`", i+1) + " ")
	}
	all := map[string]string{
		"quotes": fill("> "), "quotes without blanks": fill(">"), "bullets": fill("- "), "numbers": fill("1. "), "mixed containers": fill("> - 1) "),
		"quoted lines": fill("> > > > > > > > a\n"), "list lines": fill("- - - - - - - - a\n"), "steps": steps(90), "other markers": fill("-\n*\n"),
		"other numbers": fill("1.\n1)\n"), "brackets": fill("["), "closed brackets": half("[", "]"), "links": fill("[a]("), "labels": fill("[a]"),
		"images": fill("![["), "titles": fill(`[a](b "`), "destinations": fill("[a](<b"), "nested links": half("[", "](http://a.b)"),
		"stars": fill("*"), "open stars": fill("*a "), "open strong": fill("**a "), "pairs of three": fill("***a* "), "closing": fill("a* "), "both ways": fill("a**b"),
		"underscores": fill("_a __b "), "tildes": fill("~~a "), "bars": fill("||a "), "bars alone": fill("||"), "backticks": fill("`"), "backticks apart": fill("` `` "),
		"rising backticks": rising.String(), "fences": fill("```\n"), "fence infos": fill("~~~ a\n"), "angles": fill("<"), "mentions": fill("<@1>"), "open mentions": fill("<@1 "),
		"urls": fill("http://a "), "few urls": strings.Repeat("http://a ", 100), "urls in one": strings.Repeat("http://", 100) + fill("a"), "colons": fill("http://"), "long url": "http://a/" + fill("("), "url in brackets": fill("[http://a]"), "everyone": fill("@here "), "ats": fill("@"),
		"headings": fill("# a\n"), "empty headings": fill("#\n"), "rules": fill("***\n"), "backslashes": fill(`\`), "escapes": fill(`\*`), "quotation marks": fill(`'"`),
		"wide table": "|" + strings.Repeat("a|", 900) + "\n|" + strings.Repeat("-|", 900) + "\n" + strings.Repeat("|\n", 200),
		"long table": "|" + strings.Repeat("a|", 19) + "\n|" + strings.Repeat("-|", 19) + "\n" + strings.Repeat("b\n", 1900),
		"tables":     fill("|a|\n|-|\n"), "delimiter rows": fill("|-|\n"), "cells": "|a|b|\n|-|-|\n" + fill("|||||||||\n")[:2000],
		"escaped pipes": "|a|\n|-|\n|`" + strings.Repeat(`\|`, 1900) + "`|", "line breaks": "a" + fill("\n"), "lines": fill("a\n"), "tabs": fill("\t"), "blanks": "a" + fill(" ") + "a",
		"references": fill("[a]: b\n"), "entities": fill("&"),
	}
	for name, s := range all {
		all[name] = s[:min(len(s), MaxMarkdownBytes)]
	}
	return all
}

// steps is a list that goes one deeper in each line.
func steps(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}

// The syntax tree and the HTML stay in proportion to the content, whatever is sent.
func TestBombs(t *testing.T) {
	r := New(Options{})
	for name, in := range bombs() {
		t.Run(name, func(t *testing.T) {
			checkHTML(t, r, in)
			if marks(in) > maxMarks {
				return // shown as text
			}
			if nodes, limit := count(r.parser.Parse(text.NewReader([]byte(in)))), 2*len(in)+64; nodes > limit {
				t.Errorf("%d nodes of %d bytes", nodes, len(in))
			}
		})
	}
}

func count(n ast.Node) int {
	nodes := 1
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		nodes += count(c)
	}
	return nodes
}

func TestNestingStops(t *testing.T) {
	r := New(Options{})
	for name, c := range map[string]struct{ in, element string }{
		"quotes":   {strings.Repeat("> ", 100) + "a", "<blockquote>"},
		"lists":    {strings.Repeat("- ", 100) + "a", "<ul>"},
		"emphasis": {strings.Repeat("*a **b ", 50) + strings.Repeat("** *", 50), "<em>"},
		"spoilers": {strings.Repeat("**a ||b ", 50) + strings.Repeat("||c**", 50), `<span class="spoiler">`},
	} {
		out := r.HTML(c.in)
		open, deepest := 0, 0
		for tag := range strings.SplitSeq(out, "<") {
			switch {
			case strings.HasPrefix(tag, "/blockquote"), strings.HasPrefix(tag, "/ul"), strings.HasPrefix(tag, "/em"), strings.HasPrefix(tag, "/strong"), strings.HasPrefix(tag, "/span"):
				open--
			case strings.HasPrefix(tag, "blockquote"), strings.HasPrefix(tag, "ul"), strings.HasPrefix(tag, "em"), strings.HasPrefix(tag, "strong"), strings.HasPrefix(tag, "span"):
				open++
			}
			deepest = max(deepest, open)
		}
		if deepest > maxDepth || !strings.Contains(out, "a") {
			t.Errorf("%s: %d deep: %s", name, deepest, out)
		}
	}
}

func TestTooMuchMarkupIsText(t *testing.T) {
	r := New(Options{})
	many := strings.Repeat("*a* ", maxMarks/2+1)
	if out := r.HTML(many); strings.Contains(out, "<em>") {
		t.Error("more marks than allowed are still read")
	}
	if out := r.HTML(strings.Repeat("*a* ", maxMarks/2)); strings.Count(out, "<em>") != maxMarks/2 {
		t.Error("as many marks as allowed are not read")
	}
	if out := r.HTML("*a*" + strings.Repeat(" http://a.b", maxMarks/urlMarks)); strings.Contains(out, "<em>") {
		t.Error("URLs are not counted")
	}
	if out := r.HTML("```\n" + many + "\n```\n*a*"); !strings.Contains(out, "<em>a</em>") {
		t.Error("marks in code are counted")
	}
	if out := r.HTML("*a*" + strings.Repeat(" b", MaxMarkdownBytes/2)); strings.Contains(out, "<em>") {
		t.Error("content longer than allowed is read")
	}
}

// mdscan must call code what the parser calls code, since names typed in code stay as they were typed.
func TestMDScanAgrees(t *testing.T) {
	pieces := []string{"`@x`", "``@x ` y``", "`", "``", "\\`", "@x ", "\n", "\n\n", "> ", "- ", "1. ", "```\n", "\n```\n", "~~~\n@x\n~~~\n", "# ", "  ", "*", "a"}
	r := New(Options{})
	for seed := range 3000 {
		var b strings.Builder
		for n := seed*7919 + 13; n > 0; n /= len(pieces) {
			b.WriteString(pieces[n%len(pieces)])
		}
		in := b.String()
		inCode := 0
		for i := range len(in) {
			if in[i] == '@' && mdscan.Contains(mdscan.CodeSpans(in), i) {
				inCode++
			}
		}
		if want := countInCode(r.parser.Parse(text.NewReader([]byte(in))), []byte(in)); inCode != want {
			t.Errorf("%q: mdscan finds %d @ in code, the parser %d", in, inCode, want)
		}
	}
}

func countInCode(n ast.Node, source []byte) int {
	count := 0
	switch n := n.(type) {
	case *ast.FencedCodeBlock:
		if n.Info != nil { // part of the block to mdscan
			count = strings.Count(string(n.Info.Segment.Value(source)), "@")
		}
		return count + strings.Count(string(n.Lines().Value(source)), "@")
	case *ast.CodeSpan:
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if s, ok := c.(*ast.Text); ok {
				count += strings.Count(string(s.Segment.Value(source)), "@")
			}
		}
		return count
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		count += countInCode(c, source)
	}
	return count
}

func BenchmarkHTML(b *testing.B) {
	r := New(Options{})
	ctx := context.Background()
	for _, c := range []struct{ name, in string }{
		{"plain 100", "Salut tout le monde, on se retrouve à 18h devant la bibliothèque pour le projet de programmation ? OK"},
		{"plain 1000", strings.Repeat("the quick brown fox jumps over the lazy dog, ", 22) + "again"},
		{"one mention", "hey <@1234567890123456789> can you look at this please? it fails since yesterday"},
		{"typical", "**Release 1.4** is out, see https://example.org/notes/1.4 :\n- faster *search*\n- `beep doctor` checks DNS\n\nThanks <@1234567890123456789>!"},
		{"code block", "look:\n```go\nfunc main() {\n\tfmt.Println(\"hello\", a < b && c > d)\n}\n```\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Render(ctx, 1, c.in)
			}
		})
	}
}

func BenchmarkBombs(b *testing.B) {
	r := New(Options{})
	for name, in := range bombs() {
		b.Run(fmt.Sprintf("%s %d", name, len(in)), func(b *testing.B) {
			for b.Loop() {
				r.HTML(in)
			}
		})
	}
}
