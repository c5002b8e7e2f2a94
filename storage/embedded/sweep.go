package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beep-chat/beep/storage/wide"
)

// janitor trims events and sweeps until the engine closes.
func (e *Engine) janitor() {
	defer e.ended.Done()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	trim, sweep := time.NewTicker(trimInterval), time.NewTicker(sweepInterval)
	defer trim.Stop()
	defer sweep.Stop()
	for {
		var err error
		select {
		case <-e.stop:
			return
		case <-trim.C:
			err = e.trimEvents()
		case <-sweep.C:
			err = e.Sweep(ctx)
		}
		if err != nil && !errors.Is(err, wide.ErrUnavailable) {
			e.opt.Logger.Error("sweep the store", "error", err)
		}
	}
}

// trimEvents removes events beyond the window, the count and the size; it may leave up to one interval's worth more.
// The removal need not be durable: what comes back after a crash is trimmed again.
func (e *Engine) trimEvents() error {
	if e.broken.err() != nil {
		return nil //nolint:nilerr // what broke is reported where it did
	}
	before := e.opt.Clock().Add(-e.opt.EventWindow).UnixMilli()
	keep, ok := e.log.trimmable(before, e.opt.MaxEvents, e.opt.MaxEventBytes)
	if !ok {
		return nil
	}
	return wrap("trim events", e.db.DeleteRange(eventKey(0), eventKey(keep), pebble.NoSync))
}

// Sweep removes what expired or was deleted more than wide.TombstoneTTL ago, a few hundred rows at a time so that commits
// are not held up. It runs by itself every hour.
func (e *Engine) Sweep(ctx context.Context) error {
	if err := e.trimEvents(); err != nil {
		return err
	}
	before := e.opt.Clock().Add(-wide.TombstoneTTL).UnixMilli()
	for _, m := range e.opt.Schema.Tables() {
		var err error
		switch {
		case m.Window > 0:
			err = e.sweepWindows(m)
		case m.TTL > 0:
			err = e.sweepExpired(ctx, m, before)
		}
		if err != nil {
			return fmt.Errorf("sweep %s: %w", m.Name, err)
		}
	}
	return wrap("sweep graves", e.sweepGraves(ctx, before))
}

// sweepWindows drops whole time windows with one DeleteRange: all rows of a window were written before it ended.
func (e *Engine) sweepWindows(m *wide.Meta) error {
	done, err := e.reading()
	if err != nil {
		return err
	}
	defer done()
	if err := e.broken.err(); err != nil {
		return err
	}
	expired := e.opt.Clock().Add(-m.TTL - wide.TombstoneTTL).Unix()
	row := make(wide.Row, len(m.Columns))
	row[m.Partition[0]] = wide.Value{Int: expired / int64(m.Window/time.Second), Valid: true} // the first window to keep
	first := *m
	first.Partition = m.Partition[:1]
	end := first.AppendPartition(tableKey(nil, m), row)
	return e.db.DeleteRange(tableKey(nil, m), end, pebble.NoSync)
}

// sweepExpired walks a TTL table and hands the rows that are wholly expired to the committer.
func (e *Engine) sweepExpired(ctx context.Context, m *wide.Meta, before int64) error {
	t := e.tables[m.ID]
	from := tableKey(nil, m)
	for from != nil {
		dead, next, err := e.expiredRows(t, from, before)
		if err != nil {
			return err
		}
		from = next
		if len(dead) == 0 {
			continue
		}
		if err := e.do(ctx, func(mg *merge) error { return mg.forgetRows(t, dead, before) }); err != nil {
			return err
		}
	}
	return nil
}

// expiredRows looks at up to sweepChunk rows; next is where to go on, nil at the end.
func (e *Engine) expiredRows(t *table, from []byte, before int64) (dead [][]byte, next []byte, err error) {
	done, err := e.reading()
	if err != nil {
		return nil, nil, err
	}
	defer done()
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: wide.Successor(tableKey(nil, t.meta))})
	if err != nil {
		return nil, nil, fmt.Errorf("open iterator: %w", err)
	}
	defer func() { _ = it.Close() }()
	state := rowState{cells: make([]cell, len(t.meta.Columns))}
	n := 0
	for valid := it.First(); valid; valid = it.Next() {
		if n++; n > sweepChunk {
			return dead, append([]byte(nil), it.Key()...), nil
		}
		value, err := it.ValueAndErr()
		if err != nil {
			return nil, nil, fmt.Errorf("read row: %w", err)
		}
		if len(value) > 0 && value[0] == partitionFormat {
			continue
		}
		clear(state.cells)
		if err := decodeState(t.meta, value, &state); err != nil {
			return nil, nil, err
		}
		if state.forget(before); state.empty() {
			dead = append(dead, append([]byte(nil), it.Key()...))
		}
	}
	return dead, nil, wrap("iterate", it.Error())
}

