package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// allowed is the allow-list once more, written apart from the policy it checks: element -> attribute -> form.
var allowed = map[string]map[string]*regexp.Regexp{
	"p": {}, "br": {}, "hr": {}, "h1": {}, "h2": {}, "h3": {}, "blockquote": {}, "ul": {}, "li": {}, "pre": {}, "em": {}, "strong": {}, "del": {},
	"table": {}, "thead": {}, "tbody": {}, "tr": {},
	"ol":   {"start": regexp.MustCompile(`\A\d{1,9}\z`)},
	"th":   {"align": regexp.MustCompile(`\A(left|center|right)\z`)},
	"td":   {"align": regexp.MustCompile(`\A(left|center|right)\z`)},
	"code": {"class": regexp.MustCompile(`\Alanguage-[\w+#.-]{1,32}\z`)},
	"span": {
		"class":         regexp.MustCompile(`\A(mention|spoiler)\z`),
		"data-user":     regexp.MustCompile(`\A\d{1,19}\z`),
		"data-role":     regexp.MustCompile(`\A\d{1,19}\z`),
		"data-channel":  regexp.MustCompile(`\A\d{1,19}\z`),
		"data-everyone": regexp.MustCompile(`\A(everyone|here)\z`),
	},
	"a": {
		"href":   regexp.MustCompile(`\Ahttps?://[^\s/?#"'<>\\]+([/?#]\S*)?\z`),
		"rel":    regexp.MustCompile(`\A[a-z ]*\bnofollow\b[a-z ]*\z`),
		"target": regexp.MustCompile(`\A_blank\z`),
	},
}

// checkAllowed reads HTML as a browser does, piece by piece and as a tree, and refuses what is not on the list.
func checkAllowed(t *testing.T, in, out string) {
	t.Helper()
	for z := html.NewTokenizer(strings.NewReader(out)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		tok := z.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			checkElement(t, in, out, tok.Data, tok.Attr)
		case html.CommentToken, html.DoctypeToken:
			t.Fatalf("%q gives a comment or doctype: %s", in, out)
		}
	}
	place := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(out), place)
	if err != nil {
		t.Fatalf("%q gives what cannot be read: %v: %s", in, err, out)
	}
	for _, top := range nodes {
		checkNode(t, in, out, top)
		for n := range top.Descendants() {
			checkNode(t, in, out, n)
		}
	}
}

func checkNode(t *testing.T, in, out string, n *html.Node) {
	t.Helper()
	switch n.Type {
	case html.TextNode:
	case html.ElementNode:
		if n.Namespace != "" {
			t.Fatalf("%q gives an element of %s: %s", in, n.Namespace, out)
		}
		checkElement(t, in, out, n.Data, n.Attr)
	default:
		t.Fatalf("%q gives neither text nor elements: %s", in, out)
	}
}

func checkElement(t *testing.T, in, out, name string, attributes []html.Attribute) {
	t.Helper()
	forms, ok := allowed[name]
	if !ok {
		t.Fatalf("%q gives <%s>: %s", in, name, out)
	}
	rel := ""
	for _, a := range attributes {
		if form := forms[a.Key]; form == nil || !form.MatchString(a.Val) {
			t.Fatalf("%q gives %s=%q: %s", in, a.Key, a.Val, out)
		}
		if a.Key == "rel" {
			rel = a.Val
		}
	}
	if name == "a" && (!strings.Contains(rel, "noopener") || !strings.Contains(rel, "noreferrer")) {
		t.Fatalf("%q gives a link with rel=%q: %s", in, rel, out)
	}
}

// payloads reads testdata/render/xss.txt: a payload a line, \n, \t, \r, \0 and \\ written out, # begins a comment.
func payloads(t testing.TB) []string {
	t.Helper()
	raw, err := os.ReadFile("../testdata/render/xss.txt")
	if err != nil {
		t.Fatal(err)
	}
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\0`, "\x00", `\\`, `\`)
	var list []string
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "# ") {
			list = append(list, unescape.Replace(line))
		}
	}
	return list
}

func TestPayloads(t *testing.T) {
	list := payloads(t)
	if len(list) < 240 {
		t.Fatalf("%d payloads, want 240 at least", len(list))
	}
	r := New(Options{})
	for _, p := range list {
		for _, in := range []string{p, "> " + p, "- " + p, "||" + p + "||", "**" + p + "**", "[" + p + "](http://a.b)", "[a](" + p + ")", "![a](" + p + ")", "<" + p + ">",
			"|a|\n|-|\n|" + p + "|", "```" + p + "\nx\n```", "`" + p + "`", "http://a.b/" + p, "www.a.b/" + p, "# " + p, "- [x] " + p, "<@1>" + p, "[a](http://a.b \"" + p + "\")", "`` `" + p + " ``",
			"~~" + p + "~~", "1. > " + p, p + "\n" + p} {
			checkHTML(t, r, in)
		}
		// What a hostile plugin may hand in: the payload as HTML, and inside of elements and attributes that are allowed.
		for _, in := range []string{p, "<p>" + p + "</p>", "<table><tr><td>" + p + "</td></tr></table>", "<pre><code>" + p + "</code></pre>", "<ul><li>" + p, "<a href='http://a.b'>" + p + "</a>",
			`<a href="` + p + `">x</a>`, "<a href='" + p + "'>x</a>", "<a href=" + p + ">x</a>", `<code class="language-` + p + `">x</code>`, `<span class="mention" data-user="` + p + `">x</span>`,
			`<ol start="` + p + `">`, `<td align="` + p + `">`, "<" + p, "<!--" + p, "<p " + p + ">x</p>", html.EscapeString(p), html.UnescapeString(p), strings.ToUpper(p)} {
			checkAllowed(t, in, r.Sanitize(in))
			checkAllowed(t, in, r.Sanitize(r.Sanitize(in)))
		}
	}
}

