package faults

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/beep-chat/beep/core"
)

// verdict is what was broken.
type verdict struct {
	lost, doubled, gaps int
	complaints          []string
}

func (v *verdict) complain(count *int, format string, args ...any) {
	*count++
	if len(v.complaints) < maxComplains {
		v.complaints = append(v.complaints, fmt.Sprintf(format, args...))
	}
}

// judge holds the book, the histories of all nodes, the accounts of the streams and the states of the clients against each
// other.
func (w *world) judge() verdict {
	w.t.Helper()
	var v verdict
	histories := make([]map[core.MessageID]core.Message, len(w.nodes))
	for i := range w.nodes {
		histories[i] = w.history(i)
	}
	store := histories[0]
	for i, other := range histories[1:] {
		v.compare(fmt.Sprintf("node %d and node 0", i+1), other, store)
	}
	w.book.do(func() { v.checkStore(w.book, store) })
	accounts := make([][]run, len(w.listeners))
	for i, l := range w.listeners {
		accounts[i] = l.account()
	}
	w.book.do(func() { v.checkStreams(w.book, accounts) })
	for i, c := range w.clients {
		state := make(map[core.MessageID]core.Message)
		for _, page := range c.pages() {
			for _, m := range page {
				state[m.ID] = m
			}
		}
		v.compare(fmt.Sprintf("client %d and the store", i), state, store)
	}
	return v
}

// history is what a node has of every channel.
func (w *world) history(node int) map[core.MessageID]core.Message {
	w.t.Helper()
	all := make(map[core.MessageID]core.Message)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), patience)
	defer cancel()
	c := caller{w: w, token: w.people[0].token, node: node, pinned: true}
	for _, channel := range w.channels {
		list, err := c.history(ctx, channel)
		if err != nil {
			w.t.Fatalf("history of node %d: %v", node, err)
		}
		for _, m := range list {
			all[m.ID] = m
		}
	}
	return all
}

// compare finds what two have not the same.
func (v *verdict) compare(who string, a, b map[core.MessageID]core.Message) {
	for id := range a {
		if _, ok := b[id]; !ok {
			v.complain(&v.gaps, "%s differ: only the first has %d, %q", who, id, a[id].Content)
		}
	}
	for id, m := range b {
		switch other, ok := a[id]; {
		case !ok:
			v.complain(&v.gaps, "%s differ: only the second has %d, %q", who, id, m.Content)
		case other.Version != m.Version || other.Content != m.Content:
			v.complain(&v.gaps, "%s differ in %d: version %d %q and version %d %q", who, id, other.Version, other.Content, m.Version, m.Content)
		}
	}
}

// checkStore: what was acknowledged is there once, in its last version, and what was deleted is not.
func (v *verdict) checkStore(b *book, store map[core.MessageID]core.Message) {
	nonces := make(map[string]core.MessageID)
	for id, m := range store {
		if other := nonces[m.Nonce]; m.Nonce != "" && other != 0 {
			v.complain(&v.doubled, "nonce %s made %d and %d", m.Nonce, other, id)
		}
		nonces[m.Nonce] = id
	}
	for _, e := range b.byID {
		m, ok := store[e.id]
		switch {
		case e.ended && ok:
			v.complain(&v.lost, "%s was deleted and is there: %q", e.nonce, m.Content)
		case !ok && !e.ending:
			v.complain(&v.lost, "%s was acknowledged as %d and is lost", e.nonce, e.id)
		case ok && (m.Version < e.version || m.Version == e.version && m.Content != e.content):
			v.complain(&v.lost, "%s should be version %d %q and is version %d %q", e.nonce, e.version, e.content, m.Version, m.Content)
		case ok && m.Version > e.version && !e.unsure[m.Content]:
			v.complain(&v.lost, "%s is version %d %q, which nobody wrote after version %d", e.nonce, m.Version, m.Content, e.version)
		}
	}
}

// checkStreams: all streams heard the same at the same positions, without a hole between, and everything that their snapshot
// cannot have held.
func (v *verdict) checkStreams(b *book, accounts [][]run) {
	logs := v.merge(accounts)
	for i, runs := range accounts {
		created := make(map[core.MessageID]int)
		for _, r := range runs {
			v.checkRun(i, r, logs[r.epoch])
			for _, h := range r.heard {
				if h.kind == core.EventMessageCreated {
					created[h.message]++
				}
			}
		}
		last := runs[len(runs)-1]
		for id, e := range b.byID {
			fetched := len(runs) > 1 && e.begun.Before(last.since) // its snapshot may hold it
			switch n := created[id]; {
			case n == 0 && !fetched && !e.ending:
				v.complain(&v.lost, "stream %d never heard of %s", i, e.nonce)
			case n > len(runs):
				v.complain(&v.doubled, "stream %d heard %d times of %s in %d runs", i, n, e.nonce, len(runs))
			}
		}
	}
}

// merge makes one log of each epoch of what all streams heard.
func (v *verdict) merge(accounts [][]run) map[string][]heard {
	known := make(map[string]map[uint64]heard)
	for i, runs := range accounts {
		for _, r := range runs {
			log := known[r.epoch]
			if log == nil {
				log = make(map[uint64]heard)
				known[r.epoch] = log
			}
			for _, h := range r.heard {
				if other, ok := log[h.position]; ok && other != h {
					v.complain(&v.gaps, "position %s.%d is event %d to stream %d and event %d to another", r.epoch, h.position, h.event, i, other.event)
				}
				log[h.position] = h
			}
		}
	}
	logs := make(map[string][]heard)
	for epoch, log := range known {
		logs[epoch] = slices.SortedFunc(maps.Values(log), func(a, b heard) int { return cmp.Compare(a.position, b.position) })
		seen := make(map[int64]bool)
		for _, h := range logs[epoch] {
			if seen[h.event] {
				v.complain(&v.doubled, "event %d has two positions in epoch %s", h.event, epoch)
			}
			seen[h.event] = true
		}
	}
	return logs
}

// checkRun holds one run against the log of its epoch: it must be a piece of it.
func (v *verdict) checkRun(stream int, r run, log []heard) {
	if len(r.heard) == 0 {
		return
	}
	first, _ := slices.BinarySearchFunc(log, r.from+1, func(h heard, p uint64) int { return cmp.Compare(h.position, p) })
	for i, h := range r.heard {
		switch {
		case h.position <= r.from || i > 0 && h.position <= r.heard[i-1].position:
			v.complain(&v.doubled, "stream %d heard position %s.%d again or too late", stream, r.epoch, h.position)
			return
		case log[first+i] != h:
			v.complain(&v.gaps, "stream %d heard position %s.%d where %d was due", stream, r.epoch, h.position, log[first+i].position)
			return
		}
	}
}
