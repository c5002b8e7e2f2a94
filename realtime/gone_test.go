package realtime

import (
	"testing"
	"testing/synctest"

	"github.com/beep-chat/beep/core"
)

// TestAGhostIsNotAnnounced: nodes announce on their own, so what was deleted may be told of afterwards, and even in a later
// epoch. Streams do not hear it, live or resumed.
func TestAGhostIsNotAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		to := core.Audience{Server: 1, Channel: 2}
		message := func(id core.MessageID) core.Message { return core.Message{ID: id, ChannelID: 2} }
		r.source.Append(
			r.event(to, core.MessageUpdated{Message: message(50)}),
			r.event(to, core.MessageDeleted{MessageID: 50}),
			r.event(to, core.MessageUpdated{Message: message(50)}), // a ghost
			r.event(to, core.MessageCreated{Message: message(50)}), // a ghost
			r.event(to, core.MessageCreated{Message: message(51)}),
		)
		channel := core.Audience{Server: 1, Channel: 3}
		r.source.Append(
			r.event(channel, core.ChannelDeleted{}),
			r.event(channel, core.ChannelUpdated{Channel: core.Channel{ID: 3}}), // a ghost
			r.event(channel, core.ChannelCreated{Channel: core.Channel{ID: 3}}), // a ghost
			r.event(core.Audience{Server: 1, Channel: 4}, core.ChannelCreated{Channel: core.Channel{ID: 4}}),
		)
		c.want("ready@e1.0 message.updated@e1.1 message.deleted@e1.2 message.created@e1.5 channel.deleted@e1.6 channel.created@e1.9")
		back := r.connect(StreamRequest{User: 7, LastEventID: "e1.1"})
		back.want("ready@e1.1 message.deleted@e1.2 message.created@e1.5 channel.deleted@e1.6 channel.created@e1.9")
		c.leave()
		back.leave()
		r.log.breakOff("e2")
		again := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		r.source.Append(r.event(to, core.MessageUpdated{Message: message(50)}), r.event(to, core.MessageUpdated{Message: message(51)}))
		again.want("ready@e2.0 message.updated@e2.2")
	})
}

func TestWhatIsGoneIsRememberedInBounds(t *testing.T) {
	g := newGone()
	for id := range int64(maxGone + 10) {
		g.add(id)
	}
	if len(g.ids) != maxGone || len(g.oldest) != maxGone || g.has(9) || !g.has(10) || !g.has(maxGone+9) {
		t.Errorf("%d ids, %d in order; 9: %v, 10: %v", len(g.ids), len(g.oldest), g.has(9), g.has(10))
	}
}
