package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/beep-chat/beep/api/client"
	"github.com/beep-chat/beep/core"
)

// whole is a program on the Go client, as we tell people to write one: a snapshot, opened channels, the stream, and all of it
// anew when it is told to resync.
type whole struct {
	w      *world
	caller caller

	mu    sync.Mutex
	state *client.State
}

func (w *world) newWhole(number int) *whole {
	return &whole{w: w, caller: caller{w: w, token: w.people[number%users].token, node: number % len(w.nodes)}}
}

func (c *whole) follow(ctx context.Context) {
	cursor, err := c.load(ctx)
	if err != nil {
		return
	}
	var node atomic.Int64
	node.Store(int64(c.caller.node))
	err = client.Stream(ctx, client.StreamOptions{URL: "http://cluster/api/v1/events", Cursor: cursor,
		HTTP: &http.Client{Transport: &eitherNode{w: c.w, node: &node}}, Edit: client.Bearer(func() string { return c.caller.token }),
		Broken: func(error, time.Duration) { node.Add(1) },
		Event: func(_ string, e client.Event) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.state.Apply(e)
		},
		Resync: func(ctx context.Context, _ core.Resync) (string, error) {
			c.w.resyncs.Add(1)
			return c.load(ctx)
		}})
	if ctx.Err() == nil {
		c.w.complain("a stream of the Go client ended: %v", err)
	}
}

// eitherNode sends requests to the node of the moment.
type eitherNode struct {
	w    *world
	node *atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (e *eitherNode) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = e.w.nodes[int(e.node.Load())%len(e.w.nodes)].address
	return e.w.lines.Transport.RoundTrip(r)
}

var errGivenUp = errors.New("given up")

// load makes the state anew and gives the cursor behind which its events come.
func (c *whole) load(ctx context.Context) (string, error) {
	a, _, ok := c.caller.call(ctx, http.MethodGet, "/sync", "", nil)
	if !ok {
		return "", errGivenUp
	}
	var snap core.Snapshot
	if err := json.Unmarshal(a.body, &snap); err != nil {
		return "", err
	}
	state := client.NewState(snap)
	for _, channel := range c.w.channels {
		history, err := c.caller.history(ctx, channel)
		if err != nil {
			return "", err
		}
		state.Open(channel, history, true)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = state
	return snap.Cursor, nil
}

// history is all of a channel, newest first.
func (c *caller) history(ctx context.Context, channel core.ChannelID) ([]core.Message, error) {
	var all []core.Message
	before := ""
	for {
		a, _, ok := c.call(ctx, http.MethodGet, fmt.Sprintf("/channels/%s/messages?limit=100%s", channel, before), "", nil)
		if !ok {
			return nil, errGivenUp
		}
		var page []core.Message
		if err := json.Unmarshal(a.body, &page); err != nil {
			return nil, fmt.Errorf("history of %s: %w", channel, err)
		}
		all = append(all, page...)
		if len(page) < 100 {
			return all, nil
		}
		before = "&before=" + page[len(page)-1].ID.String()
	}
}

// pages are the channels as the state has them.
func (c *whole) pages() map[core.ChannelID][]core.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	pages := make(map[core.ChannelID][]core.Message)
	if c.state == nil {
		return pages
	}
	for _, channel := range c.w.channels {
		if p := c.state.Page(channel); p != nil {
			pages[channel] = slices.Clone(p.Messages)
		}
	}
	return pages
}
