package accounts

import (
	"context"
	"encoding/hex"
	"strings"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/token"
)

// The setting that holds the hash of the set-up token while there is no administrator, then "user:" and the id of the one
// who used it.
const (
	setupSetting = "setup"
	setupByUser  = "user:"
)

// setupDone tells whether the set-up was used by an account that exists. A node that died between the use and the account
// leaves the set-up open.
func (s *Service) setupDone(ctx context.Context, value string) (bool, error) {
	text, used := strings.CutPrefix(value, setupByUser)
	if !used {
		return false, nil
	}
	var id core.UserID
	if err := id.UnmarshalText([]byte(text)); err != nil {
		return false, err
	}
	_, err := s.Users.GetUser(ctx, id)
	if core.CodeOf(err) == core.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

// SetupPending tells whether the instance still waits for its first administrator.
func (s *Service) SetupPending(ctx context.Context) (bool, error) {
	v, err := s.Settings.GetSetting(ctx, setupSetting)
	if err != nil {
		return false, err
	}
	done, err := s.setupDone(ctx, v)
	return !done, err
}

// NewSetupToken makes the one-time token of the set-up link; an earlier one ends. "" when the set-up is done.
func (s *Service) NewSetupToken(ctx context.Context) (string, error) {
	for {
		old, err := s.Settings.GetSetting(ctx, setupSetting)
		if err != nil {
			return "", err
		}
		if done, err := s.setupDone(ctx, old); done || err != nil {
			return "", err
		}
		tok := token.New(setupPrefix, 0)
		ok, err := s.Settings.SwapSetting(ctx, setupSetting, old, hex.EncodeToString(hashOf(tok)))
		if ok || err != nil {
			return tok.Text(), err
		}
	}
}

// Setup makes the first administrator; it needs the token of the set-up link and works once.
func (s *Service) Setup(ctx context.Context, setupToken string, in Register) (Grant, error) {
	refused := core.E(core.CodeSetupTokenInvalid, "set up")
	stored, err := s.Settings.GetSetting(ctx, setupSetting)
	if err != nil {
		return Grant{}, err
	}
	tok, err := token.Parse(setupToken)
	hash, _ := hex.DecodeString(stored)
	if err != nil || tok.Prefix() != setupPrefix || !matches(hash, tok) {
		return Grant{}, refused
	}
	u, err := s.newUser(in, true)
	if err != nil {
		return Grant{}, err
	}
	u.PlatformRole = core.ApplicationAdministrator
	u, err = s.create(ctx, u, in.Password, func() error {
		ok, err := s.Settings.SwapSetting(ctx, setupSetting, stored, setupByUser+u.ID.String())
		if err == nil && !ok {
			err = refused
		}
		return err
	})
	if err != nil {
		return Grant{}, err
	}
	s.Audit.Record(ctx, core.AuditEntry{Action: "ADMINISTRATOR_GRANTED", User: u.ID, Target: "user:" + u.ID.String()})
	return s.open(ctx, u, in.Device)
}
