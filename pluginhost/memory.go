package pluginhost

import (
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

// memory bounds what all instances of a host use together, and reserves each instance's memory in one piece, so that growing
// copies nothing.
type memory struct {
	budget int64
	used   atomic.Int64
}

// take counts bytes against the budget; false when they do not fit.
func (m *memory) take(n int64) bool {
	for {
		used := m.used.Load()
		if used+n > m.budget {
			return false
		}
		if m.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// Allocate implements experimental.MemoryAllocator.
func (m *memory) Allocate(_, limit uint64) experimental.LinearMemory {
	return &linear{memory: m, limit: limit}
}

// linear is the memory of one instance. Only the goroutine that has the instance uses it.
type linear struct {
	memory *memory
	limit  uint64
	whole  []byte // reserved: limit bytes, of which the system gives those that are touched
	size   int64
}

// Reallocate implements experimental.LinearMemory; nil when the memory would be too large.
func (l *linear) Reallocate(size uint64) []byte {
	if size > l.limit {
		return nil
	}
	grown := int64(size) - l.size
	if grown > 0 && !l.memory.take(grown) {
		return nil
	}
	if l.whole == nil {
		whole, err := reserve(int(l.limit))
		if err != nil {
			l.memory.used.Add(-grown)
			return nil
		}
		l.whole = whole
	}
	populate(l.whole[l.size:size])
	l.size = int64(size)
	return l.whole[:size:size]
}

// Free implements experimental.LinearMemory.
func (l *linear) Free() {
	if l.whole != nil {
		release(l.whole)
	}
	l.whole = nil
	l.memory.used.Add(-l.size)
	l.size = 0
}
