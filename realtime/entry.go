package realtime

import (
	"bytes"

	"github.com/beep-chat/beep/core"
)

// entry is an event as the node keeps it: the header that delivery looks at, and its SSE block, encoded once for every
// stream. Immutable.
type entry struct {
	position  uint64 // 0 for ephemeral events, whose block has no id line: each stream adds its own
	id        core.EventID
	kind      core.EventType
	audience  core.Audience
	atMS      int64
	block     []byte
	unsent    bool // internal, repeated, of what is gone or not fit for the wire: holds its position, goes to nobody
	endAccess bool
}

// entryOverheadBytes is what an entry takes in the window besides its block and its list of people.
const entryOverheadBytes = 200

func newEntry(epoch string, l core.LoggedEvent) *entry {
	e := &entry{
		position: l.Position, id: l.Event.ID, kind: l.Event.Type, audience: l.Event.Audience,
		atMS: l.Event.At.UnixMilli(), endAccess: core.EndsAccess(l.Event.Type),
	}
	if core.IsInternal(e.kind) || !validType(e.kind) {
		e.unsent = true
		return e
	}
	e.block = appendBlock(make([]byte, 0, len(epoch)+len(e.kind)+len(l.Event.Data)+48),
		&Cursor{Epoch: epoch, Position: l.Position}, e.kind, l.Event.Data)
	return e
}

func newEphemeral(ev core.Event) *entry {
	return &entry{
		id: ev.ID, kind: ev.Type, audience: ev.Audience,
		block: appendBlock(make([]byte, 0, len(ev.Type)+len(ev.Data)+24), nil, ev.Type, ev.Data),
	}
}

func (e *entry) bytes() int { return entryOverheadBytes + len(e.block) + 8*len(e.audience.Users) }

// appendBlock writes one SSE block. The data is JSON, where line breaks are white space only: each becomes another data
// line, so that no data can start a field or end the block.
func appendBlock(b []byte, id *Cursor, kind core.EventType, data []byte) []byte {
	if id != nil {
		b = appendID(b, *id)
	}
	b = append(b, "event: "...)
	b = append(b, kind...)
	b = append(b, "\ndata: "...)
	for {
		i := bytes.IndexAny(data, "\r\n")
		if i < 0 {
			break
		}
		b = append(b, data[:i]...)
		b = append(b, "\ndata: "...)
		data = data[i+1:]
	}
	b = append(b, data...)
	return append(b, "\n\n"...)
}

func appendID(b []byte, id Cursor) []byte {
	b = append(b, "id: "...)
	b = id.appendTo(b)
	return append(b, '\n')
}

// validType guards the framing against a type that was stored by something else than Beep.
func validType(t core.EventType) bool {
	for i := range len(t) {
		if c := t[i]; (c < 'a' || c > 'z') && c != '.' && c != '_' {
			return false
		}
	}
	return t != ""
}
