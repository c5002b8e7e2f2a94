// Package channels owns the channels of a server: list, create, change, delete, and the rules of categories.
//
// It refuses to know about messages: what a deleted channel leaves behind is removed by a job behind a port. A Service is
// safe for concurrent use and starts no goroutine.
//
//	ch, err := service.Create(ctx, actor, server, channels.New{Name: "help", Type: core.TextChannel})
package channels

import (
	"context"
	"slices"

	"github.com/beep-chat/beep/core"
)

// Store changes channels: each change is one compare-and-set on the server's epoch; false when another writer was first.
type Store interface {
	CreateChannel(ctx context.Context, c core.Channel, epoch int64, events ...core.Event) (bool, error)
	// PutChannels stores changed channels of one server.
	PutChannels(ctx context.Context, server core.ServerID, changed []core.Channel, epoch int64, events ...core.Event) (bool, error)
	// DeleteChannels removes channels and stores those that were released from them.
	DeleteChannels(ctx context.Context, server core.ServerID, gone []core.ChannelID, released []core.Channel, epoch int64, events ...core.Event) (bool, error)
}

// Directory is the view of layouts.
type Directory interface {
	Layout(ctx context.Context, id core.ServerID) (core.Layout, error)
	Channel(ctx context.Context, id core.ChannelID) (core.Channel, error)
	Change(ctx context.Context, id core.ServerID, try func(core.Layout) (bool, error)) error
	Forget(id core.ServerID)
}

// Deletions removes what a deleted channel leaves behind, across restarts.
type Deletions interface {
	Plan(ctx context.Context, channel core.ChannelID) error
	Begin(channel core.ChannelID)
}

// DeletionJob names the kind of job that removes the messages of a deleted channel.
const DeletionJob = "delete_channel"

// Options are what a Service works with.
type Options struct {
	Store     Store
	Directory Directory
	Deletions Deletions
	Access    core.Authorizer
	Limiter   core.RateLimiter
	Events    core.EventMaker
	Limits    core.Limits
}

// Service is the one way to change a channel.
type Service struct{ Options }

// NewService makes a Service.
func NewService(o Options) *Service { return &Service{o} }

// New is the request to create a channel.
type New struct {
	Name   string
	Type   core.ChannelType
	Parent core.ChannelID
	Topic  string
}

// Update is the request to change a channel; nil leaves a field. A Parent of 0 takes it out of its category. IfVersion,
// when set, must be the current one.
type Update struct {
	Name      *string
	Topic     *string
	Parent    *core.ChannelID
	Position  *int
	IfVersion int64
}

// List gives the channels of a server that the actor may view, by position.
func (s *Service) List(ctx context.Context, actor core.Actor, server core.ServerID) ([]core.Channel, error) {
	if err := s.Access.Require(ctx, actor, server, 0, core.ViewChannel); err != nil {
		return nil, err
	}
	return s.Visible(ctx, actor.User, server)
}

// Visible gives the channels a member may view.
func (s *Service) Visible(ctx context.Context, user core.UserID, server core.ServerID) ([]core.Channel, error) {
	layout, err := s.Directory.Layout(ctx, server)
	if err != nil {
		return nil, err
	}
	list := make([]core.Channel, 0, len(layout.Channels))
	for _, c := range layout.Channels {
		rights, err := s.Access.Rights(ctx, user, server, c.ID)
		if core.CodeOf(err) == core.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if rights.Has(core.ViewChannel) {
			list = append(list, c)
		}
	}
	return list, nil
}

// Get gives one channel.
func (s *Service) Get(ctx context.Context, actor core.Actor, id core.ChannelID) (core.Channel, error) {
	return s.resolve(ctx, actor, id, core.ViewChannel)
}

// resolve finds a channel and requires rights in it, besides the one to see it.
func (s *Service) resolve(ctx context.Context, actor core.Actor, id core.ChannelID, want core.Permission) (core.Channel, error) {
	c, err := s.Directory.Channel(ctx, id)
	if err != nil {
		return core.Channel{}, err
	}
	return c, s.Access.Require(ctx, actor, c.ServerID, c.ID, want|core.ViewChannel)
}

