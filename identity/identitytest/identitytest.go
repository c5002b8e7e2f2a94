// Package identitytest is the conformance suite of identity providers: what a person who signs in may count on,
// whichever provider the operator chose.
//
// It owns the cases. It refuses to measure time: that a wrong login and a wrong password cannot be told apart is checked
// by counting hashes, where the provider computes them itself.
//
//	func TestProvider(t *testing.T) {
//		identitytest.Run(t, func(t *testing.T) identitytest.Harness { ... })
//	}
package identitytest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
)

// Harness is a provider under test, without accounts.
type Harness struct {
	Provider accounts.IdentityProvider
	// Enrol makes logins resolve to a user, who has no password yet.
	Enrol func(t *testing.T, user core.UserID, logins ...string)
	// Hashes is the number of password hashes computed so far; nil where another system computes them.
	Hashes func() uint64
}

const (
	ada      core.UserID = 1001
	grace    core.UserID = 1002
	password             = "correct battery staple"
	another              = "quite another staple"
)

// Run checks a provider. The factory is called once a case.
func Run(t *testing.T, factory func(t *testing.T) Harness) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, h Harness)
	}{
		{"signs in by every login, without regard to case", signsIn},
		{"refuses what is wrong, in one way", refuses},
		{"one hash, whoever signs in", oneHash},
		{"another password takes the place of the first", replaces},
		{"passwords are the person's own", apart},
		{"checks a known user's password", checks},
		{"the same letters, composed or not", normalises},
		{"every character counts", everyCharacter},
		{"a cancelled call is no wrong password", cancelled},
		{"many at once", manyAtOnce},
		{"names every problem of a new password", problems},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := factory(t)
			h.Enrol(t, ada, "ada", "ada@example.org")
			h.Enrol(t, grace, "grace", "grace@example.org")
			c.run(t, h)
		})
	}
}

func (h Harness) set(t *testing.T, user core.UserID, password string) {
	t.Helper()
	if err := h.Provider.SetPassword(context.Background(), user, password); err != nil {
		t.Fatalf("set password: %v", err)
	}
}

// accept signs in and expects a user.
func (h Harness) accept(t *testing.T, login, password string, want core.UserID) {
	t.Helper()
	if got, err := h.Provider.Authenticate(context.Background(), login, password); got != want || err != nil {
		t.Fatalf("%s: got %v, %v; want %v", login, got, err, want)
	}
}

// refuse signs in and expects the one refusal, whose text it gives.
func (h Harness) refuse(t *testing.T, login, password string) string {
	t.Helper()
	got, err := h.Provider.Authenticate(context.Background(), login, password)
	if got != 0 || core.CodeOf(err) != core.CodeInvalidCredentials {
		t.Fatalf("%s: got %v, %v; want %s", login, got, err, core.CodeInvalidCredentials)
	}
	return err.Error()
}

func signsIn(t *testing.T, h Harness) {
	h.set(t, ada, password)
	for _, login := range []string{"ada", "Ada", " ada ", "ada@example.org", "ADA@Example.org"} {
		h.accept(t, login, password, ada)
	}
}

func refuses(t *testing.T, h Harness) {
	h.set(t, ada, password)
	seen := map[string]string{}
	for _, c := range []struct{ name, login, password string }{
		{"a wrong password", "ada", another},
		{"nobody", "nobody", password},
		{"no login", "", password},
		{"an account without a password", "grace", password},
		{"an account without a password, and none given", "grace", ""},
		{"no password", "ada", ""},
		{"another case", "ada", strings.ToUpper(password)},
		{"a blank more", "ada", password + " "},
		{"a longer one", "ada", password + strings.Repeat("x", 100)},
		{"a very long one", "ada", strings.Repeat("x", 60_000)},
		{"what is no text", "ada", "\xff\xfe\xfd"},
	} {
		seen[h.refuse(t, c.login, c.password)] = c.name
	}
	if len(seen) != 1 {
		t.Fatalf("refusals can be told apart: %q", seen)
	}
}

func oneHash(t *testing.T, h Harness) {
	if h.Hashes == nil {
		t.Skip("the provider does not hash")
	}
	h.set(t, ada, password)
	cost := func(login, password string) uint64 {
		before := h.Hashes()
		_, _ = h.Provider.Authenticate(context.Background(), login, password)
		return h.Hashes() - before
	}
	for _, c := range []struct{ name, login, password string }{
		{"right", "ada", password}, {"wrong password", "ada", another}, {"nobody", "nobody", password},
		{"without a password", "grace", password},
	} {
		if got := cost(c.login, c.password); got != 1 {
			t.Errorf("%s: %d hashes, want 1", c.name, got)
		}
	}
	if known, unknown := cost("ada", ""), cost("nobody", ""); known != unknown {
		t.Errorf("no password given: %d hashes for a user, %d for nobody", known, unknown)
	}
	if known, unknown := cost("ada", strings.Repeat("x", 60_000)), cost("nobody", strings.Repeat("x", 60_000)); known != unknown {
		t.Errorf("a very long password: %d hashes for a user, %d for nobody", known, unknown)
	}
}

