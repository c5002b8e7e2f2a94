package wide

import (
	"encoding/binary"
	"errors"
	"strings"
)

// The key codec keeps order: comparing two encoded keys of one table as bytes gives CompareKeys. There are no type codes,
// the schema is fixed; each column's encoding is prefix-free, so the keys that share leading columns are the keys that
// share those bytes.
//
//	bigint, timestamp  8 bytes big-endian with the sign bit flipped
//	boolean            1 byte, 0 or 1
//	text, blob         0x00 is written 0x00 0xFF, the end is 0x00 0x01
//	desc               the complement of all of the above
//
// The end takes two bytes because a single 0x00 followed by a column that begins with 0xFF would read as an escaped 0x00.
const (
	escape    = 0x00
	escaped00 = 0xFF
	escapeEnd = 0x01
)

// ErrBadKey is returned for bytes that are not an encoded key.
var ErrBadKey = errors.New("not an encoded key")

// AppendTable appends the table's id, the first bytes of all its keys.
func (m *Meta) AppendTable(b []byte) []byte { return binary.BigEndian.AppendUint16(b, m.ID) }

// AppendPartition appends the encoded partition columns of r.
func (m *Meta) AppendPartition(b []byte, r Row) []byte {
	for _, i := range m.Partition {
		b = appendKeyValue(b, &m.Columns[i], r[i])
	}
	return b
}

// AppendClustering appends clustering columns from (inclusive) to (exclusive) of r.
func (m *Meta) AppendClustering(b []byte, r Row, from, to int) []byte {
	for _, i := range m.Clustering[from:to] {
		b = appendKeyValue(b, &m.Columns[i], r[i])
	}
	return b
}

// AppendKey appends the whole encoded key of r: partition, then clustering columns.
func (m *Meta) AppendKey(b []byte, r Row) []byte {
	return m.AppendClustering(m.AppendPartition(b, r), r, 0, len(m.Clustering))
}

// DecodeKey fills the key columns of r from an encoded key. A key that ends before the last column is ErrBadKey.
func (m *Meta) DecodeKey(b []byte, r Row) error {
	for _, i := range m.Key {
		rest, err := decodeKeyValue(b, &m.Columns[i], &r[i])
		if err != nil {
			return err
		}
		b = rest
	}
	if len(b) != 0 {
		return ErrBadKey
	}
	return nil
}

// Successor gives the smallest key above all keys that begin with prefix; nil when there is none. It may reuse prefix.
func Successor(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xFF {
			prefix[i]++
			return prefix[:i+1]
		}
	}
	return nil
}

func appendKeyValue(b []byte, c *Column, v Value) []byte {
	start := len(b)
	switch c.Kind {
	case KindBool:
		b = append(b, byte(v.Int&1))
	case KindText, KindBlob:
		b = appendEscaped(b, v.Str)
	default:
		b = binary.BigEndian.AppendUint64(b, uint64(v.Int)^(1<<63))
	}
	if c.Desc {
		complement(b[start:])
	}
	return b
}

func appendEscaped(b []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, escape)
		if i < 0 {
			b = append(b, s...)
			return append(b, escape, escapeEnd)
		}
		b = append(b, s[:i]...)
		b = append(b, escape, escaped00)
		s = s[i+1:]
	}
}

func complement(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

func decodeKeyValue(b []byte, c *Column, v *Value) (rest []byte, err error) {
	flip := byte(0)
	if c.Desc {
		flip = 0xFF
	}
	switch c.Kind {
	case KindBool:
		if len(b) < 1 || b[0]^flip > 1 {
			return nil, ErrBadKey
		}
		*v = Value{Int: int64(b[0] ^ flip), Valid: true}
		return b[1:], nil
	case KindText, KindBlob:
		return decodeEscaped(b, flip, v)
	}
	if len(b) < 8 {
		return nil, ErrBadKey
	}
	n := binary.BigEndian.Uint64(b)
	if c.Desc {
		n = ^n
	}
	*v = Value{Int: int64(n ^ (1 << 63)), Valid: true}
	return b[8:], nil
}

func decodeEscaped(b []byte, flip byte, v *Value) (rest []byte, err error) {
	var text []byte
	for i := 0; i < len(b); i++ {
		c := b[i] ^ flip
		if c != escape {
			text = append(text, c)
			continue
		}
		i++
		if i == len(b) {
			break
		}
		switch b[i] ^ flip {
		case escaped00:
			text = append(text, escape)
		case escapeEnd:
			*v = Value{Str: string(text), Valid: true}
			return b[i+1:], nil
		default:
			return nil, ErrBadKey
		}
	}
	return nil, ErrBadKey
}
