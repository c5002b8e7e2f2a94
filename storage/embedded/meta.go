package embedded

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beep-chat/beep/storage/wide"
)

// formatVersion is the version of the layout of keys and values in this package.
const formatVersion = 1

// The keys of the meta space.
var (
	metaFormat = []byte{spaceMeta, 'f'} // uvarint formatVersion
	metaSchema = []byte{spaceMeta, 's'} // uvarint Options.SchemaVersion
	metaEpoch  = []byte{spaceMeta, 'e'} // text
	metaClock  = []byte{spaceMeta, 'c'} // last write time, last position: 8 bytes each
)

func metaTable(id uint16) []byte {
	return binary.BigEndian.AppendUint16([]byte{spaceMeta, 't'}, id) // tableShape
}

// loadMeta reads the identity of the folder, or gives a new one its own, and refuses what this version cannot read.
func (e *Engine) loadMeta() error {
	b := e.db.NewBatch()
	for _, v := range []struct {
		key  []byte
		name string
		mine uint64
	}{{metaFormat, "format", formatVersion}, {metaSchema, "schema", e.opt.SchemaVersion}} {
		stored, err := e.metaUint(v.key)
		if err != nil {
			return err
		}
		if stored > v.mine {
			return fmt.Errorf("%w (%s %d, known is %d)", ErrNewerFormat, v.name, stored, v.mine)
		}
		if err := b.Set(v.key, binary.AppendUvarint(nil, v.mine), nil); err != nil {
			return wrap("write meta", err)
		}
	}
	if err := e.checkTables(b); err != nil {
		return err
	}
	epoch, err := e.metaBytes(metaEpoch)
	if err != nil {
		return err
	}
	if epoch == nil {
		epoch = []byte(rand.Text())
		if err := b.Set(metaEpoch, epoch, nil); err != nil {
			return wrap("write meta", err)
		}
	}
	text := string(epoch)
	e.epoch.Store(&text)
	clock, err := e.metaBytes(metaClock)
	if err != nil {
		return err
	}
	if len(clock) == 16 {
		e.clock.last = int64(binary.BigEndian.Uint64(clock))
		e.log.last = binary.BigEndian.Uint64(clock[8:])
	}
	return wrap("write meta", b.Commit(pebble.Sync))
}

// NewEpoch gives the event sequence a new identity: clients that hold positions of the old one start over. A restore
// calls it, since positions after the backup will be used again.
func (e *Engine) NewEpoch() error {
	done, err := e.reading()
	if err != nil {
		return err
	}
	defer done()
	if err := e.broken.err(); err != nil {
		return err
	}
	epoch := rand.Text()
	if err := e.db.Set(metaEpoch, []byte(epoch), pebble.Sync); err != nil {
		return fmt.Errorf("write epoch: %w", err)
	}
	if err := e.broken.err(); err != nil {
		return err
	}
	e.epoch.Store(&epoch)
	return nil
}

func (e *Engine) metaBytes(key []byte) ([]byte, error) {
	value, closer, err := e.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read meta: %w", err)
	}
	defer func() { _ = closer.Close() }()
	return append([]byte(nil), value...), nil
}

func (e *Engine) metaUint(key []byte) (uint64, error) {
	b, err := e.metaBytes(key)
	if err != nil || b == nil {
		return 0, err
	}
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, fmt.Errorf("read meta: %w", errCorruptRow)
	}
	return n, nil
}

// checkTables compares each declaration with the shape its rows were stored in: keys must be the same, a column id keeps
// its kind for ever (also when the column is gone), columns may come and go.
func (e *Engine) checkTables(b *pebble.Batch) error {
	for _, m := range e.opt.Schema.Tables() {
		stored, err := e.metaBytes(metaTable(m.ID))
		if err != nil {
			return err
		}
		shape := shapeOf(m)
		if stored != nil {
			if err := shape.inherit(string(stored)); err != nil {
				return fmt.Errorf("%w: %s: %w", ErrSchemaChanged, m.Name, err)
			}
		}
		if err := b.Set(metaTable(m.ID), []byte(shape.String()), nil); err != nil {
			return wrap("write meta", err)
		}
	}
	return nil
}

// tableShape is what of a declaration the stored bytes depend on. As text: the key's columns, then one line a column id.
type tableShape struct {
	key     string
	columns [256]string // kind by id
}

func shapeOf(m *wide.Meta) *tableShape {
	s := &tableShape{}
	var key []string
	for i, c := range m.Key {
		col := &m.Columns[c]
		order := "+"
		if col.Desc {
			order = "-"
		}
		if i < len(m.Partition) {
			order = "="
		}
		key = append(key, order+col.Kind.CQL())
	}
	s.key = strings.Join(key, ",")
	for _, i := range m.Regular {
		s.columns[m.Columns[i].ID] = m.Columns[i].Kind.CQL()
	}
	return s
}

func (s *tableShape) inherit(stored string) error {
	key, lines, _ := strings.Cut(stored, "\n")
	if key != s.key {
		return fmt.Errorf("its key was %s and is %s", key, s.key)
	}
	for line := range strings.Lines(lines) {
		id, kind, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, err := strconv.ParseUint(id, 10, 8)
		if err != nil {
			return fmt.Errorf("its stored shape cannot be read: %w", err)
		}
		if s.columns[n] == "" {
			s.columns[n] = kind
		}
		if s.columns[n] != kind {
			return fmt.Errorf("column id %d was %s and is %s", n, kind, s.columns[n])
		}
	}
	return nil
}

// String is the stored form.
func (s *tableShape) String() string {
	var b strings.Builder
	b.WriteString(s.key)
	b.WriteByte('\n')
	for id, kind := range s.columns {
		if kind != "" {
			fmt.Fprintf(&b, "%d %s\n", id, kind)
		}
	}
	return b.String()
}
