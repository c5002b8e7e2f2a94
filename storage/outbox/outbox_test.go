package outbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

func TestEventsAreAnnouncedInTheOrderOfCommits(t *testing.T) {
	w := newWorld(t)
	n := w.start(1, 0)
	var want []core.EventID
	for range 200 {
		id, err := n.insert(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
	}
	w.await(want...)
	w.sameOrder(want)
}

func TestOnlyWhatHappenedIsAnnounced(t *testing.T) {
	w := newWorld(t)
	n := w.start(1, 0)
	refuse := func(c wide.Commit) fate {
		if c.Writes[0].Meta == notes.Meta() {
			return refused
		}
		return fine
	}
	w.engine.set(refuse)
	failed, err := n.insert(t.Context())
	if !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("want unavailable, got %v", err)
	}
	w.engine.set(nil)
	claim := claimRow{Name: "a", Holder: 1}
	first, second := n.event(), n.event()
	for i, e := range []core.Event{first, second} {
		applied, err := n.Commit(t.Context(), wide.Commit{If: claims.IfAbsent(claim), Writes: []wide.Write{claims.Insert(claim)}, Events: []core.Event{e}})
		if err != nil || applied != (i == 0) {
			t.Fatalf("claim %d: %v %v", i, applied, err)
		}
	}
	last, err := n.insert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.await(last)
	if got := w.log.ids(); !slices.Equal(got, []core.EventID{first.ID, last}) {
		t.Fatalf("the log has %v, not %v (failed: %v, lost the claim: %v)", got, []core.EventID{first.ID, last}, failed, second.ID)
	}
}

func TestCommitsWithEventsNeedALease(t *testing.T) {
	w := newWorld(t)
	box := New(Options{Engine: w.engine, Announcer: w.log, Leases: w.leases, Schema: testSchema()})
	e := core.NewEvent(1, core.Audience{}, 0, time.Now(), core.TypingStarted{})
	c := wide.Commit{Writes: []wide.Write{notes.Insert(noteRow{ID: 1, Text: "t"})}, Events: []core.Event{e}}
	if _, err := box.Commit(t.Context(), c); !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("before Begin: %v", err)
	}
	if _, err := box.Commit(t.Context(), wide.Commit{Writes: c.Writes}); err != nil {
		t.Fatalf("without events: %v", err)
	}
	n := w.start(1, 0)
	n.source.Extend(0, 0)
	if _, err := n.Commit(t.Context(), c); !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("without a lease: %v", err)
	}
}

// TestALeaseThatEndsBeforeTheObjectStopsIt: once a sweep may have passed the row, nothing is written that nobody would
// announce.
func TestALeaseThatEndsBeforeTheObjectStopsIt(t *testing.T) {
	w := newWorld(t)
	n := w.start(1, 0)
	w.engine.set(func(c wide.Commit) fate {
		if c.Writes[0].Meta == outboxTable.Meta() {
			n.source.Extend(0, 0)
		}
		return fine
	})
	id, err := n.insert(t.Context())
	if !errors.Is(err, wide.ErrUnavailable) || w.stored(id) {
		t.Fatalf("written: %v, %v", w.stored(id), err)
	}
}

// TestALeaseThatEndsMeanwhileIsNotAcknowledged: the sweep may have passed the row.
func TestALeaseThatEndsMeanwhileIsNotAcknowledged(t *testing.T) {
	w := newWorld(t)
	n := w.start(1, 0)
	w.engine.set(func(c wide.Commit) fate {
		if c.Writes[0].Meta == notes.Meta() {
			n.source.Extend(0, 0)
		}
		return fine
	})
	id, err := n.insert(t.Context())
	if !errors.Is(err, wide.ErrUnknownOutcome) {
		t.Fatalf("acknowledged without a lease: %v", err)
	}
	w.await(id)
}

func TestAnUnknownOutcomeIsSettled(t *testing.T) {
	for name, c := range map[string]struct {
		fate      fate
		condition bool
		want      bool
	}{
		"a plain write that happened":     {unsaid, false, true},
		"a plain write that was lost":     {lost, false, true}, // made again
		"a conditional one that happened": {unsaid, true, true},
		"a conditional one that was lost": {lost, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			n := w.start(1, 0)
			w.engine.set(func(commit wide.Commit) fate {
				if m := commit.Writes[0].Meta; m == notes.Meta() || m == claims.Meta() {
					w.engine.fate = nil // once; the lock is held
					return c.fate
				}
				return fine
			})
			e := n.event()
			commit := wide.Commit{Writes: []wide.Write{notes.Insert(noteRow{ID: int64(e.ID), Text: "t"})}, Events: []core.Event{e}}
			if c.condition {
				claim := claimRow{Name: "a", Holder: 1}
				commit.If, commit.Writes = claims.IfAbsent(claim), []wide.Write{claims.Insert(claim)}
			}
			if _, err := n.Commit(t.Context(), commit); !errors.Is(err, wide.ErrUnknownOutcome) {
				t.Fatalf("want an unknown outcome, got %v", err)
			}
			n.settledWithin(t, 10*time.Second)
			if got := w.log.has(e.ID); got != c.want {
				t.Fatalf("announced: %v", got)
			}
		})
	}
}

