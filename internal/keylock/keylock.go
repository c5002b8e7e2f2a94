// Package keylock gives mutual exclusion by key in constant memory: keys share a fixed number of mutexes, so unrelated
// keys may wait for each other, never the other way round. A holder must not take a second key (stripes may coincide).
package keylock

import (
	"hash/maphash"
	"sync"
)

// Striped locks by key.
type Striped[K comparable] struct {
	seed    maphash.Seed
	stripes [256]sync.Mutex
}

// New makes a set of locks.
func New[K comparable]() *Striped[K] { return &Striped[K]{seed: maphash.MakeSeed()} }

// Lock waits for the key's turn and returns its release.
func (s *Striped[K]) Lock(key K) (unlock func()) {
	m := &s.stripes[maphash.Comparable(s.seed, key)%uint64(len(s.stripes))]
	m.Lock()
	return m.Unlock
}
