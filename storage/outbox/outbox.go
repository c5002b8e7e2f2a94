package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/ids"
	"github.com/beep-chat/beep/storage/wide"
)

// Announcer is the shared log. Append adds events in this order and drops those it knows by their id; after an error the
// same events are appended again.
type Announcer interface {
	Append(ctx context.Context, events []core.Event) error
}

// Leases tells who holds a worker id, and for how long.
type Leases interface {
	GetLease(ctx context.Context, worker int) (ids.Lease, error)
}

// Metrics are called as things happen; each may be nil. They are quick.
type Metrics struct {
	Announced func(events int, wait time.Duration) // appended, that long after their commit
	Recovered func(events int)                     // read again from the table and announced
	Doubted   func()                               // a commit of unknown outcome
}

// Options are what an Outbox works with. Engine, Announcer, Leases and Schema are required.
type Options struct {
	Engine    wide.Engine // keeps rows; its commits come without events
	Announcer Announcer
	Leases    Leases
	Schema    wide.Schema
	Clock     core.Clock // of write times: never behind what this node has seen of others
	Logger    *slog.Logger
	Metrics   Metrics

	QueueEvents int           // 20,000: events waiting in memory
	QueueBytes  int           // 32 MB: their data
	Rows        int           // 1,000,000: rows not announced yet
	SweepEvery  time.Duration // 5 s
	SweepGrace  time.Duration // 10 s after the end of a lease: longer than any request
	DoubtLife   time.Duration // 15 s: after that a conditional commit that left no trace did not happen
	EndPatience time.Duration // 5 s: how long End waits for what is queued to be announced
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	for value, def := range map[*int]int{&o.QueueEvents: 20_000, &o.QueueBytes: 32 << 20, &o.Rows: 1_000_000} {
		if *value == 0 {
			*value = def
		}
	}
	for value, def := range map[*time.Duration]time.Duration{&o.SweepEvery: 5 * time.Second, &o.SweepGrace: 10 * time.Second,
		&o.DoubtLife: 15 * time.Second, &o.EndPatience: 5 * time.Second} {
		if *value == 0 {
			*value = def
		}
	}
	return o
}

// Term is a time in which this node holds a worker id.
type Term struct {
	Worker int
	Floor  int64                 // ids up to here may have been used by earlier holders
	NextID func() (int64, error) // growing, above Floor
	Live   func() bool           // the lease holds now
}

// Outbox is an engine with an event log; see the package documentation.
type Outbox struct {
	opt    Options
	tables map[uint16]*wide.Meta
	ctx    context.Context // ends with End
	cancel context.CancelFunc
	group  sync.WaitGroup
	once   sync.Once

	term     atomic.Pointer[Term] // nil before Begin
	lastTime atomic.Int64         // of the write times given out
	pending  chan *request        // to the writer
	ledger   *ledger
	doubts   chan *doubt
	wake     chan struct{} // the relay has something to do
	again    atomic.Bool   // the relay is to announce again what it announced lately
	recent   recent
}

// Room for commits on their way, and for those of unknown outcome.
const (
	maxPending = 4096
	maxDoubts  = 10_000
)

// New makes an Outbox. Reads and commits without events work at once, those with events after Begin.
func New(o Options) *Outbox {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	b := &Outbox{opt: o, tables: make(map[uint16]*wide.Meta), ctx: ctx, cancel: cancel, pending: make(chan *request, maxPending),
		ledger: newLedger(o.QueueEvents, o.QueueBytes), doubts: make(chan *doubt, maxDoubts), wake: make(chan struct{}, 1)}
	for _, m := range o.Schema.Tables() {
		b.tables[m.ID] = m
	}
	return b
}

// Begin opens the outbox for commits with events, and goes on where earlier holders of the worker id stopped. Call it once.
func (b *Outbox) Begin(ctx context.Context, t Term) error {
	mark, err := b.firstMark(ctx, t)
	if err != nil {
		return fmt.Errorf("begin outbox: %w", err)
	}
	b.ledger.begin(max(mark, t.Floor))
	b.term.Store(&t)
	for _, run := range []func(){b.write, func() { b.relay(t, mark) }, b.settle, func() { b.sweep(t) }} {
		b.group.Go(run)
	}
	return nil
}

