package wide

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// Kind is the type of a column.
type Kind uint8

// The kinds and their CQL types.
const (
	KindInt  Kind = iota + 1 // bigint
	KindBool                 // boolean
	KindText                 // text, valid UTF-8
	KindBlob                 // blob
	KindTime                 // timestamp, milliseconds
	KindSet                  // frozen<set<bigint>>: written and merged as a whole
)

// CQL is the name of the kind's CQL type.
func (k Kind) CQL() string {
	switch k {
	case KindInt:
		return "bigint"
	case KindBool:
		return "boolean"
	case KindText:
		return "text"
	case KindBlob:
		return "blob"
	case KindTime:
		return "timestamp"
	case KindSet:
		return "frozen<set<bigint>>"
	}
	return "unknown"
}

// Value is one immutable cell. Int holds a bigint, a boolean (0 or 1) or a timestamp's Unix milliseconds; Str holds a
// text, a blob or a set (AppendSet). The zero Value is null.
type Value struct {
	Int   int64
	Str   string
	Valid bool
}

// Row holds one Value for each column of a table, in the order of Meta.Columns.
type Row []Value

// EncodeSet makes the Str of a set: members sorted, without duplicates, 8 bytes each, big-endian.
func EncodeSet(members []int64) string {
	if len(members) == 0 {
		return ""
	}
	sorted := slices.Clone(members)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	b := make([]byte, 0, 8*len(sorted))
	for _, m := range sorted {
		b = binary.BigEndian.AppendUint64(b, uint64(m))
	}
	return string(b)
}

// DecodeSet gives the members of a set's Str, ascending; nil when empty.
func DecodeSet(s string) []int64 {
	if len(s) < 8 {
		return nil
	}
	members := make([]int64, 0, len(s)/8)
	for ; len(s) >= 8; s = s[8:] {
		members = append(members, int64(setMember(s)))
	}
	return members
}

func setMember(s string) uint64 {
	return uint64(s[0])<<56 | uint64(s[1])<<48 | uint64(s[2])<<40 | uint64(s[3])<<32 |
		uint64(s[4])<<24 | uint64(s[5])<<16 | uint64(s[6])<<8 | uint64(s[7])
}

// CompareCells orders two values of one kind and equal write time as CQL resolves such a tie: null (a deleted cell)
// above all, then the bytes of the CQL encoding, unsigned.
func CompareCells(k Kind, a, b Value) int {
	if !a.Valid || !b.Valid {
		return cmp.Compare(boolInt(!a.Valid), boolInt(!b.Valid))
	}
	switch k {
	case KindText, KindBlob:
		return strings.Compare(a.Str, b.Str)
	case KindSet: // CQL writes the number of members first
		if c := cmp.Compare(len(a.Str), len(b.Str)); c != 0 {
			return c
		}
		return strings.Compare(a.Str, b.Str)
	}
	return cmp.Compare(uint64(a.Int), uint64(b.Int))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// CompareKeys orders two rows by partition, then in the table's clustering order: the order of encoded keys.
func (m *Meta) CompareKeys(a, b Row) int {
	for _, i := range m.Key {
		col := &m.Columns[i]
		c := compareKeyValues(col.Kind, a[i], b[i])
		if c == 0 {
			continue
		}
		if col.Desc {
			return -c
		}
		return c
	}
	return 0
}

func compareKeyValues(k Kind, a, b Value) int {
	if k == KindText || k == KindBlob {
		return bytes.Compare([]byte(a.Str), []byte(b.Str))
	}
	return cmp.Compare(a.Int, b.Int)
}
