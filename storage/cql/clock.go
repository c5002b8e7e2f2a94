package cql

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// writeClock gives the write times of plain commits: microseconds, each above the one before in this process, also when
// the wall clock steps back. Two processes have no order but that of their clocks.
type writeClock struct{ last atomic.Int64 }

func (c *writeClock) next(now time.Time) int64 {
	for {
		last := c.last.Load()
		next := max(now.UnixMicro(), last+1)
		if c.last.CompareAndSwap(last, next) {
			return next
		}
	}
}

// newCommitID numbers a conditional commit. It has to differ from the other commits on one row only; 63 random bits do.
func newCommitID() int64 { return rand.Int64() }
