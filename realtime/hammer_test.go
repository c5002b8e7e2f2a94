package realtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
)

// orderly is a sink that checks order in one pass and counts.
type orderly struct {
	last   uint64
	events atomic.Int64
	fault  atomic.Pointer[string]
}

func (o *orderly) Write(p []byte, _ time.Duration) error {
	for line := range bytes.Lines(p) {
		switch {
		case bytes.HasPrefix(line, []byte("id: e1.")):
			var at uint64
			fmt.Sscanf(string(line), "id: e1.%d", &at)
			if at < o.last {
				text := fmt.Sprintf("%d after %d", at, o.last)
				o.fault.Store(&text)
			}
			o.last = at
		case bytes.Equal(line, []byte("event: message.deleted\n")):
			o.events.Add(1)
		}
	}
	return nil
}

// TestHammer runs everything at once in real time: four writers, readers that stay and must get every event, readers that
// come and go, memberships, interest, sessions, typing; then a drain under load.
func TestHammer(t *testing.T) {
	const writers, each, staying = 4, 250, 20
	w, source := newWorld(), NewFakeSource("e1")
	w.set(1, 1, true)
	hub := NewHub(Options{Log: NewMemoryLog(source), Access: w, Members: w, Sessions: w, StreamsPerUser: 50, Coalesce: time.Millisecond})
	if err := hub.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	var ids atomic.Int64
	event := func(to core.Audience, p core.Payload) core.Event {
		return core.NewEvent(core.EventID(ids.Add(1)), to, 0, time.Now(), p)
	}
	var streams, load sync.WaitGroup
	sinks := make([]*orderly, staying)
	for i := range sinks {
		sinks[i] = &orderly{}
		streams.Go(func() {
			if err := hub.Serve(context.Background(), StreamRequest{User: 1, LastEventID: "e1.0"}, sinks[i]); err != nil {
				t.Error(err)
			}
		})
	}
	for n := range writers {
		load.Go(func() {
			for i := range each {
				source.Append(event(core.Audience{Server: 1, Channel: 2}, core.MessageDeleted{}))
				who := core.Audience{Server: 1, Users: []core.UserID{core.UserID(2 + n)}}
				in := i%2 == 0
				w.set(1, who.Users[0], in)
				if in {
					source.Append(event(who, core.MemberJoined{}))
				} else {
					source.Append(event(who, core.MemberRemoved{}))
				}
				hub.PublishEphemeral(event(core.Audience{Server: 1, Channel: 2}, core.TypingStarted{}))
			}
		})
		load.Go(func() { comeAndGo(t, hub, core.UserID(2+n)) })
	}
	load.Wait()
	for _, o := range sinks {
		for o.events.Load() < writers*each && o.fault.Load() == nil {
			runtime.Gosched()
		}
	}
	if err := hub.Drain(context.Background(), 100*time.Millisecond); err != nil {
		t.Error(err)
	}
	streams.Wait()
	if err := hub.Close(context.Background()); err != nil {
		t.Error(err)
	}
	for _, o := range sinks {
		if f := o.fault.Load(); f != nil || o.events.Load() != writers*each {
			t.Errorf("%d of %d events, order %v", o.events.Load(), writers*each, f)
		}
	}
	if st := hub.Stats(); st.Streams != 0 || st.Users != 0 {
		t.Errorf("left: %+v", st)
	}
}

func comeAndGo(t *testing.T, hub *Hub, user core.UserID) {
	for i := range 60 {
		ctx, cancel := context.WithCancel(context.Background())
		o := &orderly{}
		var wg sync.WaitGroup
		wg.Go(func() {
			req := StreamRequest{User: user, Session: core.SessionID(i), Servers: []core.ServerID{1}, LastEventID: "e1.0"}
			if err := hub.Serve(ctx, req, o); err != nil {
				t.Error(err)
			}
		})
		for _, id := range streamsOf(hub, user) {
			err := hub.SetInterest(user, id, map[core.ServerID]Interest{1: InterestNone, 2: InterestActive})
			if err != nil && core.CodeOf(err) != core.CodeNotFound {
				t.Error(err)
			}
		}
		if i%3 == 0 {
			hub.CloseSession(user, core.SessionID(i))
		}
		if _, err := hub.Cursor(); err != nil {
			t.Error(err)
		}
		cancel()
		wg.Wait()
		if f := o.fault.Load(); f != nil {
			t.Error(errors.New(*f))
		}
	}
}

func streamsOf(hub *Hub, user core.UserID) (ids []string) {
	hub.mu.Lock()
	defer hub.mu.Unlock()
	if l := hub.index.users[user]; l != nil {
		for _, s := range l.streams {
			ids = append(ids, s.id)
		}
	}
	return slices.Clone(ids)
}
