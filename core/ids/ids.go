// Package ids makes snowflakes: on a hybrid logical clock, under a leased worker id.
//
// It owns the order of ids (never backwards on one node, never below an id seen on the log) and the rule that a node
// without a valid lease makes none. It refuses to know where leases are kept. A Source is safe for concurrent use; the
// Keeper owns one goroutine, which Close ends.
//
//	keeper, err := ids.Acquire(ctx, ids.KeeperOptions{Leases: store, Clock: time.Now, Holder: "node-1"})
//	id, err := keeper.Source().Next()
package ids

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/beep-chat/beep/core"
)

// How far the clock of ids may run ahead of the wall clock before it is an alarm, and before ids are refused.
const (
	DriftAlarm  = time.Second
	DriftRefuse = 10 * time.Second
)

// Source makes the ids of one worker. The clock part is the larger of the wall clock and the highest millisecond ever
// used or observed, so that ids never go backwards under clock steps and an answer never sorts before what it answers.
type Source struct {
	clock  core.Clock
	worker int64

	mu       sync.Mutex
	lastMS   int64 // since core.Epoch
	sequence int64

	start      time.Time
	validUntil atomic.Int64 // monotonic nanoseconds since start; 0 = no lease
	mark       atomic.Int64 // the highest id reserved in the store

	short chan struct{} // the reserved ids come to their end; one signal waits at most
}

// lowRoom is how much time of reserved ids there is always to be. The ids of a node that starts after a crash may be Reach
// ahead, and lift this node's clock beyond what it has reserved.
const lowRoom = 100 * time.Millisecond

// NewSource makes a source for a worker that starts above every id of floor. It makes no id before Extend.
func NewSource(clock core.Clock, worker int, floor int64) *Source {
	return &Source{clock: clock, worker: int64(worker), lastMS: (floor + 1<<core.TimeShift - 1) >> core.TimeShift, start: time.Now(),
		short: make(chan struct{}, 1)}
}

// Extend allows ids up to mark for d from now, measured on the monotonic clock; d <= 0 ends the permission.
func (s *Source) Extend(d time.Duration, mark int64) {
	if d <= 0 {
		s.validUntil.Store(0)
		return
	}
	s.mark.Store(mark)
	s.validUntil.Store(int64(time.Since(s.start) + d))
}

// Observe lifts the clock to an id that was seen elsewhere. Ids too far ahead are ignored: one node with a broken clock
// must not stop the others.
func (s *Source) Observe(id int64) {
	ms := id >> core.TimeShift
	if ms-s.wallMS() > DriftRefuse.Milliseconds() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ms > s.lastMS {
		s.lastMS, s.sequence = ms, core.MaxSequence // the next id begins a new millisecond, above every worker's
	}
	if s.lowAt(s.lastMS) {
		s.askForMore()
	}
}

// low tells whether the reserved ids come to their end.
func (s *Source) low() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lowAt(s.lastMS)
}

func (s *Source) lowAt(ms int64) bool {
	return (ms+lowRoom.Milliseconds())<<core.TimeShift > s.mark.Load()
}

// askForMore has the keeper reserve ids now.
func (s *Source) askForMore() {
	select {
	case s.short <- struct{}{}:
	default:
	}
}

// Next makes an id, or fails with CodeUnavailable: without a lease, beyond the reserved ids, or while the clock of ids is
// more than DriftRefuse ahead of the wall clock (the wall clock was set back far).
func (s *Source) Next() (int64, error) {
	if int64(time.Since(s.start)) >= s.validUntil.Load() {
		return 0, core.E(core.CodeUnavailable, "make an id: no worker lease")
	}
	wall := s.wallMS()
	s.mu.Lock()
	defer s.mu.Unlock()
	if drift := s.lastMS - wall; drift > DriftRefuse.Milliseconds() {
		return 0, core.E(core.CodeUnavailable, "make an id: the clock went back").With("drift_ms", drift)
	}
	switch {
	case wall > s.lastMS:
		s.lastMS, s.sequence = wall, 0
	case s.sequence == core.MaxSequence:
		s.lastMS, s.sequence = s.lastMS+1, 0
	default:
		s.sequence++
	}
	id := s.lastMS<<core.TimeShift | s.worker<<core.SequenceBits | s.sequence
	if id > s.mark.Load() {
		s.askForMore()
		return 0, core.E(core.CodeUnavailable, "make an id: beyond the reserved ids")
	}
	return id, nil
}

// Drift is how far the clock of ids is ahead of the wall clock; negative when it is behind, as it is when idle.
func (s *Source) Drift() time.Duration {
	wall := s.wallMS()
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(s.lastMS-wall) * time.Millisecond
}

// Seen is the clock of ids: the latest millisecond that was used here or observed elsewhere.
func (s *Source) Seen() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.UnixMilli(s.lastMS + core.Epoch)
}

// Last is an upper bound of the ids made so far: what a lease keeps as its high-water mark.
func (s *Source) Last() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (s.lastMS+1)<<core.TimeShift - 1
}

func (s *Source) wallMS() int64 { return s.clock().UnixMilli() - core.Epoch }

// Valid tells whether the lease holds now, by the monotonic clock.
func (s *Source) Valid() bool { return int64(time.Since(s.start)) < s.validUntil.Load() }
