// Package limittest is the conformance suite of core.RateLimiter: what the limiter of one process and one shared by
// several nodes must both do.
//
// It owns the cases. It refuses to sleep: with an injected clock time is moved by hand; on a clock of the limiter's own
// (a server's) only the cases that hold at any time run, and one that waits exactly as long as the limiter says.
// Every case uses keys of its own, so that a limiter may be shared between runs.
//
//	func TestMemory(t *testing.T) {
//		limittest.Run(t, func(t *testing.T) limittest.Harness { ... })
//	}
package limittest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
)

// Harness is a limiter under test. Advance moves its clock, which otherwise stands still; nil means that the limiter
// reads a running clock nobody can set.
type Harness struct {
	Limiter core.RateLimiter
	Advance func(time.Duration)
}

// Run checks a limiter. The factory is called once a case.
func Run(t *testing.T, factory func(t *testing.T) Harness) {
	type testCase struct {
		name  string
		exact bool
		run   func(t *testing.T, l *limiter)
	}
	both := func(name string, run func(*testing.T, *limiter)) []testCase {
		return []testCase{{"window/" + name, true, run}, {"gcra/" + name, false, run}}
	}
	var cases []testCase
	cases = append(cases, both("parallel attempts take exactly the count", parallel)...)
	cases = append(cases, both("policies, ids and texts are apart", keysApart)...)
	cases = append(cases, both("a rate that is off allows everything", off)...)
	cases = append(cases, both("a cancelled call is an error and consumes nothing", cancelled)...)
	cases = append(cases, both("waiting as told suffices", waitAsTold)...)
	moved := []testCase{
		{"window/the eleventh after 3 s waits 7 s", true, eleventh},
		{"window/spread attempts free one by one", true, spread},
		{"gcra/a burst, then one an interval", false, burstThenInterval},
		{"gcra/an uneven interval never exceeds the rate", false, uneven},
	}
	moved = append(moved, both("refused attempts consume nothing", refusedConsumesNothing)...)
	moved = append(moved, both("remaining and reset tell the truth", remainingAndReset)...)
	moved = append(moved, both("random schedules keep the law", law)...)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, newLimiter(t, factory(t), c.exact)) })
	}
	for _, c := range moved {
		t.Run(c.name, func(t *testing.T) {
			h := factory(t)
			if h.Advance == nil {
				t.Skip("the limiter's clock cannot be moved")
			}
			c.run(t, newLimiter(t, h, c.exact))
		})
	}
}

// limiter is the subject of one case: a harness, one kind of limit and keys of its own.
type limiter struct {
	Harness
	exact  bool
	policy string
}

func newLimiter(t *testing.T, h Harness, exact bool) *limiter {
	t.Helper()
	return &limiter{Harness: h, exact: exact, policy: fmt.Sprintf("limittest-%016x", rand.Uint64())}
}

func (l *limiter) key(id int64) core.RateKey { return core.RateKey{Policy: l.policy, ID: id} }

func (l *limiter) allow(t *testing.T, key core.RateKey, rate core.Rate) core.RateVerdict {
	t.Helper()
	v, err := l.Limiter.Allow(context.Background(), key, rate, l.exact)
	if err != nil {
		t.Fatalf("allow: %v", err)
	}
	if v.Allowed && v.RetryAfter != 0 || !v.Allowed && (v.RetryAfter <= 0 || v.Remaining != 0) || v.Remaining < 0 || v.Reset < 0 {
		t.Fatalf("inconsistent verdict %+v", v)
	}
	return v
}

// take makes n attempts that must all be accepted.
func (l *limiter) take(t *testing.T, key core.RateKey, rate core.Rate, n int) {
	t.Helper()
	for i := range n {
		if v := l.allow(t, key, rate); !v.Allowed {
			t.Fatalf("attempt %d of %d refused: %+v", i+1, n, v)
		}
	}
}

// refuse makes an attempt that must be refused with this wait.
func (l *limiter) refuse(t *testing.T, key core.RateKey, rate core.Rate, wait time.Duration) {
	t.Helper()
	if v := l.allow(t, key, rate); v.Allowed || v.RetryAfter != wait {
		t.Fatalf("got %+v, want a refusal with RetryAfter %v", v, wait)
	}
}

var tenInTen = core.Rate{Count: 10, Per: 10 * time.Second}

