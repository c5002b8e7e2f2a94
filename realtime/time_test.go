package realtime

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beep-chat/beep/core"
)

func TestHeartbeatMovesTheCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		time.Sleep(20 * time.Second)
		r.say(1, 2) // not for them
		time.Sleep(5*time.Second - 1)
		c.want("ready@e1.0")
		time.Sleep(1 * time.Nanosecond)
		c.want("ready@e1.0 heartbeat@e1.1")
		time.Sleep(20 * time.Second)
		r.source.Append(r.event(core.Audience{Users: []core.UserID{7}}, core.AccessChanged{}))
		time.Sleep(24 * time.Second) // speaking puts it off
		c.want("ready@e1.0 heartbeat@e1.1 access.changed@e1.2")
		time.Sleep(time.Second)
		c.want("ready@e1.0 heartbeat@e1.1 access.changed@e1.2 heartbeat@e1.2")
	})
}

func TestHeartbeatsAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.hub.jitter = rand.Int64N
		var mu sync.Mutex
		at := make(map[time.Duration]bool)
		begun := time.Now()
		for user := range core.UserID(50) {
			r.connectAs(StreamRequest{User: user + 1}, &client{t: t, onWrite: func(blocks []block) {
				if len(blocks) > 0 && blocks[0].event == "heartbeat" {
					mu.Lock()
					defer mu.Unlock()
					at[time.Since(begun)] = true
				}
			}})
			synctest.Wait()
		}
		for range 25_000 / 5 {
			time.Sleep(5 * time.Millisecond)
			synctest.Wait()
		}
		if len(at) < 40 {
			t.Errorf("50 streams beat at %d moments", len(at))
		}
		for when := range at {
			if when < 20*time.Second {
				t.Errorf("a beat after %v", when)
			}
		}
	})
}

func TestCoalescing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.Coalesce = 0 }) // the default
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		time.Sleep(time.Second)
		before := c.writesSoFar()
		r.say(1, 2)
		if c.got(); c.writesSoFar() != before+1 {
			t.Error("the first event was not sent at once")
		}
		for range 20 {
			r.say(1, 2)
			synctest.Wait()
		}
		time.Sleep(5 * time.Millisecond)
		if c.got(); c.writesSoFar() != before+2 {
			t.Errorf("20 events of one moment in %d writes", c.writesSoFar()-before-1)
		}
		if got := c.last().id; got != "e1.21" {
			t.Errorf("last is %s", got)
		}
	})
}

func (c *client) writesSoFar() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes
}

func TestWritesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		largest := 0
		for n := range 400 {
			names := strings.Repeat("x", n*3)
			r.source.Append(r.event(core.Audience{Server: 1}, core.ServerUpdated{Server: core.Server{Name: names}}))
		}
		huge := strings.Repeat("y", 100_000)
		r.source.Append(r.event(core.Audience{Server: 1}, core.ServerUpdated{Server: core.Server{Name: huge}}))
		r.say(1, 2)
		c := &client{t: t}
		c.onWrite = func(blocks []block) {
			n := 0
			for _, b := range blocks {
				n += len(b.data)
			}
			if len(blocks) > 1 {
				largest = max(largest, n)
			}
		}
		r.connectAs(StreamRequest{User: 7, LastEventID: "e1.0"}, c)
		if got := c.got(); len(got) != 403 || got[402].id != "e1.402" {
			t.Fatalf("%d blocks", len(got))
		}
		if largest > maxWriteBytes || largest < maxWriteBytes/2 {
			t.Errorf("the largest write of several events has %d bytes of data", largest)
		}
	})
}

