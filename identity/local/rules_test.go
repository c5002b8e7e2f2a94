package local

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

func TestCommonList(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(common, "\n"), "\n")
	if len(lines) < 3000 {
		t.Fatalf("%d passwords, want 3,000 at least", len(lines))
	}
	for i, line := range lines {
		if n := utf8.RuneCountInString(line); n < MinPasswordRunes || n > MaxPasswordRunes || fold(line) != line {
			t.Errorf("line %d: %q", i+1, line)
		}
		if i > 0 && lines[i-1] >= line {
			t.Errorf("line %d: %q does not come after %q", i+1, line, lines[i-1])
		}
		if !isCommon(line) {
			t.Errorf("line %d: %q is not found", i+1, line)
		}
	}
	for _, absent := range []string{"", "\n", lines[0][:5], lines[0] + "\n" + lines[1], lines[len(lines)-1] + "x", "!", "~~~~~~~~~~", "zzzzzzzzzzzzzzzzzzzzzzz", "correct battery staple"} {
		if isCommon(absent) {
			t.Errorf("%q is found", absent)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	cases := []struct {
		name, password, username, email string
		want                            []core.Code
	}{
		{"fine", "un cheval bleu 7", "ada", "ada@example.org", nil},
		{"empty", "", "ada", "", []core.Code{core.CodeTooShort}},
		{"decomposed letters count once", "e\u0301e\u0301e\u0301e\u0301e\u0301", "", "", []core.Code{core.CodeTooShort}},
		{"ten emoji", strings.Repeat("🐴🦄", 5), "", "", nil},
		{"128 of four bytes", strings.Repeat("🐴🦄", 64), "", "", nil},
		{"129", strings.Repeat("a b", 43), "", "", []core.Code{core.CodeTooLong}},
		{"endless combining marks", "e" + strings.Repeat("\u0301", 2000), "", "", []core.Code{core.CodeTooLong}},
		{"known keyboards", "AzertyUIOP", "", "", []core.Code{core.CodePasswordTooCommon}},
		{"digits", "1234567890", "", "", []core.Code{core.CodePasswordTooCommon}},
		{"repeated", "aaaaaaaaaa", "", "", []core.Code{core.CodePasswordTooCommon}},
		{"common and a name", "princess123", "princess123", "", []core.Code{core.CodePasswordTooCommon, core.CodePasswordIsIdentity}},
		{"mail in another form", "E\u0301milie@example.org", "emilie", "\u00e9milie@example.org", []core.Code{core.CodePasswordIsIdentity}},
		{"no mail known", "@example.org", "", "", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := CheckPassword(c.password, c.username, c.email); !slices.Equal(got, c.want) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPasswordProblemsSayTheLimits(t *testing.T) {
	p := NewProvider(NewHasher(cheap), nil, nil)
	for password, want := range map[string]core.FieldError{
		"short":                  {Code: core.CodeTooShort, Params: map[string]any{"min": 10}},
		strings.Repeat("xy", 80): {Code: core.CodeTooLong, Params: map[string]any{"max": 128}},
		"bad \xff text here":     {Code: core.CodeBadFormat},
	} {
		got := p.PasswordProblems("/new_password", password, "ada", "ada@example.org")
		if len(got) != 1 || got[0].Code != want.Code || got[0].Pointer != "/new_password" || len(got[0].Params) != len(want.Params) {
			t.Fatalf("%q: %+v", password, got)
		}
		for name, value := range want.Params {
			if got[0].Params[name] != value {
				t.Errorf("%q: param %s is %v", password, name, got[0].Params[name])
			}
		}
	}
}

func BenchmarkCheckPassword(b *testing.B) {
	for b.Loop() {
		CheckPassword("un cheval bleu 7", "ada", "ada@example.org")
	}
}
