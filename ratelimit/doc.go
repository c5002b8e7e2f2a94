// Package ratelimit decides, in process, whether one more of something is allowed: an exact sliding window and GCRA.
//
// It owns the counting. It refuses to know what is limited, to answer HTTP, and to queue or delay anybody: a refused
// attempt is told how long to wait and consumes nothing. The suite in limittest says what every limiter of Beep must do;
// a limiter shared by several nodes passes the same one.
//
// Window: of any Count+1 accepted attempts, at least Per lies between the first and the last. It remembers the accepted
// times of the last Per, at most Count of them a key. GCRA (the generic cell rate algorithm of ITU-T I.371): a burst of
// Count, then one every Per/Count; eight bytes a key.
//
// Bounds and what happens at them: a limiter knows at most maxKeys keys, spread over 64 shards (a small maxKeys uses
// fewer). Keys whose window has passed are dropped as new ones come; there is no goroutine. When a shard is full of keys
// that still count, a new key is refused with RetryAfter 1 s: dropping a live key would give its owner a fresh allowance.
// Known keys go on as before.
//
// Time never runs backwards: when the clock steps back, it stands still for the limiter until it has caught up.
//
// All types are safe for concurrent use; a call holds one shard's lock for less than a microsecond and never blocks on
// anything else.
//
//	limiter := ratelimit.NewMemory(time.Now, 200_000)
//	v, err := limiter.Allow(ctx, core.RateKey{Policy: "message", ID: int64(author)}, core.Rate{Count: 10, Per: 10 * time.Second}, true)
//	if err == nil && !v.Allowed { return core.RateLimited("message", rate, v) }
package ratelimit
