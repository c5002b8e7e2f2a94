package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/beep-chat/beep/storage/wide"
)

// doubt is a commit of unknown outcome.
type doubt struct {
	place  place
	commit wide.Commit
	proof  evidence
	since  time.Time
}

// doubt hands a commit over to be settled. Where there is no room its row stays open, and the next start settles it.
func (b *Outbox) doubt(p place, c wide.Commit) {
	if b.opt.Metrics.Doubted != nil {
		b.opt.Metrics.Doubted()
	}
	select {
	case b.doubts <- &doubt{place: p, commit: c, proof: evidenceOf(c.Writes), since: time.Now()}:
	default:
		b.opt.Logger.Error("too many commits of unknown outcome; the next start settles this one", "seq", p.line.seq)
	}
}

// settlePause is how long a round of settling waits for the store.
const settlePause = 250 * time.Millisecond

// settle works on commits of unknown outcome until Close.
func (b *Outbox) settle() {
	var open []*doubt
	tick := time.NewTicker(settlePause)
	defer tick.Stop()
	for {
		arriving := b.doubts
		if len(open) >= maxDoubts {
			arriving = nil
		}
		select {
		case d := <-arriving:
			open = append(open, d)
			continue
		case <-tick.C:
		case <-b.ctx.Done():
			return
		}
		rest := open[:0]
		for i, d := range open {
			done, reachable := b.settleOne(d)
			if !done {
				rest = append(rest, d)
			}
			if !reachable { // the others would meet the same
				rest = append(rest, open[i+1:]...)
				break
			}
		}
		clear(open[len(rest):])
		open = rest
	}
}

// settleOne tries to learn what became of a commit; reachable is false when the store did not answer.
func (b *Outbox) settleOne(d *doubt) (done, reachable bool) {
	ctx, cancel := context.WithTimeout(b.ctx, appendTimeout)
	defer cancel()
	happened, known, err := d.repeat(ctx, b)
	switch {
	case err != nil:
		return false, false
	case happened:
		d.place.announce()
		b.signal()
	case !known && time.Since(d.since) < b.opt.DoubtLife:
		return false, true // a coordinator may still be at work
	default:
		d.place.void()
	}
	return true, true
}

// repeat makes a plain commit again: its write times are fixed, so once more changes nothing. A conditional one is only
// looked for.
func (d *doubt) repeat(ctx context.Context, b *Outbox) (happened, known bool, err error) {
	if d.commit.If == nil {
		_, err = b.opt.Engine.Commit(ctx, d.commit)
		if errors.Is(err, wide.ErrInvalid) {
			return false, true, nil
		}
		return err == nil, true, err
	}
	happened, err = d.proof.holds(ctx, b.opt.Engine, b.tables)
	return happened, false, err
}
