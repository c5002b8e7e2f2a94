package local

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/identity/identitytest"
)

var _ accounts.IdentityProvider = (*Provider)(nil)

// cheap makes hashes that cost little; what is tested does not depend on their cost.
var cheap = HasherOptions{MemoryKiB: 64, Time: 1}

// people is a directory and a password store in memory.
type people struct {
	mu         sync.Mutex
	logins     map[string]core.UserID
	passwords  map[core.UserID]string
	failing    error
	beforeSwap func() // called without the lock, before each swap
}

func newPeople() *people {
	return &people{logins: map[string]core.UserID{}, passwords: map[core.UserID]string{}}
}

func (p *people) FindByLogin(_ context.Context, login string) (core.UserID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id, ok := p.logins[login]; ok {
		return id, p.failing
	}
	return 0, core.E(core.CodeNotFound, "find login")
}

func (p *people) GetPassword(_ context.Context, user core.UserID) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passwords[user], p.failing
}

func (p *people) SwapPassword(_ context.Context, user core.UserID, old, next string) (bool, error) {
	if p.beforeSwap != nil {
		p.beforeSwap()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.passwords[user] != old {
		return false, p.failing
	}
	p.passwords[user] = next
	return true, p.failing
}

func TestProvider(t *testing.T) {
	identitytest.Run(t, func(*testing.T) identitytest.Harness {
		dir, hasher := newPeople(), NewHasher(cheap)
		return identitytest.Harness{
			Provider: NewProvider(hasher, FinderFunc(dir.FindByLogin), dir),
			Enrol: func(_ *testing.T, user core.UserID, logins ...string) {
				for _, login := range logins {
					dir.logins[login] = user
				}
			},
			Hashes: hasher.Hashes,
		}
	})
}

const secret = "correct battery staple"

// enrolled gives a provider with ada, who has a password made at the cost of o.
func enrolled(t *testing.T, o HasherOptions) (*people, *Provider) {
	t.Helper()
	dir := newPeople()
	dir.logins["ada"] = 1
	p := NewProvider(NewHasher(o), dir, dir)
	if err := p.SetPassword(context.Background(), 1, secret); err != nil {
		t.Fatal(err)
	}
	return dir, p
}

func TestSignInMakesAStaleHashAnew(t *testing.T) {
	ctx := context.Background()
	dir, _ := enrolled(t, cheap)
	old := dir.passwords[1]
	p := NewProvider(NewHasher(HasherOptions{MemoryKiB: 128, Time: 1}), dir, dir)
	if _, err := p.Authenticate(ctx, "ada", "something else"); core.CodeOf(err) != core.CodeInvalidCredentials || dir.passwords[1] != old {
		t.Fatalf("a wrong password: %v, hash changed: %v", err, dir.passwords[1] != old)
	}
	for range 2 {
		if _, err := p.Authenticate(ctx, "ada", secret); err != nil {
			t.Fatal(err)
		}
		h, err := parsePHC(dir.passwords[1])
		if err != nil || h.memoryKiB != 128 {
			t.Fatalf("stored %q, %v", dir.passwords[1], err)
		}
	}
	if got := p.hasher.Hashes(); got != 4 { // wrong 1, right and anew 2, right 1
		t.Fatalf("%d hashes, want 4", got)
	}
}

func TestRehashNeverUndoesAChange(t *testing.T) {
	ctx := context.Background()
	dir, _ := enrolled(t, cheap)
	p := NewProvider(NewHasher(HasherOptions{MemoryKiB: 128, Time: 1}), dir, dir)
	changed := false
	dir.beforeSwap = func() { // the person changes the password while the old one is being hashed anew
		if !changed {
			changed = true
			if err := p.SetPassword(ctx, 1, "an entirely new one"); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := p.Authenticate(ctx, "ada", secret); err != nil {
		t.Fatal(err)
	}
	dir.beforeSwap = nil
	if _, err := p.Authenticate(ctx, "ada", secret); core.CodeOf(err) != core.CodeInvalidCredentials {
		t.Fatalf("the old password is back: %v", err)
	}
	if _, err := p.Authenticate(ctx, "ada", "an entirely new one"); err != nil {
		t.Fatalf("the new password: %v", err)
	}
}

func TestWhatNobodyCouldHaveCostsNoHash(t *testing.T) {
	ctx := context.Background()
	_, p := enrolled(t, cheap)
	before := p.hasher.Hashes()
	for _, password := range []string{"", "\xff", string(make([]byte, 60_000))} {
		for _, login := range []string{"ada", "nobody"} {
			if _, err := p.Authenticate(ctx, login, password); core.CodeOf(err) != core.CodeInvalidCredentials {
				t.Errorf("%s: %v", login, err)
			}
		}
		if err := p.CheckPassword(ctx, 1, password); core.CodeOf(err) != core.CodePasswordWrong {
			t.Errorf("check: %v", err)
		}
	}
	if got := p.hasher.Hashes() - before; got != 0 {
		t.Fatalf("%d hashes", got)
	}
}

func TestDeletePassword(t *testing.T) {
	ctx := context.Background()
	_, p := enrolled(t, cheap)
	for range 2 {
		if err := p.DeletePassword(ctx, 1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Authenticate(ctx, "ada", secret); core.CodeOf(err) != core.CodeInvalidCredentials {
		t.Fatal(err)
	}
}

func TestStoreFailureIsNoWrongPassword(t *testing.T) {
	ctx := context.Background()
	dir, p := enrolled(t, cheap)
	dir.failing = errors.New("disk on fire")
	_, err := p.Authenticate(ctx, "ada", secret)
	for name, err := range map[string]error{
		"authenticate": err, "check": p.CheckPassword(ctx, 1, secret), "set": p.SetPassword(ctx, 1, secret), "delete": p.DeletePassword(ctx, 1),
	} {
		if !errors.Is(err, dir.failing) || core.CodeOf(err) != core.CodeInternal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAStoredHashThatIsNoneIsAnError(t *testing.T) {
	dir, p := enrolled(t, cheap)
	dir.passwords[1] = "$2a$10$abcdefghijklmnopqrstuv"
	if _, err := p.Authenticate(context.Background(), "ada", secret); !errors.Is(err, errBadPHC) {
		t.Fatal(err)
	}
}

func TestSetPasswordGivesUpOnEndlessContention(t *testing.T) {
	dir, p := enrolled(t, cheap)
	swaps := 0
	dir.beforeSwap = func() {
		swaps++
		dir.mu.Lock()
		defer dir.mu.Unlock()
		dir.passwords[1] += "x"
	}
	if err := p.SetPassword(context.Background(), 1, "an entirely new one"); core.CodeOf(err) != core.CodeUnavailable || swaps != maxSwaps {
		t.Fatalf("%v after %d swaps", err, swaps)
	}
}

func TestSetPasswordRefusesWhatNobodyCouldSignInWith(t *testing.T) {
	_, p := enrolled(t, cheap)
	for name, bad := range map[string]string{"empty": "", "not UTF-8": "correct\xff battery", "huge": string(make([]byte, 5000))} {
		if err := p.SetPassword(context.Background(), 1, bad); core.CodeOf(err) != core.CodeValidationFailed {
			t.Errorf("%s: %v", name, err)
		}
	}
}
