package ratelimit

import (
	"time"

	"github.com/beep-chat/beep/core"
)

// GCRA allows a burst of Count and then one every Per/Count (the virtual scheduling algorithm of ITU-T I.371). It keeps
// one time a key, so it suits limits whose exact shape does not matter.
type GCRA struct{ table *table }

// NewGCRA makes a limiter over a clock. It knows at most maxKeys keys; 0 means DefaultMaxKeys.
func NewGCRA(clock func() time.Time, maxKeys int) *GCRA { return &GCRA{newTable(clock, maxKeys)} }

// Allow counts an attempt if the rate allows it. Remaining is what could follow at once; RetryAfter is exact; Reset is the
// time until a whole burst would be allowed again. A rate that is off allows everything and remembers nothing.
func (g *GCRA) Allow(key core.RateKey, rate core.Rate) core.RateVerdict {
	if rate.Off() {
		return unlimited()
	}
	s, now := g.table.lock(key)
	defer s.mu.Unlock()
	e := g.table.entry(s, key, now)
	if e == nil {
		return full()
	}
	// Rounded up, so that a rate such as 3/10s is never exceeded by the nanoseconds of rounding down; the burst is
	// counted in the same unit, so that it stays exactly Count.
	interval := (int64(rate.Per) + int64(rate.Count) - 1) / int64(rate.Count)
	burst := interval * int64(rate.Count)
	next := max(e.expires, now) + interval
	if wait := next - burst - now; wait > 0 {
		return core.RateVerdict{RetryAfter: time.Duration(wait), Reset: time.Duration(e.expires - now)}
	}
	s.touch(e, next)
	return core.RateVerdict{Allowed: true, Remaining: int((now + burst - next) / interval), Reset: time.Duration(next - now)}
}
