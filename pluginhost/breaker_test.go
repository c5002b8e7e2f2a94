package pluginhost

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedLog is a log that a test reads.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lockedLog) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func TestBreaker(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var b breaker
	ok := func(want bool) {
		t.Helper()
		if got := b.allow(now); got != want {
			t.Fatalf("allowed: %v", got)
		}
	}
	for range 10 { // half of the calls, but too few faults
		b.done(now, "")
	}
	for range breakerFaults + 4 {
		if opened, _ := b.done(now, FaultTrap); opened {
			t.Fatal("opened below half of the calls")
		}
	}
	if opened, _ := b.done(now, FaultTrap); !opened {
		t.Fatal("half of the calls failed and it did not open")
	}
	ok(false)
	now = now.Add(firstRest)
	ok(true)  // one may try
	ok(false) // and only one
	if opened, _ := b.done(now, FaultTrap); !opened {
		t.Fatal("the try failed and it did not open")
	}
	now = now.Add(firstRest)
	ok(false) // the second rest is longer
	now = now.Add(firstRest)
	ok(true)
	b.undo() // it did not come to run
	ok(true)
	b.done(now, "")
	ok(true)
	ok(true)
	for range breakerTimeouts - 1 {
		b.done(now, FaultDeadline)
	}
	b.done(now, "") // not in a row
	for i := range breakerTimeouts {
		if opened, _ := b.done(now, FaultFuel); opened != (i == breakerTimeouts-1) {
			t.Fatalf("after %d time-outs in a row: %v", i+1, opened)
		}
	}
}

func TestBreakerGivesUp(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var b breaker
	rest := firstRest
	for i := range maxRests + 1 {
		if i > 0 && !b.allow(now) {
			t.Fatalf("no try after rest %d", i)
		}
		off := false
		for range breakerTimeouts {
			_, off = b.done(now, FaultDeadline)
			if off || b.resting(now) {
				break
			}
		}
		if off != (i == maxRests) {
			t.Fatalf("rest %d: off is %v", i+1, off)
		}
		now = now.Add(min(rest, longestRest))
		rest *= 2
	}
	if now = now.Add(24 * time.Hour); b.allow(now) || !b.resting(now) {
		t.Error("it was to be off for good")
	}
}

func TestSlots(t *testing.T) {
	s := newSlots(make(chan struct{}, 4))
	soon := func() time.Time { return time.Now().Add(time.Millisecond) }
	for range 2 {
		if !s.take(soon()) {
			t.Fatal("two of four slots are a plugin's share")
		}
	}
	if s.take(soon()) {
		t.Error("a plugin took more than half of the slots")
	}
	other, third := newSlots(s.all), newSlots(s.all)
	for range 2 {
		if !other.take(soon()) {
			t.Error("the other half is not another's")
		}
	}
	if third.take(soon()) {
		t.Error("all plugins together took more than all slots")
	}
	if len(third.own) != 0 {
		t.Error("who got no slot kept its share")
	}
	s.give()
	if !third.take(soon()) {
		t.Error("a slot that was given back is not free")
	}
}
