package accounts

import (
	"context"
	"net/mail"
	"strings"

	"github.com/beep-chat/beep/core"
)

// Register is the request to make an account.
type Register struct {
	FirstName string
	LastName  string
	Username  string
	Email     string
	Password  string
	Locale    string
	Invite    string // opens registration where it is by invite only
	Device    Device
}

// SignIn is the request to start a session.
type SignIn struct {
	Login    string // username or mail address
	Password string
	Device   Device
}

// Register makes an account and, unless it must be validated first, a session; without a session the grant holds only the
// user.
func (s *Service) Register(ctx context.Context, in Register) (Grant, error) {
	if err := s.registrationOpen(ctx, in.Invite); err != nil {
		return Grant{}, err
	}
	u, err := s.newUser(in, !s.Policy.RequireValidation)
	if err != nil {
		return Grant{}, err
	}
	key := core.RateKey{Policy: "register_rate", Text: in.Device.Address}
	if err := core.LimitKey(ctx, s.Limiter, key, s.Limits.RegisterRate, false); err != nil {
		return Grant{}, err
	}
	spend := func() error { return nil }
	if s.Policy.Registration == InviteRegistration {
		spend = func() error { return s.Invites.SpendInvite(ctx, in.Invite, u.ID) }
	}
	if u, err = s.create(ctx, u, in.Password, spend); err != nil {
		return Grant{}, err
	}
	if !u.Validated {
		return Grant{User: u.Self()}, nil
	}
	return s.open(ctx, u, in.Device)
}

func (s *Service) registrationOpen(ctx context.Context, invite string) error {
	switch {
	case s.Policy.Registration == ClosedRegistration:
		return core.E(core.CodeRegistrationClosed, "register")
	case s.Policy.Registration == InviteRegistration && (invite == "" || !s.Invites.InviteOpens(ctx, invite)):
		return core.E(core.CodeRegistrationNeedsInvite, "register")
	}
	return nil
}

// newUser checks the request, every problem at once, and makes the account from it.
func (s *Service) newUser(in Register, validated bool) (core.User, error) {
	var c core.Checks
	c.Name("/first_name", &in.FirstName, core.MaxPersonNameRunes)
	lastName(&c, &in.LastName)
	username, email := core.FoldName(in.Username), core.FoldName(in.Email)
	if !core.ValidUsername(username) {
		c.Add("/username", core.CodeBadFormat, map[string]any{"format": "2-32 of a-z 0-9 . _ -"})
	}
	if !validEmail(email) {
		c.Add("/email", core.CodeBadFormat, map[string]any{"format": "name@example.org"})
	}
	for _, p := range s.Identity.PasswordProblems("/password", in.Password, username, email) {
		c.Add(p.Pointer, p.Code, p.Params)
	}
	if err := c.Err("register"); err != nil {
		return core.User{}, err
	}
	id, err := core.NewUserID(s.Events.IDs)
	if err != nil {
		return core.User{}, err
	}
	locale := in.Locale
	if locale == "" {
		locale = s.Policy.DefaultLocale
	}
	return core.User{ID: id, Username: username, FirstName: in.FirstName, LastName: in.LastName, Email: email,
		Locale: locale, Provider: core.ProviderVanilla, Validated: validated, CreatedAt: id.Time(), Version: 1}, nil
}

// lastName checks a last name, which may be empty: not everybody has two names.
func lastName(c *core.Checks, s *string) {
	if *s = strings.TrimSpace(*s); *s != "" {
		c.Name("/last_name", s, core.MaxPersonNameRunes)
	}
}

// validEmail accepts an address as people write it: one @, a domain, no display name, no spaces.
func validEmail(s string) bool {
	if len(s) > core.MaxEmailRunes || strings.ContainsAny(s, " \t\n<>\"") {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	_, domain, ok := strings.Cut(s, "@")
	return ok && domain != "" && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

// create claims the names, stores the password, then the account, which is what makes it exist. last runs just before,
// when everything else has succeeded. What was claimed is given back on failure; a crash leaves claims that expire.
func (s *Service) create(ctx context.Context, u core.User, password string, last func() error) (core.User, error) {
	release, err := s.claimNames(ctx, u)
	if err != nil {
		return core.User{}, err
	}
	err = s.Identity.SetPassword(ctx, u.ID, password)
	if err == nil {
		err = last()
	}
	if err == nil {
		err = s.Users.PutUser(ctx, u)
	}
	if err != nil {
		if core.CodeOf(err) != core.CodeUnavailable { // else the account may exist: orphaned names become free by themselves
			release()
		}
		return core.User{}, err
	}
	s.Audit.Record(ctx, core.AuditEntry{Action: "USER_CREATED", User: u.ID, Target: "user:" + u.ID.String()})
	return u, nil
}

func (s *Service) claimNames(ctx context.Context, u core.User) (release func(), err error) {
	claims := []struct {
		kind  NameKind
		value string
		taken core.Code
	}{{UsernameKind, u.Username, core.CodeUsernameTaken}, {EmailKind, u.Email, core.CodeEmailTaken}}
	held := 0
	release = func() {
		for _, c := range claims[:held] {
			_ = s.Users.ReleaseName(context.WithoutCancel(ctx), c.kind, c.value, u.ID)
		}
	}
	for _, c := range claims {
		ok, err := s.Users.ClaimName(ctx, c.kind, c.value, u.ID)
		if err == nil && !ok {
			err = core.E(c.taken, "register")
		}
		if err != nil {
			release()
			return nil, err
		}
		held++
	}
	return release, nil
}

// SignIn starts a session. A wrong login and a wrong password are told apart neither in text nor in time.
func (s *Service) SignIn(ctx context.Context, in SignIn) (Grant, error) {
	login := core.FoldName(in.Login)
	key := core.RateKey{Policy: "login_rate", Text: login + "|" + in.Device.Address}
	if err := core.LimitKey(ctx, s.Limiter, key, s.Limits.LoginRate, false); err != nil {
		return Grant{}, err
	}
	id, err := s.Identity.Authenticate(ctx, login, in.Password)
	if err != nil {
		if core.CodeOf(err) == core.CodeInvalidCredentials {
			s.Audit.Record(ctx, core.AuditEntry{Action: "SIGN_IN_FAILED"})
		}
		return Grant{}, err
	}
	u, err := s.Users.GetUser(ctx, id)
	switch {
	case err != nil:
		return Grant{}, err
	case u.Suspended:
		return Grant{}, core.E(core.CodeAccountSuspended, "sign in")
	case !u.Validated:
		return Grant{}, core.E(core.CodeAccountNotValidated, "sign in")
	}
	s.Audit.Record(ctx, core.AuditEntry{Action: "SIGNED_IN", User: u.ID})
	return s.open(ctx, u, in.Device)
}