// TestALateCoordinator: a conditional commit of unknown outcome may still happen a moment later.
func TestALateCoordinator(t *testing.T) {
	w := newWorld(t)
	w.adjust = func(o *Options) { o.DoubtLife = time.Minute }
	n := w.start(1, 0)
	w.engine.set(func(c wide.Commit) fate {
		if c.Writes[0].Meta == claims.Meta() {
			return lost
		}
		return fine
	})
	claim, e := claimRow{Name: "a", Holder: 1}, n.event()
	c := wide.Commit{If: claims.IfAbsent(claim), Writes: []wide.Write{claims.Insert(claim)}, Events: []core.Event{e}}
	if _, err := n.Commit(t.Context(), c); !errors.Is(err, wide.ErrUnknownOutcome) {
		t.Fatal(err)
	}
	asked := w.engine.gets(claims.Meta())
	for w.engine.gets(claims.Meta()) == asked { // the outbox looks for it, in vain
		time.Sleep(time.Millisecond)
	}
	c.Events = nil
	if _, err := w.engine.Engine.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	w.await(e.ID)
}

// settledWithin waits until no row is open.
func (n *node) settledWithin(t *testing.T, patience time.Duration) {
	t.Helper()
	n.ledger.drained(patience)
	if s := n.Stats(); s.Rows > 0 {
		t.Fatalf("not settled: %+v", s)
	}
}

func TestALateRepetitionUndoesNothing(t *testing.T) {
	w := newWorld(t)
	n := w.start(1, 0)
	w.engine.set(func(c wide.Commit) fate {
		if c.Writes[0].Meta == notes.Meta() {
			return lost
		}
		return fine
	})
	id, err := n.insert(t.Context())
	if !errors.Is(err, wide.ErrUnknownOutcome) {
		t.Fatal(err)
	}
	edited := noteRow{ID: int64(id), Text: "edited", Version: 2}
	if _, err := w.engine.Engine.Commit(t.Context(), wide.Commit{Writes: []wide.Write{notes.Insert(edited)}}); err != nil {
		t.Fatal(err)
	}
	w.engine.set(nil)
	w.await(id)
	if got, err := notes.Get(t.Context(), w.engine, edited); err != nil || got != edited {
		t.Fatalf("%+v %v", got, err)
	}
}

