package ratelimit

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
)

// DefaultMaxKeys is enough for 20,000 people under five policies with room to spare; about 60 MB when every key holds a
// window of ten.
const DefaultMaxKeys = 200_000

// Memory is the core.RateLimiter of one process: a Window for exact limits, a GCRA for the others.
type Memory struct {
	window *Window
	gcra   *GCRA
}

var _ core.RateLimiter = (*Memory)(nil)

// NewMemory makes a limiter that knows at most maxKeys keys of each kind; 0 means DefaultMaxKeys.
func NewMemory(clock func() time.Time, maxKeys int) *Memory {
	return &Memory{window: NewWindow(clock, maxKeys), gcra: NewGCRA(clock, maxKeys)}
}

// Allow implements core.RateLimiter. The error is always that of ctx.
func (m *Memory) Allow(ctx context.Context, key core.RateKey, rate core.Rate, exact bool) (core.RateVerdict, error) {
	if err := ctx.Err(); err != nil {
		return core.RateVerdict{}, err
	}
	if exact {
		return m.window.Allow(key, rate), nil
	}
	return m.gcra.Allow(key, rate), nil
}

// unlimited is the verdict under a rate that is off.
func unlimited() core.RateVerdict { return core.RateVerdict{Allowed: true} }

// fullRetry is how long a new key waits when there is no room for it.
const fullRetry = time.Second

// full is the verdict when there is no room to remember the attempt.
func full() core.RateVerdict { return core.RateVerdict{RetryAfter: fullRetry, Reset: fullRetry} }
