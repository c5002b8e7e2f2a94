package ids_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/ids"
)

type leases struct {
	mu sync.Mutex
	m  map[int]ids.Lease
}

func (l *leases) GetLease(_ context.Context, worker int) (ids.Lease, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.m[worker], nil
}

func (l *leases) PutLease(_ context.Context, old, next ids.Lease) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.m[old.Worker].Version != old.Version {
		return false, nil
	}
	if l.m == nil {
		l.m = map[int]ids.Lease{}
	}
	l.m[next.Worker] = next
	return true, nil
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func TestIdsAreMonotoneUnderClockSteps(t *testing.T) {
	c := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	s := ids.NewSource(c.now, 5, 0)
	s.Extend(time.Hour, 1<<62)
	var last int64
	for i := range 20_000 {
		if i%100 == 0 {
			c.step([]time.Duration{-time.Second, 3 * time.Millisecond, 0, -2 * time.Second, 4 * time.Second}[i/100%5])
		}
		id, err := s.Next()
		if err != nil {
			t.Fatalf("id %d: %v", i, err)
		}
		if id <= last {
			t.Fatalf("id %d went back: %d after %d", i, id, last)
		}
		last = id
	}
}

func TestNoIdIsMadeWhenTheClockWentBackTooFar(t *testing.T) {
	c := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	s := ids.NewSource(c.now, 0, 0)
	s.Extend(time.Hour, 1<<62)
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	c.step(-ids.DriftRefuse - time.Second)
	if _, err := s.Next(); core.CodeOf(err) != core.CodeUnavailable {
		t.Fatalf("want unavailable, got %v", err)
	}
}

func TestAnObservedIdLiftsTheClock(t *testing.T) {
	c := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	s := ids.NewSource(c.now, 0, 0)
	s.Extend(time.Hour, 1<<62)
	seen := int64(core.FirstIDAt[struct{}](c.now().Add(3*time.Second))) | 77
	s.Observe(seen)
	if id, err := s.Next(); err != nil || id <= seen {
		t.Fatalf("got %d (%v), want above %d", id, err, seen)
	}
	s.Observe(int64(core.FirstIDAt[struct{}](c.now().Add(time.Hour))))
	if id, err := s.Next(); err != nil || id > int64(core.FirstIDAt[struct{}](c.now().Add(time.Minute))) {
		t.Fatalf("an id an hour ahead was believed: %d (%v)", id, err)
	}
}

func TestNoIdWithoutALeaseOrBeyondItsMark(t *testing.T) {
	c := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	s := ids.NewSource(c.now, 0, 0)
	if _, err := s.Next(); core.CodeOf(err) != core.CodeUnavailable {
		t.Fatalf("without a lease: want unavailable, got %v", err)
	}
	s.Extend(time.Hour, int64(core.FirstIDAt[struct{}](c.now().Add(time.Second))))
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	c.step(2 * time.Second)
	if _, err := s.Next(); core.CodeOf(err) != core.CodeUnavailable {
		t.Fatalf("beyond the mark: want unavailable, got %v", err)
	}
}

func TestKeepersNeverShareAWorker(t *testing.T) {
	store := &leases{}
	var mu sync.Mutex
	seen := map[int]bool{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			k, err := ids.Acquire(t.Context(), ids.KeeperOptions{Leases: store, Clock: time.Now, Holder: string(rune('a' + i))})
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { k.Close(context.Background()) })
			mu.Lock()
			defer mu.Unlock()
			if seen[k.Worker()] {
				t.Errorf("worker %d is held twice", k.Worker())
			}
			seen[k.Worker()] = true
		})
	}
	wg.Wait()
}

