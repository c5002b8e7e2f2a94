package realtime

import (
	"context"
	"fmt"
	"sort"
	"sync"

	"github.com/beep-chat/beep/core"
)

// loadPage is how many events are read from the log at a time.
const loadPage = 1000

// feed is the hub's ear on the log: it keeps the ring contiguous and fans out in order. Its lock is held while a batch is
// fanned out; nothing that fan-out does waits for anyone.
type feed struct {
	hub *Hub

	mu   sync.Mutex
	ring *ring // nil until the window is loaded
	gone *gone // used in the order of the log: while loading, then under the lock
	told bool  // the log spoke of its health
}

// load fills a new ring with the retained part of the log. What the log tells meanwhile is not kept but read: the last,
// empty read happens under the lock that Events takes.
func (f *feed) load(ctx context.Context) (err error) {
	for done := false; !done && err == nil; {
		r := newRing(f.hub.opt.Log.Epoch(), f.start(), f.hub.opt.Window)
		f.gone = newGone()
		if r, err = f.fill(ctx, r); err == nil {
			done, err = f.settle(r)
		}
	}
	return err
}

// start is the position after which the window begins: not before what the log keeps, what the window may hold, or, found
// by bisection, what is too old for it.
func (f *feed) start() uint64 {
	log, w := f.hub.opt.Log, f.hub.opt.Window
	oldest, newest := log.Bounds()
	if newest == 0 || oldest > newest {
		return newest
	}
	oldest = max(oldest, 1)
	if keep := uint64(w.Events); newest-oldest >= keep {
		oldest = newest - keep + 1
	}
	since := f.hub.opt.Clock().Add(-w.Age)
	n := sort.Search(int(newest-oldest+1), func(i int) bool {
		got, err := log.Read(oldest-1+uint64(i), 1)
		return err != nil || len(got) == 0 || !got[0].Event.At.Before(since)
	})
	return oldest - 1 + uint64(n)
}

// fill reads up to the end of the log; where the log was trimmed under it, it starts over from there.
func (f *feed) fill(ctx context.Context, r *ring) (*ring, error) {
	for {
		if err := ctx.Err(); err != nil {
			return r, fmt.Errorf("load window: %w", err)
		}
		batch, err := f.hub.opt.Log.Read(r.newest, loadPage)
		if err != nil {
			return r, fmt.Errorf("load window: %w", err)
		}
		if len(batch) == 0 {
			return r, nil
		}
		if batch[0].Position != r.newest+1 {
			r = newRing(r.epoch, batch[0].Position-1, r.window)
		}
		f.extend(r, batch)
		r.fanned.Store(r.newest)
	}
}

// settle goes live when nothing came since the last read; else it says that loading starts over.
func (f *feed) settle(r *ring) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	log := f.hub.opt.Log
	batch, err := log.Read(r.newest, loadPage)
	if err != nil {
		return false, fmt.Errorf("load window: %w", err)
	}
	if log.Epoch() != r.epoch || len(batch) > 0 {
		return false, nil
	}
	f.ring = r
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()
	f.hub.ring = r
	return true, nil
}

func (f *feed) extend(r *ring, batch []core.LoggedEvent) []*entry {
	entries := make([]*entry, len(batch))
	for i, l := range batch {
		entries[i] = newEntry(r.epoch, l)
		if f.gone.late(l.Event) {
			entries[i].unsent, entries[i].block = true, nil
		}
	}
	r.add(entries, f.hub.opt.Clock())
	return entries
}

// Events implements Follower.
func (f *feed) Events(batch []core.LoggedEvent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ring == nil {
		return
	}
	f.take(batch)
}

// take goes through runs without a gap: what is known is skipped, what is missing is read from the log first.
func (f *feed) take(batch []core.LoggedEvent) {
	for len(batch) > 0 {
		n := 1
		for n < len(batch) && batch[n].Position == batch[n-1].Position+1 {
			n++
		}
		run := batch[:n]
		batch = batch[n:]
		tip := f.ring.tip()
		for len(run) > 0 && run[0].Position <= tip {
			run = run[1:]
		}
		if len(run) == 0 {
			continue
		}
		if run[0].Position > tip+1 && !f.refill(run[0].Position-1) {
			f.breakOff(f.ring.epoch, run[0].Position-1, resyncGap)
		}
		f.publish(run)
	}
}

// refill reads what is missing up to a position.
func (f *feed) refill(upTo uint64) bool {
	for tip := f.ring.tip(); tip < upTo; tip = f.ring.tip() {
		batch, err := f.hub.opt.Log.Read(tip, int(min(upTo-tip, loadPage)))
		if err != nil || len(batch) == 0 || batch[0].Position != tip+1 {
			f.hub.opt.Logger.Warn("events are missing from the log", "after", tip, "before", upTo+1, "error", err)
			return false
		}
		f.publish(batch)
	}
	return true
}

func (f *feed) publish(batch []core.LoggedEvent) {
	if f.hub.opt.Apply != nil {
		f.hub.opt.Apply(batch)
	}
	for i, e := range f.extend(f.ring, batch) {
		f.hub.fanOut(e, batch[i].Event)
	}
}

// Reset implements Follower.
func (f *feed) Reset(epoch string, after uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ring == nil {
		return
	}
	if epoch == f.ring.epoch {
		f.breakOff(epoch, after, resyncGap)
		return
	}
	f.breakOff(epoch, after, resyncEpoch)
}

// breakOff starts a new ring; every stream is told to resync and loads its memberships again.
func (f *feed) breakOff(epoch string, after uint64, reason string) {
	f.hub.opt.Logger.Warn("the log broke off; every stream resyncs", "reason", reason, "epoch", epoch, "position", after)
	f.ring = newRing(epoch, after, f.hub.opt.Window)
	h := f.hub
	if h.opt.Lost != nil {
		h.opt.Lost()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring = f.ring
	h.generation++
	h.index.forget()
	for _, s := range h.streams {
		s.restart(f.ring, reason)
	}
}

// Health implements Follower.
func (f *feed) Health(ok bool, reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = true
	f.setHealth(ok, reason)
}

// begin takes the health the log has at the start, unless the log has spoken since.
func (f *feed) begin(ok bool, reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.told {
		f.setHealth(ok, reason)
	}
}

func (f *feed) setHealth(ok bool, reason string) {
	h := f.hub
	was := h.health.Swap(&health{ok: ok, reason: reason})
	if was.ok == ok {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.streams {
		s.signal()
	}
}
