package realtime

import (
	"encoding/json"

	"github.com/beep-chat/beep/core"
)

// maxGone bounds what is remembered of deletions: far more than there are between two nodes' announcements of one thing.
const maxGone = 65_536

// gone remembers the messages and channels deleted last. Nodes announce on their own, so the event of a message or of its
// edit can come after that of its deletion, seconds after it when the log was away. Who fetched a snapshot in between does
// not know that it was deleted and would be shown a ghost, so such an event goes to nobody. What is remembered outlasts
// epochs of the log: the event may be announced in a later one.
type gone struct {
	ids    map[int64]struct{}
	oldest []int64 // a ring of maxGone once it is full; next is what goes next
	next   int

	moves  map[membership]core.EventID // the newest coming or going
	movers []membership                // a ring like oldest
	after  int
}

// membership is somebody in a server.
type membership struct {
	server core.ServerID
	user   core.UserID
}

func newGone() *gone {
	return &gone{ids: make(map[int64]struct{}), moves: make(map[membership]core.EventID)}
}

// overtaken tells whether a later coming or going of the same person was announced before: ids grow with time on all nodes,
// as the write times do by which the store decides.
func (g *gone) overtaken(e core.Event) bool {
	late := false
	for _, user := range e.Audience.Users {
		m := membership{e.Audience.Server, user}
		last, known := g.moves[m]
		if late = last > e.ID; late {
			continue
		}
		g.moves[m] = e.ID
		switch {
		case known:
		case len(g.movers) < maxGone:
			g.movers = append(g.movers, m)
		default:
			delete(g.moves, g.movers[g.after])
			g.movers[g.after] = m
			g.after = (g.after + 1) % maxGone
		}
	}
	return late
}

// late takes an event in the order of the log and tells whether what it is about was deleted before it.
func (g *gone) late(e core.Event) bool {
	switch e.Type {
	case core.EventMessageDeleted:
		var about core.MessageDeleted
		if json.Unmarshal(e.Data, &about) == nil {
			g.add(int64(about.MessageID))
		}
	case core.EventMemberJoined, core.EventMemberRemoved:
		return g.overtaken(e)
	case core.EventChannelDeleted:
		g.add(int64(e.Audience.Channel))
	case core.EventMessageCreated, core.EventMessageUpdated:
		var about struct {
			Message struct{ ID core.MessageID }
		}
		return len(g.ids) > 0 && json.Unmarshal(e.Data, &about) == nil && g.has(int64(about.Message.ID))
	case core.EventChannelCreated, core.EventChannelUpdated:
		return g.has(int64(e.Audience.Channel))
	}
	return false
}

func (g *gone) has(id int64) bool {
	_, ok := g.ids[id]
	return ok
}

func (g *gone) add(id int64) {
	if g.has(id) {
		return
	}
	g.ids[id] = struct{}{}
	if len(g.oldest) < maxGone {
		g.oldest = append(g.oldest, id)
		return
	}
	delete(g.ids, g.oldest[g.next])
	g.oldest[g.next] = id
	g.next = (g.next + 1) % maxGone
}
