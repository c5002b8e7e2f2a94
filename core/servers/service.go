// Package servers owns communities: create, look, change, delete. It also owns the directory, the cached view of a
// server's layout from which every request resolves its server.
//
// It refuses to know about members beyond the owner's joining (package members) and about channels beyond the first one
// (package channels). A Service is safe for concurrent use and starts no goroutine.
//
//	server, err := service.Create(ctx, actor, servers.New{Name: "Chess club", Visibility: core.Public})
package servers

import (
	"context"
	"errors"

	"github.com/beep-chat/beep/core"
)

// Store keeps the layout of servers: one partition each, every change one compare-and-set on its epoch.
type Store interface {
	// Layout reads a server with its channels; CodeNotFound when there is none. A server that is being deleted is
	// returned with Server.Deleted set.
	Layout(ctx context.Context, id core.ServerID) (core.Layout, error)
	// CreateLayout stores a new server with its first channels and announces it; it is what makes the server exist.
	CreateLayout(ctx context.Context, l core.Layout, events ...core.Event) error
	// PutServer stores the server's own row if the epoch is still the given one; false when it is not.
	PutServer(ctx context.Context, s core.Server, epoch int64, events ...core.Event) (bool, error)
}

// Founder makes the owner the first member, with the slot that counts towards the limit of servers a user.
type Founder interface {
	// Found claims a slot and stores the membership of a server that does not exist yet.
	Found(ctx context.Context, server core.ServerID, owner core.UserID) (core.Member, error)
	// Unfound takes back what Found did for a server that came to nothing.
	Unfound(ctx context.Context, server core.ServerID, owner core.UserID) error
	// ServersOf lists the servers a user is a member of, oldest membership first.
	ServersOf(ctx context.Context, user core.UserID) ([]core.ServerID, error)
	// Count is the number of members.
	Count(ctx context.Context, server core.ServerID) (int, error)
}

// Deletions takes over a server that was marked deleted and removes everything of it, across restarts.
type Deletions interface {
	// Plan makes the removal durable before the mark is set.
	Plan(ctx context.Context, server core.ServerID) error
	// Begin starts the planned removal in the background; it waits for the mark.
	Begin(server core.ServerID)
}

// Options are what a Service works with.
type Options struct {
	Store     Store
	Directory *Directory
	Founder   Founder
	Deletions Deletions
	Access    core.Authorizer
	Sessions  Sessions
	Limiter   core.RateLimiter
	Events    core.EventMaker
	Limits    core.Limits
}

// Sessions tells when an actor last proved who they are.
type Sessions interface {
	// SteppedUp tells whether the proof is fresh.
	SteppedUp(ctx context.Context, actor core.Actor) (bool, error)
}

// Service is the one way to change a server.
type Service struct{ Options }

// NewService makes a Service.
func NewService(o Options) *Service { return &Service{o} }

// New is the request to create a server.
type New struct {
	Name        string
	Description string
	Visibility  core.Visibility
	Template    core.Template
}

// Update is the request to change a server; nil leaves a field as it is. IfVersion, when set, must be the current one.
type Update struct {
	Name        *string
	Description *string
	Visibility  *core.Visibility
	IfVersion   int64
}

// View is a server as the asker may see it: whole for members, a card for others.
type View struct {
	Server *core.Server
	Card   *core.ServerCard
}

