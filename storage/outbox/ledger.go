package outbox

import (
	"slices"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
)

// line is a row of this worker's outbox whose commits are not all settled.
type line struct {
	seq   int64
	open  int   // commits that are neither announced nor void
	spill []int // entries to be read again and announced
}

// announcement is a commit's events on their way to the log.
type announcement struct {
	line   *line
	events []core.Event
	since  time.Time
}

// ledger keeps the places of rows in the order of their seq, and the queue of events in the order of completion. Where the
// queue is full, places spill: only the row is remembered, and from then on everything spills until the rows were read
// again, so that the order stays.
type ledger struct {
	maxEvents, maxBytes int

	mu       sync.Mutex
	lines    fifo[*line] // by seq; settled ones leave from the front
	mark     int64       // everything up to here is settled
	queue    fifo[announcement]
	events   int
	bytes    int
	spilling bool
	drain    chan struct{} // closed when lines become empty; nil when nobody waits
}

func newLedger(maxEvents, maxBytes int) *ledger {
	return &ledger{maxEvents: maxEvents, maxBytes: maxBytes}
}

// begin starts the books after a seq.
func (l *ledger) begin(mark int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mark = mark
}

// open enters a row. Its seq is made under the lock, so that the mark never passes a row that is about to be entered.
func (l *ledger) open(next func() (int64, error), commits int) (*line, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq, err := next()
	if err != nil {
		return nil, err
	}
	n := &line{seq: seq, open: commits}
	l.lines.push(n)
	return n, nil
}

// advance moves the mark to now where nothing is open, so that a quiet node leaves no long way to those who read its
// outbox after it.
func (l *ledger) advance(next func() (int64, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines.len() > 0 {
		return
	}
	if seq, err := next(); err == nil {
		l.mark = max(l.mark, seq)
	}
}

// announce queues the events of a commit that happened, or spills its place.
func (l *ledger) announce(p place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	size := sizeOf(p.events)
	if l.spilling || l.events+len(p.events) > l.maxEvents || l.bytes+size > l.maxBytes {
		l.spilling = true
		p.line.spill = append(p.line.spill, p.index)
		return
	}
	l.queue.push(announcement{line: p.line, events: p.events, since: time.Now()})
	l.events += len(p.events)
	l.bytes += size
}

func sizeOf(events []core.Event) int {
	n := 0
	for i := range events {
		n += len(events[i].Data)
	}
	return n
}

// settled notes that one commit of a row was announced or came to nothing.
func (l *ledger) settled(n *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(n, 1)
}

// settle is settled for several commits; the lock is held.
func (l *ledger) settle(n *line, commits int) {
	n.open -= commits
	done := 0
	for _, front := range l.lines.all() {
		if front.open > 0 {
			break
		}
		l.mark = front.seq
		done++
	}
	l.lines.drop(done)
	if l.lines.len() == 0 && l.drain != nil {
		close(l.drain)
		l.drain = nil
	}
}

// maxAppend is how many events go to the log in one call.
const maxAppend = 256

// next gives what is to be appended next from memory: whole commits, one at least, about maxAppend events at most.
func (l *ledger) next() []announcement {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, events := 0, 0
	for _, a := range l.queue.all() {
		if n > 0 && events+len(a.events) > maxAppend {
			break
		}
		events += len(a.events)
		n++
	}
	return slices.Clone(l.queue.all()[:n])
}

// appended settles what next gave.
func (l *ledger) appended(batch []announcement) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range batch {
		l.events -= len(a.events)
		l.bytes -= sizeOf(a.events)
		l.settle(a.line, 1)
	}
	l.queue.drop(len(batch))
}

// spilled gives the first row whose events are to be read again, once the queue is empty. When there is none, announcing
// goes on in memory.
func (l *ledger) spilled() (n *line, entries []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.spilling || l.queue.len() > 0 {
		return nil, nil
	}
	for _, n := range l.lines.all() {
		if len(n.spill) > 0 {
			entries, n.spill = n.spill, nil
			return n, entries
		}
	}
	l.spilling = false
	return nil, nil
}

// reread settles the entries that spilled gave.
func (l *ledger) reread(n *line, entries []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(n, len(entries))
}

// position is the mark to store.
func (l *ledger) position() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mark
}

func (l *ledger) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.len()
}

// drained waits until nothing is left to announce, at most for the given time.
func (l *ledger) drained(patience time.Duration) {
	l.mu.Lock()
	if l.lines.len() == 0 {
		l.mu.Unlock()
		return
	}
	if l.drain == nil {
		l.drain = make(chan struct{})
	}
	drain := l.drain
	l.mu.Unlock()
	select {
	case <-drain:
	case <-time.After(patience):
	}
}

func (l *ledger) stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Stats{Rows: l.lines.len(), Queued: l.events, Spilled: l.spilling}
}
