package storage

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// Members keeps memberships both ways, and the slots that bound the servers of a user.
type Members struct{ db wide.Engine }

// memberShard spreads users evenly whatever the shape of their ids.
func memberShard(id core.UserID) int64 {
	return int64(uint64(id) * 0x9E3779B97F4A7C15 >> 60)
}

// maxSlots is more than any configured limit a user reaches in practice; without a limit slots are numbered up to here.
const maxSlots = wide.MaxRangeLimit

// ClaimSlot implements members.Store. After a claim the slots are read again: where two parallel claims for one server
// both succeeded, the lower slot stays.
func (s *Members) ClaimSlot(ctx context.Context, user core.UserID, server core.ServerID, limit int) error {
	const op = "claim server slot"
	if limit == 0 {
		limit = maxSlots
	}
	for {
		held, err := s.slotsOf(ctx, user)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(held, func(r slotRow) bool { return r.Server == server }) {
			return s.freeLater(ctx, user, server)
		}
		slot, ok := firstFree(held, limit)
		if !ok {
			return core.Exceeded(core.CodeServersLimit, op, limit)
		}
		row := slotRow{User: user, Slot: slot, Server: server}
		if _, err := cas(ctx, s.db, op, wide.Commit{If: slots.IfAbsent(row), Writes: []wide.Write{slots.Insert(row)}}); err != nil {
			return err
		}
	}
}

func firstFree(held []slotRow, limit int) (int64, bool) {
	next := int64(0)
	for _, r := range held {
		if r.Slot != next {
			break
		}
		next++
	}
	return next, next < int64(limit)
}

// ListSlots implements members.Store.
func (s *Members) ListSlots(ctx context.Context, user core.UserID) ([]core.ServerID, error) {
	held, err := s.slotsOf(ctx, user)
	list := make([]core.ServerID, 0, len(held))
	for _, r := range held {
		list = append(list, r.Server)
	}
	return list, err
}

func (s *Members) slotsOf(ctx context.Context, user core.UserID) ([]slotRow, error) {
	rows, err := slots.Range(ctx, s.db, wide.Query[slotRow]{Partition: slotRow{User: user}, Limit: maxSlots})
	return rows, translate("list server slots", err)
}

// freeLater gives every slot of a server back but the first.
func (s *Members) freeLater(ctx context.Context, user core.UserID, server core.ServerID) error {
	return s.freeSlots(ctx, user, server, 1)
}

// FreeSlot implements members.Store.
func (s *Members) FreeSlot(ctx context.Context, user core.UserID, server core.ServerID) error {
	return s.freeSlots(ctx, user, server, 0)
}

func (s *Members) freeSlots(ctx context.Context, user core.UserID, server core.ServerID, keep int) error {
	held, err := s.slotsOf(ctx, user)
	if err != nil {
		return err
	}
	for _, r := range held {
		if r.Server != server {
			continue
		}
		if keep > 0 {
			keep--
			continue
		}
		if _, err := cas(ctx, s.db, "free server slot", wide.Commit{If: slots.IfEqual(r, slotServer), Writes: []wide.Write{slots.Delete(r)}, Reclaim: true}); err != nil {
			return err
		}
	}
	return nil
}

// PutMember implements members.Store.
func (s *Members) PutMember(ctx context.Context, m core.Membership, events ...core.Event) error {
	row := memberRow{Server: m.Server, Shard: memberShard(m.User), User: m.User, JoinedAt: m.JoinedAt, Roles: m.Roles, Version: m.Version}
	return put(ctx, s.db, "store member", wide.Commit{Events: events, Writes: []wide.Write{
		memberTable.Insert(row),
		membersByUser.Insert(memberByUserRow{User: m.User, Server: m.Server, JoinedAt: m.JoinedAt}),
	}})
}

// RemoveMembers implements members.Store.
func (s *Members) RemoveMembers(ctx context.Context, server core.ServerID, users []core.UserID, events ...core.Event) error {
	writes := make([]wide.Write, 0, 2*len(users))
	for _, u := range users {
		writes = append(writes,
			memberTable.Delete(memberRow{Server: server, Shard: memberShard(u), User: u}),
			membersByUser.Delete(memberByUserRow{User: u, Server: server}))
	}
	return put(ctx, s.db, "remove members", wide.Commit{Writes: writes, Events: events, Reclaim: true})
}

// GetMember implements members.Store.
func (s *Members) GetMember(ctx context.Context, server core.ServerID, user core.UserID) (core.Membership, error) {
	r, err := memberTable.Get(ctx, s.db, memberRow{Server: server, Shard: memberShard(user), User: user})
	return memberFromRow(r), translate("get member", err)
}

// ListMembers implements members.Store: shard by shard, by user id. The cursor is "shard.user".
func (s *Members) ListMembers(ctx context.Context, server core.ServerID, cursor string, limit int) ([]core.Membership, string, error) {
	const op = "list members"
	shard, after, err := parseMemberCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	list := make([]core.Membership, 0, limit)
	for ; shard < memberShards; shard, after = shard+1, 0 {
		from := memberRow{Server: server, Shard: shard, User: after}
		rows, err := memberTable.Range(ctx, s.db, wide.Query[memberRow]{Partition: from, From: &from, FromExclusive: true, Limit: limit - len(list)})
		if err != nil {
			return nil, "", translate(op, err)
		}
		for _, r := range rows {
			list = append(list, memberFromRow(r))
		}
		if len(list) == limit {
			last := list[limit-1].User
			return list, strconv.FormatInt(shard, 10) + "." + last.String(), nil
		}
	}
	return list, "", nil
}

func parseMemberCursor(cursor string) (shard int64, after core.UserID, err error) {
	if cursor == "" {
		return 0, 0, nil
	}
	a, b, ok := strings.Cut(cursor, ".")
	shard, e1 := strconv.ParseInt(a, 10, 8)
	id, e2 := core.ParseID[any](b)
	if !ok || e1 != nil || e2 != nil || shard < 0 || shard >= memberShards {
		return 0, 0, core.E(core.CodeBadCursor, "list members")
	}
	return shard, core.UserID(id), nil
}

// ListServersOf implements members.Store.
func (s *Members) ListServersOf(ctx context.Context, user core.UserID) ([]core.ServerID, error) {
	rows, err := membersByUser.Range(ctx, s.db, wide.Query[memberByUserRow]{Partition: memberByUserRow{User: user}, Limit: wide.MaxRangeLimit})
	if err != nil {
		return nil, translate("list servers of user", err)
	}
	slices.SortStableFunc(rows, func(a, b memberByUserRow) int { return a.JoinedAt.Compare(b.JoinedAt) })
	list := make([]core.ServerID, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.Server)
	}
	return list, nil
}

func memberFromRow(r memberRow) core.Membership {
	return core.Membership{Server: r.Server, User: r.User, Roles: r.Roles, JoinedAt: r.JoinedAt, Version: r.Version}
}
