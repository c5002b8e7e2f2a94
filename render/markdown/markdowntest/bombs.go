// Package markdowntest holds contents that tests of Beep's Markdown share: natively, and of the plugin. It is for tests only.
//
//	for name, content := range markdowntest.Bombs(isRead) { ... }
package markdowntest

import (
	"sort"
	"strings"
)

// maxBytes is markdown.MaxBytes. (Package markdown's own tests import this one, so it cannot import that.)
const maxBytes = 16_000

// Bombs are contents made to cost more than they should, by name: at the length of the longest that is read, and of those
// that are then shown as text, as much as is read. isRead tells whether a content is.
func Bombs(isRead func(content string) bool) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, maxBytes/len(s)) }
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
		"www": fill("www.a "), "few www": strings.Repeat("www.a ", 120), "www in one": strings.Repeat("www.", 120) + fill("a"), "dots": fill("."), "tasks": fill("- [ ] a\n"), "deep tasks": fill("- [x] "),
		"references": fill("[a]: b\n"), "entities": fill("&"), "long label": "[" + strings.Repeat("[", 450) + strings.Repeat("a", 14_000) + strings.Repeat("]", 450),
		"backticks with escapes": strings.Repeat("\\``a", 300) + fill("a"), "quoted tildes": strings.Repeat("> ", 900) + fill("~"), "nested parentheses": fill("[a](b"), "broken urls": strings.Repeat("http://{", 120) + fill("a"),
		"items and marks": strings.Repeat("- ", 12) + strings.Repeat("\n- - - - - - - - a*", 80), "deep fence": steps(13) + strings.Repeat(" ", 26) + "- ~~~\n" + strings.Repeat(" ", 28) + fill("["),
	}
	out := map[string]string{}
	for name, s := range all {
		s = s[:min(len(s), maxBytes)]
		out[name] = s
		if !isRead(s) { // as much of it as is read is a bomb too
			n := sort.Search(len(s), func(n int) bool { return !isRead(s[:n+1]) })
			out[name+", at the limit"] = s[:n]
		}
	}
	return out
}

// steps is a list that goes one deeper in each line.
func steps(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}
