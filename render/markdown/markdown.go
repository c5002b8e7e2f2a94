// Package markdown is Beep's Markdown: the one definition of what people may type and the HTML that is made of it. It is
// used twice, natively (package render) and as a plugin (plugins/markdown), and gives the same bytes in both.
//
// The syntax is GitHub's flavour of CommonMark, for chat. Every line break is kept. It has emphasis, ~~struck~~ text,
// ||spoilers||, code with a language, quotes, lists, task lists, tables, rules, headings of three levels (deeper ones are
// shown as the third), links, and the stored form of mentions (<@1>, <@&1>, <#1>, @everyone, @here). URLs, and addresses
// that begin with www., become links.
//
// It refuses what surprises people in a chat: raw HTML and entities are text; images are links to them; link definitions, link
// titles, setext headings (a line of text above ---) and indented code do not exist. Links lead to http and https only; where a link is
// refused, what was typed is shown. It refuses to resolve names: a mention carries an id. It refuses to fail: what it
// cannot read as Markdown is shown as text.
//
// Everything is bounded: content beyond MaxBytes, maxBlocks or maxMarks is shown as text, nesting stops at
// maxDepth, a table at maxTableCells. The HTML is at most 20 times the content and 256 bytes.
//
// The functions are pure and safe for concurrent use. What they give needs no sanitiser, and gets one all the same.
//
//	markdown.HTML("**hi** <@42>") // <p><strong>hi</strong> <span class="mention" data-user="42">@42</span></p>
package markdown

import (
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Version changes whenever the same content may give other HTML: a change of syntax or of the parser's library. The
// manifest of plugins/markdown carries it.
const Version = 3

// HTML renders a content in stored form.
func HTML(content string) string {
	if out, ok := Plain(content); ok {
		return out
	}
	return whole(content)
}

// whole renders without the short cut of Plain. It must give what Plain gives, where Plain answers.
func whole(content string) string {
	content = clean(content)
	if len(content) <= MaxBytes && blocks(content) <= maxBlocks {
		if out, ok := parsed(content); ok {
			return out
		}
	}
	return plainAll(content)
}

// Text shows any content as text, whatever Markdown it holds.
func Text(content string) string { return plainAll(clean(content)) }

// parsed renders clean content; false where it has more marks than are read.
func parsed(content string) (string, bool) {
	source := []byte(content)
	tree, ok := parse(source)
	if !ok {
		return "", false
	}
	w := writer{source: source, out: make([]byte, 0, 2*len(content)+64)}
	w.children(tree)
	return string(w.out), true
}

// parse gives the syntax tree; false where the content has more marks than are read.
func parse(source []byte) (ast.Node, bool) {
	var spent budget
	pc := parser.NewContext()
	pc.Set(budgetKey, &spent)
	tree := syntax().Parse(text.NewReader(source), parser.WithContext(pc))
	return tree, spent.marks <= maxMarks
}

// clean makes content valid UTF-8 without control characters other than tab and newline. Requests are checked before
// they come here; imports and plugins may not be.
func clean(content string) string {
	ok := utf8.ValidString(content)
	for i := 0; i < len(content) && ok; i++ {
		ok = content[i] >= ' ' || content[i] == '\n' || content[i] == '\t'
	}
	if ok {
		return content
	}
	content = strings.ReplaceAll(strings.ToValidUTF8(content, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\r':
			return '\n'
		case c < ' ' && c != '\n' && c != '\t':
			return -1
		}
		return c
	}, content)
}
