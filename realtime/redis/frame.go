package redis

import (
	"errors"
	"strconv"
	"strings"

	"github.com/beep-chat/beep/core"
)

// frame is one message on the log's channel: a line of header, then the bytes of its events.
//
//	e EPOCH FIRST MS LEN,LEN,...\n<events>   appended events from position FIRST on
//	p EPOCH NEWEST MS TAG\n                  a probe: NEWEST is the log's newest position at that moment
//
// MS is Redis's clock when the script ran.
type frame struct {
	probe    bool
	epoch    string
	position uint64 // FIRST or NEWEST
	ms       int64
	tag      string   // of a probe
	events   [][]byte // encoded
}

var errBadFrame = errors.New("not a message of the log")

func parseFrame(s string) (frame, error) {
	head, body, ok := strings.Cut(s, "\n")
	parts := strings.Split(head, " ")
	if !ok || len(parts) != 5 {
		return frame{}, errBadFrame
	}
	f := frame{probe: parts[0] == "p", epoch: parts[1]}
	if !f.probe && parts[0] != "e" {
		return frame{}, errBadFrame
	}
	var err error
	if f.position, err = strconv.ParseUint(parts[2], 10, 64); err != nil {
		return frame{}, errBadFrame
	}
	if f.ms, err = strconv.ParseInt(parts[3], 10, 64); err != nil {
		return frame{}, errBadFrame
	}
	if f.probe {
		f.tag = parts[4]
		return f, nil
	}
	f.events, err = split([]byte(body), parts[4])
	return f, err
}

// split cuts the body at the lengths; they must use it up.
func split(body []byte, lengths string) ([][]byte, error) {
	var events [][]byte
	for text := range strings.SplitSeq(lengths, ",") {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil || n > uint64(len(body)) {
			return nil, errBadFrame
		}
		events = append(events, body[:n:n])
		body = body[n:]
	}
	if len(body) > 0 {
		return nil, errBadFrame
	}
	return events, nil
}

// stored is an event as the stream or a frame gives it.
type stored struct {
	position uint64
	data     []byte
}

// decode gives the events up to the first that cannot be read, and how many that are.
func decode(in []stored) []core.LoggedEvent {
	out := make([]core.LoggedEvent, 0, len(in))
	for _, s := range in {
		e := core.LoggedEvent{Position: s.position}
		if e.Event.UnmarshalBinary(s.data) != nil {
			break
		}
		out = append(out, e)
	}
	return out
}

// encode gives the stored form of an event.
func encode(e core.Event) (string, error) {
	data, err := e.AppendBinary(make([]byte, 0, len(e.Data)+128))
	return string(data), err
}
