package realtime

import (
	"errors"
	"strconv"
	"strings"

	"github.com/beep-chat/beep/core"
)

// Cursor is a place in the log, the id of an SSE block: everything up to Position was delivered or was not for the reader.
type Cursor struct {
	Epoch    string
	Position uint64
}

// String is the form on the wire, EPOCH.POSITION.
func (c Cursor) String() string { return string(c.appendTo(nil)) }

func (c Cursor) appendTo(b []byte) []byte {
	b = append(b, c.Epoch...)
	b = append(b, '.')
	return strconv.AppendUint(b, c.Position, 10)
}

const maxEpochBytes = 64

var errBadCursor = errors.New("want EPOCH.POSITION")

// ParseCursor reads EPOCH.POSITION as String writes it and nothing else; the error has CodeBadLastEventID. A cursor that
// parses may still be of another epoch or outside the window: Serve answers those with resync.
func ParseCursor(s string) (Cursor, error) {
	epoch, position, ok := strings.Cut(s, ".")
	if !ok || !validEpoch(epoch) || position == "" || len(position) > 1 && position[0] == '0' {
		return Cursor{}, badCursor(errBadCursor)
	}
	n, err := strconv.ParseUint(position, 10, 64) // digits only: it takes no sign and no underscore
	if err != nil {
		return Cursor{}, badCursor(err)
	}
	return Cursor{Epoch: epoch, Position: n}, nil
}

func badCursor(err error) error { return core.E(core.CodeBadLastEventID, "parse cursor").Because(err) }

func validEpoch(s string) bool {
	if s == "" || len(s) > maxEpochBytes {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
