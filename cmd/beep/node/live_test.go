package node_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

// picture is what the law compares: the snapshot without its cursor, and the opened pages.
func picture(t *testing.T, s *client.State) string {
	t.Helper()
	snap := s.Snapshot()
	snap.Cursor = ""
	for _, srv := range snap.Servers {
		for i := range srv.ReadStates {
			// Counts are read beside the writing, so one that runs at the same moment may be missed until the next read.
			srv.ReadStates[i].UnreadCount, srv.ReadStates[i].MentionCount = 0, 0
		}
	}
	out := map[string]any{"snapshot": snap}
	for _, srv := range snap.Servers {
		for _, c := range srv.Channels {
			if page := s.Page(c.ID); page != nil {
				out[c.ID.String()] = faceless(page.Messages)
			}
		}
	}
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// faceless compares authors by id: their names come from members, whose events may overtake a message under way.
func faceless(list []core.Message) []core.Message {
	list = slices.Clone(list)
	for i := range list {
		list[i].Author = core.PublicUser{ID: list[i].Author.ID}
	}
	return list
}

// TestSnapshotAndEventsMakeAFreshSnapshot is the law, on a running node under concurrent writers: a client that started
// from a snapshot in the middle of the writing ends where a fresh one begins.
func TestSnapshotAndEventsMakeAFreshSnapshot(t *testing.T) {
	w := open(t, nil)
	ann := w.register("ann")
	server := ann.server("Law")
	channels := []core.ChannelID{ann.channel(server, "one"), ann.channel(server, "two")}
	writers := []*person{ann}
	for i := range 4 {
		p := w.register(fmt.Sprintf("writer%d", i))
		p.join(server)
		writers = append(writers, p)
	}
	early := writers[1].follow()
	var wg sync.WaitGroup
	for i, p := range writers {
		wg.Go(func() { scribble(p, server, channels, rand.New(rand.NewPCG(7, uint64(i))), 60) })
	}
	middle := writers[2].follow() // the snapshot is taken while the others write
	wg.Wait()
	end := ann.send(channels[0], "the end")
	for _, f := range []*follower{early, middle} {
		f.until("the end", func() bool {
			return slices.ContainsFunc(f.events, func(e client.Event) bool { return e.Message != nil && e.Message.ID == end.ID })
		})
		fresh := &follower{p: f.p}
		fresh.load()
		f.mu.Lock()
		if got, want := picture(t, f.state), picture(t, fresh.state); got != want {
			t.Errorf("%s: the state by events differs from a fresh snapshot:\n%s", f.p.name, firstDifference(got, want))
		}
		f.mu.Unlock()
	}
}

// scribble does what people do, at random; a thing that another writer has just deleted is no failure.
func scribble(p *person, server core.ServerID, channels []core.ChannelID, rnd *rand.Rand, n int) {
	var mine []core.Message
	for i := range n {
		ch := channels[rnd.IntN(len(channels))]
		var err error
		switch k := rnd.IntN(10); {
		case k < 4 || len(mine) == 0:
			var m core.Message
			err = p.call("POST", "/channels/"+ch.String()+"/messages", map[string]any{"content": fmt.Sprintf("%s %d @ann @writer1", p.name, i)}, &m)
			if err == nil {
				mine = append(mine, m)
			}
		case k < 6:
			m := mine[rnd.IntN(len(mine))]
			err = p.call("PATCH", "/channels/"+m.ChannelID.String()+"/messages/"+m.ID.String(), map[string]any{"content": fmt.Sprintf("edited %d", i)}, nil)
		case k < 7:
			j := rnd.IntN(len(mine))
			m := mine[j]
			mine = slices.Delete(mine, j, j+1)
			err = p.call("DELETE", "/channels/"+m.ChannelID.String()+"/messages/"+m.ID.String(), nil, nil)
		case k < 8:
			m := mine[rnd.IntN(len(mine))]
			err = p.call("PUT", "/channels/"+m.ChannelID.String()+"/read", map[string]any{"message_id": m.ID}, nil)
		case k < 9 && p.name == "ann":
			err = p.call("PATCH", "/channels/"+ch.String(), map[string]any{"topic": fmt.Sprintf("topic %d", i)}, nil)
		default:
			err = p.call("PATCH", "/users/@me", map[string]any{"first_name": fmt.Sprintf("Name%d", i)}, nil)
		}
		if err != nil {
			p.w.t.Errorf("%s: %v", p.name, err)
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			from := max(0, i-12)
			return "got  " + strings.Join(g[from:min(len(g), i+3)], "\n     ") + "\nwant " + strings.Join(w[from:min(len(w), i+3)], "\n     ")
		}
	}
	return fmt.Sprintf("%d lines against %d", len(g), len(w))
}

// dyingReplays loses the answers of creations, as a node does that dies before it could keep them.
type dyingReplays struct{ core.Replays }

// EndReplay implements core.Replays.
func (dyingReplays) EndReplay(context.Context, core.ReplayKey, []byte, *core.ReplayAnswer) error {
	return nil
}

func TestACreationThatDiedBeforeItsAnswerIsFound(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	w := open(t, func(o *node.Options) {
		o.Clock = clock
		o.Replays = func(r core.Replays) core.Replays { return dyingReplays{r} }
	})
	ann := w.register("ann")
	ann.key = "again"
	server := ann.server("Once")
	path := "/servers/" + server.String()
	first := map[string]string{}
	for name, body := range map[string]map[string]any{"channels": {"name": "only", "type": "text"}, "invites": {"max_uses": 3}} {
		var out struct {
			ID   string `json:"id"`
			Code string `json:"code"`
		}
		ann.must("POST", path+"/"+name, body, &out)
		first[name] = out.ID + out.Code
	}
	mu.Lock()
	now = now.Add(40 * time.Second) // past the patience with an attempt that does not end; the ids' lease is renewed
	mu.Unlock()
	for i := 0; ; i++ { // the ids of the new time are reserved at the next renewal of the lease
		if _, err := w.node.IDs.Next(); err == nil {
			break
		}
		if i == 2000 {
			t.Fatal("no ids after the clock went on")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if again := ann.server("Once"); again != server {
		t.Errorf("the server was created twice: %v and %v", server, again)
	}
	for name, body := range map[string]map[string]any{"channels": {"name": "only", "type": "text"}, "invites": {"max_uses": 3}} {
		var out struct {
			ID   string `json:"id"`
			Code string `json:"code"`
		}
		ann.must("POST", path+"/"+name, body, &out)
		if out.ID+out.Code != first[name] {
			t.Errorf("%s: created twice", name)
		}
	}
}

func TestLeavingSilencesTheStream(t *testing.T) {
	w := open(t, nil)
	ann, bob := w.register("ann"), w.register("bob")
	server := ann.server("Quiet")
	ch := ann.channel(server, "talk")
	bob.join(server)
	f := bob.follow()
	ann.send(ch, "before")
	f.until("the message before", func() bool { return f.saw(core.EventMessageCreated) })
	bob.must("DELETE", "/servers/"+server.String()+"/members/@me", nil, nil)
	ann.send(ch, "after")
	f.until("that he left", func() bool { return f.saw(core.EventMemberRemoved) })
	other := ann.server("Other")
	bob.join(other) // an event that comes after the forbidden one
	f.until("the other server", func() bool {
		return slices.ContainsFunc(f.events, func(e client.Event) bool { return e.Type == core.EventMemberJoined && e.ServerID == other })
	})
	for _, e := range f.events {
		if e.Message != nil && e.Message.Content == "after" {
			t.Fatal("a message of a server that was left reached the stream")
		}
	}
	if err := bob.call("GET", "/channels/"+ch.String()+"/messages", nil, nil); err == nil {
		t.Fatal("history of a server that was left is readable")
	}
}

func TestARevokedSessionClosesItsStream(t *testing.T) {
	w := open(t, nil)
	ann := w.register("ann")
	f := ann.follow()
	ann.must("POST", "/auth/logout", nil, nil)
	select {
	case err := <-f.ended:
		f.ended <- nil
		if !errors.Is(err, client.ErrStopped) {
			t.Fatalf("the stream ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the stream went on after the session ended")
	}
}

func TestAStreamResumesAfterARestart(t *testing.T) {
	fs := vfs.NewMem()
	first := open(t, func(o *node.Options) { o.FS = fs })
	ann := first.register("ann")
	server := ann.server("Back")
	ch := ann.channel(server, "talk")
	f := ann.follow()
	ann.send(ch, "one")
	f.until("one", func() bool { return f.saw(core.EventMessageCreated) })
	f.stop()
	ann.send(ch, "two")
	if err := first.node.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := open(t, func(o *node.Options) { o.FS = fs })
	ann.w = second
	ann.send(ch, "three")
	var got []string
	ctx, cancel := context.WithCancel(t.Context())
	var ready core.Ready
	err := client.Stream(ctx, client.StreamOptions{URL: second.http.URL + "/api/v1/events", Cursor: f.cursor,
		Edit: client.Bearer(func() string { return ann.token }), Ready: func(r core.Ready) { ready = r },
		Event: func(_ string, e client.Event) {
			if e.Message != nil {
				got = append(got, e.Message.Content)
			}
			if len(got) == 2 {
				cancel()
			}
		}})
	if !errors.Is(err, context.Canceled) || !ready.Resumed || !slices.Equal(got, []string{"two", "three"}) {
		t.Fatalf("resumed %v, got %q, ended with %v", ready.Resumed, got, err)
	}
}

func TestADeletedServerIsGoneForEveryoneAndItsRowsFollow(t *testing.T) {
	w := open(t, nil)
	ann, bob := w.register("ann"), w.register("bob")
	server := ann.server("Doomed")
	ch := ann.channel(server, "talk")
	bob.join(server)
	ann.send(ch, "farewell")
	f := bob.follow()
	ann.must("DELETE", "/servers/"+server.String(), nil, nil)
	if err := bob.call("GET", "/channels/"+ch.String()+"/messages", nil, nil); err == nil {
		t.Fatal("a deleted server is readable")
	}
	f.until("that the server is gone", func() bool { return f.saw(core.EventServerDeleted) })
	f.until("the rows to go", func() bool {
		_, err := w.node.Stores.Servers.Layout(t.Context(), server)
		return core.CodeOf(err) == core.CodeNotFound
	})
	if _, err := w.node.Stores.Servers.ServerOf(t.Context(), ch); core.CodeOf(err) != core.CodeNotFound {
		t.Fatalf("the look-up of a channel is left: %v", err)
	}
	left, err := w.node.Stores.Messages.List(t.Context(), core.MessageQuery{Channel: ch, Limit: 10})
	if err != nil || len(left) != 0 {
		t.Fatalf("%d messages are left (%v)", len(left), err)
	}
}

func TestAFullDiskRefusesWritesAndNothingElse(t *testing.T) {
	var free atomic.Uint64
	free.Store(1 << 40)
	w := open(t, func(o *node.Options) {
		o.MinFree = 1 << 30
		o.FreeBytes = func(string) (uint64, error) { return free.Load(), nil }
	})
	ann := w.register("ann")
	ch := ann.channel(ann.server("Full"), "talk")
	m := ann.send(ch, "before")
	free.Store(1 << 20)
	path := "/channels/" + ch.String() + "/messages"
	var err error
	for range 1000 { // the disk is asked once a second
		if err = ann.call("POST", path, map[string]any{"content": "no room"}, nil); err != nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err == nil || !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), "storage_full") {
		t.Fatalf("want 503 storage_full, got %v", err)
	}
	ann.must("GET", path, nil, nil)
	ann.must("GET", "/sync", nil, nil)
	ann.must("POST", "/auth/login", map[string]any{"login": "ann", "password": "correct horse battery"}, nil)
	ann.must("DELETE", path+"/"+m.ID.String(), nil, nil)
	free.Store(1 << 40)
	for range 1000 {
		if err = ann.call("POST", path, map[string]any{"content": "room again"}, nil); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("writes did not come back: %v", err)
}
