package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// Bounds of one row, and how many are written at a time: while all are on their way, commits gather for the next.
const (
	maxRowCommits = 64
	maxRowBytes   = 256 << 10
	maxRowWriters = 8
	rowTimeout    = 5 * time.Second
)

// request is a commit that waits for its row.
type request struct {
	encoded []byte
	events  []core.Event
	done    chan written
}

type written struct {
	place place
	err   error
}

// place is where a commit stands in the outbox.
type place struct {
	ledger *ledger
	line   *line
	index  int // of the entry in its row
	events []core.Event
}

func (p place) announce() { p.ledger.announce(p) }
func (p place) void()     { p.ledger.settled(p.line) }

// enter writes the entry of a commit and gives its place. After an error nothing of the commit itself was written.
func (b *Outbox) enter(ctx context.Context, c wide.Commit) (place, error) {
	encoded, err := appendEntry(nil, entry{proof: evidenceOf(c.Writes), events: c.Events})
	if err != nil {
		return place{}, fmt.Errorf("%w: encode events: %w", wide.ErrInvalid, err)
	}
	if len(encoded) > wide.MaxRowBytes-1 {
		return place{}, fmt.Errorf("%w: events of %d bytes in one commit", wide.ErrInvalid, len(encoded))
	}
	if b.ledger.size() >= b.opt.Rows {
		return place{}, fmt.Errorf("%w: %d rows of events wait for the log", wide.ErrUnavailable, b.opt.Rows)
	}
	r := &request{encoded: encoded, events: c.Events, done: make(chan written, 1)}
	select {
	case b.pending <- r:
	case <-ctx.Done():
		return place{}, fmt.Errorf("%w: %w", wide.ErrUnavailable, ctx.Err())
	case <-b.ctx.Done():
		return place{}, fmt.Errorf("%w: closed", wide.ErrUnavailable)
	}
	select {
	case w := <-r.done:
		return w.place, w.err
	case <-b.ctx.Done():
		return place{}, fmt.Errorf("%w: closed", wide.ErrUnavailable)
	}
}

// write puts waiting commits into rows until Close.
func (b *Outbox) write() {
	slots := make(chan struct{}, maxRowWriters)
	for {
		select {
		case slots <- struct{}{}:
		case <-b.ctx.Done():
			return
		}
		select {
		case first := <-b.pending:
			batch := b.gather(first)
			b.writeRow(batch, func() { <-slots })
		case <-b.ctx.Done():
			return
		}
	}
}

// gather takes what waits behind the first commit, up to a row's worth.
func (b *Outbox) gather(first *request) []*request {
	batch := []*request{first}
	size := len(first.encoded)
	for len(batch) < maxRowCommits && size < maxRowBytes {
		select {
		case r := <-b.pending:
			batch = append(batch, r)
			size += len(r.encoded)
		default:
			return batch
		}
	}
	return batch
}

// writeRow gives the batch a row and writes it in the background.
func (b *Outbox) writeRow(batch []*request, release func()) {
	t := b.term.Load()
	l, err := b.ledger.open(t.NextID, len(batch))
	if err != nil {
		release()
		for _, r := range batch {
			r.done <- written{err: fmt.Errorf("%w: %w", wide.ErrUnavailable, err)}
		}
		return
	}
	b.group.Go(func() {
		defer release()
		entries := []byte{entriesVersion}
		for _, r := range batch {
			entries = append(entries, r.encoded...)
		}
		err := b.putRow(outboxRow{Worker: int64(t.Worker), Minute: minuteOf(l.seq), Seq: l.seq, Entries: entries})
		for i, r := range batch {
			if err != nil {
				b.ledger.settled(l)
				r.done <- written{err: err}
				continue
			}
			r.done <- written{place: place{ledger: b.ledger, line: l, index: i, events: r.events}}
		}
	})
}

// putRow writes a row. Whether it exists after an error does not matter: its commits are not made, so its evidence will
// not hold.
func (b *Outbox) putRow(r outboxRow) error {
	ctx, cancel := context.WithTimeout(b.ctx, rowTimeout)
	defer cancel()
	_, err := b.opt.Engine.Commit(ctx, wide.Commit{Writes: []wide.Write{outboxTable.Insert(r)}})
	if err != nil {
		return fmt.Errorf("%w: write outbox: %w", wide.ErrUnavailable, err)
	}
	return nil
}
