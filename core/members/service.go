// Package members owns who belongs to a server: joining, leaving, the list of members, and invites.
//
// It keeps the limit of servers a user with slots that are claimed by compare-and-set, and the use count of an invite with
// one row a user in the invite's own partition, so that both are exact under parallel requests and a repeated attempt
// changes nothing. What an attempt that died leaves is a slot without its membership, which is taken back when it is missed. A
// Service is safe for concurrent use and starts no goroutine; the comings and goings of one user wait for each other.
//
//	server, err := service.JoinByInvite(ctx, actor, "k3x9p2ab")
package members

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/keylock"
)

// Store keeps memberships, both ways, and the slots.
type Store interface {
	Slots
	// PutMember stores a membership both ways.
	PutMember(ctx context.Context, m core.Membership, events ...core.Event) error
	// RemoveMembers removes memberships of one server both ways.
	RemoveMembers(ctx context.Context, server core.ServerID, users []core.UserID, events ...core.Event) error
	// GetMember gives a membership or CodeNotFound.
	GetMember(ctx context.Context, server core.ServerID, user core.UserID) (core.Membership, error)
	// ListMembers gives members in a fixed order after a cursor; next is "" at the end.
	ListMembers(ctx context.Context, server core.ServerID, cursor string, limit int) (list []core.Membership, next string, err error)
	// ListServersOf gives the servers of a user, oldest membership first.
	ListServersOf(ctx context.Context, user core.UserID) ([]core.ServerID, error)
}

// Invites keeps invites and their uses.
type Invites interface {
	PutInvite(ctx context.Context, inv StoredInvite, events ...core.Event) error
	// GetInvite gives an invite or CodeInviteInvalid.
	GetInvite(ctx context.Context, code string) (StoredInvite, error)
	ListInvites(ctx context.Context, server core.ServerID) ([]StoredInvite, error)
	DeleteInvite(ctx context.Context, inv StoredInvite, events ...core.Event) error
	// UseInvite counts one use by a user, once however often it is asked. CodeInviteUsedUp when MaxUses others were first.
	UseInvite(ctx context.Context, code string, user core.UserID) error
}

// StoredInvite is an invite as it is kept.
type StoredInvite struct {
	Code      string
	Server    core.ServerID
	Creator   core.UserID
	MaxUses   int // 0: no limit
	Uses      int
	ExpiresAt time.Time // zero: never
	CreatedAt time.Time
}

// Servers gives what this area needs to know of servers.
type Servers interface {
	Layout(ctx context.Context, id core.ServerID) (core.Layout, error)
}

// Cards gives what people see of a server before they join.
type Cards interface {
	Card(ctx context.Context, id core.ServerID) (core.ServerCard, error)
}

// People gives public faces.
type People interface {
	Face(ctx context.Context, id core.UserID) (core.PublicUser, error)
}

// Options are what a Service works with.
type Options struct {
	Store   Store
	Invites Invites
	Servers Servers
	Cards   Cards
	People  People
	Access  core.Authorizer
	Limiter core.RateLimiter
	Events  core.EventMaker
	Limits  core.Limits
}

// Service is the one way into and out of a server.
type Service struct {
	Options
	counts  *counts
	entries *keylock.Striped[core.UserID] // on this node a user comes and goes one request at a time; see secure
}

// NewService makes a Service.
func NewService(o Options) *Service {
	return &Service{Options: o, counts: newCounts(o.Store), entries: keylock.New[core.UserID]()}
}

// Found makes the owner the first member of a server that is about to exist.
func (s *Service) Found(ctx context.Context, server core.ServerID, owner core.UserID) (core.Member, error) {
	unlock := s.entries.Lock(owner)
	defer unlock()
	m := core.Membership{Server: server, User: owner, JoinedAt: s.Events.Clock().UTC(), Version: 1}
	v, err := s.view(ctx, m)
	if err != nil {
		return core.Member{}, err
	}
	if err := s.claim(ctx, owner, server); err != nil {
		return core.Member{}, err
	}
	return v, s.Store.PutMember(ctx, m)
}

// Unfound takes back what Found did for a server that came to nothing.
func (s *Service) Unfound(ctx context.Context, server core.ServerID, owner core.UserID) error {
	unlock := s.entries.Lock(owner)
	defer unlock()
	err := s.Store.RemoveMembers(ctx, server, []core.UserID{owner})
	s.Access.Forget(server, owner)
	if err != nil {
		return err
	}
	return s.freeSlot(ctx, owner, server)
}

// Join makes the actor a member of a public server. Joining again changes nothing.
func (s *Service) Join(ctx context.Context, actor core.Actor, id core.ServerID) (core.Server, error) {
	unlock := s.entries.Lock(actor.User)
	defer unlock()
	l, err := s.Servers.Layout(ctx, id)
	if err != nil {
		return core.Server{}, err
	}
	if _, err := s.Store.GetMember(ctx, id, actor.User); err == nil {
		return l.Server, nil
	}
	if l.Server.Visibility != core.Public {
		return core.Server{}, core.E(core.CodeNotFound, "join server")
	}
	if err := core.Limit(ctx, s.Limiter, "join_rate", actor.User, s.Limits.JoinRate); err != nil {
		return core.Server{}, err
	}
	return l.Server, s.enter(ctx, actor, id)
}

