package ratelimit

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/ratelimit/limittest"
)

// manualClock stands still until it is moved.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *manualClock { return &manualClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestMemoryOnAManualClock(t *testing.T) {
	limittest.Run(t, func(*testing.T) limittest.Harness {
		clock := newClock()
		return limittest.Harness{Limiter: NewMemory(clock.Now, 0), Advance: clock.Advance}
	})
}

func TestMemoryOnARunningClock(t *testing.T) {
	limittest.Run(t, func(*testing.T) limittest.Harness {
		return limittest.Harness{Limiter: NewMemory(time.Now, 0)}
	})
}

var tenInTen = core.Rate{Count: 10, Per: 10 * time.Second}

func id(n int) core.RateKey { return core.RateKey{Policy: "message", ID: int64(n)} }

// both runs a case on each algorithm.
func both(t *testing.T, maxKeys int, run func(*testing.T, *manualClock, *table, func(core.RateKey, core.Rate) core.RateVerdict)) {
	clock := newClock()
	w := NewWindow(clock.Now, maxKeys)
	t.Run("window", func(t *testing.T) { run(t, clock, w.table, w.Allow) })
	clock = newClock()
	g := NewGCRA(clock.Now, maxKeys)
	t.Run("gcra", func(t *testing.T) { run(t, clock, g.table, g.Allow) })
}

func TestClockStepsBack(t *testing.T) {
	both(t, 0, func(t *testing.T, clock *manualClock, _ *table, allow func(core.RateKey, core.Rate) core.RateVerdict) {
		for range 10 {
			allow(id(1), tenInTen)
		}
		first := allow(id(1), tenInTen)
		clock.Advance(-time.Hour)
		if v := allow(id(1), tenInTen); v != first {
			t.Fatalf("an hour back: %+v, want the verdict of before: %+v", v, first)
		}
		if v := allow(id(2), tenInTen); !v.Allowed {
			t.Fatalf("a new key an hour back: %+v", v)
		}
		clock.Advance(time.Hour + 10*time.Second)
		if v := allow(id(1), tenInTen); !v.Allowed {
			t.Fatalf("after catching up: %+v", v)
		}
	})
}

func TestFullOfLiveKeysRefusesNewOnesOnly(t *testing.T) {
	both(t, 100, func(t *testing.T, clock *manualClock, tab *table, allow func(core.RateKey, core.Rate) core.RateVerdict) {
		rate := core.Rate{Count: 3, Per: time.Minute}
		for i := range 100 {
			if v := allow(id(i), rate); !v.Allowed {
				t.Fatalf("key %d: %+v", i, v)
			}
		}
		if v := allow(id(100), rate); v.Allowed || v.RetryAfter != time.Second {
			t.Fatalf("a 101st key: %+v, want a refusal for 1 s", v)
		}
		for i := range 100 {
			if v := allow(id(i), rate); !v.Allowed || v.Remaining != 1 {
				t.Fatalf("known key %d: %+v, want its second of three", i, v)
			}
		}
		clock.Advance(2 * time.Minute)
		if v := allow(id(100), rate); !v.Allowed || v.Remaining != 2 {
			t.Fatalf("a new key once the others are over: %+v", v)
		}
		if n := len(tab.shards[0].entries); n > 100 {
			t.Fatalf("%d keys kept of 100", n)
		}
	})
}

func TestOneDeadKeyAmongLiveOnesMakesRoom(t *testing.T) {
	both(t, 200, func(t *testing.T, clock *manualClock, _ *table, allow func(core.RateKey, core.Rate) core.RateVerdict) {
		allow(id(0), core.Rate{Count: 1, Per: time.Second})
		for i := range 199 {
			allow(id(i+1), core.Rate{Count: 1, Per: time.Hour})
		}
		clock.Advance(2 * time.Second)
		if v := allow(id(1000), tenInTen); !v.Allowed {
			t.Fatalf("the dead key was not found: %+v", v)
		}
		if v := allow(id(1001), tenInTen); v.Allowed {
			t.Fatal("a live key was dropped")
		}
	})
}

func TestAFloodOfKeysStaysBounded(t *testing.T) {
	both(t, 1000, func(t *testing.T, clock *manualClock, tab *table, allow func(core.RateKey, core.Rate) core.RateVerdict) {
		for i := range 50_000 {
			allow(core.RateKey{Policy: "login", Text: fmt.Sprint("10.0.", i)}, tenInTen)
			if i%10 == 0 {
				clock.Advance(5 * time.Millisecond)
			}
		}
		keys, slots := 0, 0
		for i := range tab.shards {
			s := &tab.shards[i]
			keys += len(s.entries)
			sum := 0
			for _, e := range s.entries {
				sum += len(e.times)
			}
			if sum != s.slots {
				t.Fatalf("shard %d counts %d slots, holds %d", i, s.slots, sum)
			}
			slots += sum
		}
		if keys > 1000 || slots > 1000*slotsPerKey {
			t.Fatalf("%d keys, %d slots", keys, slots)
		}
	})
}

func TestQuietKeysLeaveAsNewOnesCome(t *testing.T) {
	both(t, 10_000, func(t *testing.T, clock *manualClock, tab *table, allow func(core.RateKey, core.Rate) core.RateVerdict) {
		for i := range 2000 {
			allow(id(i), tenInTen)
		}
		clock.Advance(time.Minute)
		for i := range 3000 {
			allow(id(10_000+i), tenInTen)
		}
		old := 0
		for i := range tab.shards {
			for key := range tab.shards[i].entries {
				if key.ID < 10_000 {
					old++
				}
			}
		}
		if old > 200 {
			t.Fatalf("%d of 2000 dead keys left after 3000 new ones", old)
		}
	})
}