func TestAStartAfterACrashGoesOnAboveTheReservedIds(t *testing.T) {
	store := &leases{}
	opts := ids.KeeperOptions{Leases: store, Clock: time.Now, Holder: "me", Takeover: true}
	crashed, err := ids.Acquire(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer crashed.Close(context.Background())
	mark := store.m[0].HighWater
	next, err := ids.Acquire(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close(context.Background())
	if next.Worker() != 0 {
		t.Fatalf("took worker %d instead of its own", next.Worker())
	}
	if id, err := next.Source().Next(); err != nil || id <= mark {
		t.Fatalf("got id %d (%v), want above the mark %d", id, err, mark)
	}
}

func TestTheLoserOfALeaseMakesNoMoreIds(t *testing.T) {
	store := &leases{}
	c := &clock{t: time.Now()}
	k, err := ids.Acquire(t.Context(), ids.KeeperOptions{Leases: store, Clock: c.now, Holder: "old"})
	if err != nil {
		t.Fatal(err)
	}
	c.step(2 * ids.LeaseLife)
	thief, err := ids.Acquire(t.Context(), ids.KeeperOptions{Leases: store, Clock: c.now, Holder: "new"})
	if err != nil {
		t.Fatal(err)
	}
	defer thief.Close(context.Background())
	if thief.Worker() != k.Worker() {
		t.Fatalf("the expired lease was not taken")
	}
	if err := k.Renew(t.Context()); core.CodeOf(err) != core.CodeUnavailable {
		t.Fatalf("renewal of a lost lease: want unavailable, got %v", err)
	}
	if _, err := k.Source().Next(); core.CodeOf(err) != core.CodeUnavailable {
		t.Fatalf("an id was made without the lease: %v", err)
	}
	select {
	case <-k.Lost():
	default:
		t.Error("nobody is told of the loss")
	}
	k.Close(context.Background())
}

// TestALeaseIsNotLostForWantOfAnAnswer: a refused renewal may be due to an earlier one of our own.
func TestALeaseIsNotLostForWantOfAnAnswer(t *testing.T) {
	store := &forgetful{}
	k, err := ids.Acquire(t.Context(), ids.KeeperOptions{Leases: store, Clock: time.Now, Holder: "me"})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close(context.Background())
	for range 2 { // the answer of the renewal is lost, and then the look at what became of it
		store.lose, store.blind = true, true
		if err := k.Renew(t.Context()); core.CodeOf(err) != core.CodeUnavailable {
			t.Fatalf("want the lost answer, got %v", err)
		}
	}
	store.lose = false
	if err := k.Renew(t.Context()); core.CodeOf(err) != core.CodeUnavailable {
		t.Fatalf("want no answer, got %v", err)
	}
	select {
	case <-k.Lost():
		t.Fatal("given up, though nobody has the worker id")
	default:
	}
	store.blind = false
	if err := k.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// forgetful loses the answer of the next renewal, which is stored all the same.
type forgetful struct {
	leases
	lose  bool
	blind bool // it cannot be read
}

func (f *forgetful) GetLease(ctx context.Context, worker int) (ids.Lease, error) {
	if f.blind {
		return ids.Lease{}, core.E(core.CodeUnavailable, "no answer")
	}
	return f.leases.GetLease(ctx, worker)
}

func (f *forgetful) PutLease(ctx context.Context, old, next ids.Lease) (bool, error) {
	ok, err := f.leases.PutLease(ctx, old, next)
	if f.lose {
		f.lose = false
		return false, core.E(core.CodeUnavailable, "answer lost")
	}
	return ok, err
}

func TestARenewalWhoseAnswerWasLostIsTakenOver(t *testing.T) {
	store := &forgetful{}
	c := &clock{t: time.Now()}
	k, err := ids.Acquire(t.Context(), ids.KeeperOptions{Leases: store, Clock: c.now, Holder: "me"})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close(context.Background())
	store.lose = true
	if err := k.Renew(t.Context()); core.CodeOf(err) != core.CodeUnavailable {
		t.Fatalf("want the lost answer, got %v", err)
	}
	for range 2 {
		if err := k.Renew(t.Context()); err != nil {
			t.Fatalf("the node fenced itself: %v", err)
		}
	}
	if _, err := k.Source().Next(); err != nil {
		t.Fatal(err)
	}
}

// TestIdsSeenFarAheadAreMadeRoomForAtOnce: those of a node that was killed and came back are up to Reach ahead, and lift the
// clocks of all others. None of them may stop until its next renewal.
func TestIdsSeenFarAheadAreMadeRoomForAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := func() time.Time { return time.Now().AddDate(30, 0, 0) } // the bubble's clock begins before core.Epoch
		k, err := ids.Acquire(t.Context(), ids.KeeperOptions{Leases: &leases{}, Clock: now, Holder: "me"})
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close(context.Background())
		for _, ahead := range []time.Duration{ids.Reach, ids.Reach + 200*time.Millisecond, ids.Reach + time.Second} {
			seen := int64(core.FirstIDAt[struct{}](now().Add(ahead)))
			k.Source().Observe(seen)
			synctest.Wait() // no time passes
			if id, err := k.Source().Next(); err != nil || id <= seen {
				t.Errorf("%v ahead: got %d (%v), want above %d", ahead, id, err, seen)
			}
		}
	})
}