// enter claims the slot, then stores the membership; a repetition after a crash completes what was begun. The user's lock is
// held.
func (s *Service) enter(ctx context.Context, actor core.Actor, id core.ServerID) error {
	if err := s.claim(ctx, actor.User, id); err != nil {
		return err
	}
	if _, err := s.Store.GetMember(ctx, id, actor.User); core.CodeOf(err) != core.CodeNotFound {
		return err
	}
	m := core.Membership{Server: id, User: actor.User, JoinedAt: s.Events.Clock().UTC(), Version: 1}
	v, err := s.view(ctx, m)
	if err != nil {
		return err
	}
	event, err := s.Events.New(core.Audience{Server: id, Users: []core.UserID{actor.User}}, actor.User, core.MemberJoined{Member: v})
	if err != nil {
		return err
	}
	if err := s.Store.PutMember(ctx, m, event); err != nil {
		return err
	}
	s.Access.Forget(id, actor.User)
	s.counts.forget(id)
	if err := s.secure(ctx, actor.User, id); err != nil {
		return err
	}
	return s.undoIfDeleted(ctx, actor, id)
}

// undoIfDeleted takes a membership back that was stored, and announced, while the server was being deleted: the deletion may
// have passed the member's place already.
func (s *Service) undoIfDeleted(ctx context.Context, actor core.Actor, id core.ServerID) error {
	_, err := s.Servers.Layout(ctx, id)
	if core.CodeOf(err) != core.CodeNotFound {
		return err
	}
	event, e := s.Events.New(core.Audience{Users: []core.UserID{actor.User}}, 0, core.ServerDeleted{ServerID: id})
	if e != nil {
		return e
	}
	e = s.Store.RemoveMembers(ctx, id, []core.UserID{actor.User}, event)
	s.Access.Forget(id, actor.User)
	if e != nil {
		return e
	}
	if e := s.freeSlot(ctx, actor.User, id); e != nil {
		return e
	}
	return err
}

// Leave ends the actor's membership. The owner cannot leave.
func (s *Service) Leave(ctx context.Context, actor core.Actor, id core.ServerID) error {
	unlock := s.entries.Lock(actor.User)
	defer unlock()
	if err := s.Access.Require(ctx, actor, id, 0, core.ViewChannel); err != nil {
		return err
	}
	l, err := s.Servers.Layout(ctx, id)
	if err != nil {
		return err
	}
	if l.Server.OwnerID == actor.User {
		return core.E(core.CodeOwnerCannotLeave, "leave server")
	}
	event, err := s.removal(actor.User, id, actor.User)
	if err != nil {
		return err
	}
	err = s.Store.RemoveMembers(ctx, id, []core.UserID{actor.User}, event)
	s.Access.Forget(id, actor.User)
	if err != nil {
		return err
	}
	s.counts.forget(id)
	return s.freeSlot(ctx, actor.User, id)
}

func (s *Service) removal(actor core.UserID, id core.ServerID, gone core.UserID) (core.Event, error) {
	return s.Events.New(core.Audience{Server: id, Users: []core.UserID{gone}}, actor, core.MemberRemoved{UserID: gone})
}

// Expel removes up to limit members of a server that is being deleted; servers.RunDeletion calls it. before is called with
// them while they still are members.
func (s *Service) Expel(ctx context.Context, id core.ServerID, limit int, before func([]core.UserID) error) (int, error) {
	list, _, err := s.Store.ListMembers(ctx, id, "", limit)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	users := make([]core.UserID, 0, len(list))
	for _, m := range list {
		users = append(users, m.User)
		if err := s.Store.FreeSlot(ctx, m.User, id); err != nil {
			return 0, err
		}
	}
	if err := before(users); err != nil {
		return 0, err
	}
	event, err := s.Events.New(core.Audience{Users: users}, 0, core.ServerDeleted{ServerID: id})
	if err != nil {
		return 0, err
	}
	return len(users), s.Store.RemoveMembers(ctx, id, users, event)
}

// Page is a part of a list; Next is "" at the end.
type Page struct {
	Items []core.Member
	Next  string
}

// List gives the members of a server, page by page.
func (s *Service) List(ctx context.Context, actor core.Actor, id core.ServerID, cursor string, limit int) (Page, error) {
	if err := s.Access.Require(ctx, actor, id, 0, core.ViewChannel); err != nil {
		return Page{}, err
	}
	list, next, err := s.Store.ListMembers(ctx, id, cursor, limit)
	if err != nil {
		return Page{}, err
	}
	page := Page{Items: make([]core.Member, 0, len(list)), Next: next}
	for _, m := range list {
		v, err := s.view(ctx, m)
		if err != nil {
			return Page{}, err
		}
		page.Items = append(page.Items, v)
	}
	return page, nil
}

// Self gives one's own membership.
func (s *Service) Self(ctx context.Context, user core.UserID, id core.ServerID) (core.Member, error) {
	m, err := s.Store.GetMember(ctx, id, user)
	if err != nil {
		return core.Member{}, err
	}
	return s.view(ctx, m)
}

// ServersOf lists the servers of a user, oldest membership first.
func (s *Service) ServersOf(ctx context.Context, user core.UserID) ([]core.ServerID, error) {
	return s.Store.ListServersOf(ctx, user)
}

// Count is the number of members of a server.
func (s *Service) Count(ctx context.Context, id core.ServerID) (int, error) {
	return s.counts.get(ctx, id)
}

func (s *Service) view(ctx context.Context, m core.Membership) (core.Member, error) {
	face, err := s.People.Face(ctx, m.User)
	if err != nil {
		return core.Member{}, err
	}
	roles := m.Roles
	if roles == nil {
		roles = []core.RoleID{}
	}
	return core.Member{ServerID: m.Server, User: face, RoleIDs: roles, JoinedAt: core.Time{Time: m.JoinedAt},
		Version: m.Version + face.Version}, nil
}
