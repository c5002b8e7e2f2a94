// Package render turns the content of a message into the HTML that clients show, and sanitises every HTML that others
// made (plugins).
//
// It owns the allow-list of elements and attributes, which is exactly what Beep's Markdown (package markdown, below this
// one) writes, and it is the native renderer: what answers where no plugin does. It refuses to define syntax. It refuses
// to fail: what cannot be read as Markdown is shown as text.
//
// The HTML of a content is bounded as markdown.HTML says; the sanitiser makes HTML longer only by the rel and target of
// links.
//
// A Renderer is immutable and safe for concurrent use; nothing here blocks.
//
//	r := render.New(render.Options{})
//	out := r.HTML("**hi** <@42>") // <p><strong>hi</strong> <span class="mention" data-user="42">@42</span></p>
package render

import (
	"context"

	"github.com/microcosm-cc/bluemonday"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/render/markdown"
)

// Version changes whenever the same content may give other HTML: it grows with the syntax and with the sanitiser. Stored
// messages with another version are rendered again when they are read.
const Version = markdown.Version + sanitizerVersion

// Options are the choices of a Renderer; the zero value is right for every use so far.
type Options struct {
	// PlainOnly shows every content as text, without Markdown.
	PlainOnly bool
}

// Renderer renders and sanitises.
type Renderer struct {
	options   Options
	sanitizer *bluemonday.Policy
}

// The native renderer stands in for the plugin host where no plugin is.
var _ core.MessageHooks = (*Renderer)(nil)

// New makes a Renderer. It compiles the allow-list, so make one and keep it.
func New(o Options) *Renderer {
	return &Renderer{options: o, sanitizer: newPolicy()}
}

// HTML renders a content in stored form. The result is sanitised.
func (r *Renderer) HTML(content string) string {
	if out, ok := r.Plain(content); ok {
		return out
	}
	if r.options.PlainOnly {
		return r.Sanitize(markdown.Text(content))
	}
	return r.Sanitize(markdown.HTML(content))
}

// Plain gives the HTML of content that holds no Markdown, and false for what it is not sure about. The answer is
// that of HTML and of Beep's own plugin, at a small part of the cost; no plugin need be asked.
func (r *Renderer) Plain(content string) (html string, ok bool) { return markdown.Plain(content) }

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
