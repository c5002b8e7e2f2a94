package markdown

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

// linkTarget gives the form of a URL that goes into href: absolute, http or https, with a host, and such that the
// sanitiser writes it the same way again.
func linkTarget(raw string) (string, bool) {
	if len(raw) > maxURLBytes {
		return "", false
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !HasHost(u) {
		return "", false
	}
	href := u.String()
	again, err := url.Parse(href)
	if err != nil || again.String() != href || strings.TrimSpace(href) != href {
		return "", false
	}
	return href, true
}

// HasHost tells whether a URL names a host of letters, digits, dots, dashes and underscores, or an IP address. The
// library's parser accepts quotes and angle brackets there too.
func HasHost(u *url.URL) bool {
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
	line, _ := block.PeekLine()
	if !bytes.HasPrefix(line, []byte("://")) {
		return nil
	}
	before := textBefore(parent, block)
	if before == nil {
		return nil
	}
	return takeLink(before, schemeAtEnd(before.Segment.Value(block.Source())), block, "")
}

// wwwParser makes links of addresses that begin with www. (GFM 6.9). It wakes at the dot.
type wwwParser struct{}

// Trigger implements parser.InlineParser.
func (wwwParser) Trigger() []byte { return []byte{'.'} }

// Parse implements parser.InlineParser.
func (wwwParser) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	before := textBefore(parent, block)
	if before == nil || !endsWithWWW(before.Segment.Value(block.Source())) {
		return nil
	}
	line, segment := block.PeekLine()
	if next, _ := utf8.DecodeRune(line[1:]); !isWord(next) {
		return nil
	}
	// An address does not begin in the middle of another.
	last, _ := utf8.DecodeLastRune(block.Source()[:segment.Start-len("www")])
	if strings.ContainsRune(`@./:=&?#%+-\`, last) {
		return nil
	}
	return takeLink(before, len("www"), block, "http://")
}

// textBefore gives the text that ends where the reader stands, nil where something else does.
func textBefore(parent ast.Node, block text.Reader) *ast.Text {
	_, segment := block.PeekLine()
	before, ok := parent.LastChild().(*ast.Text)
	if !ok || before.Segment.Stop != segment.Start || before.SoftLineBreak() || before.HardLineBreak() {
		return nil
	}
	return before
}

// takeLink makes a link of what follows and the last bytes of the text before it, nil where they are no URL: where none
// of the text belongs to it, a word goes on into it, or its target is not allowed.
func takeLink(before *ast.Text, taken int, block text.Reader, prefix string) ast.Node {
	line, segment := block.PeekLine()
	start := segment.Start - taken
	if last, _ := utf8.DecodeLastRune(block.Source()[:start]); taken == 0 || isWord(last) && last != '_' {
		return nil
	}
	n := urlLength(line)
	if n < len(".a") {
		return nil
	}
	raw := string(block.Source()[start : segment.Start+n])
	href, ok := linkTarget(prefix + raw)
	if !ok {
		return nil
	}
	before.Segment = before.Segment.WithStop(start)
	block.Advance(n)
	return &link{href: href, text: raw}
}

// endsWithWWW tells whether a text ends with www in any case.
func endsWithWWW[T string | []byte](s T) bool {
	n := len(s)
	return n >= 3 && s[n-1]|0x20 == 'w' && s[n-2]|0x20 == 'w' && s[n-3]|0x20 == 'w'
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

// urlLength tells how much of a line, from the colon or dot on, belongs to a URL: up to a blank, quote, angle bracket, backtick
// or a closing bracket that was not opened, without the punctuation that ends a sentence (GFM 6.9).
func urlLength(line []byte) int {
	end, round, square := 0, 0, 0
scan:
	for end < len(line) && end <= maxURLBytes {
		c := line[end]
		switch urlClasses[c] {
		case urlEnd:
			break scan
		case urlWide:
			r, size := utf8.DecodeRune(line[end:])
			if unicode.IsSpace(r) {
				break scan
			}
			end += size
			continue
		case urlBracket:
			switch c {
			case '(':
				round++
			case ')':
				round--
			case '[':
				square++
			case ']':
				square--
			}
			if round < 0 || square < 0 {
				break scan
			}
		}
		end++
	}
	return len(bytes.TrimRight(line[:end], "?!.,:;*_~|'\\"))
}

// What a byte is in a URL that stands in text; 0 is a part of it.
const (
	urlEnd     = iota + 1 // never a part
	urlBracket            // a part, as far as it is opened and closed in it
	urlWide               // part of a longer character
)

// urlClasses is a table by byte; it never changes. (A table, because addresses without end are looked at again and again.)
var urlClasses = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c <= ' ', c == 0x7f:
			t[c] = urlEnd
		case c >= utf8.RuneSelf:
			t[c] = urlWide
		}
	}
	for _, c := range `<>"` + "`" {
		t[c] = urlEnd
	}
	for _, c := range "()[]" {
		t[c] = urlBracket
	}
	return t
}()
