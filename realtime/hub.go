package realtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/beep-chat/beep/core"
)

// Options are what a hub works with. Log, Access and Members are required. Durations and the window take their default
// when zero; counts and rates are off when zero, as everywhere in Beep.
type Options struct {
	Log      Log
	Access   Access
	Members  Memberships
	Sessions Sessions // nil: streams end by session.revoked only
	// Apply hears every batch before any stream does, so that caches of permissions and sessions are never behind the
	// events they filter. It is called in order from one goroutine and is quick. May be nil.
	Apply func(batch []core.LoggedEvent)
	// Lost is called in the same order when events were lost for good or the log began anew: whatever Apply keeps up to
	// date may be wrong now. May be nil.
	Lost    func()
	Clock   core.Clock
	Logger  *slog.Logger
	Metrics Metrics

	Window            Window
	StreamsPerUser    int
	StreamsPerAddress int
	ConnectRate       core.Rate // of the whole node; its Count is also the burst

	Heartbeat    time.Duration // 25 s: at the latest after so much silence; the time is drawn from 80-100 % of it
	WriteTimeout time.Duration // 10 s a flush
	SlowAfter    time.Duration // 30 s: how long a stream may lag
	Recheck      time.Duration // 30 s: how often a session is asked about
	Coalesce     time.Duration // 5 ms between two flushes of a stream; the first after a pause goes at once. Negative: none
}

func (o Options) orDefault() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Metrics = o.Metrics.orNothing()
	o.Window = o.Window.orDefault()
	for _, d := range []struct {
		value *time.Duration
		def   time.Duration
	}{
		{&o.Heartbeat, 25 * time.Second}, {&o.WriteTimeout, 10 * time.Second}, {&o.SlowAfter, 30 * time.Second},
		{&o.Recheck, 30 * time.Second}, {&o.Coalesce, 5 * time.Millisecond},
	} {
		if *d.value == 0 {
			*d.value = d.def
		}
	}
	return o
}

// maxLoads bounds how many streams load their memberships from the store at the same time; others wait their turn.
const maxLoads = 64

// Hub gives every stream of this node the events it may hear, once and in order. See the package documentation.
type Hub struct {
	opt    Options
	jitter func(n int64) int64 // a number in [0, n)
	loads  chan struct{}
	feed   *feed
	health atomic.Pointer[health]

	mu         sync.Mutex // never held across a write, a store call or Access
	ring       *ring      // nil until Start
	index      index
	streams    map[string]*stream
	addresses  map[string]int
	admission  bucket
	turn       uint64 // counts fan-outs
	generation uint64 // counts breaks of the log; what was loaded before one is void
	draining   bool
	emptied    chan struct{} // closed when draining and the last stream is gone
	stop       func()
}

type health struct {
	ok     bool
	reason string
}

// NewHub makes a hub; it does nothing before Start. It panics when a required option is missing.
func NewHub(opt Options) *Hub {
	if opt.Log == nil || opt.Access == nil || opt.Members == nil {
		panic("realtime: NewHub needs Log, Access and Members")
	}
	h := &Hub{
		opt: opt.orDefault(), jitter: rand.Int64N, loads: make(chan struct{}, maxLoads), index: newIndex(),
		streams: make(map[string]*stream), addresses: make(map[string]int),
		admission: newBucket(opt.ConnectRate), emptied: make(chan struct{}),
	}
	h.health.Store(&health{ok: true})
	h.feed = &feed{hub: h}
	return h
}

// Start loads the window from the log and follows it; when it returns, streams are served. Call it once.
func (h *Hub) Start(ctx context.Context) error {
	if epoch := h.opt.Log.Epoch(); !validEpoch(epoch) {
		return fmt.Errorf("start hub: the log's epoch %q cannot be part of an id", epoch)
	}
	_, stop := h.opt.Log.Follow(h.feed)
	if err := h.feed.load(ctx); err != nil {
		stop()
		return fmt.Errorf("start hub: %w", err)
	}
	ok, reason := h.opt.Log.Health()
	h.feed.begin(ok, reason)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stop = stop
	return nil
}

// Close refuses new streams, says goodbye to those left and waits for them; then it lets go of the log. Drain comes
// before it where there is time.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.drainingNow()
	for _, s := range h.streams {
		s.end(byeRestarting)
	}
	stop := h.stop
	h.stop = nil
	h.mu.Unlock()
	if stop != nil {
		defer stop()
	}
	select {
	case <-h.emptied:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close hub: %w", ctx.Err())
	}
}

// Cursor is the place up to which this node's streams are served. Read it before the data of a snapshot: a stream
// resumed from it then misses nothing that the snapshot lacks.
func (h *Hub) Cursor() (Cursor, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ring == nil {
		return Cursor{}, core.E(core.CodeUnavailable, "read cursor").Because(errNotStarted)
	}
	return Cursor{Epoch: h.ring.epoch, Position: h.ring.fanned.Load()}, nil
}

var errNotStarted = errors.New("hub is not started")

// Healthy tells whether the node hears every event, and if not why. While it does not, requests are checked against the
// store.
func (h *Hub) Healthy() (ok bool, reason string) {
	now := h.health.Load()
	return now.ok, now.reason
}

// PublishEphemeral gives an event without a position (core.IsEphemeral) to the streams of this node that may hear it now.
// It never blocks; slow streams do not get it. Other events are ignored: they go through the log.
func (h *Hub) PublishEphemeral(ev core.Event) {
	if !core.IsEphemeral(ev.Type) {
		h.opt.Logger.Error("not an ephemeral event", "type", string(ev.Type))
		return
	}
	e := newEphemeral(ev)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deliver(e)
}

// CloseSession ends the streams of a session on this node as if it was revoked.
func (h *Hub) CloseSession(user core.UserID, session core.SessionID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.endSessions(user, func(s core.SessionID) bool { return s == session })
}

// Stats is the state of a hub, for gauges.
type Stats struct {
	Streams      int
	Users        int
	WindowEvents int
	WindowBytes  int
	Position     uint64
	Healthy      bool
	Draining     bool
}

// Stats reads the state; it is cheap.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	st := Stats{Streams: len(h.streams), Users: len(h.index.users), Draining: h.draining}
	r := h.ring
	h.mu.Unlock()
	st.Healthy, _ = h.Healthy()
	if r != nil {
		st.WindowEvents, st.WindowBytes = r.size()
		st.Position = r.fanned.Load()
	}
	return st
}
