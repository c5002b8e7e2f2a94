package rules

import (
	"strings"
	"unicode/utf8"
)

// view is a text as links are read: without invisible characters, styled characters and the dots of other scripts as plain
// ones, and with the escapes of Markdown undone. "http&#58;//bad\.example" is a link in Markdown.
type view struct {
	text string
	pos  []int32 // for each byte of text and its end, where it is in the message; nil: the same place
	buf  []byte
}

// plainlyReadable tells whether a text is its own view.
func plainlyReadable(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf || text[i] == '&' || text[i] == '\\' {
			return false
		}
	}
	return true
}

// of makes the view of a text, with the escapes of Markdown or with what they are undone.
func (v *view) of(text string, unescape bool) {
	v.text, v.pos, v.buf = text, v.pos[:0], v.buf[:0]
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r >= utf8.RuneSelf:
			r = viewed(r)
		case !unescape:
		case r == '\\' && i+1 < len(text) && escapable(text[i+1]):
			r = -1
		case r == '&':
			if e, n := entity(text[i:]); n > 0 {
				r, size = viewed(e), n
			}
		}
		if r >= 0 {
			v.buf = utf8.AppendRune(v.buf, r)
			for len(v.pos) < len(v.buf) {
				v.pos = append(v.pos, int32(i))
			}
		}
		i += size
	}
	v.pos = append(v.pos, int32(len(text)))
	v.text = string(v.buf)
}

// escapable tells of the punctuation of ASCII: a backslash before it disappears (CommonMark 2.4).
func escapable(c byte) bool {
	return c < utf8.RuneSelf && classes[c] != classLetter && classes[c] != classDigit && classes[c] != classBlank
}

// viewed is what a browser makes of a character in the name of a host; -1: nothing.
func viewed(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case invisible(r):
		return -1
	case r == '。' || r == '．' || r == '｡':
		return '.'
	}
	return foldTables.unstyle(r)
}

// plain makes a text its own view.
func (v *view) plain(text string) { v.text, v.pos = text, v.pos[:0] }

// at is the place in the message of a place in the view.
func (v *view) at(i int) int32 {
	if len(v.pos) == 0 {
		return int32(i)
	}
	return v.pos[i]
}

// span is the part of the message that is seen as a part of the view.
func (v *view) span(start, end int) span { return span{v.at(start), v.at(end)} }

// maxEntity bounds how far the end of an entity is looked for.
const maxEntity = 12

// named are the HTML entities of the characters that make an address.
var named = map[string]rune{
	"colon": ':', "sol": '/', "period": '.', "commat": '@', "num": '#', "quest": '?', "bsol": '\\', "percnt": '%', "amp": '&', "lowbar": '_',
}

// entity reads the HTML entity that s begins with, and its length.
func entity(s string) (rune, int) {
	end := strings.IndexByte(s[:min(len(s), maxEntity)], ';')
	if end < 3 {
		return 0, 0
	}
	name := s[1:end]
	if name[0] != '#' {
		r, ok := named[name]
		if !ok {
			return 0, 0
		}
		return r, end + 1
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	r := rune(0)
	for i := 0; i < len(digits); i++ {
		d, ok := hexDigit(digits[i])
		if !ok || d >= base || r > 0x10FFFF {
			return 0, 0
		}
		r = r*base + d
	}
	if digits == "" || r == 0 || !utf8.ValidRune(r) {
		return 0, 0
	}
	return r, end + 1
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0'), true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10, true
	}
	return 0, false
}
