package rules

import (
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// TestFoldingCaseOrbits holds what literals of expressions rest on: what an expression takes for equal without case folds
// to the same.
func TestFoldingCaseOrbits(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			if r != iotaBelow && next != iotaBelow && plain(r) != plain(next) {
				t.Errorf("%q folds to %q and %q to %q", r, plain(r), next, plain(next))
			}
		}
		if p := plain(r); plain(p) != p {
			t.Errorf("%q folds to %q, which folds to %q", r, p, plain(p))
		}
	}
}

// TestFoldingAgreesWithUnicode compares with canonical decomposition: each Latin, Greek and Cyrillic letter folds to its
// first part.
func TestFoldingAgreesWithUnicode(t *testing.T) {
	for r := rune(0xC0); r < 0x2000; r++ {
		if !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) || !unicode.IsLetter(r) {
			continue
		}
		parts := []rune(norm.NFD.String(string(r)))
		if _, _, two := twoLetters(r); two || len(parts) < 2 {
			continue
		}
		if got, want := plain(r), plain(parts[0]); got != want {
			t.Errorf("%q folds to %q, want %q", r, got, want)
		}
	}
}
