// Package snapshots owns what a client starts from: the whole of what a user may see, with the cursor from which events
// carry on. The cursor is read before the data, so that no change falls between them.
//
// A Service is safe for concurrent use; it lets only a bounded number of snapshots be made at once.
//
//	snap, err := service.Take(ctx, actor)
package snapshots

import (
	"context"
	"strconv"

	"github.com/beep-chat/beep/core"
)

// Cursor gives the place in the stream that the next event comes after.
type Cursor interface{ Cursor() string }

// Accounts gives a user's own view.
type Accounts interface {
	Self(ctx context.Context, user core.UserID) (core.SelfUser, error)
}

// Members gives memberships.
type Members interface {
	ServersOf(ctx context.Context, user core.UserID) ([]core.ServerID, error)
	Self(ctx context.Context, user core.UserID, server core.ServerID) (core.Member, error)
}

// Servers gives layouts.
type Servers interface {
	Layout(ctx context.Context, id core.ServerID) (core.Layout, error)
}

// Channels gives what a member may view.
type Channels interface {
	Visible(ctx context.Context, user core.UserID, server core.ServerID) ([]core.Channel, error)
}

// Messages gives what is unread.
type Messages interface {
	Marks(ctx context.Context, user core.UserID) (map[core.ChannelID]core.MessageID, error)
	Unread(ctx context.Context, user core.UserID, marks map[core.ChannelID]core.MessageID, channels []core.ChannelID) (map[core.ChannelID]core.MessageID, []core.ReadState, error)
}

// Options are what a Service works with. Parallel bounds the snapshots made at once (admission: 20,000 clients that
// refetch together wait in line instead of stopping the node).
type Options struct {
	Cursor   Cursor
	Accounts Accounts
	Members  Members
	Servers  Servers
	Channels Channels
	Messages Messages
	Access   core.Authorizer
	Parallel int
}

// Service makes snapshots.
type Service struct {
	Options
	slots chan struct{}
}

// NewService makes a Service.
func NewService(o Options) *Service {
	return &Service{Options: o, slots: make(chan struct{}, max(1, o.Parallel))}
}

// Take makes the snapshot of the actor.
func (s *Service) Take(ctx context.Context, actor core.Actor) (core.Snapshot, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return core.Snapshot{}, core.E(core.CodeBusy, "take snapshot").Because(ctx.Err())
	}
	snap := core.Snapshot{Cursor: s.Cursor.Cursor(), Servers: []core.ServerSnapshot{}}
	self, err := s.Accounts.Self(ctx, actor.User)
	if err != nil {
		return core.Snapshot{}, err
	}
	snap.User = self
	ids, err := s.Members.ServersOf(ctx, actor.User)
	if err != nil {
		return core.Snapshot{}, err
	}
	marks, err := s.Messages.Marks(ctx, actor.User)
	if err != nil {
		return core.Snapshot{}, err
	}
	for _, id := range ids {
		one, err := s.server(ctx, actor, id, marks)
		if core.CodeOf(err) == core.CodeNotFound {
			continue // left or deleted while the snapshot was made; an event says so
		}
		if err != nil {
			return core.Snapshot{}, err
		}
		snap.Servers = append(snap.Servers, one)
	}
	return snap, nil
}

func (s *Service) server(ctx context.Context, actor core.Actor, id core.ServerID, marks map[core.ChannelID]core.MessageID) (core.ServerSnapshot, error) {
	if err := s.Access.Require(ctx, actor, id, 0, core.ViewChannel); err != nil {
		return core.ServerSnapshot{}, err
	}
	rights, err := s.Access.Rights(ctx, actor.User, id, 0)
	if err != nil {
		return core.ServerSnapshot{}, err
	}
	layout, err := s.Servers.Layout(ctx, id)
	if err != nil {
		return core.ServerSnapshot{}, err
	}
	member, err := s.Members.Self(ctx, actor.User, id)
	if err != nil {
		return core.ServerSnapshot{}, err
	}
	channels, err := s.Channels.Visible(ctx, actor.User, id)
	if err != nil {
		return core.ServerSnapshot{}, err
	}
	text := make([]core.ChannelID, 0, len(channels))
	for _, c := range channels {
		if c.Type == core.TextChannel {
			text = append(text, c.ID)
		}
	}
	last, states, err := s.Messages.Unread(ctx, actor.User, marks, text)
	if err != nil {
		return core.ServerSnapshot{}, err
	}
	return core.ServerSnapshot{Server: layout.Server, Channels: channels, Member: member, Permissions: rights,
		PermissionsBits: strconv.FormatUint(uint64(rights), 10), LastMessageIDs: last, ReadStates: states}, nil
}
