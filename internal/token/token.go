// Package token makes and reads bearer secrets of the form
//
//	<prefix>_<id>_<43 characters of base64url>
//
// such as app_at_81723_PsuG…: the prefix tells what the token is for (and lets secret scanners find it), the id is the
// row to look up (0 when there is none), and the secret is 256 random bits.
//
// It owns the text form, the randomness and the comparison. It refuses to know what a token allows, how long it lives or
// where it is stored: callers store Hash, never Text, and compare with Hash.Equal. Every token has exactly one text, so a
// hash of the text binds prefix, id and secret together. Values are immutable and safe to share; nothing here blocks.
//
//	t := token.New("app_at", 81723)
//	store(t.Hash()); sendToOwner(t.Text())
//	got, err := token.Parse(text)
//	if err == nil && got.Prefix() == "app_at" && got.Hash().Equal(stored) { ... }
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	// SecretBytes is the randomness of a token: 256 bits (ASVS 7.2.3 asks for at least 128).
	SecretBytes = 32
	// MaxText bounds what Parse looks at: the longest prefix, id and secret with their separators.
	MaxText = maxPrefix + 1 + maxIDDigits + 1 + secretChars

	maxPrefix   = 24
	maxIDDigits = 19
	secretChars = 43 // ceil(32 * 8 / 6), without padding
)

// ErrMalformed is returned for text that no token has.
var ErrMalformed = errors.New("malformed token")

// Strict refuses stray bits in the last character, which would give one secret several texts.
var encoding = base64.RawURLEncoding.Strict()

// Token is a bearer secret. Printing it with fmt or a logger shows the prefix and id only; Text gives the whole.
type Token struct {
	prefix string
	id     int64
	secret [SecretBytes]byte
}

// New makes a token with a fresh secret. It panics on a prefix outside [a-z][a-z0-9_]* of at most 24 bytes or a negative
// id: both are constants or rows of the caller's, so that is a programmer's error.
func New(prefix string, id int64) Token {
	if !validPrefix(prefix) || id < 0 {
		panic(fmt.Sprintf("token: prefix %q, id %d", prefix, id))
	}
	t := Token{prefix: prefix, id: id}
	_, _ = rand.Read(t.secret[:]) // never fails: documented to end the process instead
	return t
}

// Parse reads the text of a token; ErrMalformed for anything New cannot have made. It never echoes its input.
func Parse(text string) (Token, error) {
	cut := len(text) - secretChars - 1
	if len(text) > MaxText || cut < 0 || text[cut] != '_' {
		return Token{}, ErrMalformed
	}
	head, secret := text[:cut], text[cut+1:]
	sep := strings.LastIndexByte(head, '_')
	if sep < 0 || !validPrefix(head[:sep]) {
		return Token{}, ErrMalformed
	}
	id, ok := parseID(head[sep+1:])
	if !ok {
		return Token{}, ErrMalformed
	}
	t := Token{prefix: head[:sep], id: id}
	var raw [SecretBytes + 1]byte // one more than needed: the decoder skips line breaks, so the count is checked
	n, err := encoding.Decode(raw[:], []byte(secret))
	if err != nil || n != SecretBytes {
		return Token{}, ErrMalformed
	}
	copy(t.secret[:], raw[:])
	return t, nil
}

// Prefix tells what the token is for.
func (t Token) Prefix() string { return t.prefix }

// ID is the row the token belongs to, 0 for none.
func (t Token) ID() int64 { return t.id }

// Text is the secret form, for its owner only.
func (t Token) Text() string { return string(t.appendText(make([]byte, 0, MaxText))) }

// Hash is what is stored: SHA-256 of the text. A plain hash is enough because the secret is uniformly random.
func (t Token) Hash() Hash {
	var buf [MaxText]byte
	return sha256.Sum256(t.appendText(buf[:0]))
}

// String shows the token without its secret.
func (t Token) String() string { return t.prefix + "_" + strconv.FormatInt(t.id, 10) + "_…" }

// GoString is String, so that %#v does not print the secret either.
func (t Token) GoString() string { return t.String() }

func (t Token) appendText(b []byte) []byte {
	b = append(b, t.prefix...)
	b = append(b, '_')
	b = strconv.AppendInt(b, t.id, 10)
	b = append(b, '_')
	return encoding.AppendEncode(b, t.secret[:])
}

// Hash is the stored form of a token.
type Hash [sha256.Size]byte

// Equal compares in constant time.
func (h Hash) Equal(other Hash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }

// HashFrom reads a stored hash; ErrMalformed when it has not the length of one.
func HashFrom(b []byte) (Hash, error) {
	if len(b) != sha256.Size {
		return Hash{}, ErrMalformed
	}
	return Hash(b), nil
}

// validPrefix accepts what New accepts. A trailing underscore is refused because it reads as a missing id.
func validPrefix(s string) bool {
	if s == "" || len(s) > maxPrefix || s[0] < 'a' || s[0] > 'z' || s[len(s)-1] == '_' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// parseID reads the canonical decimal form only: "0" or digits without a leading zero, up to 63 bits.
func parseID(s string) (int64, bool) {
	if s == "" || len(s) > maxIDDigits || s[0] == '0' && s != "0" || s[0] == '+' || s[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
