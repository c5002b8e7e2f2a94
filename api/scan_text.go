package api

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

// text reads a string. Most have no escape: they are found by one look at each byte and copied once.
func (s *scanner) text() (string, bool) {
	s.i++
	start := s.i
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			text := string(s.b[start:s.i])
			s.i++
			return text, true
		case c == '\\':
			return s.escaped(start)
		case c < 0x20:
			return "", false
		case c == 0x7f || c == 0xc2 && s.i+1 < len(s.b) && s.b[s.i+1] < 0xa0: // DEL and C1
			s.control()
			s.i++
		default:
			s.i++
		}
	}
	return "", false
}

// escaped reads on from the first escape of a string that began at start.
func (s *scanner) escaped(start int) (string, bool) {
	out := append(make([]byte, 0, s.i-start+64), s.b[start:s.i]...)
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return string(out), true
		case c == '\\':
			r, ok := s.escape()
			if !ok {
				return "", false
			}
			if r < 0x20 && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 {
				s.control()
			}
			out = utf8.AppendRune(out, r)
		case c < 0x20:
			return "", false
		default:
			if c == 0x7f || c == 0xc2 && s.i+1 < len(s.b) && s.b[s.i+1] < 0xa0 {
				s.control()
			}
			out = append(out, c)
			s.i++
		}
	}
	return "", false
}

func (s *scanner) control() { s.problem(core.CodeControlCharacter, nil) }

// escape reads one escape, or two that make a surrogate pair; half a pair is refused.
func (s *scanner) escape() (rune, bool) {
	if s.i+1 >= len(s.b) {
		return 0, false
	}
	c := s.b[s.i+1]
	switch c {
	case '"', '\\', '/':
		s.i += 2
		return rune(c), true
	case 'b':
		s.i += 2
		return '\b', true
	case 'f':
		s.i += 2
		return '\f', true
	case 'n':
		s.i += 2
		return '\n', true
	case 'r':
		s.i += 2
		return '\r', true
	case 't':
		s.i += 2
		return '\t', true
	}
	r, ok := s.hex()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	low, ok := s.hex()
	if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
		return pair, true
	}
	return 0, false
}

// hex reads \uXXXX.
func (s *scanner) hex() (rune, bool) {
	if s.i+6 > len(s.b) || s.b[s.i] != '\\' || s.b[s.i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s.b[s.i+2 : s.i+6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	s.i += 6
	return r, true
}
