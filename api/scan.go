package api

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

// maxDepth bounds the nesting of a body; the contract itself needs four levels.
const maxDepth = 32

// scanner reads one JSON value in a single pass and is stricter than encoding/json: no member twice, no half of a surrogate
// pair, nothing after the value, bounded depth. Control characters other than tab and newline, and numbers that are not
// written as integers (the contract itself has no others), are collected as problems of their fields. The input must be valid
// UTF-8.
type scanner struct {
	b        []byte
	i        int
	path     []string
	problems []core.FieldError
	bad      bool // the input is no JSON; i is where
}

// scan gives the value as encoding/json would with UseNumber, the problems of fields, or bad_utf8 or bad_json. absent tells
// of a body that is empty or only space.
func scan(raw []byte) (value any, problems []core.FieldError, absent bool, failure *core.Error) {
	if !utf8.Valid(raw) {
		return nil, nil, false, core.E(core.CodeBadUTF8, "read body").With("offset", firstBadUTF8(raw))
	}
	s := scanner{b: raw}
	s.space()
	if s.i == len(s.b) {
		return nil, nil, true, nil
	}
	value = s.value()
	s.space()
	if s.bad || s.i != len(s.b) {
		line := bytes.Count(raw[:s.i], []byte{'\n'}) + 1
		return nil, nil, false, core.E(core.CodeBadJSON, "read body").With("offset", s.i).With("line", line)
	}
	return value, s.problems, false, nil
}

func firstBadUTF8(b []byte) int {
	at := 0
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}

func (s *scanner) fail() any {
	s.bad = true
	return nil
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// peek is the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	if s.i == len(s.b) {
		return 0
	}
	return s.b[s.i]
}

// take steps over c, or fails.
func (s *scanner) take(c byte) bool {
	if s.bad || s.peek() != c {
		s.bad = true
		return false
	}
	s.i++
	return true
}

func (s *scanner) value() any {
	if len(s.path) > maxDepth {
		return s.fail()
	}
	switch c := s.peek(); {
	case c == '{':
		return s.object()
	case c == '[':
		return s.array()
	case c == '"':
		text, ok := s.text()
		if !ok {
			return s.fail()
		}
		return text
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == 't':
		return s.word("true", true)
	case c == 'f':
		return s.word("false", false)
	case c == 'n':
		return s.word("null", nil)
	}
	return s.fail()
}

func (s *scanner) word(w string, v any) any {
	if !strings.HasPrefix(string(s.b[s.i:min(s.i+len(w), len(s.b))]), w) {
		return s.fail()
	}
	s.i += len(w)
	return v
}

func (s *scanner) object() any {
	s.i++
	members := make(map[string]any, 4)
	s.space()
	if s.peek() == '}' {
		s.i++
		return members
	}
	s.path = append(s.path, "")
	for {
		s.space()
		at := s.i
		if s.peek() != '"' {
			return s.fail()
		}
		s.path[len(s.path)-1] = ""
		name, ok := s.text()
		if !ok {
			return s.fail()
		}
		if _, twice := members[name]; twice {
			s.i = at
			return s.fail()
		}
		s.path[len(s.path)-1] = name
		s.space()
		if !s.take(':') {
			return nil
		}
		s.space()
		members[name] = s.value()
		s.space()
		if !s.bad && s.peek() == ',' {
			s.i++
			continue
		}
		s.path = s.path[:len(s.path)-1]
		s.take('}')
		return members
	}
}

func (s *scanner) array() any {
	s.i++
	items := []any{}
	s.space()
	if s.peek() == ']' {
		s.i++
		return items
	}
	s.path = append(s.path, "")
	for {
		s.path[len(s.path)-1] = strconv.Itoa(len(items))
		s.space()
		items = append(items, s.value())
		s.space()
		if !s.bad && s.peek() == ',' {
			s.i++
			continue
		}
		s.path = s.path[:len(s.path)-1]
		s.take(']')
		return items
	}
}

// number reads a number by RFC 8259; leading zeros and a bare minus are no numbers.
func (s *scanner) number() any {
	start := s.i
	if s.peek() == '-' {
		s.i++
	}
	if s.peek() == '0' {
		s.i++
	} else if !s.digits() {
		return s.fail()
	}
	whole := true
	if s.peek() == '.' {
		whole = false
		s.i++
		if !s.digits() {
			return s.fail()
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		whole = false
		s.i++
		if c := s.peek(); c == '+' || c == '-' {
			s.i++
		}
		if !s.digits() {
			return s.fail()
		}
	}
	if !whole {
		s.problem(core.CodeWrongType, map[string]any{"want": "integer"})
	}
	return json.Number(s.b[start:s.i])
}

// digits steps over one digit or more.
func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}

// problem notes a problem of the field that is being read; a field is named once.
func (s *scanner) problem(code core.Code, params map[string]any) {
	at := pointer(s.path)
	if n := len(s.problems); n > 0 && s.problems[n-1].Pointer == at {
		return
	}
	s.problems = append(s.problems, core.FieldError{Pointer: at, Code: code, Params: params})
}

// pointer is a JSON pointer by RFC 6901.
func pointer(path []string) string {
	var b strings.Builder
	for _, part := range path {
		b.WriteByte('/')
		b.WriteString(pointerEscape.Replace(part))
	}
	return b.String()
}

var (
	pointerEscape   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")
)