func parallel(t *testing.T, l *limiter) {
	rate := core.Rate{Count: 10, Per: time.Hour} // long enough for a slow machine on a running clock
	var allowed atomic.Int64
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range 100 {
		wg.Go(func() {
			<-start
			if v, err := l.Limiter.Allow(context.Background(), l.key(1), rate, l.exact); err == nil && v.Allowed {
				allowed.Add(1)
			}
		})
	}
	close(start)
	wg.Wait()
	if got := allowed.Load(); got != 10 {
		t.Fatalf("%d of 100 parallel attempts accepted, want 10", got)
	}
}

func keysApart(t *testing.T, l *limiter) {
	rate := core.Rate{Count: 1, Per: time.Hour}
	for i, key := range []core.RateKey{
		{Policy: l.policy, ID: 1}, {Policy: l.policy, ID: 2}, {Policy: l.policy, ID: 1 << 62}, {Policy: l.policy + "2", ID: 1},
		{Policy: l.policy, Text: "1"}, {Policy: l.policy, Text: "1:2"}, {Policy: l.policy + ":1", Text: "2"},
		{Policy: l.policy, Text: "é"}, {Policy: l.policy},
	} {
		if v := l.allow(t, key, rate); !v.Allowed {
			t.Fatalf("key %d (%+v) shares its allowance with another", i, key)
		}
	}
}

func off(t *testing.T, l *limiter) {
	for range 100 {
		if v := l.allow(t, l.key(1), core.Rate{}); !v.Allowed {
			t.Fatalf("refused: %+v", v)
		}
	}
}

func cancelled(t *testing.T, l *limiter) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	rate := core.Rate{Count: 1, Per: time.Hour}
	if v, err := l.Limiter.Allow(ctx, l.key(1), rate, l.exact); err == nil || v.Allowed {
		t.Fatalf("got %+v, %v", v, err)
	}
	l.take(t, l.key(1), rate, 1)
}

func waitAsTold(t *testing.T, l *limiter) {
	rate := core.Rate{Count: 2, Per: 50 * time.Millisecond}
	for accepted := 0; accepted < 5; {
		v := l.allow(t, l.key(1), rate)
		if v.Allowed {
			accepted++
			continue
		}
		if v.RetryAfter > rate.Per {
			t.Fatalf("told to wait %v under %v", v.RetryAfter, rate)
		}
		l.wait(v.RetryAfter)
		if v := l.allow(t, l.key(1), rate); !v.Allowed {
			t.Fatalf("waited as told and was refused: %+v", v)
		}
		accepted++
	}
}

// wait lets the limiter's time pass: by hand, or by living through it as a client told to would.
func (l *limiter) wait(d time.Duration) {
	if l.Advance != nil {
		l.Advance(d)
		return
	}
	<-time.After(d)
}

func eleventh(t *testing.T, l *limiter) {
	l.take(t, l.key(1), tenInTen, 10)
	l.refuse(t, l.key(1), tenInTen, 10*time.Second)
	l.Advance(3 * time.Second)
	l.refuse(t, l.key(1), tenInTen, 7*time.Second)
	l.Advance(7*time.Second - time.Millisecond)
	l.refuse(t, l.key(1), tenInTen, time.Millisecond)
	l.Advance(time.Millisecond)
	l.take(t, l.key(1), tenInTen, 10)
	l.refuse(t, l.key(1), tenInTen, 10*time.Second)
}

func spread(t *testing.T, l *limiter) {
	for range 10 { // at 0, 1, ... 9 s
		l.take(t, l.key(1), tenInTen, 1)
		l.Advance(time.Second)
	}
	for range 25 { // each second frees exactly one
		l.take(t, l.key(1), tenInTen, 1)
		l.refuse(t, l.key(1), tenInTen, time.Second)
		l.Advance(time.Second)
	}
}

func burstThenInterval(t *testing.T, l *limiter) {
	l.take(t, l.key(1), tenInTen, 10)
	l.refuse(t, l.key(1), tenInTen, time.Second)
	l.Advance(400 * time.Millisecond)
	l.refuse(t, l.key(1), tenInTen, 600*time.Millisecond)
	l.Advance(600 * time.Millisecond)
	l.take(t, l.key(1), tenInTen, 1)
	l.refuse(t, l.key(1), tenInTen, time.Second)
	l.Advance(3 * time.Second)
	l.take(t, l.key(1), tenInTen, 3)
	l.refuse(t, l.key(1), tenInTen, time.Second)
}

