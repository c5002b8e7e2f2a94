package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beep-chat/beep/storage/wide"
)

// merge builds one batch: it holds every row the batch touched so far, so that later commits see earlier ones. Only the
// committer uses it; its memory is used again for the next batch.
type merge struct {
	e     *Engine
	batch *pebble.Batch
	rows  map[string]*stored
	order []*stored        // rows in the order they were first read
	floor map[string]int64 // write times of the partition deletions this batch deals with, by partition key
	gone  []*table         // whose partition tombstones this batch removes, once each
	slab  []cell
	buf   []byte

	now time.Time
	ms  int64 // now in milliseconds
	seq uint64
}

// stored is a row of the batch in progress. There is no copy of its old value: what is not changed is not written.
type stored struct {
	t     *table
	key   string
	found bool // the row is in Pebble
	grave bool // the row's deletion is to be remembered for the sweep
	state rowState
}

func newMerge(e *Engine) *merge {
	return &merge{e: e, rows: make(map[string]*stored), floor: make(map[string]int64)}
}

func (m *merge) reset() {
	clear(m.rows)
	clear(m.floor)
	clear(m.order)
	m.gone = m.gone[:0]
	m.order = m.order[:0]
	m.slab = m.slab[:0]
	m.batch = m.e.db.NewBatch()
	m.now = m.e.opt.Clock()
	m.ms = m.now.UnixMilli()
}

// cells cuts zeroed cells from the slab; a row costs no allocation once the slab has grown.
func (m *merge) cells(n int) []cell {
	if len(m.slab)+n > cap(m.slab) {
		m.slab = make([]cell, 0, max(2*cap(m.slab), 4096, n))
	}
	start := len(m.slab)
	m.slab = m.slab[:start+n]
	cut := m.slab[start : start+n : start+n]
	clear(cut)
	return cut
}

// load gives a row as it is with all earlier commits of the batch.
func (m *merge) load(t *table, key []byte, cut int) (*stored, error) {
	if s, ok := m.rows[string(key)]; ok {
		if f, ok := m.floor[string(key[:cut])]; ok {
			s.state.raise(f)
		}
		return s, nil
	}
	s := &stored{t: t, key: string(key)}
	s.state.cells = m.cells(len(t.meta.Columns))
	value, closer, err := m.e.db.Get(key)
	switch {
	case err == nil:
		s.found = true
		err = decodeState(t.meta, value, &s.state)
		err = errors.Join(err, closer.Close())
	case errors.Is(err, pebble.ErrNotFound):
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("read row of %s: %w", t.meta.Name, err)
	}
	if err := m.loadFloor(s, key[:cut]); err != nil {
		return nil, err
	}
	m.rows[s.key] = s
	m.order = append(m.order, s)
	return s, nil
}

func (m *merge) loadFloor(s *stored, partition []byte) error {
	if s.t.graves.Load() == 0 || len(partition) == len(s.key) {
		return nil
	}
	f, ok := m.floor[string(partition)]
	if !ok {
		var err error
		if f, err = readGrave(m.e.db, partition); err != nil {
			return err
		}
	}
	s.state.raise(f)
	return nil
}

// loadGrave reads the tombstone of a partition that is to be deleted.
func (m *merge) loadGrave(partition []byte) error {
	if _, ok := m.floor[string(partition)]; ok {
		return nil
	}
	t, err := readGrave(m.e.db, partition)
	if err == nil {
		m.floor[string(partition)] = t
	}
	return err
}

// holds tells whether a condition is met.
func (m *merge) holds(c *wide.Condition, s *stored) bool {
	switch c.Kind {
	case wide.CondAbsent:
		return !s.state.exists(c.Meta, m.ms)
	case wide.CondPresent:
		return s.state.exists(c.Meta, m.ms)
	}
	for _, i := range c.Meta.Regular {
		if c.Mask&(1<<i) == 0 {
			continue
		}
		have := wide.Value{}
		if cell := &s.state.cells[i]; cell.visible(m.ms) {
			have = cell.value
		}
		if have != c.Row[i] {
			return false
		}
	}
	return true
}

// apply merges one write into its row, which has been loaded.
func (m *merge) apply(ch *change, s *stored, t int64) error {
	w := ch.w
	if w.Time != 0 {
		t = w.Time
	}
	switch w.Op {
	case wide.OpDeletePartition:
		if len(w.Meta.Clustering) > 0 {
			return m.deletePartition(ch, t)
		}
		fallthrough
	case wide.OpDelete:
		s.state.remove(t, m.ms)
		s.grave = s.grave || s.state.tombAt == m.ms
		return nil
	}
	expires := int64(0)
	if w.Meta.TTL > 0 {
		expires = m.ms + w.Meta.TTL.Milliseconds()
	}
	if w.Op == wide.OpInsert && w.Meta.KeyOnly() {
		s.state.mark(t, expires)
		return nil
	}
	for _, i := range w.Meta.Regular {
		if w.Mask&(1<<i) == 0 {
			continue
		}
		c := cell{value: w.Row[i], time: t, at: expires}
		if !c.value.Valid {
			c.at = m.ms
		}
		s.state.put(w.Meta.Columns[i].Kind, i, c)
	}
	return nil
}

// deletePartition writes the partition's tombstone; the rows under it are removed by a later sweep.
func (m *merge) deletePartition(ch *change, t int64) error {
	old := m.floor[string(ch.key)]
	if t <= old {
		return nil
	}
	m.floor[string(ch.key)] = t
	if old == 0 {
		ch.t.graves.Add(1)
	}
	for _, s := range m.order {
		if strings.HasPrefix(s.key, string(ch.key)) {
			s.state.raise(t)
		}
	}
	if err := m.batch.Set(ch.key, encodeGrave(t, m.ms), nil); err != nil {
		return fmt.Errorf("write partition tombstone: %w", err)
	}
	return m.bury(gravePartition, ch.key)
}

// The kinds of grave, the values of spaceGraves.
const (
	graveRow       = 1
	gravePartition = 2
)

// bury notes for the sweep that a row or partition has something to forget.
func (m *merge) bury(kind byte, key []byte) error {
	if err := m.batch.Set(graveKey(m.ms, key), []byte{kind}, nil); err != nil {
		return fmt.Errorf("write grave: %w", err)
	}
	return nil
}

// flush writes the changed rows into the batch and tells how many they were.
func (m *merge) flush() (rows int, err error) {
	for _, s := range m.order {
		if !s.state.changed {
			continue
		}
		rows++
		if err := m.write(s); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func (m *merge) write(s *stored) error {
	meta := s.t.meta
	key := []byte(s.key)
	s.state.forget(m.ms - wide.TombstoneTTL.Milliseconds())
	if s.state.empty() {
		if !s.found {
			return nil
		}
		return wrap("delete row", m.batch.Delete(key, nil))
	}
	if s.grave || !s.state.exists(meta, m.ms) && s.state.tomb == 0 {
		if err := m.bury(graveRow, key); err != nil {
			return err
		}
	}
	m.buf = s.state.append(m.buf[:0], meta)
	return wrap("write row", m.batch.Set(key, m.buf, nil))
}

// writeClock keeps the last write time and position with the batch, so that both go on from there after a restart.
func (m *merge) writeClock(last int64, position uint64) error {
	b := binary.BigEndian.AppendUint64(nil, uint64(last))
	b = binary.BigEndian.AppendUint64(b, position)
	return wrap("write clock", m.batch.Set(metaClock, b, nil))
}

func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", op, err)
}
