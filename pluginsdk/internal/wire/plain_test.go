package wire

import (
	"strings"
	"testing"
)

// TestPlain tries every byte at every place of a text, and between bytes that could disturb it.
func TestPlain(t *testing.T) {
	for _, around := range []string{" ", "\x7f", "\x80", "\xff", "!", "#"} {
		for c := range 256 {
			special := c < 0x20 || c == '"' || c == '\\'
			for at := range 20 {
				s := strings.Repeat(around, at) + string([]byte{byte(c)}) + strings.Repeat(around, 19-at)
				want := len(s)
				if special {
					want = at
				}
				n, ascii := plain(s)
				if n != want {
					t.Fatalf("%q: %d, want %d", s, n, want)
				}
				if ascii && strings.ContainsFunc(s[:n], func(r rune) bool { return r >= 0x80 }) {
					t.Fatalf("%q is taken for ASCII", s[:n])
				}
			}
		}
	}
}
