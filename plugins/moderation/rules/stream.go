package rules

import (
	"unicode"
	"unicode/utf8"
)

// A stream is a text as the word rules see it: folded letters, equal ones that follow each other as one, and one gap for all
// that stands between words.
//
//	"Baaad, b4d!"  ->  b a×3 d · b a d ·

// letter is one element of a stream. Positions are bytes of the text; marks drawn over a letter are part of it.
type letter struct {
	base       rune // what is searched for: without leet and look-alikes; gap between words
	raw        rune // only without case, accent and style
	run        int32
	start, end int32
	flags      flags
}

// gap is the base of what stands between words.
const gap rune = ' '

type flags uint8

const (
	inWord  flags = 1 << iota // of a script that writes words with spaces between them
	joined                    // punctuation or a blank was taken out before it
	blank                     // a gap with white space in it
	mention                   // the inside of a mention
	sign                      // an @, $ or ! that stands for a letter
)

// reading is one way of reading a text. A 1 is an i or an l, and what stands between letters separates words or is there to
// hide one; each text is read in one to four ways.
type reading struct {
	one  rune // what a 1 stands for
	join bool // "b.a.d" and "b a d" are words, and "b@d" is one
}

// stream reads one text. Its slice is used again for the next.
type stream struct {
	text    string
	reading reading
	letters []letter

	gapAt    int   // where the open gap began, -1 for none
	gapFlags flags // of the open gap
	gapHard  bool  // the open gap holds what keeps words apart in any reading
	piece    int   // letters since the last gap
	spelled  int   // width of the blanks that were taken out last, while letters are spelled

	sawOne, sawJoint bool // other readings of this text differ
}

// read folds a text. Cost: a few steps for each character, whatever it is.
func (s *stream) read(text string, how reading) {
	*s = stream{text: text, reading: how, letters: s.letters[:0], gapAt: -1}
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i = s.ascii(i)
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		s.rune(r, i, i+size)
		i += size
	}
	s.closeGap(len(text), 0)
}

// ascii takes the character at i, or the whole mention there, and gives where to go on.
func (s *stream) ascii(i int) int {
	c := s.text[i]
	switch class := classes[c]; class {
	case classLetter:
		r := rune(c | 0x20)
		s.letter(r, r, i, i+1, inWord)
	case classDigit:
		s.letter(s.digit(c), rune(c), i, i+1, inWord)
	case classBlank:
		s.open(i, blank, false)
	case classApostrophe:
		s.open(i, 0, true)
	case classSign:
		if base, ok := s.signAt(i); ok {
			s.letter(base, rune(c), i, i+1, inWord|sign)
		} else {
			s.open(i, 0, false)
		}
	default:
		if n := mentionLength(s.text[i:]); n > 0 {
			s.mention(i, i+n)
			return i + n
		}
		s.open(i, 0, false)
	}
	return i + 1
}

// rune takes a character beyond ASCII.
func (s *stream) rune(r rune, start, end int) {
	if invisible(r) || overlay(r) {
		if n := len(s.letters); s.gapAt < 0 && n > 0 {
			s.letters[n-1].end = int32(end)
		}
		return
	}
	if a, b, ok := twoLetters(r); ok {
		s.letter(a, a, start, end, inWord)
		s.letter(b, b, start, end, inWord)
		return
	}
	raw := plain(r)
	switch {
	case raw < utf8.RuneSelf:
		if classes[raw] == classDigit {
			s.letter(s.digit(byte(raw)), raw, start, end, inWord)
			return
		}
		if classes[raw] == classLetter {
			s.letter(raw, raw, start, end, inWord)
			return
		}
		s.open(start, 0, false)
	case unicode.IsLetter(raw) || unicode.IsNumber(raw) || unicode.IsMark(raw):
		var f flags
		if !unicode.In(raw, unspaced...) {
			f = inWord
		}
		base, _ := latinOf(raw)
		s.letter(base, raw, start, end, f)
	case unicode.IsSpace(r):
		s.open(start, blank, false)
	case r == '’' || r == '‘' || r == 'ʼ':
		s.open(start, 0, true)
	case unicode.IsPunct(r):
		s.open(start, 0, false)
	default: // emoji and other signs
		s.letter(raw, raw, start, end, 0)
	}
}

