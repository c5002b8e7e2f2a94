package token

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestTextRoundTrip(t *testing.T) {
	cases := map[string]struct {
		prefix string
		id     int64
	}{
		"access":           {"app_at", 81723},
		"no row":           {"app_tk", 0},
		"largest id":       {"app_rt", 1<<63 - 1},
		"one letter":       {"a", 7},
		"digits in prefix": {"v2_bot", 5},
		"longest prefix":   {strings.Repeat("p", maxPrefix), 1<<63 - 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			made := New(c.prefix, c.id)
			got, err := Parse(made.Text())
			if err != nil {
				t.Fatalf("parse %q: %v", made.Text(), err)
			}
			if got != made || got.Prefix() != c.prefix || got.ID() != c.id {
				t.Fatalf("got %v, want %v", got, made)
			}
			if !got.Hash().Equal(made.Hash()) {
				t.Fatal("hash of the parsed token differs")
			}
			if len(made.Text()) > MaxText {
				t.Fatalf("text of %d bytes exceeds MaxText", len(made.Text()))
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	good := New("app_at", 12).Text()
	secret := good[len(good)-secretChars:]
	// The last character carries 4 bits; 'B' has a bit beyond them.
	stray := strings.Repeat("A", secretChars-1) + "B"
	cases := map[string]string{
		"empty":              "",
		"secret alone":       secret,
		"no prefix":          "_12_" + secret,
		"no id":              "app_at__" + secret,
		"prefix without id":  "app_" + secret,
		"leading zero":       "app_at_012_" + secret,
		"plus sign":          "app_at_+12_" + secret,
		"negative":           "app_at_-12_" + secret,
		"64 bit id":          "app_at_9223372036854775808_" + secret,
		"20 digits":          "app_at_10000000000000000000_" + secret,
		"capital prefix":     "App_at_12_" + secret,
		"prefix with a dash": "app-at_12_" + secret,
		"short secret":       good[:len(good)-1],
		"long secret":        good + "A",
		"padding":            good[:len(good)-1] + "=",
		"standard alphabet":  "app_at_12_" + strings.Repeat("A", secretChars-1) + "+",
		"stray bits":         "app_at_12_" + stray,
		"line break inside":  "app_at_12_" + strings.Repeat("A", 20) + "\n" + strings.Repeat("A", 22),
		"line break after":   good + "\n",
		"space before":       " " + good,
		"too long":           strings.Repeat("a", MaxText) + good,
		"not ascii":          "app_at_12_" + strings.Repeat("é", 21) + "A",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			if got, err := Parse(text); !errors.Is(err, ErrMalformed) || got != (Token{}) {
				t.Fatalf("Parse(%q) = %v, %v", text, got, err)
			}
		})
	}
}

func TestHashBindsEveryPart(t *testing.T) {
	a := New("app_at", 12)
	swapKind, swapID, swapSecret := a, a, a
	swapKind.prefix, swapID.id = "app_rt", 13
	swapSecret.secret[31] ^= 1
	for name, other := range map[string]Token{"prefix": swapKind, "id": swapID, "secret": swapSecret} {
		if a.Hash().Equal(other.Hash()) {
			t.Errorf("another %s gives the same hash", name)
		}
	}
}

func TestPrintingHidesTheSecret(t *testing.T) {
	tok := New("app_at", 12)
	secret := tok.Text()[len("app_at_12_"):]
	raw, hex := fmt.Sprint(tok.secret[0], " ", tok.secret[1]), fmt.Sprintf("%#x, %#x", tok.secret[0], tok.secret[1])
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, v := range []any{tok, &tok, struct{ T Token }{tok}, []Token{tok}} {
			if out := fmt.Sprintf(verb, v); strings.Contains(out, secret) || strings.Contains(out, raw) || strings.Contains(out, hex) {
				t.Errorf("%s of %T prints the secret: %s", verb, v, out)
			}
		}
	}
}

func TestNewIsRandom(t *testing.T) {
	seen := map[Hash]bool{}
	for range 1000 {
		h := New("app_at", 1).Hash()
		if seen[h] {
			t.Fatal("two tokens alike")
		}
		seen[h] = true
	}
}

func TestNewPanicsOnBadArguments(t *testing.T) {
	for name, call := range map[string]func(){
		"empty prefix": func() { New("", 1) }, "capital": func() { New("A", 1) },
		"trailing underscore": func() { New("a_", 1) }, "negative id": func() { New("a", -1) },
		"prefix too long": func() { New(strings.Repeat("a", maxPrefix+1), 1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Fatal("no panic")
				}
			}()
			call()
		})
	}
}

func TestHashFrom(t *testing.T) {
	h := New("a", 1).Hash()
	if got, err := HashFrom(h[:]); err != nil || !got.Equal(h) {
		t.Fatalf("HashFrom = %v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, h[:31], append(bytes.Clone(h[:]), 0)} {
		if _, err := HashFrom(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(New("app_at", 12).Text())
	f.Add("app_at_0_" + base64.RawURLEncoding.EncodeToString(make([]byte, SecretBytes)))
	f.Add("app__1_" + strings.Repeat("_", secretChars))
	f.Fuzz(func(t *testing.T, text string) {
		tok, err := Parse(text)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("unexpected error %v", err)
			}
			return
		}
		if tok.Text() != text {
			t.Fatalf("%q parses but its text is %q", text, tok.Text())
		}
	})
}

func BenchmarkParseAndHash(b *testing.B) {
	text := New("app_at", 1234567890123).Text()
	b.ReportAllocs()
	for b.Loop() {
		t, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		_ = t.Hash()
	}
}
