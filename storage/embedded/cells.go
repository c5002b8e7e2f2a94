package embedded

import (
	"encoding/binary"
	"errors"

	"github.com/beep-chat/beep/storage/wide"
)

// One row is one key and one value. The value:
//
//	byte     format of the value, rowFormat
//	byte     flags
//	uvarint  base: the highest write time of the row, microseconds
//	if flagTomb:    uvarint base - tombstone time, uvarint time of deletion by the clock, milliseconds
//	if flagMarker:  uvarint base - marker time; if flagMarkerTTL: uvarint expiry, milliseconds
//	cells:   byte column id, uvarint (base - write time) << 4 | wire << 2 | null << 1 | expiring,
//	         if null: uvarint time of the deletion by the clock, milliseconds; else if expiring: uvarint expiry, milliseconds;
//	         unless null, the value by its wire: varint (bigint, timestamp), byte (boolean), or uvarint length and bytes
//
// The wire lets a reader skip columns its table no longer has; they go when the row is next written.
//
// A partition's tombstone is a value of partitionFormat under the partition's own key, which no row has: rows have
// clustering columns (a table without them is deleted row by row). Its body: uvarint write time, uvarint clock time.
const (
	rowFormat       = 1
	partitionFormat = 2

	flagTomb      = 1
	flagMarker    = 2
	flagMarkerTTL = 4

	cellExpires = 1
	cellNull    = 2
	wireShift   = 2
	timeShift   = 4

	wireVarint = 0
	wireByte   = 1
	wireBytes  = 2
)

var errCorruptRow = errors.New("stored row is corrupt")

// cell is one column of a row with its write time; time 0 means the row has no such cell. At is the expiry by the clock
// in milliseconds (0: never), or for a null the moment it was written.
type cell struct {
	value wide.Value
	time  int64
	at    int64
}

// rowState is a row with its times, as merges need it.
type rowState struct {
	cells    []cell // by column index; key columns unused
	tomb     int64  // write time of the row's deletion; 0: none
	tombAt   int64  // when that was, by the clock, milliseconds
	marker   int64  // key-only tables: write time of the insert; 0: none
	markerAt int64  // its expiry, milliseconds; 0: never
	floor    int64  // write time of the partition's deletion; not part of the row
	changed  bool
}

// hidden is the write time up to which everything in the row is deleted.
func (s *rowState) hidden() int64 { return max(s.tomb, s.floor) }

// visible tells whether a cell has a value at a moment (milliseconds).
func (c *cell) visible(now int64) bool {
	return c.time != 0 && c.value.Valid && (c.at == 0 || c.at > now)
}

// exists tells whether the row reads as present at a moment.
func (s *rowState) exists(m *wide.Meta, now int64) bool {
	if m.KeyOnly() {
		return s.marker != 0 && (s.markerAt == 0 || s.markerAt > now)
	}
	for _, i := range m.Regular {
		if m.Columns[i].Mandatory && !s.cells[i].visible(now) {
			return false
		}
	}
	return true
}

// put merges one cell: the higher write time wins, on a tie the greater value, of equal ones the later expiry.
func (s *rowState) put(k wide.Kind, i int, c cell) {
	if c.time <= s.hidden() {
		return
	}
	old := &s.cells[i]
	if old.time > c.time {
		return
	}
	if old.time == c.time {
		order := wide.CompareCells(k, c.value, old.value)
		if order < 0 || order == 0 && c.at <= old.at {
			return
		}
	}
	*old, s.changed = c, true
}

// mark merges the insert of a row of a key-only table.
func (s *rowState) mark(t, expires int64) {
	if t > s.hidden() && (t > s.marker || t == s.marker && expires > s.markerAt) {
		s.marker, s.markerAt, s.changed = t, expires, true
	}
}

// remove merges a deletion of the row.
func (s *rowState) remove(t, now int64) {
	if t <= s.hidden() {
		return
	}
	s.tomb, s.tombAt, s.changed = t, now, true
	s.drop(t)
}

// raise hides everything up to the write time of the partition's deletion.
func (s *rowState) raise(floor int64) {
	if floor <= s.floor {
		return
	}
	s.floor = floor
	s.drop(floor)
}

func (s *rowState) drop(t int64) {
	for i := range s.cells {
		if s.cells[i].time <= t {
			s.cells[i] = cell{}
		}
	}
	if s.marker <= t {
		s.marker, s.markerAt = 0, 0
	}
}

// empty tells whether nothing is left to store.
func (s *rowState) empty() bool {
	if s.tomb != 0 || s.marker != 0 {
		return false
	}
	for i := range s.cells {
		if s.cells[i].time != 0 {
			return false
		}
	}
	return true
}

// forget drops what has been remembered for long enough: deletions, nulls and expiries before a moment (milliseconds).
func (s *rowState) forget(before int64) {
	if s.tomb != 0 && s.tombAt < before {
		s.tomb, s.tombAt, s.changed = 0, 0, true
	}
	for i := range s.cells {
		c := &s.cells[i]
		if c.time != 0 && c.at != 0 && c.at < before {
			*c, s.changed = cell{}, true
		}
	}
	if s.marker != 0 && s.markerAt != 0 && s.markerAt < before {
		s.marker, s.markerAt, s.changed = 0, 0, true
	}
}

// newest is the highest write time in the row.
func (s *rowState) newest() int64 {
	base := max(s.tomb, s.marker)
	for i := range s.cells {
		base = max(base, s.cells[i].time)
	}
	return base
}

// append encodes the row.
func (s *rowState) append(b []byte, m *wide.Meta) []byte {
	base := s.newest()
	flags := byte(0)
	if s.tomb != 0 {
		flags |= flagTomb
	}
	if s.marker != 0 {
		flags |= flagMarker
		if s.markerAt != 0 {
			flags |= flagMarkerTTL
		}
	}
	b = append(b, rowFormat, flags)
	b = binary.AppendUvarint(b, uint64(base))
	if flags&flagTomb != 0 {
		b = binary.AppendUvarint(b, uint64(base-s.tomb))
		b = binary.AppendUvarint(b, uint64(s.tombAt))
	}
	if flags&flagMarker != 0 {
		b = binary.AppendUvarint(b, uint64(base-s.marker))
	}
	if flags&flagMarkerTTL != 0 {
		b = binary.AppendUvarint(b, uint64(s.markerAt))
	}
	for _, i := range m.Regular {
		if s.cells[i].time != 0 {
			b = s.cells[i].append(b, &m.Columns[i], base)
		}
	}
	return b
}

func (c *cell) append(b []byte, col *wide.Column, base int64) []byte {
	head := uint64(base-c.time)<<timeShift | wireOf(col.Kind)<<wireShift
	if !c.value.Valid {
		head |= cellNull
	} else if c.at != 0 {
		head |= cellExpires
	}
	b = append(b, col.ID)
	b = binary.AppendUvarint(b, head)
	if head&(cellNull|cellExpires) != 0 {
		b = binary.AppendUvarint(b, uint64(c.at))
	}
	if head&cellNull != 0 {
		return b
	}
	switch wireOf(col.Kind) {
	case wireVarint:
		return binary.AppendVarint(b, c.value.Int)
	case wireByte:
		return append(b, byte(c.value.Int&1))
	}
	b = binary.AppendUvarint(b, uint64(len(c.value.Str)))
	return append(b, c.value.Str...)
}

func wireOf(k wide.Kind) uint64 {
	switch k {
	case wide.KindInt, wide.KindTime:
		return wireVarint
	case wide.KindBool:
		return wireByte
	}
	return wireBytes
}
