package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/ids"
	"github.com/beep-chat/beep/storage/embedded"
	"github.com/beep-chat/beep/storage/wide"
)

type noteRow struct {
	ID      int64  `wide:"note_id,partition"`
	Text    string `wide:"text,1,mandatory"`
	Version int64  `wide:"version,2,mandatory"`
}

type claimRow struct {
	Name   string `wide:"name,partition"`
	Holder int64  `wide:"holder_id,1,mandatory"`
}

type leafRow struct {
	Tree int64  `wide:"tree_id,partition"`
	Leaf string `wide:"leaf,asc"`
	N    int64  `wide:"n,1,mandatory"`
}

var (
	notes  = wide.Define[noteRow](wide.Spec{ID: 7001, Name: "test_notes"})
	claims = wide.Define[claimRow](wide.Spec{ID: 7002, Name: "test_claims", LWT: true})
	leaves = wide.Define[leafRow](wide.Spec{ID: 7003, Name: "test_leaves"})
)

func testSchema() wide.Schema { return wide.NewSchema(append(Tables(), notes, claims, leaves)...) }

// fate is what happens to a commit on its way to the store.
type fate int

const (
	fine    fate = iota
	refused      // nothing is written, and one knows
	lost         // nothing is written, and one does not know
	unsaid       // it is written, and one does not know
)

// shakyEngine is a store whose answers go astray.
type shakyEngine struct {
	wide.Engine
	mu    sync.Mutex
	fate  func(wide.Commit) fate
	reads map[*wide.Meta]int
}

// Get implements wide.Engine.
func (s *shakyEngine) Get(ctx context.Context, m *wide.Meta, key wide.Row) (wide.Row, error) {
	s.mu.Lock()
	s.reads[m]++
	s.mu.Unlock()
	return s.Engine.Get(ctx, m, key)
}

// gets tells how often rows of a table were read.
func (s *shakyEngine) gets(m *wide.Meta) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads[m]
}

// set gives the fate of commits from now on, and what it was.
func (s *shakyEngine) set(f func(wide.Commit) fate) (before func(wide.Commit) fate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, s.fate = s.fate, f
	return before
}

func (s *shakyEngine) Close() error { return nil } // the store outlives nodes

func (s *shakyEngine) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if len(c.Events) > 0 {
		panic("an engine without an event log was given events")
	}
	s.mu.Lock()
	f := fine
	if s.fate != nil {
		f = s.fate(c)
	}
	s.mu.Unlock()
	switch f {
	case refused:
		return false, fmt.Errorf("%w: injected", wide.ErrUnavailable)
	case lost:
		return false, fmt.Errorf("%w: injected", wide.ErrUnknownOutcome)
	case unsaid:
		_, err := s.Engine.Commit(ctx, c)
		return false, errors.Join(fmt.Errorf("%w: injected", wide.ErrUnknownOutcome), err)
	}
	return s.Engine.Commit(ctx, c)
}

// memoryLog is an Announcer that may be away, and whose answers may be lost.
type memoryLog struct {
	mu     sync.Mutex
	events []core.Event
	known  map[core.EventID]bool
	fate   func() fate
	news   chan struct{}
}

var errAway = errors.New("the log is away")

func (l *memoryLog) Append(ctx context.Context, events []core.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := fine
	if l.fate != nil {
		f = l.fate()
	}
	if f == refused || f == lost {
		return errAway
	}
	for _, e := range events {
		if !l.known[e.ID] {
			l.known[e.ID] = true
			l.events = append(l.events, e)
		}
	}
	select {
	case l.news <- struct{}{}:
	default:
	}
	if f == unsaid {
		return errAway
	}
	return ctx.Err()
}

// forget loses the last n events.
func (l *memoryLog) forget(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events[len(l.events)-n:] {
		delete(l.known, e.ID)
	}
	l.events = l.events[:len(l.events)-n]
}

func (l *memoryLog) set(f func() fate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fate = f
}

func (l *memoryLog) ids() []core.EventID {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]core.EventID, len(l.events))
	for i, e := range l.events {
		list[i] = e.ID
	}
	return list
}

func (l *memoryLog) has(id core.EventID) bool { return slices.Contains(l.ids(), id) }

// leaseBook holds leases as the test wants them.
type leaseBook struct {
	mu    sync.Mutex
	m     map[int]ids.Lease
	asked map[int]int // how often somebody looked, by worker
}

func (b *leaseBook) GetLease(_ context.Context, worker int) (ids.Lease, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked[worker]++
	return b.m[worker], nil
}

