package node_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
)

// wrong is the kind of a broken promise.
type wrong string

// The promises of consistency.md that a crash could break.
const (
	lost        wrong = "lost"
	doubled     wrong = "doubled"
	reordered   wrong = "reordered"
	unannounced wrong = "unannounced" // stored and never told, told and not stored, or told otherwise than stored
)

// verdict is what the checker found; counts by kind and the first few in words.
type verdict struct {
	count map[wrong]int
	words []string
}

const maxWords = 12

func (v *verdict) add(kind wrong, format string, args ...any) {
	if v.count == nil {
		v.count = make(map[wrong]int)
	}
	v.count[kind]++
	if len(v.words) < maxWords {
		v.words = append(v.words, string(kind)+": "+fmt.Sprintf(format, args...))
	}
}

func (v *verdict) merge(more *verdict) {
	for kind, count := range more.count {
		if v.count == nil {
			v.count = make(map[wrong]int)
		}
		v.count[kind] += count
	}
	v.words = append(v.words, more.words...)
}

func (v *verdict) ok() bool { return len(v.count) == 0 }

// told is what the event sequence says of one message.
type told struct {
	message core.Message // as the last created or updated event showed it
	created int
	deleted bool
}

// check compares a node with what the people outside know. All of it holds at any time at which nobody sends.
func check(ctx context.Context, n *node.Node, c *community, l *ledger) *verdict {
	v := &verdict{}
	history := readHistory(ctx, v, n, c)
	events := readEvents(v, n, l)
	checkAttempts(v, l, history)
	checkOrder(v, l)
	checkAnnounced(v, history, events)
	for k, id := range l.read {
		if read, err := n.Stores.ReadStates.GetReadState(ctx, k.user, k.channel); err != nil || read < id {
			v.add(lost, "the read marker of %d stands at %d, was at %d: %v", k.user, read, id, err)
		}
	}
	return v
}

// readHistory pages through every channel, both ways.
func readHistory(ctx context.Context, v *verdict, n *node.Node, c *community) map[core.MessageID]core.Message {
	all := make(map[core.MessageID]core.Message)
	for _, ch := range c.channels {
		var down, up []core.MessageID
		for before := core.MessageID(0); ; before = down[len(down)-1] {
			page, err := n.Messages.List(ctx, c.people[0], core.MessageQuery{Channel: ch, Before: before, Limit: core.MaxPage})
			if err != nil {
				v.add(lost, "the history of %d cannot be read: %v", ch, err)
				return all
			}
			for _, m := range page {
				if _, again := all[m.ID]; again {
					v.add(doubled, "message %d stands twice in the history", m.ID)
				}
				down, all[m.ID] = append(down, m.ID), m
			}
			if len(page) < core.MaxPage {
				break
			}
		}
		for after := core.MessageID(1); ; after = up[len(up)-1] {
			page, err := n.Messages.List(ctx, c.people[0], core.MessageQuery{Channel: ch, After: after, Limit: core.MaxPage})
			if err != nil {
				v.add(lost, "the history of %d cannot be read: %v", ch, err)
				return all
			}
			for _, m := range slices.Backward(page) {
				up = append(up, m.ID)
			}
			if len(page) < core.MaxPage {
				break
			}
		}
		sorted := slices.Sorted(slices.Values(up))
		if slices.Reverse(down); !slices.Equal(down, sorted) || !slices.Equal(up, sorted) {
			v.add(reordered, "the history of %d is not in the order of ids", ch)
		}
	}
	return all
}

// readEvents reads the whole sequence: without gaps, and beginning with all that a follower was ever shown.
func readEvents(v *verdict, n *node.Node, l *ledger) map[core.MessageID]*told {
	all := make(map[core.MessageID]*told)
	oldest, newest := n.Engine.Bounds()
	at := oldest
	heard := make(map[uint64]core.EventID, len(l.heard))
	for _, h := range l.heard {
		heard[h.Position] = h.Event.ID
	}
	for at <= newest {
		batch, err := n.Engine.Read(at-1, 1000)
		if err != nil || len(batch) == 0 {
			v.add(unannounced, "events after %d of %d cannot be read: %v", at-1, newest, err)
			return all
		}
		for _, e := range batch {
			if e.Position != at {
				v.add(unannounced, "position %d follows %d", e.Position, at-1)
			}
			if id, ok := heard[e.Position]; ok && id != e.Event.ID {
				v.add(unannounced, "position %d was event %d and is %d", e.Position, id, e.Event.ID)
			}
			delete(heard, e.Position)
			at = e.Position + 1
			fold(v, all, e.Event)
		}
	}
	if len(heard) > 0 {
		v.add(lost, "%d events that a follower was shown are gone", len(heard))
	}
	return all
}

