package embedded

import (
	"encoding/binary"

	"github.com/beep-chat/beep/storage/wide"
)

// rowReader takes a stored row apart. After a shortage bad is set and everything reads as zero. Texts are cut from one
// copy of the value, so that a row costs one allocation however many it has.
type rowReader struct {
	b    []byte
	text string // copy of the whole value, made when first needed
	bad  bool

	base             int64
	tomb, tombAt     int64
	marker, markerAt int64
}

// open reads the head of a row.
func (r *rowReader) open(value []byte) {
	*r = rowReader{b: value}
	if r.byte() != rowFormat {
		r.bad = true
		return
	}
	flags := r.byte()
	r.base = int64(r.uvarint())
	if flags&flagTomb != 0 {
		r.tomb = r.base - int64(r.uvarint())
		r.tombAt = int64(r.uvarint())
	}
	if flags&flagMarker != 0 {
		r.marker = r.base - int64(r.uvarint())
	}
	if flags&flagMarkerTTL != 0 {
		r.markerAt = int64(r.uvarint())
	}
}

// next reads the next cell of a column the table still has; ok is false at the end.
func (r *rowReader) next(m *wide.Meta, whole []byte) (index int, c cell, ok bool) {
	for len(r.b) > 0 && !r.bad {
		index, known := m.ColumnByID(r.byte())
		head := r.uvarint()
		c = cell{time: r.base - int64(head>>timeShift)}
		if head&(cellNull|cellExpires) != 0 {
			c.at = int64(r.uvarint())
		}
		wire := head >> wireShift & 3
		if known && wire != wireOf(m.Columns[index].Kind) {
			r.bad = true
		}
		if head&cellNull == 0 {
			c.value = r.value(wire, known, whole)
		}
		if known {
			return index, c, !r.bad
		}
	}
	return 0, cell{}, false
}

func (r *rowReader) value(wire uint64, known bool, whole []byte) wide.Value {
	switch wire {
	case wireVarint:
		return wide.Value{Int: r.varint(), Valid: true}
	case wireByte:
		return wide.Value{Int: int64(r.byte()), Valid: true}
	}
	n := r.uvarint()
	if wire != wireBytes || n > uint64(len(r.b)) {
		r.bad = true
		return wide.Value{}
	}
	start := len(whole) - len(r.b)
	r.b = r.b[n:]
	if n == 0 || !known {
		return wide.Value{Valid: true}
	}
	if r.text == "" {
		r.text = string(whole)
	}
	return wide.Value{Str: r.text[start : start+int(n)], Valid: true}
}

func (r *rowReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *rowReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *rowReader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// decodeState reads a stored row with its times into s, whose cells are zero.
func decodeState(m *wide.Meta, value []byte, s *rowState) error {
	var r rowReader
	r.open(value)
	s.tomb, s.tombAt, s.marker, s.markerAt = r.tomb, r.tombAt, r.marker, r.markerAt
	for {
		i, c, ok := r.next(m, value)
		if !ok {
			break
		}
		s.cells[i] = c
	}
	if r.bad {
		return errCorruptRow
	}
	return nil
}

// decodeRow reads what a stored row shows at a moment (milliseconds) into the regular columns of row; present is false
// when the row reads as absent. Cells up to the write time floor are deleted with their partition.
func decodeRow(m *wide.Meta, value []byte, floor, now int64, row wide.Row) (present bool, err error) {
	var r rowReader
	r.open(value)
	for {
		i, c, ok := r.next(m, value)
		if !ok {
			break
		}
		if c.time > floor && c.visible(now) {
			row[i] = c.value
		}
	}
	if r.bad {
		return false, errCorruptRow
	}
	if m.KeyOnly() {
		return r.marker > floor && (r.markerAt == 0 || r.markerAt > now), nil
	}
	return m.Present(row), nil
}
