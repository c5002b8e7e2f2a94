package outbox

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// The relay's pauses and time-outs.
const (
	appendTimeout = 3 * time.Second
	firstPause    = 20 * time.Millisecond
	maxPause      = time.Second
	markEvery     = time.Second
	idleMarkEvery = 30 * time.Second
)

// relay announces: first what earlier holders of the worker id left, then what this node commits, until Close.
func (b *Outbox) relay(t Term, mark int64) {
	defer b.saveMark(t)
	if !b.persist("recover the outbox of earlier holders", func(ctx context.Context) error {
		done, err := b.recover(ctx, t.Worker, mark, t.Floor)
		mark = done
		return err
	}) {
		b.ledger.begin(mark) // where the next start goes on
		return
	}
	marks := marking{at: time.Now(), seq: b.ledger.position()}
	tick := time.NewTicker(markEvery)
	defer tick.Stop()
	for b.ctx.Err() == nil {
		if marks.due(b.ledger.position(), time.Now()) {
			b.ledger.advance(t.NextID)
			b.saveMark(t)
			marks = marking{at: time.Now(), seq: b.ledger.position()}
		}
		if b.relayOnce(t) {
			continue
		}
		select {
		case <-b.wake:
		case <-tick.C:
		case <-b.ctx.Done():
		}
	}
}

// marking says when the mark is to be stored: soon after it moved, and now and then on a quiet node.
type marking struct {
	at  time.Time
	seq int64
}

func (m marking) due(seq int64, now time.Time) bool {
	pause := markEvery
	if seq == m.seq {
		pause = idleMarkEvery
	}
	return now.Sub(m.at) >= pause
}

// relayOnce announces the next run of events; false when there is none.
func (b *Outbox) relayOnce(t Term) bool {
	if b.again.Swap(false) && !b.repeatRecent() {
		return false
	}
	if batch := b.ledger.next(); len(batch) > 0 {
		var events []core.Event
		for _, a := range batch {
			events = append(events, a.events...)
		}
		if !b.append(events) {
			return false
		}
		b.recent.add(events, time.Now())
		b.ledger.appended(batch)
		if b.opt.Metrics.Announced != nil {
			b.opt.Metrics.Announced(len(events), time.Since(batch[0].since))
		}
		return true
	}
	n, entries := b.ledger.spilled()
	if n == nil {
		return false
	}
	ok := b.persist("read spilled events", func(ctx context.Context) error {
		events, err := b.readEntries(ctx, t.Worker, n.seq, entries)
		if err == nil {
			err = b.opt.Announcer.Append(ctx, events)
		}
		if err == nil {
			b.recent.add(events, time.Now())
		}
		return err
	})
	if ok {
		b.ledger.reread(n, entries)
	}
	return ok
}

// append repeats until the log has the events; false at Close.
func (b *Outbox) append(events []core.Event) bool {
	return b.persist("announce events", func(ctx context.Context) error { return b.opt.Announcer.Append(ctx, events) })
}

// persist repeats an operation until it succeeds; false at Close. It complains once, and says when it goes on.
func (b *Outbox) persist(what string, try func(context.Context) error) bool {
	begun := time.Now()
	complained := false
	for pause := firstPause; b.ctx.Err() == nil; pause = min(2*pause, maxPause) {
		ctx, cancel := context.WithTimeout(b.ctx, appendTimeout)
		err := try(ctx)
		cancel()
		if err == nil {
			if complained {
				b.opt.Logger.Info(what+": goes on", "after_ms", time.Since(begun).Milliseconds())
			}
			return true
		}
		if !complained && b.ctx.Err() == nil {
			b.opt.Logger.Warn(what+": waiting", "error", err)
			complained = true
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-b.ctx.Done():
		}
	}
	return false
}

// readEntries reads the events of some entries of a row.
func (b *Outbox) readEntries(ctx context.Context, worker int, seq int64, which []int) ([]core.Event, error) {
	r, err := outboxTable.Get(ctx, b.opt.Engine, outboxRow{Worker: int64(worker), Minute: minuteOf(seq), Seq: seq})
	if err != nil {
		return nil, err
	}
	list, err := decodeEntries(r.Entries)
	if err != nil {
		return nil, err
	}
	var events []core.Event
	for _, i := range which {
		if i >= len(list) {
			return nil, errBadRow
		}
		events = append(events, list[i].events...)
	}
	return events, nil
}

// firstMark gives the stored mark of a worker. Where there is none it stores one before any row is written, so that no
// mark means no rows; it is of now, or who comes after a crash would look through all the time that rows live.
func (b *Outbox) firstMark(ctx context.Context, t Term) (int64, error) {
	r, err := markTable.Get(ctx, b.opt.Engine, markRow{Worker: int64(t.Worker)})
	switch {
	case err == nil:
		return r.Seq, nil
	case !isNotFound(err):
		return 0, err
	}
	now, err := t.NextID()
	if err != nil {
		return 0, err
	}
	seq := max(t.Floor, now)
	return seq, b.putMark(ctx, int64(t.Worker), seq)
}

func (b *Outbox) putMark(ctx context.Context, worker, seq int64) error {
	w := markTable.Insert(markRow{Worker: worker, Seq: seq, At: b.opt.Clock()})
	if _, err := b.opt.Engine.Commit(ctx, wide.Commit{Writes: []wide.Write{w}, Reclaim: true}); err != nil {
		return fmt.Errorf("store outbox mark: %w", err)
	}
	return nil
}

// saveMark stores how far this worker has come; a lost one costs repeated announcements, which the log drops.
func (b *Outbox) saveMark(t Term) {
	if !t.Live() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), appendTimeout)
	defer cancel()
	if err := b.putMark(ctx, int64(t.Worker), b.ledger.position()); err != nil && b.ctx.Err() == nil {
		b.opt.Logger.Warn("the place in the outbox could not be stored", "error", err)
	}
}
