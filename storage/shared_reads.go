package storage

import (
	"context"
	"sync"
)

// sharedReads lets those who ask for the same at the same time share one read of the engine: what a hundred people open at
// once costs two reads and not a hundred.
//
// Of each key at most one read runs and one waits for it to end. Who comes joins the one that waits, never the one that
// runs: its engine may have looked before a write that the newcomer knows to be acknowledged. So every result was read
// after everybody who gets it had asked, which plain singleflight does not give.
//
// The read runs in the goroutine, and with the context, of whoever came first; when that one gives up, the others ask
// again. It holds no more than there are callers. Results are shared: nobody may change them.
type sharedReads[K comparable, V any] struct {
	mu    sync.Mutex
	lines map[K]*readLine[V]
}

// readLine is the reads of one key. One of the two is there as long as the line is.
type readLine[V any] struct {
	running *sharedRead[V]
	next    *sharedRead[V] // may be joined
}

type sharedRead[V any] struct {
	done  chan struct{} // closed when the rest is final
	value V
	err   error
	left  bool // its leader gave up: there is no result
}

func newSharedReads[K comparable, V any]() *sharedReads[K, V] {
	return &sharedReads[K, V]{lines: make(map[K]*readLine[V])}
}

// do gives the result of a read that began after do was called, and whether others may have the same value. ctx ends the
// wait.
func (s *sharedReads[K, V]) do(ctx context.Context, key K, read func(context.Context) (V, error)) (value V, shared bool, err error) {
	for {
		r, before, leads := s.enter(key)
		if leads {
			value, err = s.lead(ctx, key, r, before, read)
			return value, before != nil, err
		}
		select {
		case <-r.done:
		case <-ctx.Done():
			return value, false, ctx.Err()
		}
		if !r.left {
			return r.value, true, r.err
		}
	}
}

// enter gives the read to take part in. Its leader has to wait for the read before it, if there is one.
func (s *sharedReads[K, V]) enter(key K) (r *sharedRead[V], before <-chan struct{}, leads bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[key]
	if l != nil && l.next != nil {
		return l.next, nil, false
	}
	r = &sharedRead[V]{done: make(chan struct{})}
	if l != nil {
		l.next = r
		return r, l.running.done, true
	}
	s.lines[key] = &readLine[V]{running: r}
	return r, nil, true
}

func (s *sharedReads[K, V]) lead(ctx context.Context, key K, r *sharedRead[V], before <-chan struct{}, read func(context.Context) (V, error)) (V, error) {
	r.left = true // also when read panics
	defer s.end(key, r)
	if before != nil {
		select {
		case <-before:
			s.begin(key, r)
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
	}
	value, err := read(ctx)
	if err == nil || ctx.Err() == nil { // otherwise it is this caller's end and nobody else's
		r.value, r.err, r.left = value, err, false
	}
	return value, err
}

// begin closes a read to newcomers.
func (s *sharedReads[K, V]) begin(key K, r *sharedRead[V]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[key]
	l.running, l.next = r, nil
}

// end takes a read out of its line, whether it ran or not, and wakes who waits for it.
func (s *sharedReads[K, V]) end(key K, r *sharedRead[V]) {
	s.mu.Lock()
	l := s.lines[key]
	if l.running == r {
		l.running = nil
	}
	if l.next == r {
		l.next = nil
	}
	if l.running == nil && l.next == nil {
		delete(s.lines, key)
	}
	s.mu.Unlock()
	close(r.done)
}
