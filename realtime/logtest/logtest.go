// Package logtest is the conformance suite of realtime.Log: what every log must do, whatever carries it.
//
// It owns the checks; an implementation's test gives it a factory. It refuses to know how a log is fed: the factory says
// how events get into it. The tests of the suite may run in parallel with others; each uses a log of its own.
//
//	func TestMemoryLog(t *testing.T) {
//		logtest.Run(t, func(t *testing.T) logtest.Subject { ... })
//	}
package logtest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/realtime"
)

// Subject is a fresh, empty log and the means to work on it. A means may be nil where the log has nothing like it; the
// tests that need it are skipped.
type Subject struct {
	Log realtime.Log
	// Append logs events in this order, next to each other or not; when it returns they can be read. Safe for concurrent
	// use.
	Append func(t *testing.T, events ...core.Event)
	// Trim forgets every position before oldest.
	Trim func(t *testing.T, oldest uint64)
	// Reopen gives the same log as after a restart of the node. The old one is not used again.
	Reopen func(t *testing.T) realtime.Log
}

// Patience is how long an event may take to arrive before a test fails.
const Patience = 10 * time.Second

// Run runs the suite.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Subject)
	}{
		{"empty", testEmpty},
		{"positions have no gap", testPositions},
		{"events come back whole", testWhole},
		{"read pages", testPages},
		{"follow starts after the position it returns", testFollow},
		{"follow hands over every event once in order", testConcurrentAppend},
		{"follow beside read leaves no hole", testFollowMeetsRead},
		{"several followers", testSeveral},
		{"stop ends it", testStop},
		{"bounds after trimming", testTrim},
		{"reopening keeps epoch and positions", testReopen},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// Event makes a distinct event to append.
func Event(n int) core.Event {
	id := core.EventID(n)
	at := time.UnixMilli(1_790_000_000_000 + int64(n)).UTC()
	to := core.Audience{Server: core.ServerID(1 + n%3), Channel: core.ChannelID(n), Users: []core.UserID{core.UserID(n)}}
	return core.NewEvent(id, to, 7, at, core.TypingStarted{UserID: core.UserID(n)})
}

// Recorder is a Follower that remembers.
type Recorder struct {
	mu     sync.Mutex
	events []core.LoggedEvent
	resets int
	inside bool
	fault  string
	news   chan struct{}
}

// NewRecorder makes one.
func NewRecorder() *Recorder { return &Recorder{news: make(chan struct{}, 1)} }

// Events implements realtime.Follower.
func (r *Recorder) Events(batch []core.LoggedEvent) {
	r.mu.Lock()
	if r.inside {
		r.fault = "two calls at the same time"
	}
	r.inside = true
	r.events = append(r.events, batch...)
	r.mu.Unlock()
	select {
	case r.news <- struct{}{}:
	default:
	}
	r.mu.Lock()
	r.inside = false
	r.mu.Unlock()
}

// Reset implements realtime.Follower.
func (r *Recorder) Reset(string, uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resets++
}

// Health implements realtime.Follower.
func (r *Recorder) Health(bool, string) {}

// Await gives what was heard once it is at least n events.
func (r *Recorder) Await(t *testing.T, n int) []core.LoggedEvent {
	t.Helper()
	patience := time.NewTimer(Patience)
	defer patience.Stop()
	for {
		r.mu.Lock()
		got, fault, resets := slices.Clone(r.events), r.fault, r.resets
		r.mu.Unlock()
		if fault != "" || resets > 0 {
			t.Fatalf("follower: %s, %d resets", fault, resets)
		}
		if len(got) >= n {
			return got
		}
		select {
		case <-r.news:
		case <-patience.C:
			t.Fatalf("heard %d of %d events", len(got), n)
		}
	}
}

func contiguous(t *testing.T, after uint64, events []core.LoggedEvent) {
	t.Helper()
	for i, e := range events {
		if want := after + 1 + uint64(i); e.Position != want {
			t.Fatalf("event %d has position %d, want %d", i, e.Position, want)
		}
	}
}

func readAll(t *testing.T, l realtime.Log, after uint64, page int) []core.LoggedEvent {
	t.Helper()
	var all []core.LoggedEvent
	for {
		got, err := l.Read(after, page)
		if err != nil {
			t.Fatalf("read after %d: %v", after, err)
		}
		if len(got) == 0 {
			return all
		}
		if len(got) > page {
			t.Fatalf("read %d events, asked for %d", len(got), page)
		}
		all = append(all, got...)
		after = got[len(got)-1].Position
	}
}

func describe(events []core.LoggedEvent) string {
	ids := make([]core.EventID, len(events))
	for i, e := range events {
		ids[i] = e.Event.ID
	}
	return fmt.Sprint(ids)
}
