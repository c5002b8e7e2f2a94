package redis

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/ratelimit/limittest"
)

// manualClock stands still until it is moved.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *manualClock { return &manualClock{now: time.Unix(24*3600, 0)} }

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

// patient makes a limiter that waits for a slow machine: these tests are about Redis's verdicts, and fail if it gives none.
func patient(t testing.TB, s *redistest.Server) *Limiter {
	l := New(s.Open(t), Options{Changed: func(shared bool, err error) {
		if !shared {
			t.Errorf("redis did not decide: %v", err)
		}
	}})
	l.timeout = 10 * time.Second
	return l
}

func onClock(t testing.TB, s *redistest.Server) (*Limiter, *manualClock) {
	l, clock := patient(t, s), newClock()
	l.now = clock.Now
	return l, clock
}

func TestLimiterOnRedisClock(t *testing.T) {
	s := redistest.Start(t)
	limittest.Run(t, func(t *testing.T) limittest.Harness { return limittest.Harness{Limiter: patient(t, s)} })
}

func TestLimiterOnAManualClock(t *testing.T) {
	s := redistest.Start(t)
	limittest.Run(t, func(t *testing.T) limittest.Harness {
		l, clock := onClock(t, s)
		if strings.Contains(t.Name(), "law") { // it moves time by parts of microseconds
			l.unit = time.Nanosecond
		}
		return limittest.Harness{Limiter: l, Advance: clock.Advance}
	})
}

var tenInTen = core.Rate{Count: 10, Per: 10 * time.Second}

func id(n int) core.RateKey { return core.RateKey{Policy: "message", ID: int64(n)} }

