package markdown

import (
	"strings"
	"unicode/utf8"
)

// Plain renders content that holds no Markdown, without the parser: most messages of a chat. It answers false for anything
// it is not sure about; what it does answer is, byte for byte, what HTML gives, and safe without a sanitiser. The node asks
// it before it calls the plugin (prefilter "mark").
func Plain(content string) (html string, ok bool) {
	if len(content) > MaxBytes {
		return "", false
	}
	extra, ascii, ok := inspect(content)
	if !ok || !ascii && !utf8.ValidString(content) {
		return "", false
	}
	content = strings.Trim(content, "\n")
	if content == "" {
		return "", true
	}
	b := make([]byte, 0, len(content)+extra+len("<p></p>"))
	b = append(b, "<p>"...)
	from := 0
	for i := 0; i < len(content); i++ {
		esc := escapes[content[i]]
		if esc == "" && content[i] != '\n' {
			continue
		}
		b = append(b, content[from:i]...)
		switch {
		case esc != "":
			b = append(b, esc...)
		case content[i+1] != '\n': // the last byte is no newline
			b = append(b, "<br>"...)
		default:
			for content[i+1] == '\n' {
				i++
			}
			b = append(b, "</p><p>"...)
		}
		from = i + 1
	}
	b = append(b, content[from:]...)
	b = append(b, "</p>"...)
	return string(b), true
}

// inspect tells whether no byte of content can mean markup, how many bytes its escapes add at most, and whether it is
// ASCII.
func inspect(content string) (extra int, ascii, ok bool) {
	ascii = true
	lineStart := true
	for i := 0; i < len(content); i++ {
		c := content[i]
		class := classes[c]
		if class == letter && !lineStart {
			continue
		}
		if lineStart && startsBlock(content[i:]) {
			return 0, false, false
		}
		lineStart = false
		switch class {
		case wide:
			ascii = false
		case escaped:
			extra += 5
		case mark:
			return 0, false, false
		case newline:
			lineStart = true
			extra += len("</p><p>")
			if i > 0 && content[i-1] == ' ' {
				return 0, false, false
			}
		case at:
			if i+1 < len(content) && strings.IndexByte("eEhH", content[i+1]) >= 0 { // @everyone, @here
				return 0, false, false
			}
		case colon:
			if strings.HasPrefix(content[i+1:], "//") {
				return 0, false, false
			}
		case dot:
			if endsWithWWW(content[:i]) {
				return 0, false, false
			}
		}
	}
	return extra, ascii, content == "" || content[len(content)-1] != ' '
}

// startsBlock tells whether a line may begin a heading, quote, list or rule, or begins with a blank. (Fences and tables
// consist of marks, which are noticed anyway.)
func startsBlock(line string) bool {
	switch c := line[0]; {
	case c == ' ' || c == '#' || c == '>' || c == '-' || c == '+':
		return true
	case c >= '0' && c <= '9':
		i := 1
		for i < len(line) && i < 10 && line[i] >= '0' && line[i] <= '9' {
			i++
		}
		return i < len(line) && (line[i] == '.' || line[i] == ')')
	}
	return false
}

// class is what a byte may mean in markdown.
type class uint8

const (
	letter  class = iota // nothing
	wide                 // part of a longer character
	escaped              // nothing, but it is written as an entity
	mark                 // markup, or a control character that must be cleaned away
	newline
	at
	colon
	dot
)

// classes and escapes are tables by byte; they never change.
var (
	classes = func() (t [256]class) {
		for c := range t {
			switch {
			case c == '\n':
				t[c] = newline
			case c < ' ':
				t[c] = mark
			case c >= utf8.RuneSelf:
				t[c] = wide
			}
		}
		for _, c := range "*_~`\\[<|" {
			t[c] = mark
		}
		for _, c := range `&>"'` {
			t[c] = escaped
		}
		t['@'], t[':'], t['.'] = at, colon, dot
		return t
	}()
	escapes = [256]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&#34;", '\'': "&#39;"}
)

// plainAll shows any clean content as text, whatever it holds.
func plainAll(content string) string {
	b := make([]byte, 0, len(content)+len(content)/4)
	open := false
	for line := range strings.SplitSeq(content, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			if open {
				b = append(b, "</p>"...)
			}
			open = false
			continue
		}
		if open {
			b = append(b, "<br>"...)
		} else {
			b = append(b, "<p>"...)
		}
		open = true
		b = appendEscaped(b, line)
	}
	if open {
		b = append(b, "</p>"...)
	}
	return string(b)
}

// appendEscaped writes text for an element or a quoted attribute, with the entities the sanitiser writes.
func appendEscaped[T string | []byte](b []byte, s T) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		if esc := escapes[s[i]]; esc != "" {
			b = append(b, s[from:i]...)
			b = append(b, esc...)
			from = i + 1
		}
	}
	return append(b, s[from:]...)
}
