package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beep-chat/beep/storage/wide"
)

// rowsPerCheck is how many rows, live or dead, an iteration passes between looks at its context.
const rowsPerCheck = 1024

// Get implements wide.Engine.
func (e *Engine) Get(ctx context.Context, m *wide.Meta, key wide.Row) (wide.Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", wide.ErrUnavailable, err)
	}
	t, err := e.table(m)
	if err != nil {
		return nil, err
	}
	done, err := e.reading()
	if err != nil {
		return nil, err
	}
	defer done()
	k, partition := rowKey(m, key)
	graves := t.graves.Load() // before and after: a tombstone may come or go meanwhile
	row, err := e.getRow(e.db, m, k, 0, key)
	if err != nil || len(k) == partition || graves+t.graves.Load() == 0 {
		return row, err
	}
	// A partition tombstone may hide the row: look at both at one moment.
	snap := e.db.NewSnapshot()
	defer func() { _ = snap.Close() }()
	floor, err := readGrave(snap, k[:partition])
	if err != nil {
		return nil, err
	}
	return e.getRow(snap, m, k, floor, key)
}

func (e *Engine) getRow(from pebble.Reader, m *wide.Meta, k []byte, floor int64, key wide.Row) (wide.Row, error) {
	value, closer, err := from.Get(k)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, wide.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read row: %w", err)
	}
	defer func() { _ = closer.Close() }()
	row := make(wide.Row, len(m.Columns))
	for _, i := range m.Key {
		row[i] = key[i]
	}
	present, err := decodeRow(m, value, floor, e.nowMillis(), row)
	if err != nil {
		return nil, fmt.Errorf("read row of %s: %w", m.Name, err)
	}
	if !present {
		return nil, wide.ErrNotFound
	}
	return row, nil
}

// readGrave gives the write time of a partition's deletion; 0 when there is none.
func readGrave(from pebble.Reader, partition []byte) (int64, error) {
	value, closer, err := from.Get(partition)
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read partition tombstone: %w", err)
	}
	defer func() { _ = closer.Close() }()
	t, _, err := decodeGrave(value)
	return t, err
}

func encodeGrave(t, at int64) []byte {
	b := binary.AppendUvarint([]byte{partitionFormat}, uint64(t))
	return binary.AppendUvarint(b, uint64(at))
}

func decodeGrave(value []byte) (t, at int64, err error) {
	r := rowReader{b: value}
	if r.byte() != partitionFormat {
		return 0, 0, errCorruptRow
	}
	t, at = int64(r.uvarint()), int64(r.uvarint())
	if r.bad {
		return 0, 0, errCorruptRow
	}
	return t, at, nil
}

// Range implements wide.Engine.
func (e *Engine) Range(ctx context.Context, q wide.RawQuery) ([]wide.Row, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	t, err := e.table(q.Meta)
	if err != nil {
		return nil, err
	}
	done, err := e.reading()
	if err != nil {
		return nil, err
	}
	defer done()
	partition := q.Meta.AppendPartition(tableKey(make([]byte, 0, 64), q.Meta), q.Partition)
	lower, upper := bounds(&q, partition)
	if bytes.Compare(lower, upper) >= 0 {
		return []wide.Row{}, nil
	}
	graves := t.graves.Load()
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, fmt.Errorf("open iterator: %w", err)
	}
	defer func() { _ = it.Close() }()
	w := walk{e: e, it: it, meta: q.Meta, limit: q.Limit, reverse: q.Reverse, now: e.nowMillis(), partition: partition}
	if graves+t.graves.Load() > 0 && len(q.Meta.Clustering) > 0 {
		// The iterator's bounds may leave the tombstone out: read it through a clone of the same view.
		if w.floor, err = graveInView(it, partition); err != nil {
			return nil, err
		}
	}
	rows, err := w.run(ctx)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func graveInView(it *pebble.Iterator, partition []byte) (int64, error) {
	end := append(append([]byte{}, partition...), 0)
	clone, err := it.Clone(pebble.CloneOptions{IterOptions: &pebble.IterOptions{LowerBound: partition, UpperBound: end}})
	if err != nil {
		return 0, fmt.Errorf("clone iterator: %w", err)
	}
	defer func() { _ = clone.Close() }()
	if !clone.First() {
		return 0, clone.Error()
	}
	t, _, err := decodeGrave(clone.Value())
	return t, err
}

