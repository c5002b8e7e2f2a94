package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
)

// beatWord begins the content of messages by which healing is noticed.
const beatWord = "heartbeat "

// heal measures how long after a moment everything works: each of the nodes takes a message, and every strict stream hears all
// of them, or fetched a snapshot that holds them.
func (w *world) heal(since time.Time, nodes ...int) time.Duration {
	w.t.Helper()
	round := w.beats.Add(1)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), patience)
	defer cancel()
	names := make([]string, len(nodes))
	var group sync.WaitGroup
	for i, node := range nodes {
		names[i] = fmt.Sprintf("%d of node %d", round, node)
		group.Go(func() {
			e := w.book.open(fmt.Sprintf("beat-%d-%d", round, node), beatWord+names[i], w.channels[0])
			w.beat(ctx, e, node)
		})
	}
	group.Wait()
	sent := time.Now()
	w.until("every stream to hear again", func() bool {
		for _, l := range w.listeners {
			if !l.caughtUp(names, sent) {
				return false
			}
		}
		return true
	})
	took := time.Since(since)
	w.note(func() { w.healed = max(w.healed, took) })
	if took > healLimit {
		w.complain("healed after %v only", took)
	}
	return took
}

func (w *world) beat(ctx context.Context, e *entry, node int) {
	c := caller{w: w, token: w.people[0].token, node: node, pinned: true}
	a, _, ok := c.call(ctx, http.MethodPost, "/channels/"+e.channel.String()+"/messages", fmt.Sprintf(`{"content":%q,"nonce":%q}`, e.content, e.nonce), nil)
	var m core.Message
	if err := json.Unmarshal(a.body, &m); !ok || err != nil || m.ID == 0 {
		w.complain("%s takes no messages: %v", w.nodes[node].name, a)
		return
	}
	w.book.acknowledged(e, m)
}

// caughtUp is asked under the world's lock.
func (l *listener) caughtUp(beats []string, sent time.Time) bool {
	if !l.online {
		return false
	}
	l.mu.Lock()
	fresh := l.runs[len(l.runs)-1].asked.After(sent)
	l.mu.Unlock()
	if fresh {
		return true
	}
	for _, beat := range beats {
		if !l.beats[beat] {
			return false
		}
	}
	return true
}
