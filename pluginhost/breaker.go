package pluginhost

import (
	"sync"
	"time"
)

// When a hook of a plugin rests, and for how long.
const (
	breakerWindow   = time.Minute
	breakerFaults   = 5 // in the window, and at least half of the calls
	breakerTimeouts = 3 // one after the other
	firstRest       = 30 * time.Second
	longestRest     = 30 * time.Minute
	maxRests        = 5 // without a success between them; then it rests until another version comes
)

// breaker rests a hook of a plugin that keeps failing, and lets one call try now and then.
type breaker struct {
	mu sync.Mutex
	breakerState
}

type breakerState struct {
	since    time.Time // begin of the window
	calls    int
	faults   int
	timeouts int // one after the other
	until    time.Time
	rests    int
	probing  bool
	off      bool
}

// allow tells whether a call may run now. After a rest only one may, until it is known how it ended.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.off:
		return false
	case b.until.IsZero():
		return true
	case now.Before(b.until) || b.probing:
		return false
	}
	b.probing = true
	return true
}

// done counts a call that ran. opened tells that the hook rests from now on; off that it does so for good.
func (b *breaker) done(now time.Time, fault Fault) (opened, off bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.since) >= breakerWindow {
		b.since, b.calls, b.faults = now, 0, 0
	}
	b.calls++
	if fault == "" {
		b.timeouts = 0
		if b.probing {
			b.breakerState = breakerState{since: now, calls: 1}
		}
		return false, false
	}
	b.faults++
	if fault == FaultDeadline || fault == FaultFuel {
		b.timeouts++
	} else {
		b.timeouts = 0
	}
	if b.probing || b.timeouts >= breakerTimeouts || b.faults >= breakerFaults && 2*b.faults >= b.calls {
		return true, b.rest(now)
	}
	return false, false
}

// patience is the time the next call may use: after each time-out half of it, until one succeeds, so that a plugin that hangs takes
// little from others on its way to rest.
func (b *breaker) patience(wall time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return wall >> min(b.timeouts, breakerTimeouts)
}

// undo takes back an allow whose call did not come to run.
func (b *breaker) undo() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

func (b *breaker) rest(now time.Time) (off bool) {
	if now.Before(b.until) {
		return false // calls that were under way when it opened
	}
	b.rests++
	b.off = b.rests > maxRests
	b.until = now.Add(min(longestRest, firstRest<<(b.rests-1)))
	b.since, b.calls, b.faults, b.timeouts, b.probing = now, 0, 0, 0, false
	return b.off
}

// resting tells whether calls are refused now.
func (b *breaker) resting(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.off || now.Before(b.until)
}
