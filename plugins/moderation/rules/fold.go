package rules

import "unicode"

// Folding takes from a character what does not change the word it stands in: capitals, accents, the style of the letter.
// It is done rune by rune and never looks around, so that a part of a text folds to a part of the folded text: what the
// search for an expression's literal rests on.

// foldTables are made once and then only read.
var foldTables = makeFoldTables()

type tables struct {
	near  [nearEnd - nearStart]rune // what letters of Latin, Greek and Cyrillic fold to: most of what is written beyond ASCII
	far   map[rune]rune             // letters with accents
	style map[rune]rune
	latin map[rune]rune // lookalikes
}

const (
	nearStart = 0x80
	nearEnd   = 0x530
)

func makeFoldTables() *tables {
	t := &tables{far: map[rune]rune{}, style: map[rune]rune{}, latin: map[rune]rune{}}
	fill(accented, t.far)
	fill(styled, t.style)
	for i := range t.near {
		t.near[i] = t.fold(nearStart + rune(i))
	}
	pairs := []rune(lookalikes)
	for i := 0; i < len(pairs); i += 2 {
		t.latin[pairs[i]] = pairs[i+1]
	}
	return t
}

func fill(rows []string, m map[rune]rune) {
	for _, row := range rows {
		runes := []rune(row)
		for _, r := range runes[1:] {
			m[r] = runes[0]
		}
	}
}

// fold takes case, style and accent from a rune, until there is none: "Ǿ" is "ǿ" is "ø" is "o".
func (t *tables) fold(r rune) rune {
	for {
		p := foldCase(t.unstyle(r))
		if accented, ok := t.far[p]; ok {
			p = accented
		}
		if p == r {
			return r
		}
		r = p
	}
}

// iotaBelow is a mark that Unicode takes for the letter iota, without case. Here it stays a mark.
const iotaBelow = 0x345

// foldCase gives one and the same rune for all that differ in case only, the small one where there is one.
func foldCase(r rune) rune {
	if r < 0x80 {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	if r == iotaBelow {
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		if next != iotaBelow {
			least = min(least, next)
		}
	}
	return unicode.ToLower(least)
}

// plain is r without case, accent and style.
func plain(r rune) rune {
	if r < nearStart {
		return foldCase(r)
	}
	if r < nearEnd {
		return foldTables.near[r-nearStart]
	}
	return foldTables.fold(r)
}

// unstyle gives the ASCII character of those that Unicode has in several styles, most of them as alphabets in one row.
func (t *tables) unstyle(r rune) rune {
	switch {
	case 0x24B6 <= r && r <= 0x24E9: // in circles
		return 'a' + (r-0x24B6)%26
	case 0xFF01 <= r && r <= 0xFF5E: // full width
		return r - 0xFF01 + '!'
	case 0x1D400 <= r && r <= 0x1D6A3: // mathematical, thirteen styles of capitals and small letters
		return 'a' + (r-0x1D400)%26
	case 0x1D7CE <= r && r <= 0x1D7FF:
		return '0' + (r-0x1D7CE)%10
	case 0x1F130 <= r && r <= 0x1F149: // in squares
		return 'a' + r - 0x1F130
	}
	if p, ok := t.style[r]; ok {
		return p
	}
	return r
}

// twoLetters gives the letters of which some are written as one.
func twoLetters(r rune) (a, b rune, ok bool) {
	switch r {
	case 'ß', 'ẞ':
		return 's', 's', true
	case 'æ', 'Æ', 'ǣ', 'Ǣ', 'ǽ', 'Ǽ':
		return 'a', 'e', true
	case 'œ', 'Œ':
		return 'o', 'e', true
	case 'ĳ', 'Ĳ':
		return 'i', 'j', true
	case 'ﬀ':
		return 'f', 'f', true
	case 'ﬁ':
		return 'f', 'i', true
	case 'ﬂ':
		return 'f', 'l', true
	}
	return 0, 0, false
}

// invisible tells of characters that show nothing and may stand inside a word: zero-width ones, soft hyphens, marks of
// direction, variation selectors.
func invisible(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x3164, r == 0xFEFF, r == 0xFFA0:
		return true
	}
	return r >= 0x180B && r <= 0x180F || r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x206F ||
		r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0000 && r <= 0xE0FFF
}

// overlay tells of marks that are drawn over the character before them: accents of their own, and skin tones of emoji.
// The vowel signs of Indian and other scripts are none: they make another word.
func overlay(r rune) bool {
	return r >= 0x300 && (r <= 0x36F || r >= 0x1AB0 && r <= 0x1AFF || r >= 0x1DC0 && r <= 0x1DFF || r >= 0x20D0 && r <= 0x20FF ||
		r >= 0xFE20 && r <= 0xFE2F || r >= 0x1F3FB && r <= 0x1F3FF)
}

// latinOf gives the Latin letter that a letter of another alphabet is mistaken for.
func latinOf(r rune) (rune, bool) {
	if r < 0x370 || r > 0x52F {
		return r, false
	}
	l, ok := foldTables.latin[r]
	return l, ok
}
