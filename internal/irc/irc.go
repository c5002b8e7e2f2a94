// Package irc reads transcripts of IRC channels, one line a message, as conversation corpora keep them, and the links by which
// people marked which line answers which.
//
// It owns the form of the lines, the repair of what clients of the time sent (bytes that are no UTF-8, colour codes), and who
// a line is addressed to. It refuses to know what a chat does with them, and to guess at links that nobody marked. Nothing
// here keeps state: all functions are safe for concurrent use, and take memory in proportion to their input.
//
//	lines := irc.Parse(raw)
//	replies := irc.Replies(irc.ParseLinks(annotation), len(lines))
//	for i, l := range lines {
//		fmt.Println(l.Nick, l.Text, "answers", replies[i])
//	}
package irc

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Kind is what a line of a transcript is.
type Kind int

// A System line tells of the channel (somebody joined, a mode changed); only the other two are by people. An Action is what
// somebody typed after /me.
const (
	System Kind = iota
	Message
	Action
)

// Line is one line of a transcript. Text is valid UTF-8 without control characters, trimmed; it may be empty. Nick and the
// time are those of a Message or an Action, zero for System.
type Line struct {
	Kind         Kind
	Hour, Minute int
	Nick         string
	Text         string
}

// No nick can hold ">" or a space; but some logs put a space after "]", which is taken out again.
var (
	messageForm = regexp.MustCompile(`^\[(\d\d):(\d\d)\] <([^>]+)>(.*)$`)
	actionForm  = regexp.MustCompile(`^\[(\d\d):(\d\d)\]  ?\* ([^\s]+)(.*)$`)
)

// Parse reads a transcript. It gives exactly one Line a line of data, so that an index is a line number counted from 0; what
// has no known form is a System line with its whole text.
func Parse(data []byte) []Line {
	data = bytes.TrimSuffix(data, []byte("\n"))
	if len(data) == 0 {
		return nil
	}
	raw := bytes.Split(data, []byte("\n"))
	lines := make([]Line, len(raw))
	for i, r := range raw {
		lines[i] = parseLine(repair(bytes.TrimSuffix(r, []byte("\r"))))
	}
	return lines
}

func parseLine(s string) Line {
	for _, form := range []struct {
		kind Kind
		re   *regexp.Regexp
	}{{Message, messageForm}, {Action, actionForm}} {
		if m := form.re.FindStringSubmatch(s); m != nil && plain(m[3]) != "" {
			return Line{Kind: form.kind, Hour: number(m[1]), Minute: number(m[2]), Nick: strings.ReplaceAll(plain(m[3]), " ", ""), Text: plain(m[4])}
		}
	}
	return Line{Text: plain(s)}
}

// number reads the two digits that the form has let through.
func number(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// repair decodes a line that is no UTF-8: each stray byte is taken for Windows-1252, which is what clients of the time sent.
func repair(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			r = charmap.Windows1252.DecodeByte(b[0])
		}
		out.WriteRune(r)
		b = b[size:]
	}
	return out.String()
}

// colour is the code that begins or ends coloured text; its digits are not part of what was said.
var colour = regexp.MustCompile("\x03(\\d{1,2}(,\\d{1,2})?)?")

// plain drops formatting codes and control characters, and trims.
func plain(s string) string {
	s = colour.ReplaceAllString(s, "")
	s = strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// Addressee tells whom a text is addressed to by its first word, "nick: text" or "nick, text", and what is left. known
// decides what is a nick: without it every "note: text" would address somebody.
func Addressee(text string, known func(nick string) bool) (nick, rest string, ok bool) {
	word, rest, _ := strings.Cut(text, " ")
	nick = strings.TrimRight(word, ":,")
	if nick == "" || nick == word || !known(nick) {
		return "", text, false
	}
	return nick, strings.TrimSpace(rest), true
}

// FoldNick is the form in which nicks are the same person, by the case rules of RFC 1459: {}|~ are the lower case of []\^.
func FoldNick(nick string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '[':
			return '{'
		case ']':
			return '}'
		case '\\':
			return '|'
		case '^':
			return '~'
		}
		return unicode.ToLower(r)
	}, nick)
}
