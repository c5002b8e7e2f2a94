package rules

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// word is one word or phrase of a list, ready to be compared with the places of a text where the automaton found it.
type word struct {
	rule      *rule
	key       []letter // without the gaps around it
	whole     bool
	disguised bool
	exact     []rune // not disguised: in lower case, a blank for any white space
	before    int    // how many of exact stand before the first letter
	closed    bool   // exact ends in a letter
}

// newWord prepares a word; false when there is no letter, digit or emoji in it.
// The stream is for reading it.
func newWord(s *stream, text string, list WordList, r *rule) (*word, bool) {
	s.read(text, reading{one: 'i'})
	key := trimGaps(s.letters)
	if len(key) == 0 {
		return nil, false
	}
	key = slices.Clone(key)
	w := &word{rule: r, key: key, whole: list.Match != MatchAnywhere}
	w.disguised = or(list.Disguises, true) && !needsExact(text, key)
	if w.disguised {
		return w, true
	}
	for i, c := range text {
		switch {
		case invisible(c):
		case unicode.IsSpace(c):
			if n := len(w.exact); n > 0 && w.exact[n-1] != ' ' {
				w.exact = append(w.exact, ' ')
			}
		default:
			w.exact = append(w.exact, foldCase(c))
		}
		if i < int(key[0].start) {
			w.before = len(w.exact)
		}
		w.closed = i < int(key[len(key)-1].end)
	}
	for n := len(w.exact); n > 0 && w.exact[n-1] == ' '; n-- {
		w.exact = w.exact[:n-1]
	}
	return w, true
}

// needsExact tells of words that are themselves too short or too much of punctuation to be looked for in disguise: "ss",
// "c++", "a$$".
func needsExact(text string, key []letter) bool {
	letters := 0
	for _, l := range key {
		if l.base != gap {
			letters += int(l.run)
		}
	}
	if letters < minDisguised {
		return true
	}
	for _, c := range text {
		if c < utf8.RuneSelf && c != '-' && (classes[c] == classPunct || classes[c] == classSign) {
			return true
		}
	}
	return false
}

func trimGaps(letters []letter) []letter {
	for len(letters) > 0 && letters[0].base == gap {
		letters = letters[1:]
	}
	for n := len(letters); n > 0 && letters[n-1].base == gap; n-- {
		letters = letters[:n-1]
	}
	return letters
}

// cost is how many letters match compares at most, for a place in a text.
func (w *word) cost(s *stream, from int) int {
	if w.disguised {
		return len(w.key)
	}
	return len(w.exact) * int(s.letters[from].run)
}

// match tells whether the letters from a place on are this word, and where they are. The automaton found their bases equal.
func (w *word) match(s *stream, from int) (span, bool) {
	found := s.letters[from : from+len(w.key)]
	if found[0].flags&mention != 0 {
		return span{}, false
	}
	if w.disguised {
		return w.matchDisguised(s, from, found)
	}
	return w.matchExact(s, from, found)
}

func (w *word) matchDisguised(s *stream, from int, found []letter) (span, bool) {
	genuine, signs, taken := false, true, false
	for i := range found {
		l := &found[i]
		if l.flags&joined != 0 && (i > 0 || l.run > 1) {
			taken = true
		}
		if l.base != gap {
			genuine = genuine || l.raw == w.key[i].raw
			signs = signs && l.flags&sign != 0
		}
	}
	if !genuine && !signs {
		return span{}, false // "455", or a word of other letters that only look alike
	}
	whole := w.whole || taken // "push-it" holds no word that begins inside "push"
	last := len(found) - 1
	for i := range found {
		outer := !whole && (i == 0 || i == last)
		if !sameRun(&found[i], &w.key[i], outer) {
			return span{}, false
		}
	}
	if whole && !(bounded(s.letters, from-1, from, true) && bounded(s.letters, from+last+1, from+last, true)) {
		return span{}, false
	}
	return span{found[0].start, found[last].end}, true
}

// sameRun tells whether a letter of a text follows itself as often as the one of a word, or is a stretched one. Digits that
// are meant as such do not stretch: 14888 is another number than 1488.
func sameRun(l, key *letter, outer bool) bool {
	if l.run == key.run || l.base == gap {
		return true
	}
	stretches := l.run >= stretched && !(isDigit(l.raw) && isDigit(key.raw))
	return l.run > key.run && (outer || stretches || l.flags&inWord == 0)
}

// bounded tells whether a word ends between the letters at, which is its own, and next, which may be outside the stream.
// Where digits is true they are no part of a word: "b4d" is, but not the 1 of "bad1".
func bounded(letters []letter, next, at int, digits bool) bool {
	if next < 0 || next >= len(letters) || letters[next].base == gap {
		return true
	}
	n, l := &letters[next], &letters[at]
	if n.flags&inWord == 0 || l.flags&inWord == 0 {
		return true
	}
	return digits && isDigit(n.raw) && !isDigit(l.raw)
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func (w *word) matchExact(s *stream, from int, found []letter) (span, bool) {
	if s.reading != plainReading {
		return span{}, false
	}
	last := len(found) - 1
	end := int(found[0].end)
	if w.whole {
		end = int(found[0].start) + 1
	}
	for at := int(found[0].start); at < end; {
		if sp, ok := w.exactAt(s.text, at); ok {
			return w.fit(s, from, last, sp)
		}
		_, size := utf8.DecodeRuneInString(s.text[at:])
		at += size
	}
	return span{}, false
}

// fit checks the boundaries of an exact find.
func (w *word) fit(s *stream, from, last int, sp span) (span, bool) {
	first, final := &s.letters[from], &s.letters[from+last]
	if last == 0 && (!w.whole || first.flags&inWord == 0) && len(w.exact) == 1 {
		return span{first.start, first.end}, true // all of "aaa", all of three emoji
	}
	if !w.whole {
		return sp, true
	}
	if w.closed && sp.end < final.end && final.flags&inWord != 0 {
		return span{}, false
	}
	if w.before == 0 && !bounded(s.letters, from-1, from, false) || w.closed && !bounded(s.letters, from+last+1, from+last, false) {
		return span{}, false
	}
	return sp, true
}

// exactAt compares a text with the word whose first letter is at a place.
func (w *word) exactAt(text string, at int) (span, bool) {
	start := at
	for n := w.before; n > 0; {
		r, size := utf8.DecodeLastRuneInString(text[:start])
		if size == 0 {
			return span{}, false
		}
		start -= size
		if !invisible(r) {
			n--
		}
	}
	i := start
	for k := 0; k < len(w.exact); {
		if i >= len(text) {
			return span{}, false
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case invisible(r):
		case w.exact[k] == ' ' && unicode.IsSpace(r):
			for i+size < len(text) && text[i+size] == ' ' {
				i++
			}
			k++
		case foldCase(r) == w.exact[k]:
			k++
		default:
			return span{}, false
		}
		i += size
	}
	return span{int32(start), int32(i)}, true
}
