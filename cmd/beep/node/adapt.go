package node

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/channels"
	"github.com/beep-chat/beep/core/jobs"
	"github.com/beep-chat/beep/core/servers"
	"github.com/beep-chat/beep/httpapi"
	"github.com/beep-chat/beep/realtime"
)

// apply keeps this node's caches behind no event: the log calls it before any stream hears the batch.
func (n *Node) apply(batch []core.LoggedEvent) {
	for _, le := range batch {
		e := le.Event
		if s, ok := n.IDs.(interface{ Observe(int64) }); ok {
			s.Observe(int64(e.ID))
		}
		switch e.Type {
		case core.EventMemberJoined, core.EventMemberRemoved:
			for _, u := range e.Audience.Users {
				n.access.Forget(e.Audience.Server, u)
			}
		case core.EventServerUpdated, core.EventAccessChanged, core.EventChannelCreated, core.EventChannelUpdated, core.EventChannelDeleted:
			n.directory.Forget(e.Audience.Server)
			n.access.Forget(e.Audience.Server, 0)
		case core.EventPluginUpdated:
			n.Plugins.Forget(e.Audience.Server)
			if n.Guests != nil {
				n.Guests.Warm(e.Audience.Server)
			}
		case core.EventMessageCreated, core.EventMessageDeleted:
			n.Messages.ForgetTip(e.Audience.Channel)
		case core.EventServerDeleted:
			n.forgetServer(e)
		case core.EventUserUpdated:
			n.Accounts.ForgetUser(e.Actor)
		case core.EventSessionRevoked:
			n.forgetSessions(e)
		}
	}
}

// forgetServer drops a server that was deleted; the audience names its people only.
func (n *Node) forgetServer(e core.Event) {
	var gone core.ServerDeleted
	if err := json.Unmarshal(e.Data, &gone); err == nil {
		n.directory.Forget(gone.ServerID)
		n.Plugins.Forget(gone.ServerID)
	}
}

// forgetAll drops every cache that events keep up to date: some may have been missed.
func (n *Node) forgetAll() {
	n.directory.ForgetAll()
	n.rule.ForgetAll()
	n.Accounts.ForgetAll()
	n.Messages.ForgetTips()
	n.Plugins.ForgetAll()
}

// forgetSessions drops what is cached of ended sessions.
func (n *Node) forgetSessions(e core.Event) {
	var ended core.SessionRevoked
	if err := json.Unmarshal(e.Data, &ended); err != nil {
		return // the entries expire by themselves
	}
	for _, id := range ended.SessionIDs {
		n.Accounts.ForgetSession(id)
	}
}

// lateBinding answers for areas that are made after the one that asks.
type lateBinding struct{ n *Node }

// ServersOf implements accounts.Memberships.
func (l *lateBinding) ServersOf(ctx context.Context, user core.UserID) ([]core.ServerID, error) {
	return l.n.Members.ServersOf(ctx, user)
}

// Self implements accounts.Memberships.
func (l *lateBinding) Self(ctx context.Context, user core.UserID, server core.ServerID) (core.Member, error) {
	return l.n.Members.Self(ctx, user, server)
}

// InviteOpens implements accounts.InviteCheck.
func (l *lateBinding) InviteOpens(ctx context.Context, code string) bool {
	_, err := l.n.Members.LookAtInvite(ctx, code)
	return err == nil
}

// SpendInvite implements accounts.InviteCheck.
func (l *lateBinding) SpendInvite(ctx context.Context, code string, user core.UserID) error {
	err := l.n.Members.SpendInvite(ctx, code, user)
	if core.CodeOf(err) == core.CodeInviteUsedUp || core.CodeOf(err) == core.CodeInviteInvalid {
		return core.E(core.CodeRegistrationNeedsInvite, "register").Because(err)
	}
	return err
}

// Card implements members.Cards.
func (l *lateBinding) Card(ctx context.Context, id core.ServerID) (core.ServerCard, error) {
	return l.n.Servers.Card(ctx, id)
}

// PublishEphemeral implements core.Broadcaster.
func (l *lateBinding) PublishEphemeral(e core.Event) { l.n.ground.Publish(e) }

// people answers what messages ask about persons.
type people struct{ n *Node }

// Face implements messages.People.
func (p people) Face(ctx context.Context, id core.UserID) (core.PublicUser, error) {
	return p.n.Accounts.Face(ctx, id)
}

// MemberByUsername implements messages.People.
func (p people) MemberByUsername(ctx context.Context, server core.ServerID, username string) (core.UserID, error) {
	id, err := p.n.Stores.Users.UserByName(ctx, "username", username)
	if err != nil {
		return 0, err
	}
	_, err = p.n.Stores.Members.GetMember(ctx, server, id)
	return id, err
}

