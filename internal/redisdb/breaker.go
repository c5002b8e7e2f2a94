package redisdb

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// BriefTimeout is how long Redis may take to answer where a node can decide alone.
	BriefTimeout = 250 * time.Millisecond
	// RetryPause is the least time between two tries of a Redis that failed.
	RetryPause = 250 * time.Millisecond
)

// Breaker keeps calls away from a Redis that does not answer: one call every RetryPause tries it, the others go on without.
// It is safe for concurrent use.
type Breaker struct {
	Now     func() time.Duration     // a monotonic clock; tests set it before the first call
	changed func(up bool, err error) // may be nil

	isDown atomic.Bool
	next   atomic.Int64 // when Redis may be tried again, while it is down

	mu sync.Mutex // keeps changes, and what is told of them, in order
}

// NewBreaker makes one. changed is told, in order, when Redis stops answering (up is false, err says why) and when it
// answers again; it must not block or call the breaker, and may be nil.
func NewBreaker(changed func(up bool, err error)) *Breaker {
	start := time.Now()
	return &Breaker{Now: func() time.Duration { return time.Since(start) }, changed: changed}
}

// Try tells whether a call may go to Redis.
func (b *Breaker) Try() bool {
	if !b.isDown.Load() {
		return true
	}
	next, now := b.next.Load(), int64(b.Now())
	return now >= next && b.next.CompareAndSwap(next, now+int64(RetryPause))
}

// IsDown tells whether Redis did not answer last time.
func (b *Breaker) IsDown() bool { return b.isDown.Load() }

// Up notes an answer.
func (b *Breaker) Up() {
	if b.isDown.Load() {
		b.set(false, nil)
	}
}

// Down notes a failure.
func (b *Breaker) Down(err error) {
	b.next.Store(int64(b.Now() + RetryPause))
	if !b.isDown.Load() {
		b.set(true, err)
	}
}

func (b *Breaker) set(down bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isDown.Swap(down) != down && b.changed != nil {
		b.changed(!down, err)
	}
}

// Ended is the end of a caller's context; unlike ctx.Err it also knows a deadline whose timer has not fired yet.
func Ended(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}
