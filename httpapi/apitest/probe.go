package apitest

import (
	"context"
	"sync"

	"github.com/beep-chat/beep/core"
)

// Ask is one question to the permission port.
type Ask struct {
	User    core.UserID
	Server  core.ServerID
	Channel core.ChannelID
	Want    core.Permission // 0: all rights were asked for
}

// Probe stands in front of the permission port, notes what it is asked and lets tests decide otherwise.
type Probe struct {
	mu     sync.Mutex
	asked  []Ask
	change func(Ask, core.Permission) core.Permission
}

// Take gives the questions since the last time.
func (p *Probe) Take() []Ask {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

// Change lets f say which rights somebody has instead of those the rule gives; nil ends it.
func (p *Probe) Change(f func(Ask, core.Permission) core.Permission) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.change = f
}

func (p *Probe) note(a Ask) func(Ask, core.Permission) core.Permission {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, a)
	return p.change
}

func (p *Probe) guard(rule core.Authorizer) core.Authorizer { return guarded{rule, p} }

type guarded struct {
	core.Authorizer
	probe *Probe
}

// Rights implements core.Authorizer.
func (g guarded) Rights(ctx context.Context, user core.UserID, server core.ServerID, channel core.ChannelID) (core.Permission, error) {
	ask := Ask{user, server, channel, 0}
	change := g.probe.note(ask)
	rights, err := g.Authorizer.Rights(ctx, user, server, channel)
	if change != nil && err == nil {
		rights = change(ask, rights)
	}
	return rights, err
}

// Require implements core.Authorizer.
func (g guarded) Require(ctx context.Context, actor core.Actor, server core.ServerID, channel core.ChannelID, want core.Permission) error {
	ask := Ask{actor.User, server, channel, want}
	change := g.probe.note(ask)
	if change == nil {
		return g.Authorizer.Require(ctx, actor, server, channel, want)
	}
	rights, err := g.Authorizer.Rights(ctx, actor.User, server, channel)
	if err != nil {
		return err
	}
	switch rights = change(ask, rights); {
	case rights.Has(want):
		return nil
	case !rights.Has(core.ViewChannel):
		return core.E(core.CodeNotFound, "require a right")
	default:
		return core.E(core.CodeForbidden, "require a right")
	}
}