// IsMember implements messages.People.
func (p people) IsMember(ctx context.Context, server core.ServerID, user core.UserID) (bool, error) {
	_, err := p.n.Stores.Members.GetMember(ctx, server, user)
	if core.CodeOf(err) == core.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

// hearing asks the permission port on behalf of streams.
type hearing struct{ access core.Authorizer }

// CanHear implements realtime.Access; what cannot be known is no.
func (h hearing) CanHear(ctx context.Context, user core.UserID, server core.ServerID, channel core.ChannelID, need core.Permission) bool {
	rights, err := h.access.Rights(ctx, user, server, channel)
	return err == nil && rights.Has(core.ViewChannel|need)
}

// cursor is the place in the stream that a snapshot starts from.
type cursor struct{ hub *realtime.Hub }

// Cursor implements snapshots.Cursor; before the hub is ready it gives none.
func (c cursor) Cursor() string {
	at, err := c.hub.Cursor()
	if err != nil {
		return ""
	}
	return at.String()
}

// streams serves the hub over HTTP.
type streams struct {
	hub    *realtime.Hub
	ground ground
	shared bool // other nodes serve the same clients
}

// ServeStream implements httpapi.Streams.
func (s streams) ServeStream(ctx context.Context, req httpapi.StreamRequest, w http.ResponseWriter) error {
	if s.shared {
		s.catchUp(ctx, req.LastEventID)
	}
	return s.hub.Serve(ctx, realtime.StreamRequest{User: req.Actor.User, Session: req.Actor.Session, Address: req.Address,
		LastEventID: req.LastEventID, Servers: req.Servers, Types: req.Types}, realtime.HTTPSink(w))
}

// Who comes from another node may have heard a little more than this one, which then waits for as much, up to behindLimit:
// an id that is still ahead of the log after that is refused with a resync.
const (
	behindLimit = time.Second
	behindPause = 2 * time.Millisecond
)

// catchUp returns when this node has heard everything up to an id that a client came with, or will not soon.
func (s streams) catchUp(ctx context.Context, id string) {
	claim, err := realtime.ParseCursor(id)
	if err != nil {
		return
	}
	tick := time.NewTicker(behindPause)
	defer tick.Stop()
	for begun := time.Now(); time.Since(begun) < behindLimit; {
		at, err := s.hub.Cursor()
		if err != nil || at.Epoch != claim.Epoch || at.Position >= claim.Position {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// SetInterest implements httpapi.Streams.
func (s streams) SetInterest(user core.UserID, stream string, levels map[core.ServerID]string) error {
	named := make(map[core.ServerID]realtime.Interest, len(levels))
	for id, level := range levels {
		named[id] = realtime.Interest(level)
	}
	err := s.hub.SetInterest(user, stream, named)
	if core.CodeOf(err) == core.CodeNotFound && s.ground.PassInterest(user, stream, named) {
		return nil // another node may hold the stream
	}
	return err
}

// runners are the kinds of jobs.
func (n *Node) runners() map[string]jobs.Runner {
	return map[string]jobs.Runner{
		servers.DeletionJob: func(ctx context.Context, subject int64) error {
			return servers.RunDeletion(ctx, core.ServerID(subject), deletedRows{n}, n.Members)
		},
		channels.DeletionJob: func(ctx context.Context, subject int64) error {
			return channels.RunDeletion(ctx, core.ChannelID(subject), deletedRows{n})
		},
	}
}

// deletedRows removes what is left of servers and channels.
type deletedRows struct{ n *Node }

// Layout implements servers.Rows.
func (r deletedRows) Layout(ctx context.Context, id core.ServerID) (core.Layout, error) {
	return r.n.Stores.Servers.Layout(ctx, id)
}

// ServerOf implements channels.Rows.
func (r deletedRows) ServerOf(ctx context.Context, channel core.ChannelID) (core.ServerID, error) {
	return r.n.Stores.Servers.ServerOf(ctx, channel)
}

// DropChannel implements servers.Rows.
func (r deletedRows) DropChannel(ctx context.Context, channel core.ChannelID) error {
	return r.n.Stores.Messages.DropChannel(ctx, channel)
}

// DropReadStates implements servers.Rows.
func (r deletedRows) DropReadStates(ctx context.Context, users []core.UserID, channels []core.ChannelID) error {
	return r.n.Stores.ReadStates.DropReadStates(ctx, users, channels)
}

// readStatePortion is how many members one commit of DropChannelReadStates covers.
const readStatePortion = 100

// DropChannelReadStates implements channels.Rows.
func (r deletedRows) DropChannelReadStates(ctx context.Context, server core.ServerID, channel core.ChannelID) error {
	for cursor := ""; ; {
		list, next, err := r.n.Stores.Members.ListMembers(ctx, server, cursor, readStatePortion)
		if err != nil {
			return err
		}
		users := make([]core.UserID, 0, len(list))
		for _, m := range list {
			users = append(users, m.User)
		}
		if err := r.DropReadStates(ctx, users, []core.ChannelID{channel}); err != nil {
			return err
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// DropInvites implements servers.Rows.
func (r deletedRows) DropInvites(ctx context.Context, server core.ServerID) error {
	return r.n.Stores.Invites.DropInvites(ctx, server)
}

// DropPlugins implements servers.Rows.
func (r deletedRows) DropPlugins(ctx context.Context, server core.ServerID) error {
	return r.n.Stores.Plugins.DropPlugins(ctx, server)
}

// DropLayout implements servers.Rows.
func (r deletedRows) DropLayout(ctx context.Context, server core.ServerID) error {
	return r.n.Stores.Servers.DropLayout(ctx, server)
}

// serverDeletions plans the removal of servers.
type serverDeletions struct{ queue *jobs.Queue }

// Plan implements servers.Deletions.
func (d serverDeletions) Plan(ctx context.Context, id core.ServerID) error {
	return d.queue.Plan(ctx, servers.DeletionJob, int64(id))
}

// Begin implements servers.Deletions.
func (d serverDeletions) Begin(core.ServerID) { d.queue.Begin() }

// channelDeletions plans the removal of channels.
type channelDeletions struct{ queue *jobs.Queue }

// Plan implements channels.Deletions.
func (d channelDeletions) Plan(ctx context.Context, id core.ChannelID) error {
	return d.queue.Plan(ctx, channels.DeletionJob, int64(id))
}

// Begin implements channels.Deletions.
func (d channelDeletions) Begin(core.ChannelID) { d.queue.Begin() }
