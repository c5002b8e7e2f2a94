// Package cache keeps values that are loaded on demand: one load at a time per key, bounded in number and age, and exact
// about invalidation: after Forget returns, no Get that starts later sees a value whose load began before.
//
// A Loading cache is safe for concurrent use and starts no goroutine. When it is full, arbitrary entries make room.
//
//	faces := cache.New(10_000, time.Minute, store.Face)
//	face, err := faces.Get(ctx, id)
package cache

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Loading is a cache in front of a load function.
type Loading[K comparable, V any] struct {
	max     int
	life    time.Duration
	load    func(context.Context, K) (V, error)
	trusted func() bool // nil: always

	mu      sync.RWMutex
	entries map[K]*entry[V]
}

type entry[V any] struct {
	ready chan struct{} // closed when value and err are set
	value V
	err   error
	at    time.Time
}

// LoadTimeout bounds a load, which goes on for the other waiters when the caller that began it gives up.
const LoadTimeout = 5 * time.Second

// New makes a cache of at most max entries, each trusted for life (0: until forgotten).
func New[K comparable, V any](max int, life time.Duration, load func(context.Context, K) (V, error)) *Loading[K, V] {
	return &Loading[K, V]{max: max, life: life, load: load, entries: make(map[K]*entry[V])}
}

// DoubtLife is for how long an entry is trusted while what tells of changes cannot be trusted.
const DoubtLife = time.Second

// While makes entries older than DoubtLife be loaded again whenever trusted says no: while this process may not hear of
// changes that others make. It is called before the first Get.
func (c *Loading[K, V]) While(trusted func() bool) *Loading[K, V] {
	c.trusted = trusted
	return c
}

// Get gives the cached value or loads it. Errors are given to all that wait for the load and are not kept.
func (c *Loading[K, V]) Get(ctx context.Context, key K) (V, error) {
	c.mu.RLock()
	e, ok := c.entries[key]
	c.mu.RUnlock()
	if ok && c.fresh(e) {
		return c.wait(ctx, e)
	}
	c.mu.Lock()
	e, ok = c.entries[key]
	if ok && c.fresh(e) {
		c.mu.Unlock()
		return c.wait(ctx, e)
	}
	e = &entry[V]{ready: make(chan struct{}), at: time.Now()}
	c.makeRoom()
	c.entries[key] = e
	c.mu.Unlock()
	c.fill(ctx, key, e)
	return e.value, e.err
}

func (c *Loading[K, V]) fresh(e *entry[V]) bool {
	if c.trusted != nil && !c.trusted() && time.Since(e.at) >= DoubtLife {
		return false
	}
	return c.life == 0 || time.Since(e.at) < c.life
}

func (c *Loading[K, V]) fill(ctx context.Context, key K, e *entry[V]) {
	defer close(e.ready)
	loadCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), LoadTimeout)
	defer cancel()
	e.err = errPanicked
	defer func() {
		if e.err != nil {
			c.forgetEntry(key, e)
		}
	}()
	e.value, e.err = c.load(loadCtx, key)
}

// errPanicked is what the waiters of a load get that panicked.
var errPanicked = errors.New("the load panicked")

func (c *Loading[K, V]) forgetEntry(key K, e *entry[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] == e {
		delete(c.entries, key)
	}
}

func (c *Loading[K, V]) wait(ctx context.Context, e *entry[V]) (V, error) {
	select {
	case <-e.ready:
		return e.value, e.err
	default:
	}
	select {
	case <-e.ready:
		return e.value, e.err
	case <-ctx.Done():
		var zero V
		return zero, ctx.Err()
	}
}

// makeRoom drops arbitrary entries while the cache is full; the caller holds the lock.
func (c *Loading[K, V]) makeRoom() {
	for k := range c.entries {
		if len(c.entries) < c.max {
			return
		}
		delete(c.entries, k)
	}
}

// Forget drops a key. A load under way still answers those who wait for it, and nobody after them.
func (c *Loading[K, V]) Forget(key K) {
	c.mu.RLock()
	_, ok := c.entries[key]
	c.mu.RUnlock()
	if !ok {
		return
	}
	c.mu.Lock()
	delete(c.entries, key)
	c.mu.Unlock()
}

// Clear drops everything.
func (c *Loading[K, V]) Clear() {
	c.mu.Lock()
	clear(c.entries)
	c.mu.Unlock()
}

// Len is the number of entries, loads under way included.
func (c *Loading[K, V]) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.entries)
}
