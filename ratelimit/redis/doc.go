// Package redis is the limiter shared by the nodes of a cluster: the exact sliding window and the GCRA of package
// ratelimit, decided by Redis.
//
// It owns the two scripts and what happens while Redis is away. It refuses to know what is limited, as ratelimit does, and
// to make a request fail because Redis does.
//
// Each decision is one call of one script (EVALSHA, and once after a start of Redis EVAL), on Redis's clock in
// microseconds, so that the clocks of the nodes do not matter. Window: of any Count+1 accepted attempts, at least Per lies
// between the first and the last. GCRA: a burst of Count, then one every Per/Count; its interval is whole microseconds,
// rounded up, so a rate of more than one a microsecond counts as that. Both refuse without counting.
//
// Bounds: a key is gone when nothing of it counts any more. A window is one string of 8 bytes and 16 for each accepted
// time; a window of ten with its key takes about 300 bytes of Redis. At most 1001 times are remembered: up to a Count of
// 1000 each on its own; above, times are rounded up to a thousandth of Per and counted together, so never more than Count
// is accepted, and the wait that is told holds but may be a thousandth of Per longer than without rounding.
// Redis must not evict (maxmemory-policy noeviction): an evicted key is a fresh allowance.
//
// When Redis fails or takes longer than 250 ms, the node decides on its own with ratelimit.Memory: then each node holds
// the rate for what it is sent, beginning with a whole allowance, and what it counts does not go to Redis later. Redis is
// tried again at most every 250 ms, by one call, while the others do not wait. Options.Changed hears of each change once.
// An attempt that Redis answered too late may be counted in both.
//
// When Redis's clock steps back, as at a failover, a window may refuse for up to twice Per, GCRA never waits longer than
// for one interval; neither accepts too much.
//
// A Limiter is safe for concurrent use and has no goroutine; it does not close the connection it is given.
//
//	limiter := redis.New(db, redis.Options{Changed: func(shared bool, err error) { ... }})
//	v, err := limiter.Allow(ctx, core.RateKey{Policy: "message", ID: int64(author)}, core.Rate{Count: 10, Per: 10 * time.Second}, true)
package redis
