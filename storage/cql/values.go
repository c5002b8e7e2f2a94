package cql

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gocql/gocql"

	"github.com/beep-chat/beep/storage/wide"
)

// bind gives a value as the driver takes it; nil is null.
func bind(c *wide.Column, v wide.Value) any {
	if !v.Valid {
		return nil
	}
	switch c.Kind {
	case wide.KindInt, wide.KindTime: // the driver takes a timestamp's milliseconds
		return v.Int
	case wide.KindBool:
		return v.Int != 0
	case wide.KindBlob:
		return []byte(v.Str) // never nil, so an empty blob is a value
	case wide.KindSet:
		return setValue(v.Str)
	}
	return v.Str
}

// setValue is the Str of a set on its way to the driver: the number of members, then each with its length.
type setValue string

// MarshalCQL implements gocql.Marshaler.
func (s setValue) MarshalCQL(gocql.TypeInfo) ([]byte, error) {
	n := len(s) / 8
	b := make([]byte, 0, 4+12*n)
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	for i := range n {
		b = binary.BigEndian.AppendUint32(b, 8)
		b = append(b, s[8*i:8*i+8]...)
	}
	return b, nil
}

var errBadCell = errors.New("the server's answer does not fit the column's type")

// cell receives one column of one row. The driver uses its buffers again, so what is kept is copied.
type cell struct {
	kind wide.Kind
	into *wide.Value
}

// UnmarshalCQL implements gocql.Unmarshaler.
func (c *cell) UnmarshalCQL(_ gocql.TypeInfo, data []byte) error {
	*c.into = wide.Value{}
	if data == nil {
		return nil
	}
	v := wide.Value{Valid: true}
	switch c.kind {
	case wide.KindInt, wide.KindTime:
		if len(data) != 8 {
			return fmt.Errorf("%w: %d bytes for 8", errBadCell, len(data))
		}
		v.Int = int64(binary.BigEndian.Uint64(data))
	case wide.KindBool:
		if len(data) != 1 {
			return fmt.Errorf("%w: %d bytes for a boolean", errBadCell, len(data))
		}
		if data[0] != 0 {
			v.Int = 1
		}
	case wide.KindSet:
		members, err := decodeSet(data)
		if err != nil || members == "" {
			return err
		}
		v.Str = members
	default:
		v.Str = string(data)
	}
	*c.into = v
	return nil
}

func decodeSet(data []byte) (string, error) {
	if len(data) < 4 {
		return "", fmt.Errorf("%w: %d bytes for a set", errBadCell, len(data))
	}
	n := int(binary.BigEndian.Uint32(data))
	if len(data) != 4+12*n {
		return "", fmt.Errorf("%w: %d bytes for a set of %d", errBadCell, len(data), n)
	}
	b := make([]byte, 0, 8*n)
	for i := range n {
		member := data[4+12*i:]
		if binary.BigEndian.Uint32(member) != 8 {
			return "", fmt.Errorf("%w: a member of a set is not a bigint", errBadCell)
		}
		b = append(b, member[4:12]...)
	}
	return string(b), nil
}
