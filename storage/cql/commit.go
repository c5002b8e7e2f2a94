package cql

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/beep-chat/beep/storage/wide"
)

// Commit implements wide.Engine.
func (e *Engine) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if err := c.Validate(); err != nil {
		return false, err
	}
	if len(c.Events) > 0 {
		return false, fmt.Errorf("%w: commit with %d events, but this engine keeps no event log: put storage/outbox around it", wide.ErrInvalid, len(c.Events))
	}
	for i := range c.Writes {
		if _, err := e.table(c.Writes[i].Meta); err != nil {
			return false, err
		}
	}
	ctx, done, err := e.begin(ctx, "commit")
	if err != nil {
		return false, err
	}
	defer done()
	switch {
	case c.If != nil:
		t, err := e.table(c.If.Meta)
		if err != nil {
			return false, err
		}
		return e.commitIf(ctx, t, &c)
	case len(c.Writes) == 0:
		return true, e.barrier(ctx)
	}
	err = e.commitPlain(ctx, &c)
	return err == nil, err
}

// commitPlain sends the writes until they are acknowledged: each has its write time, so a repetition changes nothing.
func (e *Engine) commitPlain(ctx context.Context, c *wide.Commit) error {
	now := e.clock.next(e.opt.Clock())
	statements := make([]statement, len(c.Writes))
	for i := range c.Writes {
		w := &c.Writes[i]
		statements[i] = e.tables[w.Meta].write(w, writeTime(w, now))
	}
	logged := partitions(c.Writes) > 1
	op := "commit to " + c.Writes[0].Meta.Name
	pause := newPauses(time.Now())
	sent := false
	for {
		err := e.link.write(ctx, statements, logged)
		if err == nil {
			return nil
		}
		sent = sent || !unwritten(err, logged)
		if classify(err).hopeless() || !pause.wait(ctx) {
			return writeError(op, err, sent)
		}
	}
}

// writeTime gives a write its time. Plain writes to LWT tables are deletions by jobs (Write.Final).
func writeTime(w *wide.Write, now int64) int64 {
	switch {
	case w.Time != 0:
		return w.Time
	case w.Meta.LWT:
		return now + finalMargin.Microseconds()
	}
	return now
}

// partitions counts the partitions of writes: 1, or 2 for more than one.
func partitions(writes []wide.Write) int {
	first := partitionKey(&writes[0])
	for i := range writes[1:] {
		if !bytes.Equal(first, partitionKey(&writes[i+1])) {
			return 2
		}
	}
	return 1
}

func partitionKey(w *wide.Write) []byte {
	return w.Meta.AppendPartition(w.Meta.AppendTable(nil), w.Row)
}

// barriers is how many partitions the barrier goes round, so that it asks more than one set of replicas.
const barriers = 16

// barrier asks whether the cluster works; see the package documentation.
func (e *Engine) barrier(ctx context.Context) error {
	t := e.tables[locks.Meta()]
	key := lockRow{Name: fmt.Sprintf("barrier-%d", e.turn.Add(1)%barriers)}
	row := locks.Insert(key).Row
	c := collector{meta: t.meta, limit: 1}
	return e.read(ctx, t, statement{t.get, t.bound(nil, row, t.meta.Key)}, true, &c)
}
