package embedded

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beep-chat/beep/core"
)

// eventLog is the durable sequence as readers see it: which positions are kept, the latest events in memory, and who
// waits for more.
type eventLog struct {
	mu     sync.Mutex
	more   *sync.Cond // on mu: new events, a stop, or the end
	oldest uint64     // first position kept; last+1 when none is
	last   uint64     // newest durable position
	tail   []core.LoggedEvent
	ended  bool
	group  sync.WaitGroup // followers

	segments []segment // what is kept, oldest first; for trimming
	count    int
	bytes    int64
	perSeg   int
}

// segment sums up a run of events.
type segment struct {
	last  uint64 // its last position
	at    int64  // commit time of the last, milliseconds
	count int
	bytes int64
}

func newEventLog(maxEvents int) *eventLog {
	l := &eventLog{oldest: 1, perSeg: max(1, min(eventSegment, maxEvents/16))}
	l.more = sync.NewCond(&l.mu)
	return l
}

func (l *eventLog) newest() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// append makes durable events visible.
func (l *eventLog) append(events []core.LoggedEvent, sizes []int, at int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range events {
		l.note(events[i].Position, int64(sizes[i]), at)
	}
	l.last = events[len(events)-1].Position
	l.tail = append(l.tail, events...)
	if n := len(l.tail) - eventTail; n > eventTail/2 {
		l.tail = append(make([]core.LoggedEvent, 0, 2*eventTail), l.tail[n:]...)
	}
	l.more.Broadcast()
}

func (l *eventLog) note(position uint64, size, at int64) {
	if n := len(l.segments); n == 0 || l.segments[n-1].count >= l.perSeg {
		l.segments = append(l.segments, segment{})
	}
	s := &l.segments[len(l.segments)-1]
	s.last, s.at = position, at
	s.count++
	s.bytes += size
	l.count++
	l.bytes += size
}

// trimmable drops the segments that are too old or too many from the books and gives the first position still kept;
// ok is false when nothing is to be removed.
func (l *eventLog) trimmable(before int64, maxCount int, maxBytes int64) (keep uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for n < len(l.segments) {
		s := l.segments[n]
		if s.at >= before && l.count <= maxCount && l.bytes <= maxBytes {
			break
		}
		l.count -= s.count
		l.bytes -= s.bytes
		l.oldest = s.last + 1
		n++
	}
	l.segments = append([]segment(nil), l.segments[n:]...)
	return l.oldest, n > 0
}

// after gives a copy of up to limit events after a position that are in memory; ok is false when older ones are needed
// first. It waits for nothing.
func (l *eventLog) after(position uint64, limit int) (events []core.LoggedEvent, ok bool) {
	if position >= l.last {
		return nil, true
	}
	if len(l.tail) == 0 || l.tail[0].Position > position+1 {
		return nil, false
	}
	start := int(position + 1 - l.tail[0].Position)
	end := min(len(l.tail), start+limit)
	return append([]core.LoggedEvent(nil), l.tail[start:end]...), true
}

// skip gives the position before the first one kept, or the given one when that is later.
func (l *eventLog) skip(position uint64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(position, l.oldest-1)
}

func (l *eventLog) close() {
	l.mu.Lock()
	l.ended = true
	l.more.Broadcast()
	l.mu.Unlock()
	l.group.Wait()
}

// Epoch implements core.EventSource.
func (e *Engine) Epoch() string { return *e.epoch.Load() }

// Bounds implements core.EventSource.
func (e *Engine) Bounds() (oldest, newest uint64) {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	if e.log.last == 0 {
		return 0, 0
	}
	return e.log.oldest, e.log.last
}

// Read implements core.EventSource; limit is at most 5,000.
func (e *Engine) Read(after uint64, limit int) ([]core.LoggedEvent, error) {
	limit = min(limit, maxEventRead)
	if limit <= 0 {
		return nil, nil
	}
	e.log.mu.Lock()
	after = max(after, e.log.oldest-1)
	newest := e.log.last
	events, ok := e.log.after(after, limit)
	e.log.mu.Unlock()
	if ok {
		return events, nil
	}
	return e.readStored(after, newest, limit)
}

func (e *Engine) readStored(after, newest uint64, limit int) ([]core.LoggedEvent, error) {
	done, err := e.reading()
	if err != nil {
		return nil, err
	}
	defer done()
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: eventKey(after + 1), UpperBound: eventKey(newest + 1)})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	defer func() { _ = it.Close() }()
	events := make([]core.LoggedEvent, 0, min(limit, 256))
	for valid := it.First(); valid && len(events) < limit; valid = it.Next() {
		position, _, body, err := eventUnder(it)
		if err != nil {
			return nil, err
		}
		logged := core.LoggedEvent{Position: position}
		if err := logged.Event.UnmarshalBinary(body); err != nil {
			return nil, fmt.Errorf("read event %d: %w", position, err)
		}
		events = append(events, logged)
	}
	return events, wrap("read events", it.Error())
}

// eventUnder takes apart the event an iterator stands on; body is valid until it moves.
func eventUnder(it *pebble.Iterator) (position uint64, at int64, body []byte, err error) {
	value, err := it.ValueAndErr()
	if err != nil {
		return 0, 0, nil, wrap("read events", err)
	}
	key := it.Key()
	if len(key) != 9 || len(value) < 8 {
		return 0, 0, nil, fmt.Errorf("read events: %w", core.ErrBadEvent)
	}
	return binary.BigEndian.Uint64(key[1:]), int64(binary.BigEndian.Uint64(value)), value[8:], nil
}

// Follow implements core.EventSource. Each follower has a goroutine and a place of its own; fn must not call stop or
// Close. stop returns when fn will not be called again.
func (e *Engine) Follow(fn func([]core.LoggedEvent)) (after uint64, stop func()) {
	l := e.log
	fo := &follower{e: e, fn: fn, ended: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	fo.at = l.last
	if l.ended {
		close(fo.ended)
		return fo.at, func() {}
	}
	l.group.Add(1)
	go fo.run()
	return fo.at, fo.stop
}

// follower hands the sequence to one function.
type follower struct {
	e       *Engine
	fn      func([]core.LoggedEvent)
	at      uint64
	stopped bool // guarded by the log's mu
	ended   chan struct{}
}

// followChunk is how many events one call of a follower gets at most.
const followChunk = 1024

func (f *follower) run() {
	defer f.e.log.group.Done()
	defer close(f.ended)
	for f.wait() {
		events, err := f.e.Read(f.at, followChunk)
		if err != nil {
			f.e.opt.Logger.Error("follow events", "after", f.at, "error", err)
			return
		}
		if len(events) == 0 {
			f.at = f.e.log.skip(f.at) // trimmed before it could be read
			continue
		}
		f.at = events[len(events)-1].Position
		f.fn(events)
	}
}

// wait returns true when there is more to read, false when the follower is to end.
func (f *follower) wait() bool {
	l := f.e.log
	l.mu.Lock()
	defer l.mu.Unlock()
	for f.at >= l.last && !f.stopped && !l.ended {
		l.more.Wait()
	}
	return !f.stopped && !l.ended
}

func (f *follower) stop() {
	l := f.e.log
	l.mu.Lock()
	f.stopped = true
	l.more.Broadcast()
	l.mu.Unlock()
	<-f.ended
}
