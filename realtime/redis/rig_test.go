package redis

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/realtime/logtest"
)

// patience is how long something may take before a test fails.
const patience = 20 * time.Second

// note is something a witness was told, and when.
type note struct {
	at       time.Time
	epoch    string // in force
	position uint64 // of the event, or the one a reset named
	id       core.EventID
	reset    bool
	health   bool // a change of health
	healthy  bool
}

// witness is a follower that remembers everything.
type witness struct {
	name  string
	mu    sync.Mutex
	epoch string // in force
	last  uint64 // position told last
	tip   uint64 // where it began
	notes []note
	news  *sync.Cond
}

func newWitness(name, epoch string) *witness {
	w := &witness{name: name, epoch: epoch}
	w.news = sync.NewCond(&w.mu)
	return w
}

func follow(l *Log, name string) *witness {
	w := newWitness(name, l.Epoch())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tip, _ = l.Follow(w)
	w.last = w.tip
	return w
}

func (w *witness) note(n note) {
	n.at, n.epoch = time.Now(), w.epoch
	w.notes = append(w.notes, n)
	w.news.Broadcast()
}

func (w *witness) Events(batch []core.LoggedEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range batch {
		w.last = e.Position
		w.note(note{position: e.Position, id: e.Event.ID})
	}
}

func (w *witness) Reset(epoch string, after uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.epoch, w.last = epoch, after
	w.note(note{position: after, reset: true})
}

func (w *witness) Health(healthy bool, _ string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(note{health: true, healthy: healthy})
}

// await waits until some note fits.
func (w *witness) await(t *testing.T, what string, fits func(note) bool) note {
	t.Helper()
	deadline := time.AfterFunc(patience, w.news.Broadcast)
	defer deadline.Stop()
	begun := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := 0; ; i++ {
		for i >= len(w.notes) {
			if time.Since(begun) > patience {
				t.Fatalf("%s waited in vain for %s", w.name, what)
			}
			w.news.Wait()
		}
		if fits(w.notes[i]) {
			return w.notes[i]
		}
	}
}

func (w *witness) told() (epoch string, position uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.epoch, w.last
}

func (w *witness) all() []note {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.notes)
}

func (w *witness) resets() (n int) {
	for _, x := range w.all() {
		if x.reset {
			n++
		}
	}
	return n
}

func isReset(n note) bool { return n.reset }

// sent is an acknowledged event: begun is before the append, acked after it.
type sent struct{ begun, acked time.Time }

// rig is a cluster of logs on one Redis, publishers that repeat what was not acknowledged, and a witness at each log.
type rig struct {
	server    *redistest.Server
	logs      []*Log
	witnesses []*witness
	failed    []*atomic.Int32 // attempts of each log to connect that failed

	mu    sync.Mutex
	acked map[core.EventID]sent
	ids   atomic.Int64
	end   context.CancelFunc
	wg    sync.WaitGroup
	size  int // bytes that each event has at least
}

func newRig(t *testing.T, server *redistest.Server, dbs ...*redisdb.DB) *rig {
	t.Helper()
	return newBrokenRig(t, server, newScripts(beginLua, appendLua, probeLua), faults{}, dbs...)
}

