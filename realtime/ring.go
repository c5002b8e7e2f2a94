package realtime

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/beep-chat/beep/core"
)

// Window bounds what a node keeps of the log in memory: whichever is reached first. Zero fields take the default.
type Window struct {
	Age    time.Duration // 10 minutes
	Events int           // 200,000
	Bytes  int           // 128 MB, of encoded blocks and their headers
}

func (w Window) orDefault() Window {
	if w.Age <= 0 {
		w.Age = 10 * time.Minute
	}
	if w.Events <= 0 {
		w.Events = 200_000
	}
	if w.Bytes <= 0 {
		w.Bytes = 128 << 20
	}
	return w
}

// ring is the retained window of one epoch, shared by fan-out, resume and slow readers. Positions in it have no gap. A
// broken log gets a new ring.
type ring struct {
	epoch  string
	window Window
	fanned atomic.Uint64 // every event up to here was pushed to the streams it concerns

	mu      sync.RWMutex
	entries []*entry // oldest first, from head; what is before head is evicted
	head    int
	newest  uint64
	bytes   int
	ids     map[core.EventID]struct{}
}

// newRing makes an empty window whose next event is the one after a position.
func newRing(epoch string, after uint64, w Window) *ring {
	r := &ring{epoch: epoch, window: w, newest: after, ids: make(map[core.EventID]struct{})}
	r.fanned.Store(after)
	return r
}

func (r *ring) tip() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.newest
}

// holds tells whether everything after a position is in the window, and if not whether that is for being too old.
func (r *ring) holds(position uint64) (ok, expired bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return position+1 >= r.oldest() && position <= r.newest, position < r.newest
}

// oldest is the position of the first entry, or the one to come when there is none. The lock is held.
func (r *ring) oldest() uint64 { return r.newest - uint64(len(r.entries)-r.head) + 1 }

// add appends the events that come next, drops repeated ids (they keep their position and go to nobody), and evicts what
// the window no longer holds.
func (r *ring) add(entries []*entry, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range entries {
		if e.id != 0 {
			if _, known := r.ids[e.id]; known {
				e.unsent, e.block, e.id = true, nil, 0
			} else {
				r.ids[e.id] = struct{}{}
			}
		}
		r.entries = append(r.entries, e)
		r.newest = e.position
		r.bytes += e.bytes()
	}
	r.evict(now.Add(-r.window.Age).UnixMilli())
}

func (r *ring) evict(before int64) {
	for r.head < len(r.entries) {
		e := r.entries[r.head]
		if r.bytes <= r.window.Bytes && len(r.entries)-r.head <= r.window.Events && e.atMS >= before {
			break
		}
		delete(r.ids, e.id)
		r.bytes -= e.bytes()
		r.entries[r.head] = nil
		r.head++
	}
	if r.head > 1024 && r.head > len(r.entries)/2 {
		n := copy(r.entries, r.entries[r.head:])
		clear(r.entries[n:])
		r.entries, r.head = r.entries[:n], 0
	}
}

// after appends to dst up to limit entries after a position, to be replayed. It says false when the window no longer
// reaches back to it.
func (r *ring) after(position uint64, limit int, dst []item) ([]item, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	oldest := r.oldest()
	if position+1 < oldest {
		return dst, false
	}
	if position >= r.newest {
		return dst, true
	}
	from := r.head + int(position+1-oldest)
	for _, e := range r.entries[from:min(len(r.entries), from+limit)] {
		dst = append(dst, item{entry: e, way: replayed})
	}
	return dst, true
}

func (r *ring) size() (events, bytes int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.entries) - r.head, r.bytes
}
