package realtime

import "sync"

// Streams borrow a buffer for a flush and keep none while idle. Most flushes fit the small ones, so that a crowd of
// stuck writers does not hold 64 KB each.
var (
	smallBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}
	largeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, maxWriteBytes+maxEpochBytes+32); return &b }}
)

func borrow() *[]byte {
	b := smallBuffers.Get().(*[]byte)
	*b = (*b)[:0]
	return b
}

// reserve makes room for n more bytes, by moving to a large buffer where that is enough.
func reserve(b *[]byte, n int) {
	if len(*b)+n <= cap(*b) || cap(*b) > 4<<10 {
		return
	}
	large := largeBuffers.Get().(*[]byte)
	small := *b
	*b = (*large)[:copy((*large)[:cap(*large)], small)]
	small = small[:0]
	smallBuffers.Put(&small)
}

// giveBack returns a buffer to where it came from; one that grew past both sizes is left to the collector.
func giveBack(b *[]byte) {
	switch cap(*b) {
	case 4 << 10:
		smallBuffers.Put(b)
	case maxWriteBytes + maxEpochBytes + 32:
		largeBuffers.Put(b)
	}
}
