package outbox

import (
	"time"

	"github.com/beep-chat/beep/core"
)

// How much of what was announced is kept to be announced again.
const (
	recentAge    = time.Minute
	recentEvents = 50_000
	recentBytes  = 64 << 20
)

// recent keeps what this node announced a moment ago. Only the relay uses it.
type recent struct {
	runs   fifo[recentRun]
	events int
	bytes  int
}

type recentRun struct {
	at     time.Time
	events []core.Event
	bytes  int
}

func (r *recent) add(events []core.Event, now time.Time) {
	run := recentRun{at: now, events: events, bytes: sizeOf(events)}
	r.runs.push(run)
	r.events += len(events)
	r.bytes += run.bytes
	old := 0
	for _, front := range r.runs.all() {
		if now.Sub(front.at) < recentAge && r.events <= recentEvents && r.bytes <= recentBytes {
			break
		}
		r.events -= len(front.events)
		r.bytes -= front.bytes
		old++
	}
	r.runs.drop(old)
}

// Repeat announces again what this node announced in the last minute: call it when the log began anew. A log that was
// replaced by a copy of itself may have taken events that the copy lacks, and that nodes which moved to the copy earlier
// will not hear otherwise. What the log knows it drops.
func (b *Outbox) Repeat() {
	b.again.Store(true)
	b.signal()
}

// repeatRecent announces what is kept; false at the end.
func (b *Outbox) repeatRecent() bool {
	now := time.Now()
	for _, run := range b.recent.runs.all() {
		if now.Sub(run.at) < recentAge && !b.append(run.events) {
			return false
		}
	}
	return true
}
