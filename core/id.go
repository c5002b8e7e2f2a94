package core

import (
	"errors"
	"strconv"
	"time"
)

// Epoch is the first millisecond of a Beep id: 2015-01-01T00:00:00Z, Discord's epoch, so that imported ids keep their times.
const Epoch int64 = 1420070400000

// A snowflake is 42 bits of milliseconds since Epoch, 10 bits of worker and 12 bits of sequence.
const (
	SequenceBits = 12
	WorkerBits   = 10
	TimeShift    = SequenceBits + WorkerBits
	MaxWorker    = 1<<WorkerBits - 1
	MaxSequence  = 1<<SequenceBits - 1
)

// ErrBadID is returned for text that is not a snowflake: not decimal, zero, negative or out of range.
var ErrBadID = errors.New("not an id")

// ID is a snowflake of one kind of thing. The kinds are distinct types, so that a channel's id cannot be passed for a
// server's. On the wire it is a decimal string; the zero value means "none" and is written as "0".
type ID[Kind any] int64

type (
	userKind    struct{}
	serverKind  struct{}
	channelKind struct{}
	messageKind struct{}
	sessionKind struct{}
	roleKind    struct{}
	eventKind   struct{}
	jobKind     struct{}
)

// The kinds of id, one for each kind of thing.
//
//nolint:revive // their names say it
type (
	UserID    = ID[userKind]
	ServerID  = ID[serverKind]
	ChannelID = ID[channelKind]
	MessageID = ID[messageKind]
	SessionID = ID[sessionKind]
	RoleID    = ID[roleKind]
	EventID   = ID[eventKind]
	JobID     = ID[jobKind]
)

// ParseID reads a decimal snowflake; it refuses signs, leading zeros, zero and what exceeds 63 bits.
func ParseID[Kind any](s string) (ID[Kind], error) {
	if s == "" || len(s) > 19 || s[0] < '1' || s[0] > '9' {
		return 0, ErrBadID
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, ErrBadID
	}
	return ID[Kind](n), nil
}

// FirstIDAt is the smallest id of the millisecond t lies in.
func FirstIDAt[Kind any](t time.Time) ID[Kind] {
	ms := t.UnixMilli() - Epoch
	if ms < 0 {
		return 0
	}
	return ID[Kind](ms << TimeShift)
}

// Time is the millisecond the id was made in, UTC.
func (id ID[Kind]) Time() time.Time { return time.UnixMilli(int64(id)>>TimeShift + Epoch).UTC() }

// IsZero tells whether the id is "none".
func (id ID[Kind]) IsZero() bool { return id == 0 }

// String is the decimal form.
func (id ID[Kind]) String() string { return strconv.FormatInt(int64(id), 10) }

// AppendText implements encoding.TextAppender.
func (id ID[Kind]) AppendText(b []byte) ([]byte, error) {
	return strconv.AppendInt(b, int64(id), 10), nil
}

// MarshalText implements encoding.TextMarshaler; with it an id can be the key of a JSON object.
func (id ID[Kind]) MarshalText() ([]byte, error) { return id.AppendText(nil) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID[Kind]) UnmarshalText(b []byte) error {
	n, err := ParseID[Kind](string(b))
	if err != nil {
		return err
	}
	*id = n
	return nil
}

// MarshalJSON writes the decimal string.
func (id ID[Kind]) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 21)
	b = append(b, '"')
	b = strconv.AppendInt(b, int64(id), 10)
	return append(b, '"'), nil
}

// UnmarshalJSON reads a decimal string, "0" for none; a JSON number is refused, since JavaScript rounds it.
func (id *ID[Kind]) UnmarshalJSON(b []byte) error {
	if string(b) == `"0"` {
		*id = 0
		return nil
	}
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return ErrBadID
	}
	return id.UnmarshalText(b[1 : len(b)-1])
}