// unspaced are the scripts that put no space between words.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// letter appends a letter, as a part of the one before it if it is the same.
func (s *stream) letter(base, raw rune, start, end int, f flags) {
	f |= s.closeGap(start, end)
	s.piece++
	if n := len(s.letters); n > 0 && s.letters[n-1].base == base {
		last := &s.letters[n-1]
		last.run++
		last.end = int32(end)
		if raw == base {
			last.raw = raw // a letter that is itself tells more than one in disguise
		}
		last.flags = last.flags&(f|^sign) | f&^sign
		return
	}
	s.letters = append(s.letters, letter{base: base, raw: raw, run: 1, start: int32(start), end: int32(end), flags: f})
}

// digit gives the letter a digit stands for, or the digit.
func (s *stream) digit(c byte) rune {
	if c == '1' {
		s.sawOne = true
		return s.reading.one
	}
	return rune(leet[c-'0'])
}

// leet has, for each digit, the letter it stands for or itself; a 1 is a matter of the reading.
const leet = "o?2eas6t89"

// signAt tells whether the @, $ or ! at i stands for a letter. Where a text is read for disguises it does before a letter, a
// $ also after one; "hello!" and "5$" stay what they are.
func (s *stream) signAt(i int) (rune, bool) {
	before := s.gapAt < 0 && i > 0 && letterLike(s.text[i-1])
	after := i+1 < len(s.text) && letterLike(s.text[i+1])
	base, ok := 'a', after
	switch s.text[i] {
	case '$':
		base, ok = 's', after || before
	case '!':
		base, ok = 'i', after && before
	}
	s.sawJoint = s.sawJoint || ok
	return base, ok && s.reading.join
}

// letterLike tells whether a sign beside c can stand for a letter.
func letterLike(c byte) bool {
	return c >= utf8.RuneSelf || classes[c] == classLetter || c == '$' || c == '@'
}

// open begins a gap, or makes an open one longer.
func (s *stream) open(at int, f flags, hard bool) {
	if s.gapAt < 0 {
		s.gapAt, s.gapFlags, s.gapHard = at, 0, false
	}
	s.gapFlags |= f
	s.gapHard = s.gapHard || hard
}

// mention keeps the letters of a mention apart from all others: they are no part of any word.
func (s *stream) mention(start, end int) {
	s.open(start, 0, true)
	i := start + len("<@")
	if s.text[i] == '&' {
		i++
	}
	s.closeGap(i, 0)
	for ; i < end-1; i++ {
		s.letter(s.digit(s.text[i]), rune(s.text[i]), i, i+1, inWord|mention)
	}
	s.open(end-1, 0, true)
}

// closeGap ends an open gap before a letter that is at start (end is 0 at the end of the text): as an element of the stream,
// or as nothing, and then the letter is joined.
func (s *stream) closeGap(start, end int) flags {
	if s.gapAt < 0 {
		return 0
	}
	at := s.gapAt
	s.gapAt = -1
	if end > 0 && s.joins(at, start, end) {
		return joined
	}
	s.piece, s.spelled = 0, 0
	s.letters = append(s.letters, letter{base: gap, raw: gap, run: 1, start: int32(at), end: int32(start), flags: s.gapFlags})
	return 0
}

// joins tells whether what stands between two letters only hides a word: punctuation without a blank, or blanks of one
// width between letters that stand alone.
func (s *stream) joins(at, start, end int) bool {
	if s.gapHard || len(s.letters) == 0 {
		return false
	}
	if s.gapFlags&blank != 0 {
		width := start - at
		if s.piece > 1 && s.spelled == 0 || s.spelled != 0 && s.spelled != width || !s.alone(end) {
			return false
		}
		s.sawJoint = true
		if s.reading.join {
			s.spelled = width
		}
		return s.reading.join
	}
	s.sawJoint = true
	return s.reading.join
}

// alone tells whether no letter follows at i.
func (s *stream) alone(i int) bool {
	if i >= len(s.text) {
		return true
	}
	c := s.text[i]
	if c < utf8.RuneSelf {
		return classes[c] != classLetter && classes[c] != classDigit
	}
	r, _ := utf8.DecodeRuneInString(s.text[i:])
	return !unicode.IsLetter(r) && !overlay(r) && !invisible(r)
}

// span is the part of the text from one letter to another.
func (s *stream) span(from, to int) span { return span{s.letters[from].start, s.letters[to].end} }
