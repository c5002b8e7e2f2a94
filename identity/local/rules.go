package local

import (
	_ "embed"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/beep-chat/beep/core"
)

// The length of a new password in characters (code points of its NFC form). Nothing else is asked of its shape (NIST SP
// 800-63B, ASVS 6.2): rules about digits and signs make passwords easier to guess.
const (
	MinPasswordRunes = 10
	MaxPasswordRunes = 128
)

// maxPasswordBytes bounds what is hashed at all; a longer password is wrong without a look. No acceptable one is longer:
// a character is at most 12 bytes even when its letters arrive decomposed.
const maxPasswordBytes = 12 * MaxPasswordRunes

// productName may not be a password; shorter than MinPasswordRunes, it matters once that is lowered.
const productName = "beep"

// common lists passwords that attackers try first, lower case, sorted, one a line, ten characters and longer (shorter
// ones are refused anyway). It was compiled for Beep from what analyses of leaked lists agree on: some 300 words in
// English and French (greetings, names, teams, games, brands, months) with the usual endings (1, 123, !, years), doubled
// words, walks over QWERTY, AZERTY and QWERTZ keyboards, runs of digits, repeated characters and groups, and well-known
// phrases.
//
//go:embed common.txt
var common string

// CheckPassword gives the codes of the rules a new password breaks, none when it may be used: CodeTooShort or
// CodeTooLong, CodePasswordTooCommon, CodePasswordIsIdentity. It compares without regard to case and to blanks around.
func CheckPassword(password, username, email string) []core.Code {
	var broken []core.Code
	switch n := utf8.RuneCountInString(norm.NFC.String(password)); {
	case n < MinPasswordRunes:
		broken = append(broken, core.CodeTooShort)
	case n > MaxPasswordRunes:
		return []core.Code{core.CodeTooLong}
	}
	folded := fold(password)
	if isCommon(folded) {
		broken = append(broken, core.CodePasswordTooCommon)
	}
	mailbox, _, _ := strings.Cut(email, "@")
	for _, identity := range []string{username, email, mailbox, productName} {
		if identity = fold(identity); identity != "" && folded == identity {
			return append(broken, core.CodePasswordIsIdentity)
		}
	}
	return broken
}

// fold is the form in which passwords are compared with words: NFC, lower case, without blanks around.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFC.String(s))) }

// isCommon searches the list by halves, over the text itself: no map to build at start.
func isCommon(folded string) bool {
	if folded == "" || strings.Contains(folded, "\n") {
		return false
	}
	// The predicate looks at the line an offset lies in, so it changes once, at the first line >= folded.
	at := sort.Search(len(common), func(i int) bool { return lineAt(i) >= folded })
	return at < len(common) && lineAt(at) == folded
}

// lineAt is the line of the list that an offset lies in.
func lineAt(offset int) string {
	start := strings.LastIndexByte(common[:offset], '\n') + 1
	end := strings.IndexByte(common[offset:], '\n')
	if end < 0 {
		return common[start:]
	}
	return common[start : offset+end]
}
