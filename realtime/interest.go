package realtime

import "github.com/beep-chat/beep/core"

// Interest is how much of a server a stream wants to hear.
type Interest string

// The levels of interest. A stream begins with InterestActive for every server.
const (
	InterestActive Interest = "active" // everything
	InterestNone   Interest = "none"   // only what names the person, such as their own removal
)

// MaxInterests bounds the servers one call may name, and those a stream may have silenced.
const MaxInterests = 200

// SetInterest changes how much a stream hears of some servers, from now on: what was not heard meanwhile is not sent
// later, so a client that comes back to a server fetches it again. CodeNotFound when the person has no such stream on
// this node.
func (h *Hub) SetInterest(user core.UserID, streamID string, levels map[core.ServerID]Interest) error {
	const op = "set interest"
	tooMany := core.Invalid(op, "/servers", core.CodeTooLong, map[string]any{"max": MaxInterests})
	if len(levels) > MaxInterests {
		return tooMany
	}
	for server, level := range levels {
		if level != InterestActive && level != InterestNone {
			return core.Invalid(op, "/servers/"+server.String(), core.CodeNotAllowedValue, nil)
		}
	}
	h.mu.Lock()
	s := h.streams[streamID]
	h.mu.Unlock()
	if s == nil || s.user != user {
		return core.E(core.CodeNotFound, op)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	added := 0
	for server, level := range levels {
		if _, known := s.quiet[server]; !known && level != InterestActive {
			added++
		}
	}
	if len(s.quiet)+added > MaxInterests {
		return tooMany
	}
	if s.quiet == nil {
		s.quiet = make(map[core.ServerID]Interest, added)
	}
	for server, level := range levels {
		if level == InterestActive {
			delete(s.quiet, server)
			continue
		}
		s.quiet[server] = level
	}
	return nil
}
