package servers

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/cache"
)

// Lookups resolve a channel to its server; the answer never changes.
type Lookups interface {
	// ServerOf gives the server of a channel; CodeNotFound for an unknown one.
	ServerOf(ctx context.Context, channel core.ChannelID) (core.ServerID, error)
}

// Directory is the node's view of layouts: cached, dropped on every change. It answers CodeNotFound for servers that are
// being deleted. Safe for concurrent use.
type Directory struct {
	store   Store
	shared  bool
	layouts *cache.Loading[core.ServerID, *layoutView]
	places  *cache.Loading[core.ChannelID, core.ServerID]
}

// layoutView is a layout with its channels by id.
type layoutView struct {
	core.Layout
	byID map[core.ChannelID]core.Channel
}

// How much the directory keeps. Layouts are trusted for a while only, as a belt beside the events that drop them.
const (
	maxLayouts = 10_000
	maxPlaces  = 200_000
	layoutLife = 30 * time.Second
)

// DirectoryOptions are what a Directory works with. Trusted tells whether this node hears of every change; while it does
// not, nothing older than a second is believed. Shared: other nodes change layouts too, so a channel is said not to exist
// only after the store was asked.
type DirectoryOptions struct {
	Store   Store
	Lookups Lookups
	Trusted func() bool // nil: always
	Shared  bool
}

// NewDirectory makes a directory.
func NewDirectory(o DirectoryOptions) *Directory {
	store := o.Store
	return &Directory{store: store, shared: o.Shared,
		layouts: cache.New(maxLayouts, layoutLife, func(ctx context.Context, id core.ServerID) (*layoutView, error) {
			l, err := store.Layout(ctx, id)
			if err != nil {
				return nil, err
			}
			v := &layoutView{Layout: l, byID: make(map[core.ChannelID]core.Channel, len(l.Channels))}
			for _, c := range l.Channels {
				v.byID[c.ID] = c
			}
			return v, nil
		}).While(o.Trusted),
		places: cache.New(maxPlaces, 0, o.Lookups.ServerOf),
	}
}

// Layout gives a server's layout; the caller must not change it.
func (d *Directory) Layout(ctx context.Context, id core.ServerID) (core.Layout, error) {
	v, err := d.view(ctx, id)
	if err != nil {
		return core.Layout{}, err
	}
	return v.Layout, nil
}

// Channel gives a channel by its id alone.
func (d *Directory) Channel(ctx context.Context, id core.ChannelID) (core.Channel, error) {
	server, err := d.places.Get(ctx, id)
	if err != nil {
		return core.Channel{}, err
	}
	c, err := d.channelOf(ctx, server, id)
	if d.shared && core.CodeOf(err) == core.CodeNotFound {
		d.Forget(server)
		return d.channelOf(ctx, server, id)
	}
	return c, err
}

func (d *Directory) channelOf(ctx context.Context, server core.ServerID, id core.ChannelID) (core.Channel, error) {
	v, err := d.view(ctx, server)
	if err != nil {
		return core.Channel{}, err
	}
	c, ok := v.byID[id]
	if !ok {
		return core.Channel{}, core.E(core.CodeNotFound, "resolve channel")
	}
	return c, nil
}

func (d *Directory) view(ctx context.Context, id core.ServerID) (*layoutView, error) {
	v, err := d.layouts.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if v.Server.Deleted {
		return nil, core.E(core.CodeNotFound, "resolve server")
	}
	return v, nil
}

// Forget drops a layout.
func (d *Directory) Forget(id core.ServerID) { d.layouts.Forget(id) }

// ForgetAll drops every layout: changes may have been missed.
func (d *Directory) ForgetAll() { d.layouts.Clear() }

// maxChangeTries bounds the contention on one server's layout.
const maxChangeTries = 64

// Change runs a compare-and-set on a layout until it meets no other writer: try gets the stored layout and tells whether
// its write was applied.
func (d *Directory) Change(ctx context.Context, id core.ServerID, try func(core.Layout) (bool, error)) error {
	for range maxChangeTries {
		l, err := d.store.Layout(ctx, id)
		if err != nil {
			return err
		}
		if l.Server.Deleted {
			return core.E(core.CodeNotFound, "change server")
		}
		applied, err := try(l)
		if err != nil || applied {
			return err
		}
	}
	return core.E(core.CodeBusy, "change server: too many writers")
}
