package accounts

import (
	"context"

	"github.com/beep-chat/beep/core"
)

// Update is the request to change one's own account; nil leaves a field.
type Update struct {
	FirstName *string
	LastName  *string
	Username  *string
	Locale    *string
}

// Get gives what others see of a user.
func (s *Service) Get(ctx context.Context, id core.UserID) (core.PublicUser, error) {
	return s.Face(ctx, id)
}

// Update changes names or language; the members of the user's servers hear of it.
func (s *Service) Update(ctx context.Context, actor core.Actor, in Update) (core.SelfUser, error) {
	if err := in.check(); err != nil {
		return core.SelfUser{}, err
	}
	unlock := s.locks.Lock(actor.User)
	defer unlock()
	before, err := s.Users.GetUser(ctx, actor.User)
	if err != nil {
		return core.SelfUser{}, err
	}
	u := in.apply(before)
	if u == before {
		return u.Self(), nil
	}
	u.Version++
	if u.Username != before.Username {
		ok, err := s.Users.ClaimName(ctx, UsernameKind, u.Username, u.ID)
		if err == nil && !ok {
			err = core.E(core.CodeUsernameTaken, "change username")
		}
		if err != nil {
			return core.SelfUser{}, err
		}
	}
	if err := s.store(ctx, before, u); err != nil {
		return core.SelfUser{}, err
	}
	if u.Username != before.Username {
		_ = s.Users.ReleaseName(ctx, UsernameKind, before.Username, u.ID) // where it fails, the orphan rule frees it
	}
	return u.Self(), nil
}

func (in *Update) check() error {
	var c core.Checks
	if in.FirstName != nil {
		c.Name("/first_name", in.FirstName, core.MaxPersonNameRunes)
	}
	if in.LastName != nil {
		lastName(&c, in.LastName)
	}
	if in.Username != nil {
		folded := core.FoldName(*in.Username)
		in.Username = &folded
		if !core.ValidUsername(folded) {
			c.Add("/username", core.CodeBadFormat, map[string]any{"format": "2-32 of a-z 0-9 . _ -"})
		}
	}
	return c.Err("update account")
}

func (in Update) apply(u core.User) core.User {
	if in.FirstName != nil {
		u.FirstName = *in.FirstName
	}
	if in.LastName != nil {
		u.LastName = *in.LastName
	}
	if in.Username != nil {
		u.Username = *in.Username
	}
	if in.Locale != nil {
		u.Locale = *in.Locale
	}
	return u
}

// store writes an account with the events of its change. Where it surely failed, a new username is given back; where the
// outcome is unknown both names stay claimed, and the one that is not in the account becomes free as an orphan.
func (s *Service) store(ctx context.Context, before, u core.User) error {
	events, err := s.changed(ctx, u)
	if err == nil {
		err = s.Users.PutUser(ctx, u, events...)
	}
	s.faces.Forget(u.ID)
	if err != nil && core.CodeOf(err) != core.CodeUnavailable && u.Username != before.Username {
		_ = s.Users.ReleaseName(context.WithoutCancel(ctx), UsernameKind, u.Username, u.ID)
	}
	return err
}

// changed makes the events of a changed account: one for the person, one for each server.
func (s *Service) changed(ctx context.Context, u core.User) ([]core.Event, error) {
	own, err := s.Events.New(core.Audience{Users: []core.UserID{u.ID}}, u.ID, core.UserUpdated{User: u.Self()})
	if err != nil {
		return nil, err
	}
	events := []core.Event{own}
	servers, err := s.Memberships.ServersOf(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	for _, id := range servers {
		m, err := s.Memberships.Self(ctx, u.ID, id)
		if core.CodeOf(err) == core.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		m.Version += u.Version - m.User.Version
		m.User = u.Public()
		event, err := s.Events.New(core.Audience{Server: id}, u.ID, core.MemberUpdated{Member: m})
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

// ChangePassword replaces the actor's password; the other sessions end unless keepOthers is set.
func (s *Service) ChangePassword(ctx context.Context, actor core.Actor, current, next string, keepOthers bool) error {
	if err := core.Limit(ctx, s.Limiter, "step_up_rate", actor.User, s.Limits.LoginRate); err != nil {
		return err
	}
	if err := s.Identity.CheckPassword(ctx, actor.User, current); err != nil {
		return err
	}
	if err := s.setPassword(ctx, actor.User, "/new_password", next); err != nil {
		return err
	}
	s.Audit.Record(ctx, core.AuditEntry{Action: "PASSWORD_CHANGED", User: actor.User})
	if keepOthers {
		return nil
	}
	return s.SignOutEverywhere(ctx, actor.User, actor.Session)
}

func (s *Service) setPassword(ctx context.Context, id core.UserID, pointer, password string) error {
	u, err := s.Users.GetUser(ctx, id)
	if err != nil {
		return err
	}
	var c core.Checks
	for _, p := range s.Identity.PasswordProblems(pointer, password, u.Username, u.Email) {
		c.Add(p.Pointer, p.Code, p.Params)
	}
	if err := c.Err("set password"); err != nil {
		return err
	}
	return s.Identity.SetPassword(ctx, id, password)
}

// ResetPassword is the operator's act (beep admin user reset-password): a new password, and every session ends.
func (s *Service) ResetPassword(ctx context.Context, login, password string) error {
	id, err := s.UserByName(ctx, login)
	if err != nil {
		return err
	}
	if err := s.setPassword(ctx, id, "/password", password); err != nil {
		return err
	}
	s.Audit.Record(ctx, core.AuditEntry{Action: "PASSWORD_RESET", Target: "user:" + id.String()})
	return s.SignOutEverywhere(ctx, id, 0)
}

// Grant is the operator's act (beep admin user grant): gives or, with "", takes a platform role.
func (s *Service) Grant(ctx context.Context, login string, role core.PlatformRole) error {
	return s.adminChange(ctx, login, "PLATFORM_ROLE_CHANGED", func(u *core.User) { u.PlatformRole = role })
}

// Validate is the operator's act (beep admin user validate): lets an account in that waits for validation.
func (s *Service) Validate(ctx context.Context, login string) error {
	return s.adminChange(ctx, login, "USER_VALIDATED", func(u *core.User) { u.Validated = true })
}

func (s *Service) adminChange(ctx context.Context, login, action string, change func(*core.User)) error {
	id, err := s.UserByName(ctx, login)
	if err != nil {
		return err
	}
	unlock := s.locks.Lock(id)
	defer unlock()
	u, err := s.Users.GetUser(ctx, id)
	if err != nil {
		return err
	}
	change(&u)
	u.Version++
	if err := s.store(ctx, u, u); err != nil {
		return err
	}
	s.sessions.Clear()
	s.Audit.Record(ctx, core.AuditEntry{Action: action, Target: "user:" + id.String(), Details: map[string]any{"platform_role": string(u.PlatformRole), "validated": u.Validated}})
	return nil
}
