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
// of them, or fetched a snapshot that holds them. A stream whose snapshot was made while they were sent holds them too, and
// nobody can tell from outside: it meets the next round.
func (w *world) heal(since time.Time, nodes ...int) time.Duration {
	w.t.Helper()
	why := ""
	for begun := time.Now(); ; {
		names, sent := w.round(nodes)
		if w.soon(beatEvery, func() bool { why = w.behind(names, sent); return why == "" }) {
			break
		}
		if time.Since(begun) > patience {
			w.t.Fatalf("waited in vain for every stream to hear again: %s; complaints: %q", why, w.complained())
		}
	}
	took := time.Since(since)
	w.note(func() { w.healed = max(w.healed, took) })
	if took > healLimit {
		w.complain("healed after %v only", took)
	}
	return took
}

// round sends a message through each node, and gives their names and the moment when all were taken.
func (w *world) round(nodes []int) (names []string, sent time.Time) {
	n := w.beats.Add(1)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), patience)
	defer cancel()
	names = make([]string, len(nodes))
	var group sync.WaitGroup
	for i, node := range nodes {
		names[i] = fmt.Sprintf("%d of node %d", n, node)
		group.Go(func() {
			e := w.book.open(fmt.Sprintf("beat-%d-%d", n, node), beatWord+names[i], w.channels[0])
			w.beat(ctx, e, node)
		})
	}
	group.Wait()
	return names, time.Now()
}

// behind tells of the streams that have not caught up; it is asked under the world's lock.
func (w *world) behind(beats []string, sent time.Time) string {
	count, first := 0, ""
	for _, l := range w.listeners {
		if why := l.behind(beats, sent); why != "" {
			if count++; count == 1 {
				first = fmt.Sprintf("stream %d, at node %d, %s", l.number, l.at.Load(), why)
			}
		}
	}
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("%d are behind; %s", count, first)
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

// behind is asked under the world's lock.
func (l *listener) behind(beats []string, sent time.Time) string {
	if !l.online {
		return "has no line"
	}
	l.mu.Lock()
	last := l.runs[len(l.runs)-1]
	l.mu.Unlock()
	if last.asked.After(sent) {
		return ""
	}
	for _, beat := range beats {
		if !l.beats[beat] {
			return fmt.Sprintf("has not heard %s since position %d of %s, of %v ago", beat, last.from, last.epoch, time.Since(last.since).Round(time.Millisecond))
		}
	}
	return ""
}
