package markdown

import (
	"bytes"
	"strconv"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// linkAttributes follow the href of every link.
const linkAttributes = `" rel="noopener noreferrer nofollow" target="_blank">`

// writer writes the HTML of a syntax tree. Only appendEscaped, and numbers, ever bring content into it.
type writer struct {
	source []byte
	out    []byte
	depth  int // of inline markup
	inLink bool
}

func (w *writer) children(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c)
	}
}

func (w *writer) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Paragraph:
		w.element("p", n)
	case *ast.TextBlock: // a paragraph of a tight list
		w.children(n)
	case *ast.Heading:
		w.heading(n)
	case *ast.Blockquote:
		w.element("blockquote", n)
	case *ast.List:
		w.list(n)
	case *ast.ListItem:
		w.element("li", n)
	case *ast.FencedCodeBlock:
		w.codeBlock(n)
	case *ast.ThematicBreak:
		w.raw("<hr>")
	case *extast.Table:
		w.table(n)
	default:
		w.inline(n)
	}
}

func (w *writer) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		w.text(n)
	case *ast.CodeSpan:
		w.codeSpan(n)
	case *ast.Emphasis:
		if n.Level == 2 {
			w.nested("<strong>", "</strong>", n)
		} else {
			w.nested("<em>", "</em>", n)
		}
	case *pair:
		if n.char == '|' {
			w.nested(`<span class="spoiler">`, "</span>", n)
		} else {
			w.nested("<del>", "</del>", n)
		}
	case *mention:
		w.mention(n)
	case *task:
		w.task(n)
	case *bracket:
		w.raw(n.sign())
	case *link:
		w.url(n)
	case *ast.Link:
		w.link("[", n.Destination, n)
	case *ast.Image:
		w.link("![", n.Destination, n)
	default:
		w.children(n)
	}
}

func (w *writer) raw(s string) { w.out = append(w.out, s...) }

func (w *writer) element(name string, n ast.Node) {
	w.open(name)
	w.children(n)
	w.close(name)
}

func (w *writer) open(name string) {
	w.out = append(w.out, '<')
	w.raw(name)
	w.out = append(w.out, '>')
}

func (w *writer) close(name string) {
	w.raw("</")
	w.raw(name)
	w.out = append(w.out, '>')
}

// nested writes inline markup, or its content alone where it is too deep.
func (w *writer) nested(open, end string, n ast.Node) {
	w.depth++
	if w.depth > maxDepth {
		open, end = "", ""
	}
	w.raw(open)
	w.children(n)
	w.raw(end)
	w.depth--
}

// heading writes h1 to h3; deeper ones are h3. One without text would be invisible and is shown as typed.
func (w *writer) heading(n *ast.Heading) {
	if n.FirstChild() == nil {
		w.raw("<p>")
		for range n.Level {
			w.out = append(w.out, '#')
		}
		w.raw("</p>")
		return
	}
	w.element([]string{"h1", "h2", "h3"}[min(n.Level, 3)-1], n)
}

func (w *writer) list(n *ast.List) {
	if !n.IsOrdered() {
		w.element("ul", n)
		return
	}
	w.raw("<ol")
	if n.Start != 1 {
		w.raw(` start="`)
		w.out = strconv.AppendInt(w.out, int64(n.Start), 10)
		w.raw(`"`)
	}
	w.raw(">")
	w.children(n)
	w.close("ol")
}

func (w *writer) codeBlock(n *ast.FencedCodeBlock) {
	w.raw("<pre><code")
	if language := util.UnescapePunctuations(n.Language(w.source)); isLanguage(language) {
		w.raw(` class="language-`)
		w.out = append(w.out, language...)
		w.raw(`"`)
	}
	w.raw(">")
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		w.out = appendEscaped(w.out, line.Value(w.source))
	}
	w.raw("</code></pre>")
}

// isLanguage accepts what the allow-list accepts after "language-".
func isLanguage(s []byte) bool {
	if len(s) == 0 || len(s) > 32 {
		return false
	}
	for _, c := range s {
		if !util.IsAlphaNumeric(c) && bytes.IndexByte([]byte("+#._-"), c) < 0 {
			return false
		}
	}
	return true
}

// codeSpan writes inline code; its line breaks are blanks (CommonMark 6.1).
func (w *writer) codeSpan(n *ast.CodeSpan) {
	w.raw("<code>")
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			w.out = appendEscaped(w.out, bytes.ReplaceAll(t.Segment.Value(w.source), []byte("\n"), []byte(" ")))
		}
	}
	w.raw("</code>")
}

// text writes text without the backslashes that escape punctuation.
func (w *writer) text(n *ast.Text) {
	s := n.Segment.Value(w.source)
	from := 0
	for i := 0; i+1 < len(s) && !n.IsRaw(); i++ {
		if s[i] == '\\' && util.IsPunct(s[i+1]) {
			w.out = appendEscaped(w.out, s[from:i])
			i++
			from = i
		}
	}
	w.out = appendEscaped(w.out, s[from:])
	if n.SoftLineBreak() || n.HardLineBreak() {
		w.raw("<br>")
	}
}

func (w *writer) mention(n *mention) {
	w.raw(`<span class="mention" data-`)
	w.raw(n.attribute)
	w.raw(`="`)
	w.raw(n.value)
	w.raw(`">`)
	w.out = append(w.out, n.sign)
	w.raw(n.value)
	w.raw("</span>")
}

func (w *writer) url(n *link) {
	if w.inLink {
		w.out = appendEscaped(w.out, n.text)
		return
	}
	w.anchor(n.href)
	w.out = appendEscaped(w.out, n.text)
	w.close("a")
}

func (w *writer) anchor(href string) {
	w.raw(`<a href="`)
	w.out = appendEscaped(w.out, href)
	w.raw(linkAttributes)
}

// link writes [label](destination), and an image as a link to it. Where the destination is not allowed, what was typed is
// shown, so that nothing is hidden.
func (w *writer) link(sign string, destination []byte, n ast.Node) {
	raw := string(util.UnescapePunctuations(destination))
	href, ok := linkTarget(raw)
	if !ok {
		w.raw(sign)
		w.children(n)
		w.raw("](")
		w.out = appendEscaped(w.out, raw)
		w.raw(")")
		return
	}
	if w.inLink { // an image in a link's label
		w.children(n)
		return
	}
	w.anchor(href)
	w.inLink = true
	if n.FirstChild() == nil {
		w.out = appendEscaped(w.out, raw)
	}
	w.children(n)
	w.inLink = false
	w.close("a")
}
