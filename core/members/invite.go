package members

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"

	"github.com/beep-chat/beep/core"
)

// NewInvite is the request to make an invite. Zero MaxUses and Life mean no limit.
type NewInvite struct {
	MaxUses int
	Life    time.Duration
}

var inviteAlphabet = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// NewInviteCode is 50 random bits in ten letters that are not mistaken for each other.
func NewInviteCode() string {
	var b [7]byte
	rand.Read(b[:])
	return inviteAlphabet.EncodeToString(b[:])[:10]
}

// CreateInvite makes an invite.
func (s *Service) CreateInvite(ctx context.Context, actor core.Actor, id core.ServerID, in NewInvite) (core.Invite, error) {
	if err := s.Access.Require(ctx, actor, id, 0, core.CreateInvites); err != nil {
		return core.Invite{}, err
	}
	if err := core.Limit(ctx, s.Limiter, "create_rate", actor.User, s.Limits.CreateRate); err != nil {
		return core.Invite{}, err
	}
	if err := s.makeRoom(ctx, id); err != nil {
		return core.Invite{}, err
	}
	now := s.Events.Clock().UTC().Truncate(time.Millisecond)
	inv := StoredInvite{Code: NewInviteCode(), Server: id, Creator: actor.User, MaxUses: in.MaxUses, CreatedAt: now}
	if r, ok := core.Reserved(ctx); ok {
		inv.Code = r.Code
		if made, err := s.Invites.GetInvite(ctx, r.Code); err == nil {
			return s.inviteView(ctx, made) // by an attempt that died before it answered
		}
	}
	if in.Life > 0 {
		inv.ExpiresAt = now.Add(in.Life)
	}
	v, err := s.inviteView(ctx, inv)
	if err != nil {
		return core.Invite{}, err
	}
	event, err := s.Events.New(core.Audience{Server: id, Need: core.ManageInvites}, actor.User, core.InviteCreated{Invite: v})
	if err != nil {
		return core.Invite{}, err
	}
	return v, s.Invites.PutInvite(ctx, inv, event)
}

// makeRoom removes the expired invites of a server, which nobody is shown any more, and checks that it may have one more.
func (s *Service) makeRoom(ctx context.Context, id core.ServerID) error {
	list, err := s.Invites.ListInvites(ctx, id)
	if err != nil {
		return err
	}
	living, now := 0, s.Events.Clock()
	for _, inv := range list {
		if !inv.expired(now) {
			living++
			continue
		}
		if err := s.Invites.DeleteInvite(ctx, inv); err != nil {
			return err
		}
	}
	if limit := s.Limits.InvitesPerServer; limit > 0 && living >= limit {
		return core.Exceeded(core.CodeInvitesLimit, "create invite", limit)
	}
	return nil
}

// LookAtInvite gives an invite that still leads somewhere to whoever holds its code.
func (s *Service) LookAtInvite(ctx context.Context, code string) (core.Invite, error) {
	inv, err := s.valid(ctx, code)
	if err != nil {
		return core.Invite{}, err
	}
	if inv.MaxUses > 0 && inv.Uses >= inv.MaxUses {
		return core.Invite{}, core.E(core.CodeInviteUsedUp, "look at invite").With("max_uses", inv.MaxUses)
	}
	return s.inviteView(ctx, inv)
}