func uneven(t *testing.T, l *limiter) {
	rate := core.Rate{Count: 3, Per: 10 * time.Second}
	l.take(t, l.key(1), rate, 3)
	accepted := 0
	for range 1000 { // 100 s: thirty at most
		l.Advance(100 * time.Millisecond)
		if l.allow(t, l.key(1), rate).Allowed {
			accepted++
		}
	}
	if accepted < 29 || accepted > 30 {
		t.Fatalf("%d accepted in 100 s after the burst, want 29 or 30", accepted)
	}
}

func refusedConsumesNothing(t *testing.T, l *limiter) {
	l.take(t, l.key(1), tenInTen, 10)
	for range 200 {
		if v := l.allow(t, l.key(1), tenInTen); v.Allowed {
			t.Fatal("accepted an eleventh")
		}
	}
	l.Advance(10 * time.Second)
	l.take(t, l.key(1), tenInTen, 10)
}

func remainingAndReset(t *testing.T, l *limiter) {
	for i := range 10 {
		v := l.allow(t, l.key(1), tenInTen)
		reset := 10 * time.Second
		if !l.exact {
			reset = time.Duration(i+1) * time.Second
		}
		if !v.Allowed || v.Remaining != 9-i || v.Reset != reset {
			t.Fatalf("attempt %d: %+v, want %d remaining and reset %v", i+1, v, 9-i, reset)
		}
	}
	l.Advance(4 * time.Second)
	v := l.allow(t, l.key(1), tenInTen)
	if l.exact && (v.Allowed || v.Reset != 6*time.Second) {
		t.Fatalf("window after 4 s: %+v", v)
	}
	if !l.exact && (!v.Allowed || v.Remaining != 3 || v.Reset != 7*time.Second) {
		t.Fatalf("gcra after 4 s: %+v", v)
	}
	l.Advance(v.Reset)
	if v := l.allow(t, l.key(1), tenInTen); !v.Allowed || v.Remaining != 9 {
		t.Fatalf("after the reset: %+v", v)
	}
}

// law drives random schedules against a plain model of each algorithm.
func law(t *testing.T, l *limiter) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 20 {
		rate := core.Rate{Count: 1 + rng.IntN(12), Per: time.Duration(1+rng.IntN(20)) * 840 * time.Millisecond}
		model := oracle{rate: rate, exact: l.exact}
		for range 300 {
			if rng.IntN(3) == 0 {
				step := time.Duration(rng.IntN(int(rate.Per/time.Millisecond))) * time.Millisecond / time.Duration(rate.Count)
				l.Advance(step)
				model.now += step
			}
			got, want := l.allow(t, l.key(int64(100+round)), rate), model.allow()
			// A limiter on a coarser clock than nanoseconds may round an interval up by a microsecond an attempt.
			off := got.RetryAfter - want.RetryAfter
			if got.Allowed != want.Allowed || off < -time.Microsecond || off > time.Duration(rate.Count)*time.Microsecond {
				t.Fatalf("round %d, %v, at %v: got %+v, model %+v", round, rate, model.now, got, want)
			}
		}
	}
}

// oracle is the definition, without any care for cost.
type oracle struct {
	rate     core.Rate
	exact    bool
	now      time.Duration
	accepted []time.Duration
	tat      time.Duration
}

func (o *oracle) allow() core.RateVerdict {
	if o.exact {
		if n := len(o.accepted); n >= o.rate.Count {
			if wait := o.accepted[n-o.rate.Count] + o.rate.Per - o.now; wait > 0 {
				return core.RateVerdict{RetryAfter: wait}
			}
		}
		o.accepted = append(o.accepted, o.now)
		return core.RateVerdict{Allowed: true}
	}
	interval := (o.rate.Per + time.Duration(o.rate.Count) - 1) / time.Duration(o.rate.Count)
	next := max(o.tat, o.now) + interval
	if wait := next - interval*time.Duration(o.rate.Count) - o.now; wait > 0 {
		return core.RateVerdict{RetryAfter: wait}
	}
	o.tat = next
	return core.RateVerdict{Allowed: true}
}
