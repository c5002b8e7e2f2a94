package realtime

import (
	"slices"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
)

// maxPending bounds the references a stream waits with; beyond it the stream reads the ring instead.
const maxPending = 256

// item is an entry on its way to one stream.
type item struct {
	*entry
	way way
}

// way is why a stream was given an entry, which decides what is checked when it is written.
type way uint8

const (
	named    way = iota // to the person or to all: nothing
	ending              // a member at its position, and the event ends access: nothing
	asMember            // a member at its position: the current permissions
	replayed            // read from the ring: everything
)

// stream is one connection: a cursor into the ring, a bounded list of what is next for it, and a flag that says the list
// was not long enough. It holds no copy of any event.
type stream struct {
	hub      *Hub
	id       string
	user     core.UserID
	session  core.SessionID
	address  string
	servers  []core.ServerID  // empty: all
	types    []core.EventType // empty: all
	listener *listener        // set once, by the index
	turn     uint64           // the last fan-out that reached it; the hub's lock guards it
	wake     chan struct{}

	mu       sync.Mutex
	pending  []item
	lagging  bool      // pending overflowed since it was last taken
	lagSince time.Time // since when the stream has been behind by more than pending holds
	broken   string    // why the log broke off under the stream; next is then where it goes on
	next     *ring
	farewell *farewell
	quiet    map[core.ServerID]Interest // only what is not InterestActive

	reader reader // owned by the goroutine that serves the stream
}

// push gives the stream an entry without waiting. The hub's lock is held.
func (s *stream) push(it item) {
	s.mu.Lock()
	switch {
	case !s.wants(it) || s.broken != "":
		s.mu.Unlock()
		return
	case it.position == 0 && (s.lagging || len(s.pending) >= maxPending/2):
		s.mu.Unlock()
		s.hub.opt.Metrics.Dropped(it.kind)
		return
	case s.lagging:
	case len(s.pending) >= maxPending:
		s.pending, s.lagging = nil, true
		if s.lagSince.IsZero() {
			s.lagSince = time.Now()
		}
	default:
		s.pending = append(s.pending, it)
	}
	s.mu.Unlock()
	s.signal()
}

func (s *stream) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// wants applies the filters of the request and the person's interest. Interest never hides what names the person. The
// lock is held.
func (s *stream) wants(it item) bool {
	if len(s.types) > 0 && !slices.Contains(s.types, it.kind) {
		return false
	}
	server := it.audience.Server
	if server == 0 {
		return true
	}
	if len(s.servers) > 0 && !slices.Contains(s.servers, server) {
		return false
	}
	return it.way == named || s.quiet[server] != InterestNone
}

// end makes the stream say goodbye; the first reason stays.
func (s *stream) end(f *farewell) {
	s.mu.Lock()
	if s.farewell == nil {
		s.farewell = f
	}
	s.mu.Unlock()
	s.signal()
}

// restart puts the stream on a new ring. The hub's lock is held, so everything pushed later is of that ring.
func (s *stream) restart(r *ring, reason string) {
	s.mu.Lock()
	s.pending, s.lagging, s.lagSince = nil, false, time.Time{}
	s.broken, s.next = reason, r
	s.mu.Unlock()
	s.signal()
}

// interrupted tells whether something is to be said before further events.
func (s *stream) interrupted() (f *farewell, broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.farewell, s.broken != ""
}

// lagged tells since when the stream has been lagging; zero if it is not.
func (s *stream) lagged() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lagSince
}
