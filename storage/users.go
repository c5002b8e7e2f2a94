package storage

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/storage/wide"
)

// Users keeps accounts, the names they claim and the hashes of local passwords.
type Users struct {
	db    wide.Engine
	clock core.Clock
}

// orphanAge is how old a claim without an account must be before somebody else may have it.
const orphanAge = time.Minute

// ClaimName implements accounts.Users.
func (s *Users) ClaimName(ctx context.Context, kind accounts.NameKind, value string, user core.UserID) (bool, error) {
	const op = "claim name"
	mine := claimRow{Kind: string(kind), Value: value, User: user, At: s.clock()}
	ok, err := cas(ctx, s.db, op, wide.Commit{If: claims.IfAbsent(mine), Writes: []wide.Write{claims.Insert(mine)}})
	if ok || err != nil {
		return ok, err
	}
	held, err := claims.Get(ctx, s.db, mine)
	if err != nil {
		return false, translate(op, err)
	}
	if held.User == user {
		return true, nil
	}
	orphan, err := s.orphan(ctx, held)
	if !orphan || err != nil {
		return false, err
	}
	return cas(ctx, s.db, op, wide.Commit{If: claims.IfEqual(held, claimHolder), Writes: []wide.Write{claims.Update(mine, claimColumns)}})
}

// orphan tells whether a claim names an account that was never written, or that has another name now.
func (s *Users) orphan(ctx context.Context, held claimRow) (bool, error) {
	if s.clock().Sub(held.At) < orphanAge {
		return false, nil
	}
	u, err := users.Get(ctx, s.db, userRow{ID: held.User})
	if core.CodeOf(translate("", err)) == core.CodeNotFound {
		return true, nil
	}
	return err == nil && u.Username != held.Value && u.Email != held.Value, translate("read holder of a name", err)
}

// ReleaseName implements accounts.Users.
func (s *Users) ReleaseName(ctx context.Context, kind accounts.NameKind, value string, user core.UserID) error {
	row := claimRow{Kind: string(kind), Value: value, User: user}
	_, err := cas(ctx, s.db, "release name", wide.Commit{If: claims.IfEqual(row, claimHolder), Writes: []wide.Write{claims.Delete(row)}, Reclaim: true})
	return err
}

// UserByName implements accounts.Users. A claim counts only while the account has that name.
func (s *Users) UserByName(ctx context.Context, kind accounts.NameKind, value string) (core.UserID, error) {
	const op = "find user"
	if value == "" {
		return 0, core.E(core.CodeNotFound, op)
	}
	claim, err := claims.Get(ctx, s.db, claimRow{Kind: string(kind), Value: value})
	if err != nil {
		return 0, translate(op, err)
	}
	u, err := users.Get(ctx, s.db, userRow{ID: claim.User})
	if err != nil {
		return 0, translate(op, err)
	}
	if u.Username != value && u.Email != value {
		return 0, core.E(core.CodeNotFound, op)
	}
	return claim.User, nil
}

// PutUser implements accounts.Users.
func (s *Users) PutUser(ctx context.Context, u core.User, events ...core.Event) error {
	row := userRow{ID: u.ID, Username: u.Username, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, Locale: u.Locale,
		Provider: u.Provider, Platform: string(u.PlatformRole), Validated: u.Validated, Suspended: u.Suspended, Version: u.Version}
	return put(ctx, s.db, "store user", wide.Commit{Writes: []wide.Write{users.Update(row, userColumns)}, Events: events})
}

// GetUser implements accounts.Users.
func (s *Users) GetUser(ctx context.Context, id core.UserID) (core.User, error) {
	r, err := users.Get(ctx, s.db, userRow{ID: id})
	if err != nil {
		return core.User{}, translate("get user", err)
	}
	return core.User{ID: r.ID, Username: r.Username, FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Locale: r.Locale,
		Provider: r.Provider, PlatformRole: core.PlatformRole(r.Platform), Validated: r.Validated, Suspended: r.Suspended,
		CreatedAt: r.ID.Time(), Version: r.Version}, nil
}

// GetPassword gives the hash of a local account's password, "" when it has none.
func (s *Users) GetPassword(ctx context.Context, id core.UserID) (string, error) {
	r, err := credentials.Get(ctx, s.db, credentialRow{User: id})
	if err = translate("get password hash", err); core.CodeOf(err) == core.CodeNotFound {
		return "", nil
	}
	return r.Password, err
}

// SwapPassword stores the hash next ("" removes it) if old is what is stored; false when it is not.
func (s *Users) SwapPassword(ctx context.Context, id core.UserID, old, next string) (bool, error) {
	row := credentialRow{User: id, Password: next}
	cond := credentials.IfEqual(credentialRow{User: id, Password: old}, credentialPassword)
	if old == "" {
		cond = credentials.IfAbsent(row)
	}
	w := credentials.Insert(row)
	if next == "" {
		w = credentials.Delete(row)
	}
	return cas(ctx, s.db, "store password hash", wide.Commit{If: cond, Writes: []wide.Write{w}, Reclaim: true})
}

// Settings keeps the values of the instance.
type Settings struct{ db wide.Engine }

// GetSetting implements accounts.Settings.
func (s *Settings) GetSetting(ctx context.Context, name string) (string, error) {
	r, err := settings.Get(ctx, s.db, settingRow{Name: name})
	if core.CodeOf(translate("", err)) == core.CodeNotFound {
		return "", nil
	}
	return r.Value, translate("get setting", err)
}

// SwapSetting implements accounts.Settings.
func (s *Settings) SwapSetting(ctx context.Context, name, old, next string) (bool, error) {
	cond := settings.IfEqual(settingRow{Name: name, Value: old}, settingValue)
	if old == "" {
		cond = settings.IfAbsent(settingRow{Name: name})
	}
	return cas(ctx, s.db, "change setting", wide.Commit{If: cond, Writes: []wide.Write{settings.Insert(settingRow{Name: name, Value: next})}})
}