// A reader that never reads is closed at the deadline, keeps at most its references, and disturbs nobody.
func TestNeverReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		r.world.set(1, 8, true)
		stuck, good := r.connect(StreamRequest{User: 7}), r.connect(StreamRequest{User: 8})
		synctest.Wait()
		stuck.stall()
		s := r.hub.index.users[7].streams[0]
		for range 5000 {
			r.say(1, 2)
			synctest.Wait()
			if n := len(s.pending); n > maxPending {
				t.Fatalf("%d references wait", n)
			}
		}
		if n := len(good.got()); n != 5001 {
			t.Errorf("the other one got %d", n)
		}
		if !s.lagging || cap(s.pending) > 0 || cap(s.reader.items) > maxPending {
			t.Errorf("lagging %v, room for %d + %d references", s.lagging, cap(s.pending), cap(s.reader.items))
		}
		time.Sleep(10*time.Second - 1)
		if stuck.ended() {
			t.Error("closed before the deadline")
		}
		time.Sleep(1 * time.Nanosecond)
		if !stuck.ended() || !errors.Is(stuck.err, os.ErrDeadlineExceeded) || r.hub.Stats().Streams != 1 {
			t.Errorf("ended %v with %v", stuck.ended(), stuck.err)
		}
	})
}

func TestLaggingStreamCatchesUpFromTheRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		c.stall()
		for range 3000 {
			r.say(1, 2)
		}
		r.hub.PublishEphemeral(r.event(core.Audience{Server: 1, Channel: 2}, core.TypingStarted{UserID: 9}))
		synctest.Wait()
		c.unstall()
		got := c.got()
		if len(got) != 3001 {
			t.Fatalf("%d of 3000 events", len(got)-1)
		}
		for i, b := range got[1:] {
			if b.id != fmt.Sprintf("e1.%d", i+1) {
				t.Fatalf("%s at place %d", b, i+1)
			}
		}
		if s := r.hub.index.users[7].streams[0]; !s.lagSince.IsZero() || cap(s.pending) > keepItems || cap(s.reader.items) > keepItems {
			t.Errorf("after catching up: lagging since %v, %d, %d", s.lagSince, cap(s.pending), cap(s.reader.items))
		}
	})
}

func TestSlowForTooLong(t *testing.T) {
	for _, c := range []struct {
		name string
		tune func(*Options)
		each time.Duration // how long a write takes
		want bool
	}{
		{"trickles", nil, 9 * time.Second, true},
		{"outrun by the window", func(o *Options) { o.Window.Events = 300 }, 3 * time.Second, true},
		{"keeps up", nil, 10 * time.Millisecond, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, c.tune)
				r.world.set(1, 7, true)
				client := r.connect(StreamRequest{User: 7})
				synctest.Wait()
				client.mu.Lock()
				client.onWrite = func([]block) {
					client.mu.Unlock()
					time.Sleep(c.each)
					client.mu.Lock()
				}
				client.mu.Unlock()
				for range 400 {
					for range 20 {
						r.say(1, 2)
					}
					time.Sleep(100 * time.Millisecond)
				}
				time.Sleep(20 * time.Second)
				if client.ended() != c.want {
					t.Fatalf("ended: %v", client.ended())
				}
				if b := client.last(); c.want && (b.event != "bye" || b.data != `{"reason":"slow","reconnect":true}` || b.retry != "2000") {
					t.Errorf("last is %+v", b)
				}
			})
		})
	}
}

func TestTypingIsDroppedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dropped := 0
		r := newRig(t, func(o *Options) { o.Metrics.Dropped = func(core.EventType) { dropped++ } })
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		c.stall()
		r.say(1, 2)
		synctest.Wait()
		for range 200 {
			r.hub.PublishEphemeral(r.event(core.Audience{Server: 1, Channel: 2}, core.TypingStarted{UserID: 9}))
		}
		for range 128 {
			r.say(1, 2)
		}
		c.unstall()
		deleted := slices.DeleteFunc(c.got(), func(b block) bool { return b.event != "message.deleted" })
		if dropped != 72 || len(deleted) != 129 || r.hub.Stats().Streams != 1 {
			t.Errorf("%d dropped, %d messages", dropped, len(deleted))
		}
	})
}

