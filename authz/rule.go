// Package authz answers what users may do in a server.
//
// It stands behind core.Authorizer with the plain rule of a server without roles: the owner holds every right, a member
// those of the server's template, everyone else none. The Casbin engine with roles and overwrites takes this place behind
// the same port; what stays is the cache of memberships and the rule that every doubt is a denial.
//
// A Rule is safe for concurrent use and starts no goroutine.
//
//	err := rule.Require(ctx, actor, server, channel, core.SendMessages)
package authz

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/cache"
)

// Source gives the state that rights are computed from. Layout and Channel answer CodeNotFound for what does not exist.
type Source interface {
	// Forget lets the next answer about a server come from the store.
	Forget(server core.ServerID)
	Layout(ctx context.Context, server core.ServerID) (core.Layout, error)
	Channel(ctx context.Context, id core.ChannelID) (core.Channel, error)
}

// Memberships gives the stored membership of a user.
type Memberships interface {
	GetMember(ctx context.Context, server core.ServerID, user core.UserID) (core.Membership, error)
}

type memberKey struct {
	server core.ServerID
	user   core.UserID
}

// How many memberships are kept, absences included, and for how long they are trusted without an event.
const (
	maxMembers = 200_000
	memberLife = 30 * time.Second
)

// Rule is the plain rule.
type Rule struct {
	source  Source
	members *cache.Loading[memberKey, bool]
	shared  bool
}

// Options say what a Rule works with. Trusted tells whether this node hears of every change; while it does not, nothing
// older than a second is believed. Shared: other nodes change memberships too, so a request is refused only after the
// store was asked.
type Options struct {
	Source  Source
	Members Memberships
	Trusted func() bool // nil: always
	Shared  bool
}

// NewRule makes a Rule.
func NewRule(o Options) *Rule {
	return &Rule{source: o.Source, shared: o.Shared,
		members: cache.New(maxMembers, memberLife, func(ctx context.Context, k memberKey) (bool, error) {
			_, err := o.Members.GetMember(ctx, k.server, k.user)
			if core.CodeOf(err) == core.CodeNotFound {
				return false, nil
			}
			return err == nil, err
		}).While(o.Trusted)}
}

// Rights implements core.Authorizer.
func (r *Rule) Rights(ctx context.Context, user core.UserID, server core.ServerID, channel core.ChannelID) (core.Permission, error) {
	notFound := core.E(core.CodeNotFound, "ask for rights")
	layout, err := r.source.Layout(ctx, server)
	if err != nil {
		return 0, err
	}
	member, err := r.members.Get(ctx, memberKey{server, user})
	if err != nil {
		return 0, err
	}
	if !member || user == 0 {
		return 0, notFound
	}
	if channel != 0 {
		c, err := r.source.Channel(ctx, channel)
		if err != nil {
			return 0, err
		}
		if c.ServerID != server {
			return 0, notFound
		}
	}
	if layout.Server.OwnerID == user {
		return core.AllPermissions, nil
	}
	return layout.Server.Template.Permissions(layout.Server.Visibility), nil
}

// Require implements core.Authorizer. What another node allowed a moment ago may not be known here yet, so where nodes
// share a store a refusal is made from fresh state.
func (r *Rule) Require(ctx context.Context, actor core.Actor, server core.ServerID, channel core.ChannelID, want core.Permission) error {
	err := r.require(ctx, actor, server, channel, want)
	if code := core.CodeOf(err); !r.shared || code != core.CodeNotFound && code != core.CodeForbidden {
		return err
	}
	r.members.Forget(memberKey{server, actor.User})
	r.source.Forget(server)
	return r.require(ctx, actor, server, channel, want)
}

func (r *Rule) require(ctx context.Context, actor core.Actor, server core.ServerID, channel core.ChannelID, want core.Permission) error {
	rights, err := r.Rights(ctx, actor.User, server, channel)
	switch {
	case err != nil:
		return err
	case rights.Has(want):
		return nil
	case !rights.Has(core.ViewChannel):
		return core.E(core.CodeNotFound, "require a right")
	default:
		return core.E(core.CodeForbidden, "require a right").With("permissions", (want &^ rights).Names())
	}
}

// Forget implements core.Authorizer. Rights follow the layout, which the directory drops, so there is nothing to do for a
// whole server; memberships expire by themselves after its deletion.
func (r *Rule) Forget(server core.ServerID, member core.UserID) {
	if member != 0 {
		r.members.Forget(memberKey{server, member})
	}
}

// ForgetAll drops every membership: changes may have been missed.
func (r *Rule) ForgetAll() { r.members.Clear() }
