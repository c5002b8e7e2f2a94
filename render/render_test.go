package render

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/render/markdown"
)

func TestPlainOnly(t *testing.T) {
	r := New(Options{PlainOnly: true})
	if got := r.HTML("**a** <@1>\n\n\n- b <x>\n"); got != "<p>**a** &lt;@1&gt;</p><p>- b &lt;x&gt;</p>" {
		t.Fatal(got)
	}
}

func TestHooks(t *testing.T) {
	var hooks core.MessageHooks = New(Options{})
	ctx := context.Background()
	if got := hooks.Render(ctx, 1, "*a*"); got != (core.Rendered{HTML: "<p><em>a</em></p>", Version: Version}) {
		t.Fatalf("render: %+v", got)
	}
	if got, err := hooks.MessageWillBeSent(ctx, core.Draft{Content: "*a*"}); got != "*a*" || err != nil {
		t.Fatalf("will be sent: %q, %v", got, err)
	}
	if !hooks.RenderIsCurrent(Version) || hooks.RenderIsCurrent(Version-1) {
		t.Fatal("version")
	}
}

// checkHTML holds what is true of every content: the sanitiser finds nothing to do, and nothing but the allow-list comes
// out.
func checkHTML(t *testing.T, r *Renderer, in string) {
	t.Helper()
	out := r.HTML(in)
	if raw := markdown.HTML(in); raw != out {
		t.Fatalf("%q: the sanitiser changed\n%s\nto\n%s", in, raw, out)
	}
	if again := r.Sanitize(out); again != out {
		t.Fatalf("%q: sanitised again\n%s\nbecomes\n%s", in, out, again)
	}
	checkAllowed(t, in, out)
}

// What Markdown writes is what the allow-list allows, in every example of the specifications.
func TestSanitizerLeavesMarkdownAlone(t *testing.T) {
	var examples []struct{ Markdown string }
	for _, file := range []string{"commonmark.json", "gfm.json"} {
		raw, err := os.ReadFile("markdown/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &examples); err != nil {
			t.Fatal(err)
		}
		r := New(Options{})
		for _, e := range examples {
			checkHTML(t, r, e.Markdown)
			checkHTML(t, r, strings.ReplaceAll(e.Markdown, "/url", "http://a.b/c"))
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, seed := range []string{"a *b* `c`", "> - 1. ```x\ny", "|a|b|\n|-|-|\n|`\\|`|2|", "[a](http://b.c) ![d](<http://e f>)", "- [x] a\n1. [ ] www.a.b", "||a||~~b~~<@1><@&2><#3>@here",
		"https://a.b/c_(d)'", "<https://[::1]:80/%20>", "&#x3c;\\&", "# a\n\n##\n***", "a\u00a0\n\u2028b", "http://a%zz http://é.b/?q=ü#é"} {
		f.Add(seed)
	}
	r := New(Options{})
	f.Fuzz(func(t *testing.T, in string) { checkHTML(t, r, in) })
}