// Create makes a channel at the end of the list.
func (s *Service) Create(ctx context.Context, actor core.Actor, server core.ServerID, in New) (core.Channel, error) {
	if err := s.Access.Require(ctx, actor, server, 0, core.ManageChannels); err != nil {
		return core.Channel{}, err
	}
	var c core.Checks
	c.Name("/name", &in.Name, core.MaxNameRunes)
	c.Text("/topic", &in.Topic, core.MaxTopicRunes)
	if err := c.Err("create channel"); err != nil {
		return core.Channel{}, err
	}
	if err := core.Limit(ctx, s.Limiter, "create_rate", actor.User, s.Limits.CreateRate); err != nil {
		return core.Channel{}, err
	}
	id, err := core.NewChannelID(s.Events.IDs)
	if err != nil {
		return core.Channel{}, err
	}
	if r, ok := core.Reserved(ctx); ok {
		id = core.ChannelID(r.ID)
	}
	ch := core.Channel{ID: id, ServerID: server, Type: in.Type, Name: in.Name, Topic: in.Topic,
		CreatedAt: core.Time{Time: id.Time()}, Version: 1}
	if in.Parent != 0 {
		ch.ParentID = &in.Parent
	}
	err = s.Directory.Change(ctx, server, func(l core.Layout) (bool, error) { return s.create(ctx, actor, l, &ch) })
	s.forget(server)
	return ch, err
}

func (s *Service) create(ctx context.Context, actor core.Actor, l core.Layout, ch *core.Channel) (bool, error) {
	if made, ok := l.Channel(ch.ID); ok {
		*ch = made // by an attempt with the same Idempotency-Key that died before it answered
		return true, nil
	}
	if limit := s.Limits.ChannelsPerServer; limit > 0 && len(l.Channels) >= limit {
		return false, core.Exceeded(core.CodeChannelsLimit, "create channel", limit)
	}
	if err := checkParent("create channel", l, *ch); err != nil {
		return false, err
	}
	ch.Position = 0
	for _, c := range l.Channels {
		ch.Position = max(ch.Position, c.Position+1)
	}
	event, err := s.Events.New(audience(*ch), actor.User, core.ChannelCreated{Channel: *ch})
	if err != nil {
		return false, err
	}
	return s.Store.CreateChannel(ctx, *ch, l.Epoch, event)
}

// checkParent refuses a parent that is no category of the same server, and a category inside another.
func checkParent(op string, l core.Layout, ch core.Channel) error {
	if ch.ParentID == nil {
		return nil
	}
	parent, ok := l.Channel(*ch.ParentID)
	if !ok || parent.Type != core.CategoryChannel || ch.Type == core.CategoryChannel {
		return core.Invalid(op, "/parent_id", core.CodeParentNotCategory, nil)
	}
	return nil
}

// Update changes a channel.
func (s *Service) Update(ctx context.Context, actor core.Actor, id core.ChannelID, in Update) (core.Channel, error) {
	known, err := s.resolve(ctx, actor, id, core.ManageChannels)
	if err != nil {
		return core.Channel{}, err
	}
	var c core.Checks
	if in.Name != nil {
		c.Name("/name", in.Name, core.MaxNameRunes)
	}
	if in.Topic != nil {
		c.Text("/topic", in.Topic, core.MaxTopicRunes)
	}
	if err := c.Err("update channel"); err != nil {
		return core.Channel{}, err
	}
	var out core.Channel
	err = s.Directory.Change(ctx, known.ServerID, func(l core.Layout) (bool, error) {
		out, err = in.apply(l, id)
		if err != nil {
			return false, err
		}
		event, err := s.Events.New(audience(out), actor.User, core.ChannelUpdated{Channel: out})
		if err != nil {
			return false, err
		}
		return s.Store.PutChannels(ctx, out.ServerID, []core.Channel{out}, l.Epoch, event)
	})
	s.forget(known.ServerID)
	return out, err
}