func newBrokenRig(t *testing.T, server *redistest.Server, s scripts, f faults, dbs ...*redisdb.DB) *rig {
	t.Helper()
	r := &rig{server: server, acked: make(map[core.EventID]sent)}
	logger := slog.New(slog.DiscardHandler)
	if os.Getenv("REDIS_LOG_TRACE") != "" {
		logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	for i, db := range dbs {
		failed := new(atomic.Int32)
		r.failed = append(r.failed, failed)
		l, err := open(t.Context(), Options{DB: db, Cluster: "test", Logger: logger.With("log", i), Metrics: Metrics{
			Connected: func(err error) {
				if err != nil {
					failed.Add(1)
				}
			},
		}}, s, f)
		if err != nil {
			t.Fatal(err)
		}
		r.logs = append(r.logs, l)
		r.witnesses = append(r.witnesses, follow(l, fmt.Sprintf("log %d", i)))
	}
	t.Cleanup(func() {
		r.quiet()
		for _, l := range r.logs {
			l.Close()
		}
	})
	return r
}

// event makes the next event; its id is unique.
func (r *rig) event() core.Event {
	e := logtest.Event(int(r.ids.Add(1)))
	if r.size > 0 {
		e.Data = bytes.Repeat([]byte("x"), r.size)
	}
	return e
}

// send appends until it is acknowledged, as the outbox does. It says false when ctx ended first.
func (r *rig) send(ctx context.Context, l *Log, events ...core.Event) bool {
	begun := time.Now()
	for l.Append(ctx, events) != nil {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(5 * time.Millisecond):
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		r.acked[e.ID] = sent{begun, time.Now()}
	}
	return true
}

// publish has each of the first n logs append a few events every few milliseconds, until quiet.
func (r *rig) publish(n int, seed uint64) {
	ctx, cancel := context.WithCancel(context.Background())
	r.end = cancel
	for i, l := range r.logs[:n] {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		r.wg.Go(func() {
			for ctx.Err() == nil {
				events := make([]core.Event, 1+random.IntN(4))
				for j := range events {
					events[j] = r.event()
				}
				r.send(ctx, l, events...)
				select {
				case <-ctx.Done():
				case <-time.After(time.Duration(1+random.IntN(5)) * time.Millisecond):
				}
			}
		})
	}
}

func (r *rig) quiet() {
	if r.end != nil {
		r.end()
		r.end = nil
	}
	r.wg.Wait()
}

// settle ends publishing, has one more event travel to every witness and waits until all logs are healthy; then it checks
// everything.
func (r *rig) settle(t *testing.T) {
	t.Helper()
	r.quiet()
	r.passes(t)
	for i, l := range r.logs {
		for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			if ok, reason := l.Health(); ok {
				break
			} else if time.Since(begun) > patience {
				t.Fatalf("log %d is not healthy: %s", i, reason)
			}
		}
	}
	for _, complaint := range r.check() {
		t.Error(complaint)
	}
}

// passes sends an event and waits until every witness heard it, or was reset after it was begun and then hears another.
func (r *rig) passes(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for range 5 {
		last, begun := r.event(), time.Now()
		if !r.send(ctx, r.logs[0], last) {
			t.Fatal("cannot append any more")
		}
		again := false
		for _, w := range r.witnesses {
			n := w.await(t, fmt.Sprintf("event %d", last.ID), func(n note) bool {
				return n.id == last.ID || n.reset && n.at.After(begun)
			})
			again = again || n.reset
		}
		if !again {
			return
		}
	}
	t.Fatal("one reset after another")
}

// check is the oracle. It complains about anything that a witness should have been told and was not.
func (r *rig) check() []string {
	var complaints []string
	at := make(map[string]core.EventID) // what stands at a position of an epoch, as anybody heard it
	for _, w := range r.witnesses {
		complaints = append(complaints, w.checkOrder(at)...)
		complaints = append(complaints, r.checkLoss(w)...)
	}
	return complaints[:min(len(complaints), 20)]
}

// checkOrder: no gap without a reset, no event twice in an epoch, and a position means the same event to everybody.
func (w *witness) checkOrder(at map[string]core.EventID) []string {
	var bad []string
	tip := w.tip
	heard := make(map[string]bool)
	for _, n := range w.all() {
		switch {
		case n.reset:
			tip = n.position
		case n.id != 0:
			if n.position != tip+1 {
				bad = append(bad, fmt.Sprintf("%s: position %d after %d", w.name, n.position, tip))
			}
			tip = n.position
			once := fmt.Sprint(n.epoch, " id ", n.id)
			if heard[once] {
				bad = append(bad, fmt.Sprintf("%s: event %d twice in epoch %s", w.name, n.id, n.epoch))
			}
			heard[once] = true
			place := fmt.Sprint(n.epoch, " position ", n.position)
			if other, known := at[place]; known && other != n.id {
				bad = append(bad, fmt.Sprintf("%s: position %s is event %d here and event %d elsewhere", w.name, place, n.id, other))
			}
			at[place] = n.id
		}
	}
	return bad
}

// checkLoss: an acknowledged event was heard, or a reset came after it was begun; and health did not return before what was
// acknowledged two seconds earlier was heard.
func (r *rig) checkLoss(w *witness) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var bad []string
	var lastReset time.Time
	heard := make(map[core.EventID]time.Time)
	notes := w.all()
	for _, n := range notes {
		if n.reset {
			lastReset = n.at
		}
		if n.id != 0 {
			heard[n.id] = n.at
		}
	}
	for id, s := range r.acked {
		at, ok := heard[id]
		if !ok && lastReset.Before(s.begun) {
			bad = append(bad, fmt.Sprintf("%s: event %d was acknowledged and is lost without a word", w.name, id))
		}
		for _, n := range notes {
			if ok && n.health && n.healthy && s.acked.Before(n.at.Add(-proofLimit)) && at.After(n.at) && lastReset.Before(s.begun) {
				bad = append(bad, fmt.Sprintf("%s: healthy again before event %d was handed over", w.name, id))
			}
		}
	}
	return bad
}