// Create makes a server with a text channel "general"; the creator owns it.
func (s *Service) Create(ctx context.Context, actor core.Actor, in New) (core.Server, error) {
	if err := s.check("create server", &in.Name, &in.Description); err != nil {
		return core.Server{}, err
	}
	if err := core.Limit(ctx, s.Limiter, "create_rate", actor.User, s.Limits.CreateRate); err != nil {
		return core.Server{}, err
	}
	if in.Template == "" {
		in.Template = core.OpenTemplate
	}
	layout, err := s.layout(ctx, actor, in)
	if err != nil {
		return core.Server{}, err
	}
	if _, again := core.Reserved(ctx); again {
		made, err := s.Store.Layout(ctx, layout.Server.ID)
		if core.CodeOf(err) != core.CodeNotFound {
			return made.Server, err // by an attempt with the same Idempotency-Key that died before it answered
		}
	}
	owner, err := s.Founder.Found(ctx, layout.Server.ID, actor.User)
	if err != nil {
		return core.Server{}, err
	}
	if err := s.store(ctx, actor, layout, owner); err != nil {
		if core.CodeOf(err) == core.CodeUnavailable { // the server may exist
			return core.Server{}, err
		}
		if e := s.Founder.Unfound(context.WithoutCancel(ctx), layout.Server.ID, actor.User); e != nil {
			return core.Server{}, errors.Join(err, e)
		}
		return core.Server{}, err
	}
	return layout.Server, nil
}

// store makes a server exist whose owner is its first member already.
func (s *Service) store(ctx context.Context, actor core.Actor, layout core.Layout, owner core.Member) error {
	id := layout.Server.ID
	event, err := s.Events.New(core.Audience{Server: id, Users: []core.UserID{actor.User}}, actor.User, core.MemberJoined{Member: owner})
	if err != nil {
		return err
	}
	err = s.Store.CreateLayout(ctx, layout, event)
	s.forget(id)
	return err
}

func (s *Service) layout(ctx context.Context, actor core.Actor, in New) (core.Layout, error) {
	id, err := core.NewServerID(s.Events.IDs)
	if err != nil {
		return core.Layout{}, err
	}
	general, err := core.NewChannelID(s.Events.IDs)
	if err != nil {
		return core.Layout{}, err
	}
	now := core.Time{Time: id.Time()}
	if r, ok := core.Reserved(ctx); ok {
		id = core.ServerID(r.ID)
	}
	return core.Layout{
		Epoch: 1,
		Server: core.Server{ID: id, Name: in.Name, Description: in.Description, OwnerID: actor.User, Visibility: in.Visibility,
			Template: in.Template, CreatedAt: now, Version: 1},
		Channels: []core.Channel{{ID: general, ServerID: id, Type: core.TextChannel, Name: "general", CreatedAt: now, Version: 1}},
	}, nil
}

// Get gives the whole server to members and the card of a public one to everybody else.
func (s *Service) Get(ctx context.Context, actor core.Actor, id core.ServerID) (View, error) {
	layout, err := s.Directory.Layout(ctx, id)
	if err != nil {
		return View{}, err
	}
	err = s.Access.Require(ctx, actor, id, 0, core.ViewChannel)
	if err == nil {
		return View{Server: &layout.Server}, nil
	}
	if core.CodeOf(err) != core.CodeNotFound || layout.Server.Visibility != core.Public {
		return View{}, err
	}
	card, err := s.Card(ctx, id)
	return View{Card: &card}, err
}

// Card gives what people see of a server before they join; the caller decides who may.
func (s *Service) Card(ctx context.Context, id core.ServerID) (core.ServerCard, error) {
	layout, err := s.Directory.Layout(ctx, id)
	if err != nil {
		return core.ServerCard{}, err
	}
	members, err := s.Founder.Count(ctx, id)
	if err != nil {
		return core.ServerCard{}, err
	}
	channels := 0
	for _, c := range layout.Channels {
		if c.Type != core.CategoryChannel {
			channels++
		}
	}
	return core.ServerCard{ID: id, Name: layout.Server.Name, Description: layout.Server.Description,
		Visibility: layout.Server.Visibility, MemberCount: members, ChannelCount: channels}, nil
}

