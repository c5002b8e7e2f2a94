package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/ids"
	"github.com/beep-chat/beep/storage/wide"
)

// recoverPage is how many rows are read at a time.
const recoverPage = 50

func isNotFound(err error) bool { return errors.Is(err, wide.ErrNotFound) }

// recover announces what happened of the rows of a worker above from, up to upTo. done is how far it came.
func (b *Outbox) recover(ctx context.Context, worker int, from, upTo int64) (done int64, err error) {
	done = max(from, b.oldest())
	for minute := minuteOf(done); minute <= minuteOf(upTo) && done < upTo; minute++ {
		for {
			after := &outboxRow{Seq: done}
			rows, err := outboxTable.Range(ctx, b.opt.Engine, wide.Query[outboxRow]{
				Partition: outboxRow{Worker: int64(worker), Minute: minute}, From: after, FromExclusive: true,
				To: &outboxRow{Seq: upTo}, Limit: recoverPage})
			if err != nil {
				return done, err
			}
			for _, r := range rows {
				if err := b.recoverRow(ctx, r); err != nil {
					return done, err
				}
				done = r.Seq
			}
			if len(rows) < recoverPage {
				break
			}
		}
		done = min(upTo, max(done, lastOf(minute))) // so that who is interrupted goes on from here, however many minutes are empty
	}
	return upTo, nil
}

// oldest is the seq below which rows have expired.
func (b *Outbox) oldest() int64 { return int64(core.FirstIDAt[struct{}](b.opt.Clock().Add(-rowLife))) }

// recoverRow announces the commits of a row whose evidence holds.
func (b *Outbox) recoverRow(ctx context.Context, r outboxRow) error {
	list, err := decodeEntries(r.Entries)
	if err != nil {
		b.opt.Logger.Error("a row of the outbox cannot be read; its events are lost", "worker", r.Worker, "seq", r.Seq, "error", err)
		return nil
	}
	var events []core.Event
	for _, e := range list {
		happened, err := e.proof.holds(ctx, b.opt.Engine, b.tables)
		if err != nil {
			return err
		}
		if happened {
			events = append(events, e.events...)
		}
	}
	if len(events) == 0 {
		return nil
	}
	if err := b.opt.Announcer.Append(ctx, events); err != nil {
		return err
	}
	if b.opt.Metrics.Recovered != nil {
		b.opt.Metrics.Recovered(len(events))
	}
	return nil
}

// sweep announces, every now and then, what dead workers left.
func (b *Outbox) sweep(t Term) {
	tick := time.NewTicker(b.opt.SweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
		if err := b.sweepOnce(ctx, t); err != nil && b.ctx.Err() == nil {
			b.opt.Logger.Warn("sweep the outbox of nodes that are gone", "error", err)
		}
		cancel()
	}
}

func (b *Outbox) sweepOnce(ctx context.Context, t Term) error {
	marks, err := markTable.Range(ctx, b.opt.Engine, wide.Query[markRow]{Limit: wide.MaxRangeLimit})
	if err != nil {
		return err
	}
	for _, m := range marks {
		if m.Worker == int64(t.Worker) {
			continue
		}
		if err := b.sweepWorker(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// sweepWorker announces what a dead worker left. Two nodes may do it at the same time: the log drops what it knows.
func (b *Outbox) sweepWorker(ctx context.Context, m markRow) error {
	lease, err := b.opt.Leases.GetLease(ctx, int(m.Worker))
	if err != nil || !b.mayBeSwept(lease) || m.Seq >= lease.HighWater {
		return err
	}
	b.opt.Logger.Info("sweeping the outbox of a node that is gone", "worker", m.Worker, "holder", lease.Holder)
	done, err := b.recover(ctx, int(m.Worker), m.Seq, lease.HighWater)
	if done > m.Seq {
		err = errors.Join(err, b.putMark(ctx, m.Worker, done))
	}
	return err
}

// mayBeSwept tells whether a lease ended so long ago that nothing of its holder is under way any more.
func (b *Outbox) mayBeSwept(l ids.Lease) bool {
	return l.Version > 0 && b.opt.Clock().After(l.Until.Add(b.opt.SweepGrace))
}