func (b *leaseBook) looks(worker int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked[worker]
}

func (b *leaseBook) put(l ids.Lease) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.m[l.Worker] = l
}

// world is a store, a log and the nodes on them.
type world struct {
	t      *testing.T
	engine *shakyEngine
	log    *memoryLog
	leases *leaseBook
	adjust func(*Options)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	e, err := embedded.Open(embedded.Options{Dir: "store", FS: vfs.NewMem(), Schema: testSchema(), SchemaVersion: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{t: t, engine: &shakyEngine{Engine: e, reads: map[*wide.Meta]int{}}, log: &memoryLog{known: map[core.EventID]bool{}, news: make(chan struct{}, 1)},
		leases: &leaseBook{m: map[int]ids.Lease{}, asked: map[int]int{}}}
}

// node is an outbox with its ids.
type node struct {
	*Outbox
	worker int
	source *ids.Source
}

// start begins a term of a worker; floor is what earlier holders may have used.
func (w *world) start(worker int, floor int64) *node {
	w.t.Helper()
	o := Options{Engine: w.engine, Announcer: w.log, Leases: w.leases, Schema: testSchema(), SweepEvery: 5 * time.Millisecond,
		SweepGrace: time.Millisecond, DoubtLife: 300 * time.Millisecond, EndPatience: 100 * time.Millisecond}
	if w.adjust != nil {
		w.adjust(&o)
	}
	n := &node{Outbox: New(o), worker: worker, source: ids.NewSource(time.Now, worker, floor)}
	n.source.Extend(time.Hour, 1<<62)
	reserved := int64(core.FirstIDAt[struct{}](time.Now().Add(8 * time.Second)))
	w.leases.put(ids.Lease{Worker: worker, Holder: "me", Until: time.Now().Add(time.Hour), HighWater: reserved, Version: 1})
	if err := n.Begin(w.t.Context(), Term{Worker: worker, Floor: floor, NextID: n.source.Next, Live: n.source.Valid}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(n.End)
	return n
}

// crash ends a node as kill -9 does: nothing is waited for, nothing is stored any more. It gives what its ids reached.
func (n *node) crash() (floor int64) {
	n.source.Extend(0, 0)
	n.cancel()
	n.group.Wait()
	return n.source.Last()
}

// die lets the lease of a crashed worker run out.
func (w *world) die(worker int, floor int64) {
	w.leases.put(ids.Lease{Worker: worker, Holder: "me", Until: time.Now().Add(-time.Minute), HighWater: floor, Version: 1})
}

func (n *node) event() core.Event {
	id, err := n.source.Next()
	if err != nil {
		return core.Event{}
	}
	return core.NewEvent(core.EventID(id), core.Audience{All: true}, 1, time.Now(), core.TypingStarted{UserID: 1})
}

// insert makes a note with its event; the event's id is the note's.
func (n *node) insert(ctx context.Context) (core.EventID, error) {
	e := n.event()
	row := noteRow{ID: int64(e.ID), Text: "t", Version: 1}
	_, err := n.Commit(ctx, wide.Commit{Writes: []wide.Write{notes.Insert(row)}, Events: []core.Event{e}})
	return e.ID, err
}

// await waits until the log has all of these.
func (w *world) await(want ...core.EventID) {
	w.t.Helper()
	patience := time.NewTimer(10 * time.Second)
	defer patience.Stop()
	for {
		missing := slices.DeleteFunc(slices.Clone(want), w.log.has)
		if len(missing) == 0 {
			return
		}
		select {
		case <-w.log.news:
		case <-patience.C:
			w.t.Fatalf("%d of %d events were not announced, the first of them %d", len(missing), len(want), missing[0])
		}
	}
}

// stored tells whether a note exists.
func (w *world) stored(id core.EventID) bool {
	_, err := notes.Get(context.Background(), w.engine.Engine, noteRow{ID: int64(id)})
	return err == nil
}

// at draws a fate with these chances in a hundred.
func at(r *rand.Rand, chanceRefused, chanceLost, chanceUnsaid int) fate {
	n := r.IntN(100)
	switch {
	case n < chanceRefused:
		return refused
	case n < chanceRefused+chanceLost:
		return lost
	case n < chanceRefused+chanceLost+chanceUnsaid:
		return unsaid
	}
	return fine
}

// sameOrder compares what the log has with what it should have.
func (w *world) sameOrder(want []core.EventID) {
	w.t.Helper()
	got := w.log.ids()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			w.t.Fatalf("event %d of the log is %d, want %d", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		w.t.Fatalf("the log has %d events, want %d", len(got), len(want))
	}
}