func TestTheLogAway(t *testing.T) {
	w := newWorld(t)
	w.adjust = func(o *Options) { o.QueueEvents = 50 }
	n := w.start(1, 0)
	w.log.set(func() fate { return refused })
	var want []core.EventID
	for range 500 { // ten times what fits into memory
		id, err := n.insert(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
	}
	if s := n.Stats(); !s.Spilled || s.Queued > 50 {
		t.Fatalf("%+v", s)
	}
	appended := 0
	w.log.set(func() fate { // the log takes the queue and is away again: what is said now comes after what was spilled
		if appended++; appended <= 2 { // what was being tried, and the rest
			return fine
		}
		return refused
	})
	w.await(want[:50]...)
	for range 20 {
		id, err := n.insert(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
	}
	w.log.set(nil)
	w.await(want...)
	w.sameOrder(want)
	n.settledWithin(t, 5*time.Second)
	if s := n.Stats(); s.Spilled && n.relayIdle() {
		t.Fatalf("%+v", s)
	}
}

// relayIdle tells whether the relay has nothing to do.
func (n *node) relayIdle() bool {
	line, _ := n.ledger.spilled()
	return line == nil
}

func TestRowsWaitingForTheLogAreBounded(t *testing.T) {
	w := newWorld(t)
	w.adjust = func(o *Options) { o.Rows = 10 }
	n := w.start(1, 0)
	w.log.set(func() fate { return refused })
	for range 10 {
		if _, err := n.insert(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.insert(t.Context()); !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("the eleventh row: %v", err)
	}
	w.log.set(nil)
}

func TestARestartAnnouncesWhatACrashLeft(t *testing.T) {
	w := newWorld(t)
	w.log.set(func() fate { return refused })
	n := w.start(1, 0)
	var want []core.EventID
	for range 120 {
		id, err := n.insert(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
	}
	w.engine.set(func(c wide.Commit) fate { // the row of the outbox is written, then the node dies
		if c.Writes[0].Meta == notes.Meta() {
			return refused
		}
		return fine
	})
	ghost, err := n.insert(t.Context())
	if err == nil {
		t.Fatal("not refused")
	}
	w.engine.set(nil)
	floor := n.crash()
	w.log.set(nil)
	next := w.start(1, floor)
	w.await(want...)
	id, err := next.insert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.await(id)
	w.sameOrder(append(want, id)) // and not the ghost
	if w.log.has(ghost) {
		t.Fatal("announced what did not happen")
	}
}

func TestAnotherNodeSweeps(t *testing.T) {
	w := newWorld(t)
	w.log.set(func() fate { return refused })
	n := w.start(1, 0)
	id, err := n.insert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	floor := n.crash()
	w.log.set(nil)
	other := w.start(2, 0)
	probe, err := other.insert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.await(probe)
	for seen := w.leases.looks(1); w.leases.looks(1) < seen+3; {
		time.Sleep(time.Millisecond) // three rounds of the sweep
	}
	if w.log.has(id) {
		t.Fatal("swept while the lease holds: its holder may still be writing")
	}
	w.die(1, floor)
	w.await(id)
}

func TestANewLogIsToldAgain(t *testing.T) {
	w := newWorld(t)
	n := w.start(1, 0)
	var want []core.EventID
	for range 20 {
		id, err := n.insert(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
	}
	w.await(want...)
	w.log.forget(10) // the copy that took over lacks the last ten
	n.Repeat()
	w.await(want...)
	w.sameOrder(want)
}

// TestShaky runs nodes on a store and a log whose answers go astray, with crashes, and asks at the end: was exactly what
// exists announced, and once?
func TestShaky(t *testing.T) {
	for seed := range uint64(seeds(t)) {
		w := newWorld(t)
		w.adjust = func(o *Options) { o.QueueEvents = 20 }
		r := rand.New(rand.NewPCG(seed, 1))
		ends := rand.New(rand.NewPCG(seed, 2))
		var mu sync.Mutex
		draw := func(a, b, c int) fate {
			mu.Lock()
			defer mu.Unlock()
			return at(r, a, b, c)
		}
		w.engine.set(func(c wide.Commit) fate {
			if c.Writes[0].Meta == markTable.Meta() {
				return draw(20, 0, 20)
			}
			return draw(5, 5, 5)
		})
		w.log.set(func() fate { return draw(20, 5, 20) })
		acked := w.talk(ends, 4)
		w.engine.set(nil)
		w.log.set(nil)
		for worker := 1; worker <= 2; worker++ {
			last := w.start(worker, int64(core.FirstIDAt[struct{}](time.Now().Add(time.Second))))
			w.await()
			last.settledWithin(t, 10*time.Second)
			if id, err := last.insert(t.Context()); err != nil {
				t.Fatal(err)
			} else {
				w.await(id)
			}
			last.End()
		}
		for id, sure := range acked {
			switch stored, announced := w.stored(id), w.log.has(id); {
			case sure && !stored:
				t.Fatalf("seed %d: %d was acknowledged and lost", seed, id)
			case stored != announced:
				t.Fatalf("seed %d: %d exists: %v, announced: %v", seed, id, stored, announced)
			}
		}
	}
}

func seeds(t *testing.T) int {
	if testing.Short() {
		return 2
	}
	return 10
}

// talk lets two nodes make notes from several goroutines each and crashes them now and then. It gives every note tried,
// and whether it was acknowledged.
func (w *world) talk(r *rand.Rand, rounds int) map[core.EventID]bool {
	acked := make(map[core.EventID]bool)
	floors := map[int]int64{1: 0, 2: 0}
	for range rounds {
		var group sync.WaitGroup
		var mu sync.Mutex
		nodes := []*node{w.startShaky(1, floors[1]), w.startShaky(2, floors[2])}
		for _, n := range nodes {
			for range 4 {
				group.Go(func() {
					for range 10 {
						id, err := n.insert(context.Background())
						mu.Lock()
						acked[id] = err == nil
						mu.Unlock()
					}
				})
			}
		}
		group.Wait()
		for _, n := range nodes {
			if r.IntN(3) > 0 {
				floors[n.worker] = n.crash()
				continue
			}
			n.End()
			floors[n.worker] = n.source.Last()
		}
	}
	return acked
}

// startShaky starts a node on a store that may refuse the start.
func (w *world) startShaky(worker int, floor int64) *node {
	shaky := w.engine.set(nil)
	n := w.start(worker, floor)
	w.engine.set(shaky)
	return n
}