var update = flag.Bool("update", false, "write testdata/render/sanitized.json anew")

// The browser tests put what the sanitiser leaves of each payload into a page. This holds their file to what it leaves now.
func TestSanitizedPayloadsForBrowsers(t *testing.T) {
	const file = "../testdata/render/sanitized.json"
	r := New(Options{})
	left := []string{}
	for _, p := range payloads(t) {
		for _, in := range []string{p, "<table><tr><td>" + p + "</td></tr></table>", "<a href='http://a.b'>" + p, `<a href="` + p + `">x</a>`, "<pre><code>" + html.UnescapeString(p)} {
			if out := r.Sanitize(in); strings.ContainsAny(out, "<&") && !slices.Contains(left, out) {
				left = append(left, out)
			}
		}
	}
	var now bytes.Buffer
	lines := json.NewEncoder(&now)
	lines.SetEscapeHTML(false)
	lines.SetIndent("", "\t")
	if err := lines.Encode(left); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, now.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if stored, err := os.ReadFile(file); err != nil || !bytes.Equal(stored, now.Bytes()) {
		t.Fatalf("%s is not what the sanitiser leaves now (%v); write it with go test ./render -run Browsers -update", file, err)
	}
}

// Plugins hand in whole HTML; only the listed part of it comes through.
func TestSanitize(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"allowed stays", `<p>a<br><span class="mention" data-user="1">@1</span></p>`, `<p>a<br><span class="mention" data-user="1">@1</span></p>`},
		{"script goes with its content", `a<script>alert(1)</script>b`, "ab"},
		{"style goes with its content", `a<style>p{}</style>b`, "ab"},
		{"unknown element goes, text stays", `<div>a</div>`, "a"},
		{"handler goes", `<p onclick="x">a</p>`, "<p>a</p>"},
		{"style attribute goes", `<p style="position:fixed">a</p>`, "<p>a</p>"},
		{"id goes", `<p id="app">a</p>`, "<p>a</p>"},
		{"foreign class goes", `<span class="admin-panel">a</span>`, "<span>a</span>"},
		{"two classes go", `<span class="mention evil">a</span>`, "<span>a</span>"},
		{"image goes", `<img src="https://a.b/c.png" onerror="x">`, ""},
		{"link gets rel and target", `<a href="https://a.b">c</a>`, `<a href="https://a.b" rel="nofollow noreferrer noopener" target="_blank">c</a>`},
		{"rel cannot be weakened", `<a href="https://a.b" rel="opener" target="_self">c</a>`, `<a href="https://a.b" rel="nofollow noreferrer noopener" target="_blank">c</a>`},
		{"script link goes", `<a href="javascript:alert(1)">c</a>`, "c"},
		{"relative link goes", `<a href="/api/v1/auth/logout">c</a>`, "c"},
		{"network-path link goes", `<a href="//a.b">c</a>`, "c"},
		{"link without a host goes", `<a href="http:a">c</a>`, "c"},
		{"mail link goes", `<a href="mailto:a@b.c">c</a>`, "c"},
		{"mention of a bad id", `<span class="mention" data-user="1 2">a</span>`, `<span class="mention">a</span>`},
		{"line break does not end a form", "<code class=\"language-go\nx\">a</code>", "<code>a</code>"},
	}
	r := New(Options{})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := r.Sanitize(c.in); got != c.want {
				t.Fatalf("%s\n got %s\nwant %s", c.in, got, c.want)
			}
		})
	}
}

func FuzzSanitize(f *testing.F) {
	for _, p := range payloads(f) {
		f.Add(p)
	}
	r := New(Options{})
	f.Fuzz(func(t *testing.T, in string) {
		out := r.Sanitize(in)
		checkAllowed(t, in, out)
		if again := r.Sanitize(out); again != out {
			checkAllowed(t, out, again) // links may change their spelling once more, never their safety
		}
	})
}