// fold applies one event as a client does, and more strictly: every version in its turn.
func fold(v *verdict, all map[core.MessageID]*told, e core.Event) {
	var data struct {
		Message   core.Message   `json:"message"`
		MessageID core.MessageID `json:"message_id"`
	}
	switch e.Type {
	case core.EventMessageCreated, core.EventMessageUpdated, core.EventMessageDeleted:
	default:
		return
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		v.add(unannounced, "event %d: %v", e.ID, err)
		return
	}
	id := max(data.Message.ID, data.MessageID)
	m := all[id]
	if m == nil {
		m = &told{}
		all[id] = m
	}
	switch {
	case e.Type == core.EventMessageCreated:
		if m.created++; m.created > 1 {
			v.add(doubled, "message %d was announced %d times", id, m.created)
		}
		m.message = data.Message
	case m.created == 0 || m.deleted:
		v.add(unannounced, "%s of message %d, which was announced %d times, deleted: %v", e.Type, id, m.created, m.deleted)
	case e.Type == core.EventMessageDeleted:
		m.deleted = true
	case data.Message.Version != m.message.Version+1:
		v.add(unannounced, "message %d: version %d follows %d", id, data.Message.Version, m.message.Version)
	default:
		m.message = data.Message
	}
}

// checkAttempts looks for every message that was acknowledged, and for messages that nobody sent.
func checkAttempts(v *verdict, l *ledger, history map[core.MessageID]core.Message) {
	type nonceOf struct {
		user  core.UserID
		nonce string
	}
	found := make(map[nonceOf]core.Message, len(history))
	for _, m := range history {
		k := nonceOf{m.Author.ID, m.Nonce}
		if other, ok := found[k]; ok {
			v.add(doubled, "nonce %s of %d made the messages %d and %d", m.Nonce, m.Author.ID, other.ID, m.ID)
		}
		found[k] = m
	}
	for _, a := range l.attempts {
		k := nonceOf{a.author.User, a.nonce}
		m, exists := found[k]
		delete(found, k)
		checkAttempt(v, a, m, exists)
	}
	for _, m := range found {
		v.add(doubled, "nobody sent message %d, nonce %s", m.ID, m.Nonce)
	}
}

func checkAttempt(v *verdict, a *attempt, m core.Message, exists bool) {
	switch {
	case !exists:
		if a.id != 0 && !a.gone && !a.maybeGone {
			v.add(lost, "message %d, nonce %s", a.id, a.nonce)
		}
	case a.gone:
		v.add(lost, "the deletion of message %d", a.id)
	case a.id != 0 && m.ID != a.id:
		v.add(doubled, "nonce %s was acknowledged as %d and is %d", a.nonce, a.id, m.ID)
	case m.ChannelID != a.channel:
		v.add(lost, "message %d stands in another channel", m.ID)
	case m.Content != a.content && (a.maybe == "" || m.Content != a.maybe):
		v.add(lost, "message %d reads %q instead of %q or %q", m.ID, m.Content, a.content, a.maybe)
	case m.Content == a.content && a.version != 0 && m.Version != a.version:
		v.add(lost, "message %d has version %d instead of %d", m.ID, m.Version, a.version)
	}
}

// checkOrder holds real time against ids: what was acknowledged before another was begun has the lower id in its channel.
func checkOrder(v *verdict, l *ledger) {
	acked := make([]*attempt, 0, len(l.attempts))
	for _, a := range l.attempts {
		if a.id != 0 {
			acked = append(acked, a)
		}
	}
	slices.SortFunc(acked, func(a, b *attempt) int { return cmp.Compare(b.id, a.id) })
	earliest := make(map[core.ChannelID]int64) // acknowledgement among the messages with higher ids
	for _, a := range acked {
		end, ok := earliest[a.channel]
		if !ok {
			end = math.MaxInt64
		}
		if end < a.begin {
			v.add(reordered, "message %d was begun after a higher one had been acknowledged", a.id)
		}
		earliest[a.channel] = min(end, a.end)
	}
}

// checkAnnounced holds the history against the events: the same messages, in the same state.
func checkAnnounced(v *verdict, history map[core.MessageID]core.Message, events map[core.MessageID]*told) {
	for id, m := range history {
		e := events[id]
		switch {
		case e == nil || e.created == 0:
			v.add(unannounced, "message %d is stored and was never announced", id)
		case e.deleted:
			v.add(unannounced, "message %d is stored and was announced as deleted", id)
		case e.message.Content != m.Content || e.message.Version != m.Version || e.message.ChannelID != m.ChannelID ||
			e.message.Author.ID != m.Author.ID || e.message.Nonce != m.Nonce:
			v.add(unannounced, "message %d is stored as version %d %q and was announced as version %d %q",
				id, m.Version, m.Content, e.message.Version, e.message.Content)
		}
	}
	for id, e := range events {
		if _, stored := history[id]; !stored && e.created > 0 && !e.deleted {
			v.add(unannounced, "message %d was announced and is not stored", id)
		}
	}
}
