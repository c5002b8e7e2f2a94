package redis

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// callTimeout is how long Redis may take to answer.
	callTimeout = 250 * time.Millisecond
	// retryPause is the least time between two tries of a Redis that failed.
	retryPause = 250 * time.Millisecond
)

// breaker keeps calls away from a Redis that does not answer: one call every pause tries it, the others go on without.
type breaker struct {
	now     func() time.Duration // of a monotonic clock
	pause   time.Duration
	changed func(up bool, err error) // may be nil

	isDown atomic.Bool
	next   atomic.Int64 // when Redis may be tried again, while it is down

	mu sync.Mutex // keeps changes, and what is told of them, in order
}

func newBreaker(changed func(bool, error)) *breaker {
	start := time.Now()
	return &breaker{now: func() time.Duration { return time.Since(start) }, pause: retryPause, changed: changed}
}

// try tells whether a call may go to Redis.
func (b *breaker) try() bool {
	if !b.isDown.Load() {
		return true
	}
	next, now := b.next.Load(), int64(b.now())
	return now >= next && b.next.CompareAndSwap(next, now+int64(b.pause))
}

// up notes an answer.
func (b *breaker) up() {
	if b.isDown.Load() {
		b.set(false, nil)
	}
}

// down notes a failure.
func (b *breaker) down(err error) {
	b.next.Store(int64(b.now() + b.pause))
	if !b.isDown.Load() {
		b.set(true, err)
	}
}

func (b *breaker) set(down bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isDown.Swap(down) != down && b.changed != nil {
		b.changed(!down, err)
	}
}
