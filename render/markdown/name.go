package markdown

import (
	"math"
	"strconv"
	"unicode"
)

// isID tells whether a text is an id as they are stored: a positive number of 63 bits, without leading zeros. (Package
// core says the same; a test holds the two together, because this package stands alone in the plugin.)
func isID(s string) bool {
	if s == "" || len(s) > len(strconv.Itoa(math.MaxInt64)) || s[0] < '1' || s[0] > '9' {
		return false
	}
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

// isNameRune tells whether a character may be part of a name after @, by the rule of core/messages that decides whether
// @everyone calls anybody; a test holds the two together.
func isNameRune(c rune) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		return true
	case c < 0x80:
		return false
	}
	return unicode.In(c, unicode.L, unicode.Nd, unicode.Mn, unicode.Mc) && !unicode.Is(unicode.Variation_Selector, c)
}
