// Package render turns the content of a message into the HTML that clients show, and sanitises every HTML that others
// made (plugins).
//
// It owns Beep's markdown: GitHub's flavour without raw HTML, images (they become links), link definitions, setext
// headings, indented code and task lists; with hard line breaks, ||spoilers|| and the stored form of mentions (<@1>,
// <@&1>, <#1>, @everyone, @here). And it owns the allow-list of elements and attributes, which is exactly what it writes
// itself. It refuses to resolve names: a mention carries an id, clients put the current name in. It refuses to fail: what
// it cannot read as markdown it shows as text.
//
// Everything is bounded: content beyond MaxMarkdownBytes or with more than maxMarks marks is shown as plain text, nesting
// stops at maxDepth, a table at maxTableCells. The HTML is at most 20 times the content and 256 bytes.
//
// A Renderer is immutable and safe for concurrent use; nothing here blocks.
//
//	r := render.New(render.Options{})
//	out := r.HTML("**hi** <@42>") // <p><strong>hi</strong> <span class="mention" data-user="42">@42</span></p>
package render

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/parser"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/mdscan"
)

// Version changes whenever the same content may give other HTML: a change of syntax, of the allow-list or of a library.
// Stored messages with another version are rendered again when they are read.
const Version = 2

// MaxMarkdownBytes is the longest content that is read as markdown: 4,000 characters of four bytes. Longer content, which
// an operator may allow, is shown as plain text.
const MaxMarkdownBytes = 16_000

// maxMarks bounds the marks (* _ ~ [ ] | <) outside code, among which a URL counts as urlMarks. The parser's matching of
// emphasis and brackets costs up to the square of their number, and a URL may make it look maxURLBytes ahead; with these
// bounds both stay within a few milliseconds. No message for people has so many.
const (
	maxMarks = 1_000
	urlMarks = 8
)

// Options are the choices of a Renderer; the zero value is right for every use so far.
type Options struct {
	// PlainOnly shows every content as text, without markdown.
	PlainOnly bool
}

// Renderer renders and sanitises.
type Renderer struct {
	options   Options
	parser    parser.Parser
	sanitizer *bluemonday.Policy
}

// The native renderer stands in for the plugin host where no plugin is.
var _ core.MessageHooks = (*Renderer)(nil)

// New makes a Renderer. It compiles the allow-list, so make one and keep it.
func New(o Options) *Renderer {
	return &Renderer{options: o, parser: newParser(), sanitizer: newPolicy()}
}

// HTML renders a content in stored form. The result is sanitised.
func (r *Renderer) HTML(content string) string {
	if out, ok := plain(content); ok {
		return out
	}
	return r.slow(content)
}

// Sanitize removes from HTML what is not on the allow-list and adds rel and target to links. It does not balance tags:
// clients put the result into an element of its own, which closes what was left open.
func (r *Renderer) Sanitize(html string) string { return r.sanitizer.Sanitize(html) }

// Render implements core.MessageHooks.
func (r *Renderer) Render(_ context.Context, _ core.ServerID, content string) core.Rendered {
	return core.Rendered{HTML: r.HTML(content), Version: Version}
}

// RenderIsCurrent implements core.MessageHooks.
func (r *Renderer) RenderIsCurrent(version int64) bool { return version == Version }

// MessageWillBeSent implements core.MessageHooks: the native renderer refuses and changes nothing.
func (r *Renderer) MessageWillBeSent(_ context.Context, draft core.Draft) (string, error) {
	return draft.Content, nil
}

// slow renders without the short cut of plain. It must give what plain gives, where plain answers.
func (r *Renderer) slow(content string) string {
	content = clean(content)
	if r.options.PlainOnly || len(content) > MaxMarkdownBytes || marks(content) > maxMarks {
		return plainAll(content)
	}
	return r.sanitizer.Sanitize(r.markdown(content))
}

// marks counts what may open or close inline markup, outside code.
func marks(content string) int {
	n := 0
	code := mdscan.CodeSpans(content)
	for i := 0; i < len(content); i++ {
		if len(code) > 0 && i >= code[0][0] {
			i = max(i, code[0][1]-1)
			code = code[1:]
			continue
		}
		switch content[i] {
		case '*', '_', '~', '[', ']', '|', '<':
			n++
		case ':':
			if strings.HasPrefix(content[i:], "://") {
				n += urlMarks
			}
		}
	}
	return n
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
