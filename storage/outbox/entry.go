package outbox

import (
	"encoding/binary"
	"errors"

	"github.com/beep-chat/beep/core"
)

// entry is what one commit announces.
type entry struct {
	proof  evidence
	events []core.Event
}

// entriesVersion is the first byte of a row's entries.
const entriesVersion = 1

// errBadRow is returned for entries that cannot be read; such a row was not written by Beep.
var errBadRow = errors.New("not the entries of an outbox row")

// appendEntry encodes an entry: its evidence, then its events, each with its length.
func appendEntry(b []byte, e entry) ([]byte, error) {
	b = appendBytes(b, e.proof.append(nil))
	b = binary.AppendUvarint(b, uint64(len(e.events)))
	var scratch []byte
	for i := range e.events {
		var err error
		if scratch, err = e.events[i].AppendBinary(scratch[:0]); err != nil {
			return nil, err
		}
		b = appendBytes(b, scratch)
	}
	return b, nil
}

// decodeEntries reads what a row holds.
func decodeEntries(b []byte) ([]entry, error) {
	if len(b) == 0 || b[0] != entriesVersion {
		return nil, errBadRow
	}
	r := reader{b: b[1:]}
	var list []entry
	for len(r.b) > 0 && !r.bad {
		var e entry
		if err := e.proof.decode(r.bytes()); err != nil {
			return nil, err
		}
		n := r.uvarint()
		if n > uint64(len(r.b)) {
			return nil, errBadRow
		}
		e.events = make([]core.Event, n)
		for i := range e.events {
			if err := e.events[i].UnmarshalBinary(r.bytes()); err != nil {
				return nil, errors.Join(errBadRow, err)
			}
		}
		list = append(list, e)
	}
	if r.bad {
		return nil, errBadRow
	}
	return list, nil
}

func appendBytes(b, piece []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(piece))), piece...)
}

// reader takes encoded bytes apart; after the first shortage bad is set and everything reads as zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}
