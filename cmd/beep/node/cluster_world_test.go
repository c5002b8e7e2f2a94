package node_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/beep-chat/beep/api/client"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

type M = apitest.M

// cluster is nodes that share a Cassandra and a Redis of their own.
type cluster struct {
	*apitest.Kit
	worlds []*world
}

func openCluster(t *testing.T, nodes int, change ...func(*apitest.Options)) *cluster {
	t.Helper()
	c := &cluster{Kit: apitest.StartCluster(t, nodes, change...)}
	for i := 1; i <= nodes; i++ {
		c.worlds = append(c.worlds, &world{t: t, node: c.On(i), http: &httptest.Server{URL: c.URLOf(i)}})
	}
	return c
}

// at is the world of a node, 1 being the first.
func (c *cluster) at(i int) *world { return c.worlds[i-1] }

// at is the same person at another node.
func (p *person) at(w *world) *person {
	q := *p
	q.w = w
	return &q
}

// traveller is a follower whose stream goes on at another node every few events.
type traveller struct {
	*follower
	resyncs  atomic.Int64
	trips    atomic.Int64
	degraded chan bool
}

// travel follows from a snapshot of the person's node; each connection lasts for some events and is resumed at the next node
// with the id of the last one.
func (c *cluster) travel(p *person, events int) *traveller {
	c.T.Helper()
	return c.tour(p, events, c.worlds...)
}

// tour is travel to some nodes; to one of them it is a stream that stays, and resyncs where it has to.
func (c *cluster) tour(p *person, events int, worlds ...*world) *traveller {
	c.T.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	tr := &traveller{follower: &follower{p: p, ready: make(chan core.Ready, 100), ended: make(chan error, 1), stop: cancel},
		degraded: make(chan bool, 100)}
	tr.load()
	begun := make(chan struct{})
	var begin sync.Once
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			err := tr.visit(ctx, worlds[i%len(worlds)], events, func() {
				begin.Do(func() { close(begun) })
			})
			if err != nil && !errors.Is(err, context.Canceled) {
				c.T.Errorf("%s: the stream ended with %v", p.name, err)
				break
			}
			tr.trips.Add(1)
		}
		tr.ended <- nil
	}()
	c.T.Cleanup(func() { cancel(); <-tr.ended })
	<-begun
	return tr
}

// visit follows at one node until so many events came.
func (tr *traveller) visit(ctx context.Context, w *world, events int, ready func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	left := events
	return client.Stream(ctx, client.StreamOptions{URL: w.http.URL + "/api/v1/events", Cursor: tr.place(),
		Edit:  client.Bearer(func() string { return tr.p.token }),
		Ready: func(core.Ready) { ready() },
		Event: func(cursor string, e client.Event) {
			tr.event(cursor, e)
			if left--; left <= 0 {
				cancel()
			}
		},
		Resync: func(context.Context, core.Resync) (string, error) {
			tr.resyncs.Add(1)
			tr.mu.Lock()
			defer tr.mu.Unlock()
			tr.load()
			tr.events = nil // what came before may come again: it is in the snapshot
			return tr.cursor, nil
		},
		Degraded: func(on bool) { tr.degraded <- on }})
}

func (f *follower) place() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cursor
}

// twice names an event that came more than once.
func (f *follower) twice() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := make(map[core.EventID]bool, len(f.events))
	for _, e := range f.events {
		if seen[e.ID] {
			return fmt.Errorf("%s was given %s %d twice", f.p.name, e.Type, e.ID)
		}
		seen[e.ID] = true
	}
	return nil
}

// agrees compares the state by events with a fresh snapshot of each node, once everything was heard.
func (f *follower) agrees(t *testing.T, c *cluster) {
	t.Helper()
	c.Heard()
	for i, w := range c.worlds {
		fresh := &follower{p: f.p.at(w)}
		fresh.load()
		f.mu.Lock()
		if got, want := picture(t, f.state), picture(t, fresh.state); got != want {
			t.Errorf("%s: the state by events differs from a fresh snapshot of node %d:\n%s", f.p.name, i+1, firstDifference(got, want))
		}
		f.mu.Unlock()
	}
	if err := f.twice(); err != nil {
		t.Error(err)
	}
}

// holds tells whether the state has a message, by whatever way it came.
func (f *follower) holds(channel core.ChannelID, id core.MessageID) func() bool {
	return func() bool {
		page := f.state.Page(channel)
		return page != nil && slices.ContainsFunc(page.Messages, func(m core.Message) bool { return m.ID == id })
	}
}

func (f *follower) heard(id core.MessageID) func() bool {
	return func() bool {
		return slices.ContainsFunc(f.events, func(e client.Event) bool { return e.Message != nil && e.Message.ID == id })
	}
}