func TestSlotsAreBounded(t *testing.T) {
	clock := newClock()
	w := NewWindow(clock.Now, 4) // one shard of 4 keys and 128 slots
	rate := core.Rate{Count: 1_000_000, Per: time.Minute}
	accepted := 0
	for range 1000 {
		v := w.Allow(id(1), rate)
		if v.Allowed {
			accepted++
		} else if v.RetryAfter != time.Second {
			t.Fatalf("without slots: %+v", v)
		}
	}
	if accepted == 0 || w.table.shards[0].slots > 128 {
		t.Fatalf("%d accepted, %d slots", accepted, w.table.shards[0].slots)
	}
	// A new key that meets the lack of slots must not be forgotten by the sweep made for it.
	clock.Advance(time.Second)
	small := core.Rate{Count: 1, Per: time.Hour}
	granted := 0
	for range 20 {
		if w.Allow(id(2), small).Allowed {
			granted++
		}
		clock.Advance(time.Second)
	}
	if granted > 1 {
		t.Fatalf("a key was granted %d under 1 in 1 h", granted)
	}
	clock.Advance(time.Minute)
	if v := w.Allow(id(3), tenInTen); !v.Allowed {
		t.Fatalf("slots of dead keys do not come back: %+v", v)
	}
}

func TestSweepKeepsTheEntryItMakesRoomFor(t *testing.T) {
	clock := newClock()
	w := NewWindow(clock.Now, 4)
	w.table.maxSlots = 4
	if v := w.Allow(id(1), core.Rate{Count: 4, Per: time.Second}); !v.Allowed {
		t.Fatalf("first: %+v", v)
	}
	clock.Advance(2 * time.Second) // its slots are free for whoever sweeps
	w.table.shards[0].entries[id(2)] = &entry{}
	hour := core.Rate{Count: 4, Per: time.Hour}
	for i := range 4 {
		if v := w.Allow(id(2), hour); !v.Allowed {
			t.Fatalf("attempt %d: %+v", i+1, v)
		}
	}
	if v := w.Allow(id(2), hour); v.Allowed {
		t.Fatal("a fifth of four an hour: the entry was lost in the sweep")
	}
}

func TestAChangedRateCountsWhatWasUsed(t *testing.T) {
	clock := newClock()
	w := NewWindow(clock.Now, 0)
	for range 8 {
		w.Allow(id(1), tenInTen)
		clock.Advance(time.Second)
	}
	three := core.Rate{Count: 3, Per: 10 * time.Second}
	// At 8 s, the last three were accepted at 5, 6 and 7 s.
	if v := w.Allow(id(1), three); v.Allowed || v.RetryAfter != 7*time.Second {
		t.Fatalf("lowered: %+v, want a wait of 7 s", v)
	}
	if v := w.Allow(id(1), core.Rate{Count: 20, Per: 10 * time.Second}); !v.Allowed || v.Remaining != 11 {
		t.Fatalf("raised: %+v, want 11 remaining", v)
	}
}

func TestKeysAreCopied(t *testing.T) {
	w := NewWindow(newClock().Now, 0)
	buf := []byte("10.0.0.1")
	one := core.Rate{Count: 1, Per: time.Hour}
	w.Allow(core.RateKey{Policy: "login", Text: unsafe.String(&buf[0], len(buf))}, one)
	copy(buf, "99.9.9.9")
	if v := w.Allow(core.RateKey{Policy: "login", Text: "10.0.0.1"}, one); v.Allowed {
		t.Fatal("the key changed with the caller's buffer")
	}
}

func TestGCRARoundsAgainstTheCaller(t *testing.T) {
	clock := newClock()
	g := NewGCRA(clock.Now, 0)
	accepted := 0
	for range 1000 {
		if g.Allow(id(1), core.Rate{Count: 3, Per: 10 * time.Nanosecond}).Allowed {
			accepted++
		}
		clock.Advance(time.Nanosecond)
	}
	if accepted < 250 || accepted > 303 {
		t.Fatalf("%d accepted in 1000 ns under 3 in 10 ns, want at most 303", accepted)
	}
}

func TestHotPathDoesNotAllocate(t *testing.T) {
	clock := newClock()
	m := NewMemory(clock.Now, 0)
	ctx := context.Background()
	for name, exact := range map[string]bool{"window": true, "gcra": false} {
		key := core.RateKey{Policy: "message", Text: "203.0.113.7"}
		for range 20 {
			_, _ = m.Allow(ctx, key, tenInTen, exact)
		}
		got := testing.AllocsPerRun(200, func() {
			clock.Advance(600 * time.Millisecond)
			_, _ = m.Allow(ctx, key, tenInTen, exact)
		})
		if got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func BenchmarkAllow(b *testing.B) {
	for _, c := range []struct {
		name  string
		exact bool
	}{{"window", true}, {"gcra", false}} {
		b.Run(c.name, func(b *testing.B) {
			m := NewMemory(time.Now, 0)
			ctx := context.Background()
			keys := make([]core.RateKey, 20_000)
			for i := range keys {
				keys[i] = core.RateKey{Policy: "message", ID: int64(i) << core.TimeShift}
				_, _ = m.Allow(ctx, keys[i], tenInTen, c.exact)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				_, _ = m.Allow(ctx, keys[i%len(keys)], core.Rate{Count: 10, Per: time.Millisecond}, c.exact)
				i++
			}
		})
	}
}
