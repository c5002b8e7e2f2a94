package outbox

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"

	"github.com/beep-chat/beep/storage/wide"
)

// evidence is how to tell, by reading, whether a commit happened: what its first write left behind. A row that was
// inserted or updated must be there with the values of the write, or with a higher version (then somebody wrote after us,
// and an event of an older version does no harm: readers drop it). A row that was deleted must be gone. Where a later
// write hides the outcome without a version, the event is not announced: the later write announces its own.
type evidence struct {
	table   uint16 // 0: the commit wrote nothing, its events stand for themselves
	op      wide.Op
	key     []byte // the row's encoded key
	columns []byte // ids of the columns written
	sum     uint64 // of their values
	version int64  // the value of the column named version, where it is written
}

// versionColumn is the column that grows with every change of an object.
const versionColumn = "version"

// evidenceOf takes the evidence of a commit from its first write: stores put the object itself there.
func evidenceOf(writes []wide.Write) evidence {
	if len(writes) == 0 {
		return evidence{}
	}
	w := &writes[0]
	e := evidence{table: w.Meta.ID, op: w.Op, key: w.Meta.AppendKey(nil, w.Row)}
	for _, i := range w.Meta.Regular {
		if w.Mask&(1<<i) == 0 {
			continue
		}
		e.columns = append(e.columns, w.Meta.Columns[i].ID)
		if w.Meta.Columns[i].Name == versionColumn {
			e.version = w.Row[i].Int
		}
	}
	e.sum = sumOf(w.Meta, w.Row, e.columns)
	return e
}

// sumOf is a hash of some columns of a row; a column this binary does not know counts as null.
func sumOf(m *wide.Meta, r wide.Row, columns []byte) uint64 {
	h := fnv.New64a()
	var b [10]byte
	for _, id := range columns {
		i, ok := m.ColumnByID(id)
		if !ok || !r[i].Valid {
			_, _ = h.Write([]byte{id, 0})
			continue
		}
		_, _ = h.Write([]byte{id, 1})
		_, _ = h.Write(binary.AppendVarint(b[:0], r[i].Int))
		_, _ = h.Write(binary.AppendUvarint(b[:0], uint64(len(r[i].Str))))
		_, _ = h.Write([]byte(r[i].Str))
	}
	return h.Sum64()
}

// holds tells whether the commit happened. A table this binary does not know cannot be asked: better an event too many
// than one too few.
func (e evidence) holds(ctx context.Context, db wide.Engine, tables map[uint16]*wide.Meta) (bool, error) {
	m := tables[e.table]
	if m == nil {
		return true, nil
	}
	key := make(wide.Row, len(m.Columns))
	if err := m.DecodeKey(e.key, key); err != nil {
		return false, err
	}
	if e.op == wide.OpDeletePartition {
		q := wide.RawQuery{Meta: m, Partition: key, Bound: len(m.Clustering), Limit: 1}
		rows, err := db.Range(ctx, q)
		return err == nil && len(rows) == 0, err
	}
	row, err := db.Get(ctx, m, key)
	gone := errors.Is(err, wide.ErrNotFound)
	switch {
	case err != nil && !gone:
		return false, err
	case e.op == wide.OpDelete:
		return gone, nil
	case gone:
		return false, nil
	}
	return e.newer(m, row) || sumOf(m, row, e.columns) == e.sum, nil
}

// newer tells whether the row has a higher version than the commit wrote.
func (e evidence) newer(m *wide.Meta, r wide.Row) bool {
	for _, id := range e.columns {
		if i, ok := m.ColumnByID(id); ok && m.Columns[i].Name == versionColumn {
			return r[i].Int > e.version
		}
	}
	return false
}

func (e evidence) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(e.table))
	b = append(b, byte(e.op))
	b = appendBytes(b, e.key)
	b = appendBytes(b, e.columns)
	b = binary.BigEndian.AppendUint64(b, e.sum)
	return binary.AppendVarint(b, e.version)
}

func (e *evidence) decode(b []byte) error {
	r := reader{b: b}
	e.table = uint16(r.uvarint())
	if len(r.b) == 0 {
		return errBadRow
	}
	e.op, r.b = wide.Op(r.b[0]), r.b[1:]
	e.key, e.columns = r.bytes(), r.bytes()
	if len(r.b) < 8 {
		return errBadRow
	}
	e.sum, r.b = binary.BigEndian.Uint64(r.b), r.b[8:]
	e.version = r.varint()
	if r.bad || len(r.b) > 0 {
		return errBadRow
	}
	return nil
}