func allow(t testing.TB, l *Limiter, key core.RateKey, rate core.Rate, exact bool) core.RateVerdict {
	t.Helper()
	v, err := l.Allow(context.Background(), key, rate, exact)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTwoNodesHoldOneRate(t *testing.T) {
	s := redistest.Start(t)
	for name, exact := range map[string]bool{"window": true, "gcra": false} {
		t.Run(name, func(t *testing.T) {
			nodes := []*Limiter{patient(t, s), patient(t, s)}
			rate := core.Rate{Count: 40, Per: time.Hour}
			var allowed atomic.Int64
			var wg sync.WaitGroup
			start := make(chan struct{})
			for i := range 200 {
				wg.Go(func() {
					<-start
					if allow(t, nodes[i%2], id(1), rate, exact).Allowed {
						allowed.Add(1)
					}
				})
			}
			close(start)
			wg.Wait()
			if n := allowed.Load(); n != 40 {
				t.Fatalf("%d of 200 attempts on two nodes accepted, want 40", n)
			}
		})
	}
}

func TestKeysExpireWithTheirWindow(t *testing.T) {
	s := redistest.Start(t)
	l := patient(t, s)
	for _, exact := range []bool{true, false} {
		for range 3 {
			allow(t, l, id(1), tenInTen, exact)
		}
	}
	ctx := t.Context()
	keys, err := l.db.Client.Do(ctx, l.db.Client.B().Keys().Pattern("*").Build()).AsStrSlice()
	if err != nil || len(keys) != 2 {
		t.Fatalf("keys %q, %v, want one of each kind", keys, err)
	}
	for _, key := range keys {
		ttl, err := l.db.Client.Do(ctx, l.db.Client.B().Pttl().Key(key).Build()).AsInt64()
		if err != nil || ttl <= 0 || ttl > 10_002 {
			t.Errorf("%s expires in %d ms (%v), want at most 10 s and a little", key, ttl, err)
		}
	}
}

// TestALargeCountIsBounded: more accepted attempts than times that are remembered, and still never more than Count.
func TestALargeCountIsBounded(t *testing.T) {
	l, clock := onClock(t, redistest.Start(t))
	rate := core.Rate{Count: maxTimes + 500, Per: 10 * time.Second}
	var accepted []time.Time
	longest := time.Duration(0)
	for range 4000 {
		clock.Advance(4*time.Millisecond + 321*time.Microsecond)
		now := clock.Now()
		v := allow(t, l, id(1), rate, true)
		if !v.Allowed {
			longest = max(longest, v.RetryAfter)
			clock.Advance(v.RetryAfter - time.Microsecond)
			if allow(t, l, id(1), rate, true).Allowed {
				t.Fatalf("allowed a microsecond before the time told: %v", v.RetryAfter)
			}
			clock.Advance(time.Microsecond)
			now = clock.Now()
			if v = allow(t, l, id(1), rate, true); !v.Allowed {
				t.Fatalf("waited as told and was refused: %+v", v)
			}
		}
		accepted = append(accepted, now)
	}
	for i := rate.Count; i < len(accepted); i++ {
		if d := accepted[i].Sub(accepted[i-rate.Count]); d < rate.Per {
			t.Fatalf("%d accepted within %v", rate.Count+1, d)
		}
	}
	if longest == 0 {
		t.Fatal("nothing was refused: the case tests nothing")
	}
	n, err := l.db.Client.Do(t.Context(), l.db.Client.B().Strlen().Key(l.name("w", id(1))).Build()).AsInt64()
	if most := int64(8 + 16*(maxTimes+1)); err != nil || n > most {
		t.Fatalf("the window takes %d bytes (%v), want at most %d", n, err, most)
	}
}

func TestAChangedRateCountsWhatWasUsed(t *testing.T) {
	l, clock := onClock(t, redistest.Start(t))
	for range 8 {
		allow(t, l, id(1), tenInTen, true)
		clock.Advance(time.Second)
	}
	// At 8 s, the last three were accepted at 5, 6 and 7 s.
	if v := allow(t, l, id(1), core.Rate{Count: 3, Per: 10 * time.Second}, true); v.Allowed || v.RetryAfter != 7*time.Second {
		t.Fatalf("lowered: %+v, want a wait of 7 s", v)
	}
	if v := allow(t, l, id(1), core.Rate{Count: 20, Per: 10 * time.Second}, true); !v.Allowed || v.Remaining != 11 {
		t.Fatalf("raised: %+v, want 11 remaining", v)
	}
}

func TestClockStepsBack(t *testing.T) {
	s := redistest.Start(t)
	for name, exact := range map[string]bool{"window": true, "gcra": false} {
		for _, step := range []time.Duration{2 * time.Second, time.Hour} {
			t.Run(fmt.Sprint(name, " ", step), func(t *testing.T) {
				l, clock := onClock(t, s)
				key := core.RateKey{Policy: t.Name(), ID: 1}
				for range 10 {
					allow(t, l, key, tenInTen, exact)
				}
				clock.Advance(-step)
				v := allow(t, l, key, tenInTen, exact)
				if v.Allowed || v.RetryAfter > tenInTen.Per+step || v.RetryAfter > 2*tenInTen.Per {
					t.Fatalf("after a step back: %+v", v)
				}
				clock.Advance(v.RetryAfter)
				if v := allow(t, l, key, tenInTen, exact); !v.Allowed {
					t.Fatalf("waited as told and was refused: %+v", v)
				}
			})
		}
	}
}

func TestTextsAreNotKeptInPlain(t *testing.T) {
	l := New(redistest.Start(t).Open(t), Options{})
	long := core.RateKey{Policy: "login", Text: strings.Repeat("alice@example.org", 1000)}
	if name := l.name("w", long); len(name) > 100 || strings.Contains(name, "alice") {
		t.Fatalf("key %.200q", name)
	}
}

func TestEveryCountFits(t *testing.T) {
	l, _ := onClock(t, redistest.Start(t))
	for i, rate := range []core.Rate{{Count: 1, Per: time.Millisecond}, {Count: 1_000_000, Per: time.Millisecond},
		{Count: 1_000_000, Per: 30 * 24 * time.Hour}, {Count: 1, Per: 30 * 24 * time.Hour}, {Count: 3, Per: 10 * time.Nanosecond}} {
		for _, exact := range []bool{true, false} {
			v := allow(t, l, id(i), rate, exact)
			if !v.Allowed || v.Remaining != rate.Count-1 || v.Reset <= 0 || v.Reset > rate.Per+rate.Per/maxTimes+time.Microsecond {
				t.Errorf("%v, exact %v: %+v", rate, exact, v)
			}
		}
	}
}

// changes collects what a limiter says of Redis.
type changes struct {
	mu  sync.Mutex
	all []string
}

func (c *changes) add(shared bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if shared != (err == nil) {
		c.all = append(c.all, fmt.Sprintf("shared %v with %v", shared, err))
		return
	}
	c.all = append(c.all, map[bool]string{true: "up", false: "down"}[shared])
}

func (c *changes) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.all, " ")
}

