package render

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// maxURLBytes bounds a link; longer ones are text. Browsers begin to differ near 2,000.
const maxURLBytes = 2048

// linkTarget gives the form of a URL that goes into href: absolute, http or https, with a host, and such that the
// sanitiser writes it the same way again.
func linkTarget(raw string) (string, bool) {
	if len(raw) > maxURLBytes {
		return "", false
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !hasHost(u) {
		return "", false
	}
	href := u.String()
	again, err := url.Parse(href)
	if err != nil || again.String() != href || strings.TrimSpace(href) != href {
		return "", false
	}
	return href, true
}

// hasHost tells whether a URL names a host of letters, digits, dots, dashes and underscores, or an IP address. The
// library's parser accepts quotes and angle brackets there too.
func hasHost(u *url.URL) bool {
	host := u.Hostname()
	for _, c := range host {
		if !isWord(c) && c != '.' && c != '-' && c != ':' {
			return false
		}
	}
	return host != ""
}

// urlParser makes links of URLs that stand in the text. It wakes at the colon and takes the scheme back from the text
// before it, so that the letters of ordinary words cost nothing.
type urlParser struct{}

// Trigger implements parser.InlineParser.
func (urlParser) Trigger() []byte { return []byte{':'} }

// Parse implements parser.InlineParser.
func (urlParser) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if !bytes.HasPrefix(line, []byte("://")) {
		return nil
	}
	before, ok := parent.LastChild().(*ast.Text)
	if !ok || before.Segment.Stop != segment.Start || before.SoftLineBreak() || before.HardLineBreak() {
		return nil
	}
	scheme := schemeAtEnd(before.Segment.Value(block.Source()))
	if scheme == 0 {
		return nil
	}
	start := segment.Start - scheme
	if last, _ := utf8.DecodeLastRune(block.Source()[:start]); isWord(last) {
		return nil
	}
	n := urlLength(line)
	raw := string(block.Source()[start : segment.Start+n])
	href, ok := linkTarget(raw)
	if !ok {
		return nil
	}
	before.Segment = before.Segment.WithStop(start)
	block.Advance(n)
	return &link{href: href, text: raw}
}

// schemeAtEnd gives the length of the http or https a text ends with, 0 where it does not.
func schemeAtEnd(s []byte) int {
	for _, scheme := range []string{"https", "http"} {
		if n := len(scheme); len(s) >= n && strings.EqualFold(string(s[len(s)-n:]), scheme) {
			return n
		}
	}
	return 0
}

// urlLength tells how much of a line, from the colon on, belongs to a URL: up to a blank, quote, angle bracket, backtick
// or a closing bracket that was not opened, without the punctuation that ends a sentence (GFM 6.9).
func urlLength(line []byte) int {
	end, round, square := 0, 0, 0
scan:
	for end < len(line) && end <= maxURLBytes {
		c, size := utf8.DecodeRune(line[end:])
		switch {
		case c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"' || c == '`' || unicode.IsSpace(c):
			break scan
		case c == '(':
			round++
		case c == '[':
			square++
		case c == ')':
			if round--; round < 0 {
				break scan
			}
		case c == ']':
			if square--; square < 0 {
				break scan
			}
		}
		end += size
	}
	return len(bytes.TrimRight(line[:end], "?!.,:;*_~|'\\"))
}