// bounds gives the keys a query covers: from lower (inclusive) to upper (exclusive).
func bounds(q *wide.RawQuery, partition []byte) (lower, upper []byte) {
	m := q.Meta
	prefix := m.AppendClustering(append([]byte{}, partition...), q.Partition, 0, q.Prefix)
	edge := func(r wide.Row) []byte {
		return m.AppendClustering(append([]byte{}, prefix...), r, q.Prefix, q.Prefix+q.Bound)
	}
	switch {
	case q.From == nil:
		lower = prefix
	case q.FromExclusive:
		lower = wide.Successor(edge(q.From))
	default:
		lower = edge(q.From)
	}
	switch {
	case q.To == nil:
		upper = wide.Successor(append([]byte{}, prefix...))
	case q.ToExclusive:
		upper = edge(q.To)
	default:
		upper = wide.Successor(edge(q.To))
	}
	return lower, upper
}

// walk collects live rows from an iterator. With scan set it crosses partitions and follows their tombstones itself.
type walk struct {
	e         *Engine
	it        *pebble.Iterator
	meta      *wide.Meta
	limit     int
	reverse   bool
	scan      bool
	now       int64
	partition []byte // the partition that floor belongs to
	floor     int64
}

func (w *walk) run(ctx context.Context) ([]wide.Row, error) {
	rows := make([]wide.Row, 0, min(w.limit, 64))
	first, step := w.it.First, w.it.Next
	if w.reverse {
		first, step = w.it.Last, w.it.Prev
	}
	valid := first()
	for n := 0; valid && len(rows) < w.limit; valid = step() {
		if n++; n%rowsPerCheck == 1 && ctx.Err() != nil {
			return nil, fmt.Errorf("%w: %w", wide.ErrUnavailable, ctx.Err())
		}
		row, err := w.row()
		if err != nil {
			return nil, err
		}
		if row != nil {
			rows = append(rows, row)
		}
	}
	if err := w.it.Error(); err != nil {
		return nil, fmt.Errorf("iterate %s: %w", w.meta.Name, err)
	}
	return rows, nil
}

// row gives the row under the iterator, nil when it is not live.
func (w *walk) row() (wide.Row, error) {
	value, err := w.it.ValueAndErr()
	if err != nil {
		return nil, fmt.Errorf("read row of %s: %w", w.meta.Name, err)
	}
	key := w.it.Key()
	if len(value) > 0 && value[0] == partitionFormat {
		if w.scan {
			w.partition = append(w.partition[:0], key...)
			w.floor, _, err = decodeGrave(value)
		}
		return nil, err
	}
	row := make(wide.Row, len(w.meta.Columns))
	floor := w.floor
	if w.scan && floor != 0 && !bytes.HasPrefix(key, w.partition) {
		floor, w.floor = 0, 0
	}
	present, err := decodeRow(w.meta, value, floor, w.now, row)
	if err != nil {
		return nil, fmt.Errorf("read row of %s: %w", w.meta.Name, err)
	}
	if !present {
		return nil, nil
	}
	if err := w.meta.DecodeKey(key[tablePrefixLen:], row); err != nil {
		return nil, fmt.Errorf("read key of %s: %w", w.meta.Name, err)
	}
	return row, nil
}

// Scan implements wide.Engine; rows come in the order of their keys.
func (e *Engine) Scan(ctx context.Context, m *wide.Meta, after wide.Row, limit int) ([]wide.Row, error) {
	if limit < 1 || limit > wide.MaxRangeLimit {
		return nil, fmt.Errorf("%w: scan of %s with limit %d", wide.ErrInvalid, m.Name, limit)
	}
	if _, err := e.table(m); err != nil {
		return nil, err
	}
	done, err := e.reading()
	if err != nil {
		return nil, err
	}
	defer done()
	lower := tableKey(nil, m)
	upper := wide.Successor(tableKey(nil, m))
	partition := 0
	if after != nil {
		lower, partition = rowKey(m, after)
		lower = append(lower, 0)
	}
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, fmt.Errorf("open iterator: %w", err)
	}
	defer func() { _ = it.Close() }()
	w := walk{e: e, it: it, meta: m, limit: limit, scan: true, now: e.nowMillis()}
	if after != nil && len(m.Clustering) > 0 {
		w.partition = append([]byte{}, lower[:partition]...)
		if w.floor, err = graveInView(it, w.partition); err != nil {
			return nil, err
		}
	}
	return w.run(ctx)
}
