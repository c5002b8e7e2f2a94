package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
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
)

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
			body := map[string]any{"content": fmt.Sprintf("%s %d @ann @writer1", p.name, i)}
			if len(mine) > 0 && k < 2 { // an answer, whose original may be deleted later
				original := mine[rnd.IntN(len(mine))]
				ch, body["reply_to"] = original.ChannelID, original.ID
			}
			err = p.call("POST", "/channels/"+ch.String()+"/messages", body, &m)
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

// TestASessionThatEndsElsewhereEndsHere takes a session away behind the service's back, as another node does: only the event
// tells this one.
func TestASessionThatEndsElsewhereEndsHere(t *testing.T) {
	w := open(t, nil)
	ann := w.register("ann")
	ann.must("GET", "/users/@me", nil, nil) // cached
	list, err := w.node.Stores.Sessions.ListSessions(t.Context(), ann.id)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	event, err := core.EventMaker{IDs: w.node.IDs, Clock: time.Now}.New(core.Audience{Users: []core.UserID{ann.id}}, ann.id,
		core.SessionRevoked{SessionIDs: []core.SessionID{list[0].ID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.node.Stores.Sessions.DeleteSession(t.Context(), list[0], event); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if err := ann.call("GET", "/users/@me", nil, nil); err != nil && strings.Contains(err.Error(), "401") {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("a session that ended on another node is still believed")
}