func TestDrain(t *testing.T) {
	for _, c := range []struct {
		streams int
		limit   time.Duration
		min     time.Duration
		max     time.Duration
	}{
		{0, time.Minute, 0, 0},
		{1, time.Minute, 0, 0},
		{60, time.Minute, 500 * time.Millisecond, 600 * time.Millisecond},
		{2000, time.Minute, 4 * time.Second, 4300 * time.Millisecond},
		{2000, time.Second, 990 * time.Millisecond, time.Second},
	} {
		t.Run(fmt.Sprint(c.streams, c.limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.hub.jitter = rand.Int64N
				clients := make([]*client, c.streams)
				for i := range clients {
					clients[i] = r.connect(StreamRequest{User: core.UserID(i + 1)})
				}
				synctest.Wait()
				begun := time.Now()
				if err := r.hub.Drain(context.Background(), c.limit); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begun); took < c.min || took > c.max {
					t.Errorf("took %v", took)
				}
				retries := make(map[string]bool)
				for _, client := range clients {
					if b := client.last(); !client.ended() || b.data != `{"reason":"restarting","reconnect":true}` {
						t.Fatalf("last is %+v", b)
					} else {
						retries[b.retry] = true
					}
				}
				if c.streams > 10 && len(retries) < c.streams/3 {
					t.Errorf("%d different retries", len(retries))
				}
				if err := r.hub.Serve(t.Context(), StreamRequest{User: 1}, nil); core.CodeOf(err) != core.CodeShuttingDown {
					t.Errorf("a stream while draining: %v", err)
				}
			})
		})
	}
	for n, want := range map[int]time.Duration{99: 990 * time.Millisecond, 20_000: 35 * time.Second, 1_000_000: 45 * time.Second} {
		if got := drainWindow(n); got != want {
			t.Errorf("%d streams drain over %v, want %v", n, got, want)
		}
	}
}

func TestCloseWaitsForItsContextOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		c.stall()
		r.say(1, 2)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := r.hub.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("close: %v", err)
		}
		time.Sleep(10 * time.Second)
		if !c.ended() {
			t.Error("the stuck stream goes on")
		}
	})
}

func TestSessionEnds(t *testing.T) {
	revoke := func(p core.SessionRevoked) func(r *rig) {
		return func(r *rig) { r.source.Append(r.event(core.Audience{Users: []core.UserID{7}}, p)) }
	}
	one := func(id core.SessionID) []core.SessionID { return []core.SessionID{id} }
	for _, c := range []struct {
		name   string
		do     func(r *rig)
		within time.Duration
		ended  [3]bool // user 7 session 1, user 7 session 2, user 8 session 3
	}{
		{"one revoked", revoke(core.SessionRevoked{SessionIDs: one(1)}), time.Second, [3]bool{true, false, false}},
		{"all revoked", revoke(core.SessionRevoked{}), time.Second, [3]bool{true, true, false}},
		{"all but one", revoke(core.SessionRevoked{KeepSessionID: 2}), time.Second, [3]bool{true, false, false}},
		{"another's session", revoke(core.SessionRevoked{SessionIDs: one(3)}), time.Second, [3]bool{}},
		{"unreadable", func(r *rig) {
			ev := r.event(core.Audience{Users: []core.UserID{7}}, core.SessionRevoked{})
			ev.Data = []byte("{")
			r.source.Append(ev)
		}, time.Second, [3]bool{true, true, false}},
		{"closed by hand", func(r *rig) { r.hub.CloseSession(7, 2) }, 0, [3]bool{false, true, false}},
		{"gone without an event", func(r *rig) { r.world.end(3) }, 30 * time.Second, [3]bool{false, false, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				clients := []*client{
					r.connect(StreamRequest{User: 7, Session: 1}), r.connect(StreamRequest{User: 7, Session: 2}),
					r.connect(StreamRequest{User: 8, Session: 3}),
				}
				synctest.Wait()
				c.do(r)
				time.Sleep(c.within)
				for i, client := range clients {
					if client.ended() != c.ended[i] {
						t.Errorf("stream %d ended: %v", i, client.ended())
					}
					if b := client.last(); c.ended[i] && b.data != `{"reason":"signed_out","reconnect":false}` {
						t.Errorf("last is %+v", b)
					}
				}
			})
		})
	}
}

// A session that ended after it was authenticated and before the stream was registered.
func TestSessionEndedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.end(5)
		c := r.connect(StreamRequest{User: 7, Session: 5})
		c.want("bye@")
		if !c.ended() || c.err != nil {
			t.Errorf("ended %v, %v", c.ended(), c.err)
		}
	})
}