func replaces(t *testing.T, h Harness) {
	h.set(t, ada, password)
	h.set(t, ada, another)
	h.accept(t, "ada", another, ada)
	h.refuse(t, "ada", password)
}

func apart(t *testing.T, h Harness) {
	h.set(t, ada, password)
	h.set(t, grace, another)
	h.accept(t, "ada", password, ada)
	h.accept(t, "grace", another, grace)
	h.refuse(t, "ada", another)
	h.refuse(t, "grace", password)
}

func checks(t *testing.T, h Harness) {
	h.set(t, ada, password)
	for _, c := range []struct {
		name     string
		user     core.UserID
		password string
		want     core.Code
	}{
		{"right", ada, password, ""},
		{"wrong", ada, another, core.CodePasswordWrong},
		{"empty", ada, "", core.CodePasswordWrong},
		{"very long", ada, strings.Repeat("x", 60_000), core.CodePasswordWrong},
		{"without a password", grace, password, core.CodePasswordWrong},
		{"nobody", 9999, password, core.CodePasswordWrong},
	} {
		if err := h.Provider.CheckPassword(context.Background(), c.user, c.password); core.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want code %q", c.name, err, c.want)
		}
	}
}

func normalises(t *testing.T, h Harness) {
	h.set(t, ada, "Zo\u00e9 et No\u00ebl 2031")
	h.accept(t, "ada", "Zoe\u0301 et Noe\u0308l 2031", ada)
	h.refuse(t, "ada", "Zoe et Noel 2031")
	h.set(t, grace, strings.Repeat("\ud55c", 128))
	h.accept(t, "grace", strings.Repeat("\u1112\u1161\u11ab", 128), grace)
}

// everyCharacter finds a provider that cuts long passwords short.
func everyCharacter(t *testing.T, h Harness) {
	long := strings.Repeat("0123456789abcde\u00e9", 8) // 128 characters, 136 bytes
	h.set(t, ada, long)
	h.accept(t, "ada", long, ada)
	h.refuse(t, "ada", long[:len(long)-2]+"e")
	h.refuse(t, "ada", "1"+long[1:])
}

func cancelled(t *testing.T, h Harness) {
	h.set(t, ada, password)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 16 { // a provider that looks at the context by chance is found
		for _, login := range []string{"ada", "nobody"} {
			got, err := h.Provider.Authenticate(ctx, login, password)
			if got != 0 || err == nil || core.CodeOf(err) == core.CodeInvalidCredentials {
				t.Fatalf("%s: got %v, %v", login, got, err)
			}
		}
		if err := h.Provider.CheckPassword(ctx, ada, password); err == nil || core.CodeOf(err) == core.CodePasswordWrong {
			t.Fatalf("check password: %v", err)
		}
	}
}

func manyAtOnce(t *testing.T, h Harness) {
	h.set(t, ada, password)
	errs := make(chan error, 32)
	var wg sync.WaitGroup
	for i := range cap(errs) {
		wg.Go(func() {
			given, want := password, core.Code("")
			if i%2 == 1 {
				given, want = another, core.CodeInvalidCredentials
			}
			got, err := h.Provider.Authenticate(context.Background(), "ada", given)
			if code := core.CodeOf(err); code != want && code != core.CodeBusy || err == nil && got != ada {
				errs <- fmt.Errorf("attempt %d: got %v, %w", i, got, err)
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}

func problems(t *testing.T, h Harness) {
	for _, c := range []struct {
		name, password string
		want           []core.Code
	}{
		{"fine", password, nil},
		{"ten characters", "wq7-Lk!vzé", nil},
		{"nine", "wq7-Lk!vé", []core.Code{core.CodeTooShort}},
		{"128", strings.Repeat("k\u00e9-", 42) + "xy", nil},
		{"129", strings.Repeat("k\u00e9-", 43), []core.Code{core.CodeTooLong}},
		{"common", "password123", []core.Code{core.CodePasswordTooCommon}},
		{"common in another case", " PassWord123 ", []core.Code{core.CodePasswordTooCommon}},
		{"the mail address", "Ada.Lovelace@Example.org", []core.Code{core.CodePasswordIsIdentity}},
		{"its local part", "ada.lovelace", []core.Code{core.CodePasswordIsIdentity}},
		{"the username", "COUNTESS-ADA", []core.Code{core.CodePasswordIsIdentity}},
		{"contains the username", "countess-ada likes tea", nil},
		{"the product", "beep", []core.Code{core.CodeTooShort, core.CodePasswordIsIdentity}},
	} {
		got := h.Provider.PasswordProblems("/password", c.password, "countess-ada", "ada.lovelace@example.org")
		ok := len(got) == len(c.want)
		for i := range min(len(got), len(c.want)) {
			ok = ok && got[i].Code == c.want[i] && got[i].Pointer == "/password"
		}
		if !ok {
			t.Errorf("%s: got %+v, want %q", c.name, got, c.want)
		}
	}
}
