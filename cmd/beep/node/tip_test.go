package node_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// readCounter counts the ranges of messages that are read.
type readCounter struct {
	wide.Engine
	reads atomic.Int64
}

// Range implements wide.Engine.
func (c *readCounter) Range(ctx context.Context, q wide.RawQuery) ([]wide.Row, error) {
	if strings.HasPrefix(q.Meta.Name, "message") {
		c.reads.Add(1)
	}
	return c.Engine.Range(ctx, q)
}

// TestSnapshotsShareTheNewestMessages: counting what is unread reads a channel once, however many people fetch their
// snapshot, and what comes or goes is counted at once.
func TestSnapshotsShareTheNewestMessages(t *testing.T) {
	counter := &readCounter{}
	w := open(t, func(o *node.Options) {
		o.Wrap = func(e wide.Engine) wide.Engine { counter.Engine = e; return counter }
	})
	ann := w.register("ann")
	server := ann.server("Tips")
	channel := ann.channel(server, "talk")
	var people []*person
	for i := range 5 {
		p := w.register(fmt.Sprintf("reader%d", i))
		p.join(server)
		people = append(people, p)
	}
	sent := make([]core.Message, 0, 60)
	for i := range 60 {
		sent = append(sent, ann.send(channel, fmt.Sprintf("message %d @reader0", i)))
	}
	wantUnread(t, people[0], channel, 60, 60)
	before := counter.reads.Load()
	for _, p := range people[1:] {
		wantUnread(t, p, channel, 60, 0)
	}
	if n := counter.reads.Load() - before; n != 0 {
		t.Fatalf("%d further reads of messages for four more snapshots", n)
	}
	ann.must(http.MethodDelete, "/channels/"+channel.String()+"/messages/"+sent[59].ID.String(), nil, nil)
	sent = append(sent[:59], ann.send(channel, "one more"))
	wantUnread(t, people[0], channel, 60, 59)
	people[0].must(http.MethodPut, "/channels/"+channel.String()+"/read", map[string]any{"message_id": sent[49].ID}, nil)
	wantUnread(t, people[0], channel, 10, 9)
	for i := range 100 { // further back than the tip reaches
		ann.send(channel, fmt.Sprintf("flood %d", i))
	}
	wantUnread(t, people[0], channel, 100, 9)
}

func wantUnread(t *testing.T, p *person, channel core.ChannelID, unread, mentions int) {
	t.Helper()
	var snap core.Snapshot
	p.must(http.MethodGet, "/sync", nil, &snap)
	for _, s := range snap.Servers {
		for _, r := range s.ReadStates {
			if r.ChannelID == channel && (r.UnreadCount != unread || r.MentionCount != mentions) {
				t.Fatalf("%s has %d unread and %d mentions, want %d and %d", p.name, r.UnreadCount, r.MentionCount, unread, mentions)
			}
		}
	}
}