// List gives the servers of the actor.
func (s *Service) List(ctx context.Context, actor core.Actor) ([]core.Server, error) {
	ids, err := s.Founder.ServersOf(ctx, actor.User)
	if err != nil {
		return nil, err
	}
	list := make([]core.Server, 0, len(ids))
	for _, id := range ids {
		if err := s.Access.Require(ctx, actor, id, 0, core.ViewChannel); err != nil {
			if core.CodeOf(err) == core.CodeNotFound {
				continue // being deleted, or left meanwhile
			}
			return nil, err
		}
		layout, err := s.Directory.Layout(ctx, id)
		if core.CodeOf(err) == core.CodeNotFound {
			continue // deleted since the question
		}
		if err != nil {
			return nil, err
		}
		list = append(list, layout.Server)
	}
	return list, nil
}

// Update changes a server's own fields.
func (s *Service) Update(ctx context.Context, actor core.Actor, id core.ServerID, in Update) (core.Server, error) {
	if err := s.Access.Require(ctx, actor, id, 0, core.ManageServer); err != nil {
		return core.Server{}, err
	}
	if err := s.check("update server", in.Name, in.Description); err != nil {
		return core.Server{}, err
	}
	var out core.Server
	err := s.Directory.Change(ctx, id, func(l core.Layout) (bool, error) {
		if in.IfVersion != 0 && in.IfVersion != l.Server.Version {
			return false, core.E(core.CodeVersionConflict, "update server").With("version", l.Server.Version)
		}
		out = in.apply(l.Server)
		events, err := s.updated(actor, l.Server, out)
		if err != nil {
			return false, err
		}
		return s.Store.PutServer(ctx, out, l.Epoch, events...)
	})
	s.forget(id)
	return out, err
}

// updated tells of a change. What plain members may do follows the visibility.
func (s *Service) updated(actor core.Actor, before, after core.Server) ([]core.Event, error) {
	payloads := []core.Payload{core.ServerUpdated{Server: after}}
	if before.Visibility != after.Visibility {
		payloads = append(payloads, core.AccessChanged{ServerID: after.ID})
	}
	events := make([]core.Event, 0, len(payloads))
	for _, p := range payloads {
		e, err := s.Events.New(core.Audience{Server: after.ID}, actor.User, p)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

func (u Update) apply(s core.Server) core.Server {
	if u.Name != nil {
		s.Name = *u.Name
	}
	if u.Description != nil {
		s.Description = *u.Description
	}
	if u.Visibility != nil {
		s.Visibility = *u.Visibility
	}
	s.Version++
	return s
}

// Delete removes a server with everything of it. It is gone for everyone when Delete returns; the rows follow in the
// background, across restarts. It needs the right to delete and a fresh proof of password or second factor.
func (s *Service) Delete(ctx context.Context, actor core.Actor, id core.ServerID) error {
	if err := s.Access.Require(ctx, actor, id, 0, core.DeleteServer); err != nil {
		return err
	}
	fresh, err := s.Sessions.SteppedUp(ctx, actor)
	if err != nil {
		return err
	}
	if !fresh {
		return core.E(core.CodeStepUpRequired, "delete server")
	}
	if err := s.Deletions.Plan(ctx, id); err != nil {
		return err
	}
	// The mark is told to the other nodes at once; the people hear of the deletion as the job removes them.
	event, err := s.Events.New(core.Audience{Server: id}, actor.User, core.AccessChanged{ServerID: id})
	if err != nil {
		return err
	}
	defer s.Deletions.Begin(id) // whatever is answered: the mark may be there although its commit failed
	err = s.Directory.Change(ctx, id, func(l core.Layout) (bool, error) {
		gone := l.Server
		gone.Deleted = true
		gone.Version++
		return s.Store.PutServer(ctx, gone, l.Epoch, event)
	})
	s.forget(id)
	return err
}

func (s *Service) forget(id core.ServerID) {
	s.Directory.Forget(id)
	s.Access.Forget(id, 0)
}

func (s *Service) check(op string, name, description *string) error {
	var c core.Checks
	if name != nil {
		c.Name("/name", name, core.MaxNameRunes)
	}
	if description != nil {
		c.Text("/description", description, core.MaxDescriptionRunes)
	}
	return c.Err(op)
}