func (u Update) apply(l core.Layout, id core.ChannelID) (core.Channel, error) {
	c, ok := l.Channel(id)
	if !ok {
		return core.Channel{}, core.E(core.CodeNotFound, "update channel")
	}
	if u.IfVersion != 0 && u.IfVersion != c.Version {
		return core.Channel{}, core.E(core.CodeVersionConflict, "update channel").With("version", c.Version)
	}
	if u.Name != nil {
		c.Name = *u.Name
	}
	if u.Topic != nil {
		c.Topic = *u.Topic
	}
	if u.Position != nil {
		c.Position = *u.Position
	}
	if u.Parent != nil {
		c.ParentID = nil
		if *u.Parent != 0 {
			c.ParentID = u.Parent
		}
	}
	c.Version++
	return c, checkParent("update channel", l, c)
}

// Delete removes a channel; a category's children go with it unless release is set.
func (s *Service) Delete(ctx context.Context, actor core.Actor, id core.ChannelID, release bool) error {
	known, err := s.resolve(ctx, actor, id, core.ManageChannels)
	if err != nil {
		return err
	}
	var gone []core.ChannelID
	err = s.Directory.Change(ctx, known.ServerID, func(l core.Layout) (bool, error) {
		gone, err = nil, nil
		applied, ids, err := s.delete(ctx, actor, l, id, release)
		gone = ids
		return applied, err
	})
	s.forget(known.ServerID)
	for _, g := range gone { // also when the outcome is unknown: a channel that still exists is left alone
		s.Deletions.Begin(g)
	}
	return err
}

// delete plans the removal of the messages before the channels go, so that a crash in between loses no work: a planned
// channel that still exists is left alone.
func (s *Service) delete(ctx context.Context, actor core.Actor, l core.Layout, id core.ChannelID, release bool) (bool, []core.ChannelID, error) {
	target, ok := l.Channel(id)
	if !ok {
		return false, nil, core.E(core.CodeNotFound, "delete channel")
	}
	gone := []core.ChannelID{id}
	var released []core.Channel
	events := make([]core.Event, 0, 4)
	for _, c := range l.Channels {
		if c.ParentID == nil || *c.ParentID != id {
			continue
		}
		if !release {
			gone = append(gone, c.ID)
			continue
		}
		c.ParentID = nil
		c.Version++
		released = append(released, c)
		event, err := s.Events.New(audience(c), actor.User, core.ChannelUpdated{Channel: c})
		if err != nil {
			return false, nil, err
		}
		events = append(events, event)
	}
	for _, g := range slices.Backward(gone) {
		if err := s.Deletions.Plan(ctx, g); err != nil {
			return false, nil, err
		}
		event, err := s.Events.New(core.Audience{Server: target.ServerID, Channel: g}, actor.User, core.ChannelDeleted{})
		if err != nil {
			return false, nil, err
		}
		events = append(events, event)
	}
	applied, err := s.Store.DeleteChannels(ctx, target.ServerID, gone, released, l.Epoch, events...)
	return applied, gone, err
}

func (s *Service) forget(server core.ServerID) {
	s.Directory.Forget(server)
	s.Access.Forget(server, 0)
}

func audience(c core.Channel) core.Audience {
	return core.Audience{Server: c.ServerID, Channel: c.ID}
}

// Rows removes what a deleted channel leaves behind.
type Rows interface {
	DropChannel(ctx context.Context, channel core.ChannelID) error
	// DropChannelReadStates removes how far the members of a server have read a channel.
	DropChannelReadStates(ctx context.Context, server core.ServerID, channel core.ChannelID) error
	ServerOf(ctx context.Context, channel core.ChannelID) (core.ServerID, error)
	Layout(ctx context.Context, id core.ServerID) (core.Layout, error)
}

// RunDeletion removes the messages of a channel that is no longer in its server's layout.
func RunDeletion(ctx context.Context, id core.ChannelID, rows Rows) error {
	server, err := rows.ServerOf(ctx, id)
	if core.CodeOf(err) == core.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	l, err := rows.Layout(ctx, server)
	if err != nil && core.CodeOf(err) != core.CodeNotFound {
		return err
	}
	if _, exists := l.Channel(id); exists {
		return core.ErrNotYet
	}
	if err := rows.DropChannelReadStates(ctx, server, id); err != nil {
		return err
	}
	return rows.DropChannel(ctx, id)
}
