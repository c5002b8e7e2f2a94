// Package accounts owns who people are to Beep: registering, signing in, sessions and their tokens, the first
// administrator, and a person's own names and password.
//
// Sessions are Beep's own whatever the identity provider: opaque tokens, stored as hashes, rotated on refresh, revoked at
// once. The package refuses to know how passwords are kept (IdentityProvider) or how rows are stored (the store ports). A
// Service is safe for concurrent use and starts no goroutine.
//
//	grant, err := service.SignIn(ctx, accounts.SignIn{Login: "ada", Password: "…", Address: "192.0.2.1"})
//	actor, err := service.Authenticate(ctx, grant.AccessToken)
package accounts

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/cache"
	"github.com/beep-chat/beep/internal/keylock"
)

// IdentityProvider proves who a person is. The local one keeps argon2id hashes; Keycloak comes behind the same port.
type IdentityProvider interface {
	// Authenticate gives the user of a login (username or mail) and password; CodeInvalidCredentials for anything wrong,
	// in the same time whether the user exists or not.
	Authenticate(ctx context.Context, login, password string) (core.UserID, error)
	// CheckPassword proves a known user's password; CodePasswordWrong.
	CheckPassword(ctx context.Context, user core.UserID, password string) error
	// SetPassword stores a password that the rules accept.
	SetPassword(ctx context.Context, user core.UserID, password string) error
	// PasswordProblems gives every rule a new password breaks, at pointer.
	PasswordProblems(pointer, password, username, email string) []core.FieldError
}

// Users keeps accounts and the names they claim.
type Users interface {
	// ClaimName reserves a folded username or mail address for a user id; false when another user holds it.
	ClaimName(ctx context.Context, kind NameKind, value string, user core.UserID) (bool, error)
	// ReleaseName gives a claim of the user back.
	ReleaseName(ctx context.Context, kind NameKind, value string, user core.UserID) error
	// UserByName gives the holder of a name; CodeNotFound.
	UserByName(ctx context.Context, kind NameKind, value string) (core.UserID, error)
	PutUser(ctx context.Context, u core.User, events ...core.Event) error
	// GetUser gives an account; CodeNotFound.
	GetUser(ctx context.Context, id core.UserID) (core.User, error)
}

// NameKind is a space of unique names.
type NameKind string

// The kinds of names.
const (
	UsernameKind NameKind = "username"
	EmailKind    NameKind = "email"
)

// Settings keeps the few values of an instance that change at run time; each is one row, changed by compare-and-set.
type Settings interface {
	// GetSetting gives a value, "" when unset.
	GetSetting(ctx context.Context, name string) (string, error)
	// SwapSetting replaces old by next; false when the stored value is not old.
	SwapSetting(ctx context.Context, name, old, next string) (bool, error)
}

// Memberships gives the servers whose members hear of a change of name.
type Memberships interface {
	ServersOf(ctx context.Context, user core.UserID) ([]core.ServerID, error)
	Self(ctx context.Context, user core.UserID, server core.ServerID) (core.Member, error)
}

// InviteCheck tells whether an invite code opens registration when it is by invite only.
type InviteCheck interface {
	InviteOpens(ctx context.Context, code string) bool
	// SpendInvite counts the use of an invite by a new account; the account's joining by it counts no second one.
	SpendInvite(ctx context.Context, code string, user core.UserID) error
}

// Registration says who may register.
type Registration string

// The modes of accounts.registration.
const (
	OpenRegistration   Registration = "open"
	InviteRegistration Registration = "invite"
	ClosedRegistration Registration = "closed"
)

// Policy is the operator's choice.
type Policy struct {
	Registration      Registration
	RequireValidation bool
	DefaultLocale     string
}

// Options are what a Service works with.
type Options struct {
	Users       Users
	Sessions    Sessions
	Settings    Settings
	Identity    IdentityProvider
	Memberships Memberships
	Invites     InviteCheck
	Tickets     Tickets
	Limiter     core.RateLimiter
	Audit       core.Auditor
	Events      core.EventMaker
	Limits      core.Limits
	Policy      Policy
	Trusted     func() bool // whether this node hears of every change; nil: always. While not, nothing older than a second is believed
	Shared      bool        // other nodes change sessions too: one is refused only after the store was asked
}

// Service is the one way to accounts and sessions.
type Service struct {
	Options
	sessions *cache.Loading[core.SessionID, known]
	faces    *cache.Loading[core.UserID, core.PublicUser]
	locks    *keylock.Striped[core.UserID]
}

// How much is kept in memory; entries are dropped by events and, as a belt, by age.
const (
	maxSessions = 100_000
	sessionLife = 30 * time.Second
	maxFaces    = 200_000
	faceLife    = 5 * time.Minute
)

// NewService makes a Service.
func NewService(o Options) *Service {
	s := &Service{Options: o, locks: keylock.New[core.UserID]()}
	s.sessions = cache.New(maxSessions, sessionLife, s.loadSession).While(o.Trusted)
	s.faces = cache.New(maxFaces, faceLife, func(ctx context.Context, id core.UserID) (core.PublicUser, error) {
		u, err := o.Users.GetUser(ctx, id)
		return u.Public(), err
	})
	return s
}

// Face gives what others see of a user.
func (s *Service) Face(ctx context.Context, id core.UserID) (core.PublicUser, error) {
	return s.faces.Get(ctx, id)
}

// Self gives a user's own view.
func (s *Service) Self(ctx context.Context, id core.UserID) (core.SelfUser, error) {
	u, err := s.Users.GetUser(ctx, id)
	return u.Self(), err
}

// UserByName gives the holder of a username or mail address.
func (s *Service) UserByName(ctx context.Context, login string) (core.UserID, error) {
	name := core.FoldName(login)
	id, err := s.Users.UserByName(ctx, UsernameKind, name)
	if core.CodeOf(err) == core.CodeNotFound {
		return s.Users.UserByName(ctx, EmailKind, name)
	}
	return id, err
}

// ForgetUser drops what is cached of a user; events of other nodes call it.
func (s *Service) ForgetUser(id core.UserID) { s.faces.Forget(id) }

// ForgetSession drops a cached session.
func (s *Service) ForgetSession(id core.SessionID) { s.sessions.Forget(id) }

// ForgetAll drops what is cached of sessions and users: changes may have been missed.
func (s *Service) ForgetAll() {
	s.sessions.Clear()
	s.faces.Clear()
}
