package ratelimit

import (
	"time"

	"github.com/beep-chat/beep/core"
)

// Window is an exact sliding window: of any Count+1 accepted attempts of a key, at least Per lies between the first and
// the last. After ten at once under 10 in 10 s, an eleventh 3 s later is refused and told to wait 7 s.
type Window struct{ table *table }

// NewWindow makes a window over a clock. It knows at most maxKeys keys (0 means DefaultMaxKeys) and 32 times as many
// accepted times.
func NewWindow(clock func() time.Time, maxKeys int) *Window { return &Window{newTable(clock, maxKeys)} }

// Allow counts an attempt if the rate allows it. Remaining is what could follow at once; RetryAfter is exact; Reset is the
// time until nothing counts any more. A rate that is off allows everything and remembers nothing.
//
// When a key's rate changes, what it has used so far counts against the new one.
func (w *Window) Allow(key core.RateKey, rate core.Rate) core.RateVerdict {
	if rate.Off() {
		return unlimited()
	}
	s, now := w.table.lock(key)
	defer s.mu.Unlock()
	e := w.table.entry(s, key, now)
	if e == nil {
		return full()
	}
	per := int64(rate.Per)
	for e.count > 0 && now-e.times[e.head] >= per {
		e.head = (e.head + 1) % len(e.times)
		e.count--
	}
	if e.count >= rate.Count {
		frees := e.times[(e.head+e.count-rate.Count)%len(e.times)] + per
		return core.RateVerdict{RetryAfter: time.Duration(frees - now), Reset: time.Duration(e.newest() + per - now)}
	}
	if !w.table.room(s, e, rate.Count, now) {
		return full()
	}
	e.times[(e.head+e.count)%len(e.times)] = now
	e.count++
	s.touch(e, now+per)
	return core.RateVerdict{Allowed: true, Remaining: rate.Count - e.count, Reset: rate.Per}
}

func (e *entry) newest() int64 { return e.times[(e.head+e.count-1)%len(e.times)] }
