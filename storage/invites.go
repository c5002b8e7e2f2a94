package storage

import (
	"context"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/members"
	"github.com/beep-chat/beep/storage/wide"
)

// Invites keeps invites and who used them.
type Invites struct{ db wide.Engine }

// inviteStands is what a use is conditional on. An invite that was revoked meanwhile never equals it, since its server is
// mandatory.
var inviteStands = invites.Columns("server_id", "uses")

// PutInvite implements members.Invites. The server's list is written first; a code there without its invite is skipped.
func (s *Invites) PutInvite(ctx context.Context, inv members.StoredInvite, events ...core.Event) error {
	const op = "store invite"
	byServer := invitesByServer.Insert(inviteByServerRow{Server: inv.Server, Code: inv.Code})
	if err := put(ctx, s.db, op, wide.Commit{Writes: []wide.Write{byServer}}); err != nil {
		return err
	}
	row := inviteRow{Code: inv.Code, Server: inv.Server, Creator: inv.Creator, MaxUses: int64(inv.MaxUses), ExpiresAt: inv.ExpiresAt, CreatedAt: inv.CreatedAt}
	ok, err := cas(ctx, s.db, op, wide.Commit{If: invites.IfAbsent(row), Writes: []wide.Write{invites.Update(row, inviteColumns)}, Events: events})
	if err == nil && !ok {
		err = core.E(core.CodeUnavailable, "store invite: the code is taken")
	}
	return err
}

// GetInvite implements members.Invites.
func (s *Invites) GetInvite(ctx context.Context, code string) (members.StoredInvite, error) {
	const op = "get invite"
	if code == "" {
		return members.StoredInvite{}, core.E(core.CodeInviteInvalid, op)
	}
	r, err := invites.Get(ctx, s.db, inviteRow{Code: code})
	if err = translate(op, err); core.CodeOf(err) == core.CodeNotFound {
		err = core.E(core.CodeInviteInvalid, op)
	}
	return members.StoredInvite{Code: r.Code, Server: r.Server, Creator: r.Creator, MaxUses: int(r.MaxUses), Uses: int(r.Uses),
		ExpiresAt: r.ExpiresAt, CreatedAt: r.CreatedAt}, err
}

// ListInvites implements members.Invites.
func (s *Invites) ListInvites(ctx context.Context, server core.ServerID) ([]members.StoredInvite, error) {
	rows, err := invitesByServer.Range(ctx, s.db, wide.Query[inviteByServerRow]{Partition: inviteByServerRow{Server: server}, Limit: wide.MaxRangeLimit})
	if err != nil {
		return nil, translate("list invites", err)
	}
	list := make([]members.StoredInvite, 0, len(rows))
	for _, r := range rows {
		inv, err := s.GetInvite(ctx, r.Code)
		if core.CodeOf(err) == core.CodeInviteInvalid {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, inv)
	}
	return list, nil
}

// DeleteInvite implements members.Invites; the uses go with the invite.
func (s *Invites) DeleteInvite(ctx context.Context, inv members.StoredInvite, events ...core.Event) error {
	const op = "delete invite"
	row := inviteRow{Code: inv.Code}
	c := wide.Commit{If: invites.IfPresent(row), Writes: []wide.Write{invites.DeletePartition(row)}, Events: events, Reclaim: true}
	if _, err := cas(ctx, s.db, op, c); err != nil {
		return err
	}
	byServer := invitesByServer.Delete(inviteByServerRow{Server: inv.Server, Code: inv.Code})
	return put(ctx, s.db, op, wide.Commit{Writes: []wide.Write{byServer}, Reclaim: true})
}

// UseInvite implements members.Invites. The user's row and the count change in one conditional commit, so that the count is
// exact and a repeated attempt finds its own row.
func (s *Invites) UseInvite(ctx context.Context, code string, user core.UserID) error {
	const op = "use invite"
	for {
		inv, err := s.GetInvite(ctx, code)
		if err != nil {
			return err
		}
		used := inviteRow{Code: code, User: user, Server: inv.Server}
		if _, err := invites.Get(ctx, s.db, used); err == nil {
			return nil
		}
		if inv.MaxUses > 0 && inv.Uses >= inv.MaxUses {
			return core.E(core.CodeInviteUsedUp, op).With("max_uses", inv.MaxUses)
		}
		before := inviteRow{Code: code, Server: inv.Server, Uses: int64(inv.Uses)}
		next := before
		next.Uses++
		ok, err := cas(ctx, s.db, op, wide.Commit{If: invites.IfEqual(before, inviteStands),
			Writes: []wide.Write{invites.Update(next, inviteUses), invites.Insert(used)}})
		if ok || err != nil {
			return err
		}
	}
}

// DropInvites removes the invites of a deleted server.
func (s *Invites) DropInvites(ctx context.Context, server core.ServerID) error {
	const op = "drop invites"
	for {
		rows, err := invitesByServer.Range(ctx, s.db, wide.Query[inviteByServerRow]{Partition: inviteByServerRow{Server: server}, Limit: wide.MaxRangeLimit})
		if err != nil {
			return translate(op, err)
		}
		for _, r := range rows {
			writes := []wide.Write{invites.DeletePartition(inviteRow{Code: r.Code}).Final(), invitesByServer.Delete(r)}
			if err := put(ctx, s.db, op, wide.Commit{Writes: writes, Reclaim: true}); err != nil {
				return err
			}
		}
		if len(rows) < wide.MaxRangeLimit {
			return nil
		}
	}
}
