package local

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

// UserFinder resolves logins.
type UserFinder interface {
	// FindByLogin gives the user of a username or mail address, folded as core.FoldName does; CodeNotFound for nobody.
	FindByLogin(ctx context.Context, login string) (core.UserID, error)
}

// FinderFunc is a function as a UserFinder.
type FinderFunc func(ctx context.Context, login string) (core.UserID, error)

// FindByLogin implements UserFinder.
func (f FinderFunc) FindByLogin(ctx context.Context, login string) (core.UserID, error) {
	return f(ctx, login)
}

// PasswordStore keeps the hash of each user's password. "" is no password: of someone who signs in elsewhere, or nobody.
type PasswordStore interface {
	// GetPassword gives the stored hash, "" when there is none.
	GetPassword(ctx context.Context, user core.UserID) (string, error)
	// SwapPassword stores next ("" removes) if old is what is stored; false when it is not.
	SwapPassword(ctx context.Context, user core.UserID, old, next string) (bool, error)
}

// maxSwaps bounds the attempts to store a password against others who change it at the same time.
const maxSwaps = 8

// Provider proves people by their passwords.
type Provider struct {
	hasher *Hasher
	finder UserFinder
	store  PasswordStore
}

// NewProvider makes a Provider.
func NewProvider(hasher *Hasher, finder UserFinder, store PasswordStore) *Provider {
	return &Provider{hasher: hasher, finder: finder, store: store}
}

// Authenticate gives the user of a login and password. A wrong login, a wrong password and an account without one all
// give CodeInvalidCredentials after exactly one hash. CodeBusy when too many sign in at once.
func (p *Provider) Authenticate(ctx context.Context, login, password string) (core.UserID, error) {
	if !mayBePassword(password) { // nobody has such a password, so refusing early tells nothing
		return 0, invalid()
	}
	user, err := p.finder.FindByLogin(ctx, core.FoldName(login))
	if err != nil && core.CodeOf(err) != core.CodeNotFound {
		return 0, fmt.Errorf("find login: %w", err)
	}
	ok, err := p.verify(ctx, user, password)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, invalid()
	}
	return user, nil
}

// invalid is one error for everything that is wrong with a sign-in.
func invalid() error { return core.E(core.CodeInvalidCredentials, "sign in") }

// CheckPassword proves a known user's password; CodePasswordWrong.
func (p *Provider) CheckPassword(ctx context.Context, user core.UserID, password string) error {
	if !mayBePassword(password) {
		return core.E(core.CodePasswordWrong, "check password")
	}
	ok, err := p.verify(ctx, user, password)
	if err == nil && !ok {
		err = core.E(core.CodePasswordWrong, "check password")
	}
	return err
}

// verify compares a password with the user's, at the cost of one hash whoever the user is (0 for nobody). When the cost
// of new hashes has changed, the stored one is made anew; that is tried again at the next sign-in if it does not work,
// and it never undoes a change of the password made meanwhile.
func (p *Provider) verify(ctx context.Context, user core.UserID, password string) (bool, error) {
	stored := ""
	if !user.IsZero() {
		var err error
		if stored, err = p.store.GetPassword(ctx, user); err != nil {
			return false, fmt.Errorf("get password: %w", err)
		}
	}
	if stored == "" {
		return false, p.hasher.VerifyDummy(ctx, password)
	}
	ok, stale, err := p.hasher.Verify(ctx, stored, password)
	if stale {
		if next, err := p.hasher.Hash(ctx, password); err == nil {
			_, _ = p.store.SwapPassword(ctx, user, stored, next)
		}
	}
	return ok, err
}

// SetPassword gives a user a password, or another one. The rules are PasswordProblems; they are not asked again here, but
// what could never be signed in with is refused.
func (p *Provider) SetPassword(ctx context.Context, user core.UserID, password string) error {
	if !mayBePassword(password) {
		return core.Invalid("set password", "/password", core.CodeBadFormat, nil)
	}
	next, err := p.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return p.replace(ctx, user, next)
}

// DeletePassword takes a user's password away; who has none stays so.
func (p *Provider) DeletePassword(ctx context.Context, user core.UserID) error {
	return p.replace(ctx, user, "")
}

var errContended = errors.New("password keeps changing")

func (p *Provider) replace(ctx context.Context, user core.UserID, next string) error {
	for range maxSwaps {
		old, err := p.store.GetPassword(ctx, user)
		if err != nil {
			return fmt.Errorf("get password: %w", err)
		}
		if old == next {
			return nil
		}
		ok, err := p.store.SwapPassword(ctx, user, old, next)
		if err != nil {
			return fmt.Errorf("store password: %w", err)
		}
		if ok {
			return nil
		}
	}
	return core.E(core.CodeUnavailable, "store password").Because(errContended)
}

// PasswordProblems gives every rule a new password breaks, at pointer.
func (p *Provider) PasswordProblems(pointer, password, username, email string) []core.FieldError {
	if !utf8.ValidString(password) {
		return []core.FieldError{{Pointer: pointer, Code: core.CodeBadFormat}}
	}
	var problems []core.FieldError
	for _, code := range CheckPassword(password, username, email) {
		problem := core.FieldError{Pointer: pointer, Code: code}
		switch code {
		case core.CodeTooShort:
			problem.Params = map[string]any{"min": MinPasswordRunes}
		case core.CodeTooLong:
			problem.Params = map[string]any{"max": MaxPasswordRunes}
		}
		problems = append(problems, problem)
	}
	return problems
}

// mayBePassword tells whether somebody could have this password.
func mayBePassword(s string) bool {
	return s != "" && len(s) <= maxPasswordBytes && utf8.ValidString(s)
}