// Get implements wide.Engine.
func (b *Outbox) Get(ctx context.Context, m *wide.Meta, key wide.Row) (wide.Row, error) {
	return b.opt.Engine.Get(ctx, m, key)
}

// Range implements wide.Engine.
func (b *Outbox) Range(ctx context.Context, q wide.RawQuery) ([]wide.Row, error) {
	return b.opt.Engine.Range(ctx, q)
}

// Scan implements wide.Engine.
func (b *Outbox) Scan(ctx context.Context, m *wide.Meta, after wide.Row, limit int) ([]wide.Row, error) {
	return b.opt.Engine.Scan(ctx, m, after, limit)
}

// Commit implements wide.Engine.
func (b *Outbox) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if len(c.Events) == 0 {
		return b.opt.Engine.Commit(ctx, c)
	}
	if err := c.Validate(); err != nil {
		return false, err
	}
	t := b.term.Load()
	if t == nil {
		return false, errNoLease
	}
	b.fixTimes(&c)
	p, err := b.enter(ctx, c)
	if err != nil {
		return false, err
	}
	if !t.Live() { // a sweep may have passed the row
		p.void()
		return false, errNoLease
	}
	if err := ctx.Err(); err != nil {
		p.void()
		return false, fmt.Errorf("%w: %w", wide.ErrUnavailable, err)
	}
	c.Events = nil
	applied, err := b.opt.Engine.Commit(ctx, c)
	switch {
	case err == nil && applied:
		p.announce()
		b.signal()
		if !t.Live() {
			return false, fmt.Errorf("%w: the worker lease ended meanwhile", wide.ErrUnknownOutcome)
		}
	case err == nil, isDefinite(err):
		p.void()
	default:
		b.doubt(p, c)
		err = errors.Join(wide.ErrUnknownOutcome, err)
	}
	return applied, err
}

var errNoLease = fmt.Errorf("%w: this node holds no worker lease", wide.ErrUnavailable)

// isDefinite tells whether an error says that nothing was written.
func isDefinite(err error) bool {
	return errors.Is(err, wide.ErrUnavailable) || errors.Is(err, wide.ErrInvalid) || errors.Is(err, wide.ErrStorageFull)
}

// fixTimes gives plain writes their times now, so that repeating the commit changes nothing that came after it.
func (b *Outbox) fixTimes(c *wide.Commit) {
	if c.If != nil {
		return
	}
	at := int64(0)
	writes := make([]wide.Write, len(c.Writes))
	for i, w := range c.Writes {
		if w.Time == 0 {
			if at == 0 {
				at = b.nextTime()
			}
			w.Time = at
		}
		writes[i] = w
	}
	c.Writes = writes
}

func (b *Outbox) nextTime() int64 {
	for {
		last := b.lastTime.Load()
		next := max(last+1, b.opt.Clock().UnixMicro())
		if b.lastTime.CompareAndSwap(last, next) {
			return next
		}
	}
}

// End waits a little for the queue to be announced and ends what Begin started, while the lease still holds. What was not
// announced is found by the next start or a sweep. Commits with events are refused from then on; others go on.
func (b *Outbox) End() {
	b.once.Do(func() {
		if b.term.Load() != nil {
			b.ledger.drained(b.opt.EndPatience)
		}
		b.cancel()
		b.group.Wait()
	})
}

// Close implements wide.Engine: End, then the end of the engine.
func (b *Outbox) Close() error {
	b.End()
	return b.opt.Engine.Close()
}

// Stats is the state of an outbox, for gauges.
type Stats struct {
	Rows    int  // not announced yet
	Queued  int  // events waiting in memory
	Spilled bool // events are read from the table again
}

// Stats reads the state.
func (b *Outbox) Stats() Stats { return b.ledger.stats() }

func (b *Outbox) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}
