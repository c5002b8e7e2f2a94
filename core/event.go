package core

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// EventType names what happened, as noun.past; the list is api/events.yaml.
type EventType string

// EventVersion is the version of the envelope, "v" on the wire.
const EventVersion = 1

// Audience says who may hear an event. It is computed when the event is written; delivery filters by the permissions of
// the moment of delivery (see EndsAccess for the exception).
//
// Members of Server hear it; when Channel is set, only those who may view that channel; when Need is set, only those who
// hold it. Users hear it besides them, unfiltered. All means everyone who is signed in. The zero value is heard by nobody.
type Audience struct {
	Server  ServerID
	Channel ChannelID
	Need    Permission
	Users   []UserID
	All     bool
}

// Event is a change that was made durable together with what it tells of. It is immutable once built.
type Event struct {
	ID       EventID
	Type     EventType
	Audience Audience
	Actor    UserID
	At       time.Time
	Data     []byte // the JSON of the wire, complete and without line breaks; encoded once, never re-encoded
}

// LoggedEvent is an event with its place in the durable sequence. Positions start at 1 and have no gaps.
type LoggedEvent struct {
	Position uint64
	Event    Event
}

// EventSource is a durable event sequence: the embedded engine's own, or a log fed by the outbox. Every event committed
// through the engine appears in it once, in the order of commit.
type EventSource interface {
	// Epoch identifies the sequence; it changes when positions may be used again (after a restore from backup).
	Epoch() string
	// Bounds gives the oldest position still kept and the newest durable one (0, 0 when nothing was ever logged;
	// oldest = newest+1 when everything was trimmed).
	Bounds() (oldest, newest uint64)
	// Read gives up to limit events after a position, oldest first.
	Read(after uint64, limit int) ([]LoggedEvent, error)
	// Follow calls fn with every later run of events, in order, from one goroutine, after they are durable; fn must be
	// quick and must not call back into the engine's commits. It returns the position after which fn begins, and an end.
	Follow(fn func([]LoggedEvent)) (after uint64, stop func())
}

// Payload is the part of an event that differs by type: a struct of core/events.gen.go. Its JSON members stand beside
// the envelope's.
type Payload interface{ EventType() EventType }

// NewEvent encodes an event. It panics when the payload cannot be encoded, which is a programmer's error: payloads are
// plain data.
func NewEvent(id EventID, to Audience, actor UserID, at time.Time, p Payload) Event {
	body, err := encodeWire(p)
	if err != nil {
		panic(fmt.Sprintf("event %s: %v", p.EventType(), err))
	}
	return Event{ID: id, Type: p.EventType(), Audience: to, Actor: actor, At: at,
		Data: appendEnvelope(make([]byte, 0, len(body)+200), id, p.EventType(), to, actor, at, body)}
}

// encodeWire is JSON as it goes on the wire: < > & stay as they are, since the answer is never read as HTML and escaping
// would make every rendered message a fifth longer.
func encodeWire(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// appendEnvelope writes {"v":1,"id":..,"type":..,..., then the members of body}.
func appendEnvelope(b []byte, id EventID, t EventType, to Audience, actor UserID, at time.Time, body []byte) []byte {
	b = append(b, `{"v":1,"id":"`...)
	b = strconv.AppendInt(b, int64(id), 10)
	b = append(b, `","type":"`...)
	b = append(b, t...)
	b = append(b, '"')
	b = appendIDMember(b, "server_id", int64(to.Server))
	b = appendIDMember(b, "channel_id", int64(to.Channel))
	b = appendIDMember(b, "actor_id", int64(actor))
	b = append(b, `,"at":"`...)
	b = at.UTC().AppendFormat(b, TimeFormat)
	b = append(b, '"')
	if len(body) > 2 { // not "{}"
		b = append(b, ',')
		return append(b, body[1:]...)
	}
	return append(b, '}')
}

func appendIDMember(b []byte, name string, id int64) []byte {
	if id == 0 {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":"`...)
	b = strconv.AppendInt(b, id, 10)
	return append(b, '"')
}

// TimeFormat is RFC 3339 in UTC with milliseconds, the form of every time on the wire.
const TimeFormat = "2006-01-02T15:04:05.000Z"

const eventCodec = 1

// ErrBadEvent is returned when stored bytes are not an event.
var ErrBadEvent = errors.New("not an encoded event")

// AppendBinary encodes an event for storage.
func (e Event) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, eventCodec)
	b = binary.AppendVarint(b, int64(e.ID))
	b = binary.AppendVarint(b, int64(e.Actor))
	b = binary.AppendVarint(b, e.At.UnixMilli())
	b = binary.AppendVarint(b, int64(e.Audience.Server))
	b = binary.AppendVarint(b, int64(e.Audience.Channel))
	b = binary.AppendUvarint(b, uint64(e.Audience.Need))
	all := byte(0)
	if e.Audience.All {
		all = 1
	}
	b = append(b, all)
	b = binary.AppendUvarint(b, uint64(len(e.Audience.Users)))
	for _, u := range e.Audience.Users {
		b = binary.AppendVarint(b, int64(u))
	}
	b = binary.AppendUvarint(b, uint64(len(e.Type)))
	b = append(b, e.Type...)
	return append(b, e.Data...), nil
}

// UnmarshalBinary decodes what AppendBinary wrote; it keeps no reference to b.
func (e *Event) UnmarshalBinary(b []byte) error {
	r := eventReader{b: b}
	if r.byte() != eventCodec {
		return ErrBadEvent
	}
	e.ID = EventID(r.varint())
	e.Actor = UserID(r.varint())
	e.At = time.UnixMilli(r.varint()).UTC()
	e.Audience = Audience{Server: ServerID(r.varint()), Channel: ChannelID(r.varint()), Need: Permission(r.uvarint())}
	e.Audience.All = r.byte() == 1
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		return ErrBadEvent
	}
	for range n {
		e.Audience.Users = append(e.Audience.Users, UserID(r.varint()))
	}
	e.Type = EventType(r.take(r.uvarint()))
	if r.bad {
		return ErrBadEvent
	}
	e.Data = slices.Clone(r.b)
	return nil
}

// eventReader takes an encoded event apart; after the first shortage bad is set and everything reads as zero.
type eventReader struct {
	b   []byte
	bad bool
}

func (r *eventReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *eventReader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *eventReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *eventReader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}
