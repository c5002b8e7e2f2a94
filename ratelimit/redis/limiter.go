package redis

import (
	"context"
	_ "embed" // the scripts
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/ratelimit"
)

// maxTimes is how many accepted times a window remembers one by one. Under a larger count they are rounded up to a
// maxTimes-th of the window.
const maxTimes = 1000

var (
	//go:embed window.lua
	windowText string
	//go:embed gcra.lua
	gcraText string

	windowScript = rueidis.NewLuaScript(windowText)
	gcraScript   = rueidis.NewLuaScript(gcraText)
)

// Options of a Limiter; the zero value will do.
type Options struct {
	// MaxKeys bounds what is known in process while Redis is away; 0 means ratelimit.DefaultMaxKeys.
	MaxKeys int
	// Changed is told, in order, when Redis stops deciding (shared is false, err says why) and when it decides again. It
	// must not block or call the limiter. It may be nil.
	Changed func(shared bool, err error)
}

// Limiter is the core.RateLimiter of a cluster: all nodes on one Redis hold one rate.
type Limiter struct {
	db      *redisdb.DB
	local   *ratelimit.Memory
	line    *redisdb.Breaker
	timeout time.Duration
	now     func() time.Time // nil: Redis's clock
	unit    time.Duration    // of the scripts' times; Redis's clock has microseconds
}

var _ core.RateLimiter = (*Limiter)(nil)

// New makes a limiter over a connection, which stays the caller's.
func New(db *redisdb.DB, o Options) *Limiter {
	return &Limiter{db: db, local: ratelimit.NewMemory(time.Now, o.MaxKeys), line: redisdb.NewBreaker(o.Changed), timeout: redisdb.BriefTimeout,
		unit: time.Microsecond}
}

// Allow implements core.RateLimiter. The error is always that of ctx. A call that ctx ends while Redis is deciding may
// have been counted; one that began with an ended ctx is not.
func (l *Limiter) Allow(ctx context.Context, key core.RateKey, rate core.Rate, exact bool) (core.RateVerdict, error) {
	if err := ctx.Err(); err != nil {
		return core.RateVerdict{}, err
	}
	if rate.Off() {
		return core.RateVerdict{Allowed: true}, nil
	}
	if l.line.Try() {
		v, err := l.ask(ctx, key, rate, exact)
		if err == nil {
			l.line.Up()
			return v, nil
		}
		if err := redisdb.Ended(ctx); err != nil {
			return core.RateVerdict{}, err
		}
		l.line.Down(err)
	}
	return l.local.Allow(ctx, key, rate, exact)
}

// ask lets Redis decide, in one call.
func (l *Limiter) ask(ctx context.Context, key core.RateKey, rate core.Rate, exact bool) (core.RateVerdict, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	now := ""
	if l.now != nil {
		now = decimal(int64(l.now().Sub(time.Unix(0, 0)) / l.unit))
	}
	per := ceil(int64(rate.Per), int64(l.unit))
	if exact {
		step := int64(1)
		if rate.Count > maxTimes {
			step = ceil(per, maxTimes)
		}
		return l.verdict(windowScript.Exec(ctx, l.db.Client, []string{l.name("w", key)},
			[]string{strconv.Itoa(rate.Count), decimal(per), decimal(step), now}))
	}
	// Rounded up, as in ratelimit.GCRA; the burst is counted in the same unit, so that it stays exactly Count.
	interval := ceil(per, int64(rate.Count))
	return l.verdict(gcraScript.Exec(ctx, l.db.Client, []string{l.name("g", key)},
		[]string{decimal(interval), decimal(interval * int64(rate.Count)), now}))
}

var errAnswer = errors.New("unexpected answer; is another program using Beep's keys? give each its own redis.prefix")

func (l *Limiter) verdict(r rueidis.RedisResult) (core.RateVerdict, error) {
	n, err := r.AsIntSlice()
	if err == nil && len(n) != 4 {
		err = errAnswer
	}
	if err != nil {
		return core.RateVerdict{}, fmt.Errorf("ask redis for a rate: %w", err)
	}
	return core.RateVerdict{Allowed: n[0] == 1, Remaining: int(n[1]), RetryAfter: time.Duration(n[2]) * l.unit,
		Reset: time.Duration(n[3]) * l.unit}, nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func ceil(a, b int64) int64 { return (a + b - 1) / b }
