package node

import (
	"context"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/core/ids"
	"github.com/beep-chat/beep/core/messages"
	"github.com/beep-chat/beep/ratelimit"
	"github.com/beep-chat/beep/realtime"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/embedded"
	"github.com/beep-chat/beep/storage/wide"
)

// ground is what a node stands on, and all in which a lone node and one of a cluster differ.
type ground interface {
	Store() wide.Engine // keeps rows and events
	Clock() core.Clock  // of write times
	Holder() string     // names this node in leases; nobody else has the name at the same time
	Log() realtime.Log
	Limiter() core.RateLimiter
	Claims() messages.NonceClaims
	Tickets() accounts.Tickets
	NextVersion(stored int64) int64
	// Begin allows commits with events; the keeper holds the worker id.
	Begin(ctx context.Context, k *ids.Keeper) error
	// Join lets the hub hear what is not logged.
	Join(hub *realtime.Hub) error
	// Publish gives an ephemeral event to the streams of all nodes.
	Publish(e core.Event)
	// PassInterest hands a stream's interest to the node that may hold the stream; false when there is no other node.
	PassInterest(user core.UserID, stream string, levels map[core.ServerID]realtime.Interest) bool
	// End finishes announcing, while the lease still holds.
	End()
	Close() error
}

// lone is the ground of a node on its own.
type lone struct {
	engine *embedded.Engine
	clock  core.Clock
	hub    *realtime.Hub
}

var _ ground = (*lone)(nil)

func openEmbedded(o Options) (*embedded.Engine, error) {
	return embedded.Open(embedded.Options{Dir: o.DataDir, FS: o.FS, Schema: storage.Schema(), SchemaVersion: storage.SchemaVersion,
		Clock: o.Clock, Logger: o.Logger, OnCommit: o.OnCommit, MinFree: o.MinFree, FreeBytes: o.FreeBytes, CacheBytes: o.CacheBytes,
		EventWindow: o.Window.Age, MaxEvents: o.Window.Events, MaxEventBytes: int64(o.Window.Bytes)})
}

// Store implements ground.
func (l *lone) Store() wide.Engine { return l.engine }

// Clock implements ground.
func (l *lone) Clock() core.Clock { return l.clock }

// Holder implements ground: the folder's lock keeps others away from it.
func (l *lone) Holder() string { return l.engine.Epoch() }

// Log implements ground.
func (l *lone) Log() realtime.Log { return realtime.NewMemoryLog(l.engine) }

// Limiter implements ground.
func (l *lone) Limiter() core.RateLimiter { return ratelimit.NewMemory(l.clock, 0) }

// Claims implements ground.
func (l *lone) Claims() messages.NonceClaims { return messages.NewLocalClaims(l.clock) }

// Tickets implements ground.
func (l *lone) Tickets() accounts.Tickets { return accounts.NewLocalTickets() }

// NextVersion implements ground.
func (l *lone) NextVersion(stored int64) int64 { return stored + 1 }

// Begin implements ground.
func (l *lone) Begin(context.Context, *ids.Keeper) error { return nil }

// Join implements ground.
func (l *lone) Join(hub *realtime.Hub) error {
	l.hub = hub
	return nil
}

// Publish implements ground.
func (l *lone) Publish(e core.Event) { l.hub.PublishEphemeral(e) }

// PassInterest implements ground.
func (l *lone) PassInterest(core.UserID, string, map[core.ServerID]realtime.Interest) bool {
	return false
}

// End implements ground.
func (l *lone) End() {}

// Close implements ground.
func (l *lone) Close() error { return l.engine.Close() }
