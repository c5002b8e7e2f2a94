package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mentions bounds how many different users and roles one message calls.
type mentions struct {
	rule  *rule
	limit int
	names []string // reused
}

// judgeMentions counts. Naming somebody twice calls once; @everyone and @here count as one each.
func (j *Judge) judgeMentions() {
	m, text := j.mentions, j.found.text
	if m == nil || j.found.rejected() {
		return
	}
	m.names = m.names[:0]
	for i := 0; i < len(text); {
		next := strings.IndexByte(text[i:], '@')
		if next < 0 {
			return
		}
		i += next
		name, start := calls(text, i)
		i++
		if name == "" || contains(m.names, name) {
			continue
		}
		if m.names = append(m.names, name); len(m.names) > m.limit {
			j.found.add(m.rule, span{int32(start), int32(start + len(name))})
			return
		}
	}
}

// calls gives the mention whose @ is at i, and where it begins.
func calls(text string, i int) (name string, start int) {
	if i > 0 && text[i-1] == '<' {
		n := mentionLength(text[i-1:])
		return text[i-1 : i-1+n], i - 1
	}
	if before, _ := utf8.DecodeLastRuneInString(text[:i]); i > 0 && (nameRune(before) || strings.ContainsRune("._-", before)) {
		return "", i // mail@here
	}
	for _, all := range [...]string{"@everyone", "@here"} {
		n := len(all)
		if len(text)-i < n || !strings.EqualFold(text[i:i+n], all) {
			continue
		}
		if after, _ := utf8.DecodeRuneInString(text[i+n:]); i+n == len(text) || !nameRune(after) {
			return all, i
		}
	}
	return "", i
}

func nameRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// capitals bounds the share of capital letters.
type capitals struct {
	rule    *rule
	percent int
	letters int // fewer are not looked at
}

// judgeCapitals counts the letters that have a case, outside of mentions and links.
func (j *Judge) judgeCapitals() {
	c, text := j.capitals, j.found.text
	if c == nil || j.found.rejected() {
		return
	}
	upper, letters := 0, 0
	for i := 0; i < len(text); {
		b := text[i]
		switch {
		case b >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(text[i:])
			if unicode.IsUpper(r) {
				upper++
				letters++
			} else if unicode.IsLower(r) {
				letters++
			}
			i += size
			continue
		case 'A' <= b && b <= 'Z':
			upper++
			letters++
		case 'a' <= b && b <= 'z':
			letters++
		case b == ':' && strings.HasPrefix(text[i:], "://"):
			i += addressLength(text[i:])
			continue
		}
		i++
	}
	if letters >= c.letters && upper*100 > c.percent*letters {
		j.found.add(c.rule, span{0, int32(len(text))})
	}
}

// addressLength is how far an address goes on: to the next blank or bracket.
func addressLength(s string) int {
	if n := strings.IndexAny(s, " \t\r\n<>()\"`"); n >= 0 {
		return n
	}
	return len(s)
}