// ListInvites gives the invites of a server that have not expired to those who manage them.
func (s *Service) ListInvites(ctx context.Context, actor core.Actor, id core.ServerID) ([]core.Invite, error) {
	if err := s.Access.Require(ctx, actor, id, 0, core.ManageInvites); err != nil {
		return nil, err
	}
	stored, err := s.Invites.ListInvites(ctx, id)
	if err != nil {
		return nil, err
	}
	list := make([]core.Invite, 0, len(stored))
	for _, inv := range stored {
		if inv.expired(s.Events.Clock()) {
			continue
		}
		v, err := s.inviteView(ctx, inv)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// RevokeInvite ends an invite: one's own, or any with the right to manage them.
func (s *Service) RevokeInvite(ctx context.Context, actor core.Actor, code string) error {
	inv, err := s.Invites.GetInvite(ctx, normalCode(code))
	if err != nil {
		return err
	}
	want := core.ManageInvites
	if inv.Creator == actor.User {
		want = core.ViewChannel
	}
	err = s.Access.Require(ctx, actor, inv.Server, 0, want)
	if core.CodeOf(err) == core.CodeNotFound { // of a server the actor is not in, or that is being deleted
		err = core.E(core.CodeInviteInvalid, "revoke invite")
	}
	if err != nil {
		return err
	}
	event, err := s.Events.New(core.Audience{Server: inv.Server, Need: core.ManageInvites}, actor.User, core.InviteDeleted{Code: inv.Code})
	if err != nil {
		return err
	}
	return s.Invites.DeleteInvite(ctx, inv, event)
}

// JoinByInvite makes the actor a member by an invite. A member who uses one again consumes nothing.
func (s *Service) JoinByInvite(ctx context.Context, actor core.Actor, code string) (core.Server, error) {
	unlock := s.entries.Lock(actor.User)
	defer unlock()
	inv, err := s.valid(ctx, code)
	if err != nil {
		return core.Server{}, err
	}
	l, err := s.Servers.Layout(ctx, inv.Server)
	if err != nil {
		return core.Server{}, core.E(core.CodeInviteInvalid, "join by invite")
	}
	if _, err := s.Store.GetMember(ctx, inv.Server, actor.User); err == nil {
		return l.Server, nil
	}
	if err := core.Limit(ctx, s.Limiter, "join_rate", actor.User, s.Limits.JoinRate); err != nil {
		return core.Server{}, err
	}
	if err := s.claim(ctx, actor.User, inv.Server); err != nil {
		return core.Server{}, err
	}
	if err := s.Invites.UseInvite(ctx, inv.Code, actor.User); err != nil {
		if e := s.freeSlot(ctx, actor.User, inv.Server); e != nil {
			return core.Server{}, e
		}
		return core.Server{}, err
	}
	return l.Server, s.enter(ctx, actor, inv.Server)
}

// SpendInvite counts a use by a user who does not join yet: whoever registers where that takes an invite.
func (s *Service) SpendInvite(ctx context.Context, code string, user core.UserID) error {
	return s.Invites.UseInvite(ctx, normalCode(code), user)
}

// valid gives an invite that can be used now.
func (s *Service) valid(ctx context.Context, code string) (StoredInvite, error) {
	inv, err := s.Invites.GetInvite(ctx, normalCode(code))
	if err != nil {
		return StoredInvite{}, err
	}
	if inv.expired(s.Events.Clock()) {
		return StoredInvite{}, core.E(core.CodeInviteExpired, "use invite")
	}
	if _, err := s.Servers.Layout(ctx, inv.Server); err != nil {
		if core.CodeOf(err) == core.CodeNotFound {
			return StoredInvite{}, core.E(core.CodeInviteInvalid, "use invite")
		}
		return StoredInvite{}, err
	}
	return inv, nil
}

func (i StoredInvite) expired(now time.Time) bool {
	return !i.ExpiresAt.IsZero() && !now.Before(i.ExpiresAt)
}

func (s *Service) inviteView(ctx context.Context, inv StoredInvite) (core.Invite, error) {
	card, err := s.Cards.Card(ctx, inv.Server)
	if err != nil {
		return core.Invite{}, err
	}
	v := core.Invite{Code: inv.Code, Server: card, CreatorID: inv.Creator, Uses: inv.Uses,
		ExpiresAt: core.Time{Time: inv.ExpiresAt}, CreatedAt: core.Time{Time: inv.CreatedAt}}
	if inv.MaxUses > 0 {
		v.MaxUses = &inv.MaxUses
	}
	return v, nil
}

func normalCode(code string) string { return strings.ToLower(strings.TrimSpace(code)) }