// TestRedisAwayAndBack: in process at once, told once, shared again after its return.
func TestRedisAwayAndBack(t *testing.T) {
	for name, fault := range map[string]struct {
		away, back func(testing.TB, *redistest.Server)
	}{
		"killed": {func(_ testing.TB, s *redistest.Server) { s.Kill() }, func(t testing.TB, s *redistest.Server) { s.Run(t) }},
		"frozen": {func(t testing.TB, s *redistest.Server) { s.Stop(t) }, func(t testing.TB, s *redistest.Server) { s.Continue(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := redistest.Start(t)
			var told changes
			l := New(s.Open(t), Options{Changed: told.add})
			l.timeout = 10 * time.Second // a slow machine is not the fault this is about
			if v := allow(t, l, id(1), tenInTen, true); !v.Allowed || told.String() != "" {
				t.Fatalf("%+v, told %q", v, told.String())
			}
			fault.away(t, s)
			l.timeout = redisdb.BriefTimeout
			accepted := 0
			for range 200 {
				if allow(t, l, id(1), core.Rate{Count: 10, Per: time.Hour}, true).Allowed {
					accepted++
				}
			}
			if accepted != 10 || told.String() != "down" {
				t.Fatalf("%d of 200 accepted in process, want 10; told %q", accepted, told.String())
			}
			fault.back(t, s)
			l.timeout = 10 * time.Second
			awaitShared(t, l, &told)
			if told.String() != "down up" {
				t.Fatalf("told %q", told.String())
			}
		})
	}
}

// awaitShared calls until Redis decides again.
func awaitShared(t *testing.T, l *Limiter, told *changes) {
	t.Helper()
	settle(t, l.db)
	for begun := time.Now(); time.Since(begun) < 20*time.Second; time.Sleep(5 * time.Millisecond) {
		allow(t, l, id(2), core.Rate{Count: 1_000_000, Per: time.Second}, false)
		if strings.HasSuffix(told.String(), "up") {
			return
		}
	}
	t.Fatalf("redis never decided again; told %q", told.String())
}

// settle waits until every connection has noticed a restart: each does so by one failed command.
func settle(t *testing.T, db *redisdb.DB) {
	t.Helper()
	row := 0
	for begun := time.Now(); row < 50 && time.Since(begun) < 20*time.Second; row++ {
		if db.Client.Do(t.Context(), db.Client.B().Ping().Build()).Error() != nil {
			row = 0
		}
	}
	if row < 50 {
		t.Fatal("redis did not come back")
	}
}

// TestOthersDoNotWaitForADeadRedis: between two tries nobody asks Redis, even when it is well again.
func TestOthersDoNotWaitForADeadRedis(t *testing.T) {
	s := redistest.Start(t)
	var told changes
	l := New(s.Open(t), Options{Changed: told.add})
	l.timeout = 10 * time.Second
	var clock atomic.Int64
	l.line.Now = func() time.Duration { return time.Duration(clock.Load()) }
	s.Kill()
	allow(t, l, id(1), tenInTen, true)
	s.Run(t)
	clock.Store(int64(redisdb.RetryPause - 1))
	for range 20 {
		allow(t, l, id(1), tenInTen, true)
	}
	if told.String() != "down" {
		t.Fatalf("redis was asked before the pause was over: told %q", told.String())
	}
	for i := 0; i < 20 && told.String() == "down"; i++ { // the first tries may meet the broken connection
		clock.Add(int64(redisdb.RetryPause))
		allow(t, l, id(1), tenInTen, true)
	}
	if told.String() != "down up" {
		t.Fatalf("after the pause: told %q", told.String())
	}
}

func TestACallersOwnEndIsNotRedisFault(t *testing.T) {
	s := redistest.Start(t)
	var told changes
	l := New(s.Open(t), Options{Changed: told.add})
	s.Stop(t)
	defer s.Continue(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := l.Allow(ctx, id(1), tenInTen, true); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	if told.String() != "" {
		t.Fatalf("told %q", told.String())
	}
}

// TestAnEndedCallDoesNotTryRedis: the one try of a pause is for a call that can tell whether Redis is back.
func TestAnEndedCallDoesNotTryRedis(t *testing.T) {
	l := New(redistest.Start(t).Open(t), Options{})
	var clock atomic.Int64
	l.line.Now = func() time.Duration { return time.Duration(clock.Load()) }
	l.line.Down(errAnswer)
	clock.Store(int64(redisdb.RetryPause))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Allow(ctx, id(1), tenInTen, true); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if !l.line.Try() {
		t.Fatal("the try was used up")
	}
}

func TestAStrangersKeyIsNotAnAnswer(t *testing.T) {
	s := redistest.Start(t)
	var told changes
	l := New(s.Open(t), Options{Changed: told.add})
	l.timeout = 10 * time.Second
	b := l.db.Client.B()
	if err := l.db.Client.Do(t.Context(), b.Lpush().Key(l.name("w", id(1))).Element("x").Build()).Error(); err != nil {
		t.Fatal(err)
	}
	if v := allow(t, l, id(1), tenInTen, true); !v.Allowed || told.String() != "down" {
		t.Fatalf("%+v, told %q", v, told.String())
	}
}

func BenchmarkAllow(b *testing.B) {
	s := redistest.Start(b)
	l := patient(b, s)
	for name, exact := range map[string]bool{"window": true, "gcra": false} {
		rate := core.Rate{Count: 10, Per: time.Millisecond}
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				allow(b, l, id(i%20_000), rate, exact)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			var seed atomic.Int64
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for i := int(seed.Add(math.MaxInt16)); pb.Next(); i++ {
					allow(b, l, id(i%20_000), rate, exact)
				}
			})
		})
	}
}
