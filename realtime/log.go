package realtime

import "github.com/beep-chat/beep/core"

// Log is a node's source of ordered events: the engine's own durable sequence, or a shared log that every node tails.
// Positions start at 1 and have no gaps; an implementation that finds a gap fills it before it goes on, or says Reset.
// The conformance suite of every implementation is logtest. Safe for concurrent use.
type Log interface {
	// Epoch identifies the sequence: 1 to 64 of A-Z a-z 0-9 _ and -. It changes when positions may be used again.
	Epoch() string
	// Bounds gives the oldest position still kept and the newest one (0, 0 when nothing was ever logged; oldest =
	// newest+1 when everything was trimmed).
	Bounds() (oldest, newest uint64)
	// Read gives up to limit events after a position, oldest first; the first one it gives is the oldest still kept
	// when the asked for ones are gone.
	Read(after uint64, limit int) ([]core.LoggedEvent, error)
	// Follow tells f of everything later than the position it returns, until stop is called. What f is told of can be
	// read by Read. A call in flight when stop is called may still arrive.
	Follow(f Follower) (after uint64, stop func())
	// Health tells whether the log can prove that it hears everything, and if not why: a short word for clients.
	Health() (healthy bool, reason string)
}

// Follower hears a log. A log calls it from one goroutine at a time, in order; the methods are quick, never block on the
// network and never write to the log.
type Follower interface {
	// Events hands over the next events, without a gap to those before.
	Events(batch []core.LoggedEvent)
	// Reset says that continuity is broken: the next event is the one after the given position of that epoch. The same
	// epoch means that events were lost for good.
	Reset(epoch string, after uint64)
	// Health says that the log lost or regained proof of delivery. It regains it only after the missing events were
	// handed over, or Reset was called.
	Health(healthy bool, reason string)
}