// forgetRows drops what rows need not remember any more. It runs in the committer, so a row that was written meanwhile
// keeps what is new.
func (m *merge) forgetRows(t *table, keys [][]byte, before int64) error {
	for _, key := range keys {
		s, err := m.load(t, key, m.partitionLen(t, key))
		if err != nil {
			return err
		}
		s.state.forget(before)
		if s.ghost(before) {
			clear(s.state.cells)
			s.state.changed = true
		}
	}
	return nil
}

// ghost tells whether a row has cells but does not exist, and nothing was written to it since before: an update came
// after the deletion.
func (s *stored) ghost(before int64) bool {
	return s.state.tomb == 0 && !s.t.meta.KeyOnly() && s.t.meta.TTL == 0 &&
		!s.state.exists(s.t.meta, before) && s.state.newest() < before*1000
}

// partitionLen finds where the partition ends in a row's key.
func (m *merge) partitionLen(t *table, key []byte) int {
	row := make(wide.Row, len(t.meta.Columns))
	if err := t.meta.DecodeKey(key[tablePrefixLen:], row); err != nil {
		return len(key)
	}
	return len(t.meta.AppendPartition(tableKey(nil, t.meta), row))
}

// do runs a job in the committer and waits until what it wrote is durable.
func (e *Engine) do(ctx context.Context, job func(*merge) error) error {
	r := &request{job: job, done: make(chan result, 1)}
	if err := e.enqueue(ctx, r); err != nil {
		return err
	}
	return (<-r.done).err
}

// sweepGraves visits what was deleted before a time (milliseconds).
func (e *Engine) sweepGraves(ctx context.Context, before int64) error {
	for {
		graves, err := e.graves(before)
		if err != nil || len(graves) == 0 {
			return err
		}
		for _, g := range graves {
			if t := e.tables[g.table()]; t != nil && g.kind == gravePartition {
				if err := e.clearPartition(ctx, t, g); err != nil {
					return err
				}
			}
		}
		if err := e.do(ctx, func(m *merge) error { return m.closeGraves(graves, before) }); err != nil {
			return err
		}
	}
}

func (e *Engine) graves(before int64) ([]grave, error) {
	done, err := e.reading()
	if err != nil {
		return nil, err
	}
	defer done()
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: []byte{spaceGraves},
		UpperBound: binary.BigEndian.AppendUint64([]byte{spaceGraves}, uint64(max(0, before)))})
	if err != nil {
		return nil, fmt.Errorf("open iterator: %w", err)
	}
	defer func() { _ = it.Close() }()
	var graves []grave
	for valid := it.First(); valid && len(graves) < sweepChunk; valid = it.Next() {
		g, err := graveUnder(it)
		if err != nil {
			return nil, err
		}
		graves = append(graves, g)
	}
	return graves, it.Error()
}

// clearPartition removes the rows that a partition's tombstone hides, a chunk at a time.
func (e *Engine) clearPartition(ctx context.Context, t *table, g grave) error {
	from := append(append([]byte(nil), g.key...), 0)
	for from != nil {
		err := e.do(ctx, func(m *merge) (err error) {
			from, err = m.clearHidden(t, g.key, from)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// clearHidden looks at up to sweepChunk rows of a deleted partition; next is where to go on, nil at the end.
func (m *merge) clearHidden(t *table, partition, from []byte) (next []byte, err error) {
	it, err := m.e.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: wide.Successor(append([]byte(nil), partition...))})
	if err != nil {
		return nil, fmt.Errorf("open iterator: %w", err)
	}
	defer func() { _ = it.Close() }()
	n := 0
	for valid := it.First(); valid; valid = it.Next() {
		if n++; n > sweepChunk {
			return append([]byte(nil), it.Key()...), nil
		}
		s, err := m.load(t, it.Key(), len(partition))
		if err != nil {
			return nil, err
		}
		s.state.changed = true // the floor was applied by load: write what is left, or nothing
	}
	return nil, wrap("iterate", it.Error())
}

// closeGraves forgets the deletions that graves stand for, unless there was a later one, which has a grave of its own.
func (m *merge) closeGraves(graves []grave, before int64) error {
	for i := range graves {
		g := &graves[i]
		t := m.e.tables[g.table()]
		switch {
		case t == nil: // the table is gone from the schema; so is the need to remember
		case g.kind == gravePartition:
			if err := m.closePartition(t, g, before); err != nil {
				return err
			}
		default:
			if err := m.forgetRows(t, [][]byte{g.key}, before); err != nil {
				return err
			}
		}
		if err := m.batch.Delete(graveKey(g.at, g.key), nil); err != nil {
			return fmt.Errorf("remove grave: %w", err)
		}
	}
	return nil
}

func (m *merge) closePartition(t *table, g *grave, before int64) error {
	if _, again := m.floor[string(g.key)]; again {
		return nil
	}
	value, closer, err := m.e.db.Get(g.key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read partition tombstone: %w", err)
	}
	_, at, err := decodeGrave(value)
	if err = errors.Join(err, closer.Close()); err != nil || at >= before {
		return err
	}
	m.gone = append(m.gone, t)
	return wrap("remove partition tombstone", m.batch.Delete(g.key, nil))
}
