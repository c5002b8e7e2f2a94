package node_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/api/client"
	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/identity/local"
)

// world is a node behind a real socket, with people who call it.
type world struct {
	t    *testing.T
	node *node.Node
	http *httptest.Server
}

func open(t *testing.T, change func(*node.Options)) *world {
	t.Helper()
	limits := core.DefaultLimits()
	limits.MessageRate, limits.RequestRate, limits.RegisterRate, limits.CreateRate, limits.TypingRate = core.Rate{}, core.Rate{}, core.Rate{}, core.Rate{}, core.Rate{}
	o := node.Options{DataDir: "data", FS: vfs.NewMem(), Limits: limits, Hasher: local.HasherOptions{MemoryKiB: 64, Time: 1}}
	if change != nil {
		change(&o)
	}
	n, err := node.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, node: n, http: httptest.NewServer(n.Handler())}
	t.Cleanup(func() {
		w.http.CloseClientConnections()
		w.http.Close()
		if err := n.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return w
}

// person is somebody with a session.
type person struct {
	w     *world
	id    core.UserID
	name  string
	token string
	key   string // an Idempotency-Key to send
}

func (w *world) register(name string) *person {
	w.t.Helper()
	p := &person{w: w, name: name}
	var out struct {
		User        core.SelfUser `json:"user"`
		AccessToken string        `json:"access_token"`
	}
	p.must("POST", "/auth/register", map[string]any{"first_name": name, "last_name": "Test", "username": name,
		"email": name + "@example.org", "password": "correct horse battery"}, &out)
	p.id, p.token = out.User.ID, out.AccessToken
	return p
}

var errStatus = errors.New("unexpected status")

func (p *person) call(method, path string, body, out any) error {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, p.w.http.URL+"/api/v1"+path, r)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	if p.key != "" && method == "POST" {
		req.Header.Set("Idempotency-Key", p.key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%w: %s %s: %d %s", errStatus, method, path, resp.StatusCode, b)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

func (p *person) must(method, path string, body, out any) {
	p.w.t.Helper()
	if err := p.call(method, path, body, out); err != nil {
		p.w.t.Fatal(err)
	}
}

func (p *person) server(name string) core.ServerID {
	p.w.t.Helper()
	var s core.Server
	p.must("POST", "/servers", map[string]any{"name": name, "visibility": "public"}, &s)
	return s.ID
}

func (p *person) channel(server core.ServerID, name string) core.ChannelID {
	p.w.t.Helper()
	var c core.Channel
	p.must("POST", "/servers/"+server.String()+"/channels", map[string]any{"name": name, "type": "text"}, &c)
	return c.ID
}

func (p *person) join(server core.ServerID) {
	p.must("POST", "/servers/"+server.String()+"/join", nil, nil)
}

func (p *person) send(channel core.ChannelID, content string) core.Message {
	p.w.t.Helper()
	var m core.Message
	p.must("POST", "/channels/"+channel.String()+"/messages", map[string]any{"content": content}, &m)
	return m
}

// follower keeps a client's state up to date by events.
type follower struct {
	p      *person
	mu     sync.Mutex
	state  *client.State
	cursor string
	events []client.Event
	ready  chan core.Ready
	ended  chan error
	stop   context.CancelFunc
}

// follow takes a snapshot, opens every channel's newest page and follows the stream from the snapshot's cursor.
func (p *person) follow() *follower {
	p.w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{p: p, ready: make(chan core.Ready, 100), ended: make(chan error, 1), stop: cancel}
	f.load()
	go func() {
		f.ended <- client.Stream(ctx, client.StreamOptions{URL: p.w.http.URL + "/api/v1/events", Cursor: f.cursor,
			Edit:  client.Bearer(func() string { return p.token }),
			Event: f.event, Ready: func(r core.Ready) { f.ready <- r }})
	}()
	p.w.t.Cleanup(func() { cancel(); <-f.ended })
	<-f.ready
	return f
}

func (f *follower) load() {
	var snap core.Snapshot
	f.p.must("GET", "/sync", nil, &snap)
	f.state, f.cursor = client.NewState(snap), snap.Cursor
	for _, s := range snap.Servers {
		for _, c := range s.Channels {
			if c.Type == core.TextChannel {
				f.page(c.ID)
			}
		}
	}
}

func (f *follower) page(id core.ChannelID) {
	var page []core.Message
	f.p.must("GET", "/channels/"+id.String()+"/messages?limit=100", nil, &page)
	f.state.Open(id, page, len(page) < 100)
}

func (f *follower) event(cursor string, e client.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.Apply(e)
	f.cursor = cursor
	f.events = append(f.events, e)
}

// until waits for a condition on the follower; only a missing event makes it time out.
func (f *follower) until(what string, cond func() bool) {
	f.p.w.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		f.mu.Lock()
		ok := cond()
		f.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			f.p.w.t.Fatalf("%s never saw %s", f.p.name, what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (f *follower) saw(t core.EventType) bool {
	return slices.ContainsFunc(f.events, func(e client.Event) bool { return e.Type == t })
}
