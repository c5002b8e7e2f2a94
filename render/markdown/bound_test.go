package markdown

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/beep-chat/beep/internal/mdscan"
	"github.com/beep-chat/beep/render/markdown/markdowntest"
)

func bombs() map[string]string { return markdowntest.Bombs(isRead) }

// isRead tells whether a content is read as Markdown.
func isRead(content string) bool {
	_, ok := parse([]byte(content))
	return ok && blocks(content) <= maxBlocks && len(content) <= MaxBytes
}

// The syntax tree and the HTML stay in proportion to the content, whatever is sent.
func TestBombs(t *testing.T) {
	for name, in := range bombs() {
		t.Run(name, func(t *testing.T) {
			checkHTML(t, in)
			if !isRead(in) {
				return // shown as text
			}
			tree, _ := parse([]byte(in))
			if nodes, limit := count(tree), 2*len(in)+64; nodes > limit {
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
	for name, c := range map[string]struct{ in, element string }{
		"quotes":   {strings.Repeat("> ", 100) + "a", "<blockquote>"},
		"lists":    {strings.Repeat("- ", 100) + "a", "<ul>"},
		"emphasis": {strings.Repeat("*a **b ", 50) + strings.Repeat("** *", 50), "<em>"},
		"spoilers": {strings.Repeat("**a ||b ", 50) + strings.Repeat("||c**", 50), `<span class="spoiler">`},
	} {
		out := HTML(c.in)
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
	many := strings.Repeat("*a* ", maxMarks/2+1)
	if out := HTML(many); strings.Contains(out, "<em>") {
		t.Error("more marks than allowed are still read")
	}
	if out := HTML(strings.Repeat("*a* ", maxMarks/2)); strings.Count(out, "<em>") != maxMarks/2 {
		t.Error("as many marks as allowed are not read")
	}
	if out := HTML("*a*" + strings.Repeat(" http://a.b", maxMarks/urlMarks)); strings.Contains(out, "<em>") {
		t.Error("URLs are not counted")
	}
	if out := HTML("*a*" + strings.Repeat(" www.a.b", maxMarks/urlMarks)); strings.Contains(out, "<em>") {
		t.Error("addresses with www are not counted")
	}
	for name, in := range map[string]string{
		"lines": strings.Repeat("a\n", maxBlocks+1), "quotes": strings.Repeat(">", maxBlocks), "headings": strings.Repeat("# b\n", maxBlocks/2), "bullets": strings.Repeat("- ", maxBlocks), "numbers": strings.Repeat("1) ", maxBlocks),
		"backticks": strings.Repeat("``` ` ", maxMarks/4), "calls": strings.Repeat("@here ", maxMarks), "marks in headings": "# " + strings.Repeat("*a* ", maxMarks/2) + "\n",
		"marks in many paragraphs": strings.Repeat("* a *b*\n\n", maxMarks/2), "marks in a table": "|a|\n|-|\n|" + strings.Repeat("*b* ", maxMarks/2) + "\n",
	} {
		if isRead(in + "\n\n*a*") {
			t.Errorf("%s are not counted", name)
		}
	}
	if out := HTML("```\n" + many + "\n```\n*a*"); !strings.Contains(out, "<em>a</em>") {
		t.Error("marks in code are counted")
	}
	if out := HTML("*a*" + strings.Repeat(" b", MaxBytes/2)); strings.Contains(out, "<em>") {
		t.Error("content longer than allowed is read")
	}
}

// mdscan must call code what the parser calls code, since names typed in code stay as they were typed.
func TestMDScanAgrees(t *testing.T) {
	pieces := []string{"`@x`", "``@x ` y``", "`", "``", "\\`", "@x ", "\n", "\n\n", "> ", "- ", "1. ", "```\n", "\n```\n", "~~~\n@x\n~~~\n", "# ", "  ", "*", "a"}
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
		tree, _ := parse([]byte(in))
		if want := countInCode(tree, []byte(in)); inCode != want {
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
				HTML(c.in)
			}
		})
	}
}

func BenchmarkBombs(b *testing.B) {
	for name, in := range bombs() {
		b.Run(fmt.Sprintf("%s %d", name, len(in)), func(b *testing.B) {
			for b.Loop() {
				HTML(in)
			}
		})
	}
}

func TestLinksAreBounded(t *testing.T) {
	link := func(content string) bool { return strings.Contains(HTML(content), "<a ") }
	title := func(n int) string { return `[a](<http://b.c> "` + strings.Repeat("x ", n/2) + `")` }
	if !link(title(maxTitleBytes-2)) || strings.HasSuffix(HTML(title(maxTitleBytes+2)), "a</a></p>") {
		t.Error("the length of titles is not bounded where it should")
	}
	for in, want := range map[string]int{
		strings.Repeat("a", maxURLBytes) + ")": maxURLBytes, strings.Repeat("a", maxURLBytes+1) + ")": 0,
		"<" + strings.Repeat("a", maxURLBytes) + ">": maxURLBytes + 2, "<" + strings.Repeat("a", maxURLBytes+1) + ">": 0,
		strings.Repeat("(", maxParentheses) + strings.Repeat(")", maxParentheses+1):     2 * maxParentheses,
		strings.Repeat("(", maxParentheses+1) + strings.Repeat(")", maxParentheses+1+1): 0,
		"(a": 0, "": 0, "\ta)": 0, "<a\n>": 0, "<a<b>": 0,
	} {
		if _, n := linkDestination([]byte(in)); n != want {
			t.Errorf("%.20q…: a destination of %d bytes, want %d", in, n, want)
		}
	}
}

func TestTablesAreBounded(t *testing.T) {
	table := func(columns, rows int, cell string) bool {
		row := strings.Repeat("|"+cell, columns-1) + "|\n"
		return strings.Contains(HTML(strings.Repeat("|a", columns-1)+"|\n"+strings.Repeat("|-", columns-1)+"|\n"+strings.Repeat(row, rows)), "<table>")
	}
	if !table(maxTableColumns, 1, "a") || table(maxTableColumns+1, 1, "a") {
		t.Error("columns are not bounded where they should")
	}
	if !table(3, maxTableCells/3-2, "a") || table(3, maxTableCells/3-1, "a") {
		t.Error("cells are not bounded where they should")
	}
	if !table(2, maxTableEscapes, `\|`) || table(2, maxTableEscapes+1, `\|`) {
		t.Error("escapes are not bounded where they should")
	}
}

// Each run of backticks of one length looks for its end once, not once for each of many that have none.
func TestCodeLooksOnce(t *testing.T) {
	pc := parser.NewContext()
	source := []byte(strings.Repeat("\\``a", 100) + " ``` ")
	tree := syntax().Parse(text.NewReader(source), parser.WithContext(pc))
	state := stateOf(tree.FirstChild(), pc)
	if !slices.Equal(state.alone, []int{1, 3}) {
		t.Errorf("runs of %v were looked for in vain, want 1 and 3, once each", state.alone)
	}
}
