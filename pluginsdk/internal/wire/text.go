package wire

import (
	"unicode/utf16"
	"unicode/utf8"
)

// quoted takes a string. Without escapes it is cut out of the text, which is the rule; else it is unescaped.
func (r *Reader) quoted() string {
	start := r.at + 1
	plain := r.skipQuoted()
	if r.problem != "" {
		return ""
	}
	inside := r.text[start : r.at-1]
	if plain {
		return inside
	}
	return unescape(inside)
}

// skipQuoted takes a string and only checks it. It tells whether the string means what is written: it has no escape and
// nothing that is not UTF-8.
func (r *Reader) skipQuoted() bool {
	if !r.eat('"') {
		return r.fail("a string was expected")
	}
	start, ascii, escapes := r.at, true, false
	for {
		n, low := plain(r.text[r.at:])
		r.at += n
		ascii = ascii && low
		switch c := r.peek(); {
		case c == '"':
			r.at++
			return !escapes && (ascii || utf8.ValidString(r.text[start:r.at-1]))
		case c == '\\':
			escapes = true
			r.at++
			if !r.escape() {
				return false
			}
		case r.at == len(r.text):
			return r.fail("a string does not end")
		default:
			return r.fail("a control character stands in a string")
		}
	}
}

// escape takes what follows a backslash.
func (r *Reader) escape() bool {
	c := r.peek()
	r.at++
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		if len(r.text)-r.at >= 4 {
			if _, ok := hex4(r.text[r.at:]); ok {
				r.at += 4
				return true
			}
		}
	}
	return r.fail("an unknown escape stands in a string")
}

// unescape gives what the inside of a checked string means. What is not UTF-8, and half a surrogate pair, becomes U+FFFD, as
// with encoding/json.
func unescape(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			c, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, c)
			i += n
			continue
		}
		if s[i+1] != 'u' {
			b = append(b, meaning(s[i+1]))
			i += 2
			continue
		}
		c, _ := hex4(s[i+2:])
		i += 6
		if utf16.IsSurrogate(c) {
			var n int
			c, n = pair(c, s[i:])
			i += n
		}
		b = utf8.AppendRune(b, c)
	}
	return string(b)
}

// pair joins half a surrogate pair with the other half, if s begins with it, and gives how much of s was used.
func pair(first rune, s string) (rune, int) {
	if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
		if second, ok := hex4(s[2:]); ok {
			if c := utf16.DecodeRune(first, second); c != utf8.RuneError {
				return c, 6
			}
		}
	}
	return utf8.RuneError, 0
}

// meaning of the one-letter escapes.
func meaning(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// hex4 reads four hexadecimal digits.
func hex4(s string) (rune, bool) {
	var c rune
	for i := range 4 {
		d := rune(s[i])
		switch {
		case d >= '0' && d <= '9':
			d -= '0'
		case d >= 'a' && d <= 'f':
			d -= 'a' - 10
		case d >= 'A' && d <= 'F':
			d -= 'A' - 10
		default:
			return 0, false
		}
		c = c<<4 | d
	}
	return c, true
}

const hexDigits = "0123456789abcdef"

// AppendString writes s as a JSON string. What is not UTF-8 becomes U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		b = appendEscape(append(b, s[start:i]...), c)
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
