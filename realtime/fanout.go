package realtime

import (
	"encoding/json"

	"github.com/beep-chat/beep/core"
)

// fanOut pushes an event to the streams it concerns, as the membership stands at its position. Joins count before the
// event, removals after it: whoever comes or goes hears of it.
func (h *Hub) fanOut(e *entry, ev core.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.kind == core.EventMemberJoined && !e.unsent {
		h.members(e, h.index.join)
	}
	if e.kind == core.EventSessionRevoked {
		h.revoke(ev)
	}
	if !e.unsent {
		h.deliver(e)
	}
	if (e.kind == core.EventMemberRemoved || e.kind == core.EventServerDeleted) && !e.unsent {
		h.members(e, h.index.leave)
	}
	h.ring.fanned.Store(e.position)
}

func (h *Hub) members(e *entry, change func(*listener, core.ServerID)) {
	for _, user := range e.audience.Users {
		if l := h.index.users[user]; l != nil {
			change(l, e.audience.Server)
		}
	}
}

// deliver pushes an entry once to each stream of its audience. The lock is held.
func (h *Hub) deliver(e *entry) {
	h.turn++
	a := &e.audience
	if a.All {
		for _, l := range h.index.users {
			h.push(l, item{entry: e, way: named})
		}
		return
	}
	for _, user := range a.Users {
		if l := h.index.users[user]; l != nil {
			h.push(l, item{entry: e, way: named})
		}
	}
	if a.Server == 0 {
		return
	}
	way := asMember
	if e.endAccess {
		way = ending
	}
	for l := range h.index.servers[a.Server] {
		h.push(l, item{entry: e, way: way})
	}
}

func (h *Hub) push(l *listener, it item) {
	for _, s := range l.streams {
		if s.turn != h.turn {
			s.turn = h.turn
			s.push(it)
		}
	}
}

// revoke ends the streams that a session.revoked event names. What cannot be read ends all of the person's: they come
// back if their session lives.
func (h *Hub) revoke(ev core.Event) {
	// Ids are read as text: "0" is how "none" is written, and core's ids refuse it.
	var p struct {
		SessionIDs []string `json:"session_ids"`
		Keep       string   `json:"keep_session_id"`
	}
	if err := json.Unmarshal(ev.Data, &p); err != nil {
		h.opt.Logger.Error("read session.revoked", "event", ev.ID, "error", err)
		p.SessionIDs, p.Keep = nil, ""
	}
	named := make(map[string]bool, len(p.SessionIDs))
	for _, id := range p.SessionIDs {
		named[id] = true
	}
	for _, user := range ev.Audience.Users {
		h.endSessions(user, func(s core.SessionID) bool {
			if len(named) == 0 {
				return s.String() != p.Keep
			}
			return named[s.String()]
		})
	}
}

// endSessions ends the streams of a person's sessions. The lock is held.
func (h *Hub) endSessions(user core.UserID, which func(core.SessionID) bool) {
	l := h.index.users[user]
	if l == nil {
		return
	}
	for _, s := range l.streams {
		if which(s.session) {
			s.end(byeSignedOut)
		}
	}
}
