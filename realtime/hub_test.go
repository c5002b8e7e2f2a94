package realtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beep-chat/beep/core"
)

// audience cases: user 7 is a member of server 1, 8 is not; channel 9 is closed to 7.
func TestWhoHears(t *testing.T) {
	users := func(ids ...core.UserID) []core.UserID { return ids }
	for _, c := range []struct {
		name           string
		to             core.Audience
		p              core.Payload
		live7, replay7 bool
		live8          bool
	}{
		{"a channel", core.Audience{Server: 1, Channel: 2}, core.MessageDeleted{}, true, true, false},
		{"a closed channel", core.Audience{Server: 1, Channel: 9}, core.MessageDeleted{}, false, false, false},
		{"another server", core.Audience{Server: 3, Channel: 4}, core.MessageDeleted{}, false, false, false},
		{"the server", core.Audience{Server: 1}, core.ServerUpdated{}, true, true, false},
		{"a right they lack", core.Audience{Server: 1, Need: core.ManageInvites}, core.InviteDeleted{}, false, false, false},
		{"the person", core.Audience{Users: users(7)}, core.AccessChanged{}, true, true, false},
		{"someone else", core.Audience{Users: users(6)}, core.AccessChanged{}, false, false, false},
		{"person and server", core.Audience{Server: 1, Channel: 9, Users: users(7, 8)}, core.MessageDeleted{}, true, true, true},
		{"all", core.Audience{All: true}, core.UserUpdated{}, true, true, true},
		{"nobody", core.Audience{}, core.UserUpdated{}, false, false, false},
		{"a closed channel's end", core.Audience{Server: 1, Channel: 9}, core.ChannelDeleted{}, true, true, false},
		{"internal", core.Audience{All: true, Users: users(7)}, core.SessionRevoked{SessionIDs: []core.SessionID{5}}, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.world.set(1, 7, true)
				r.world.shut(7, 9, true)
				seven, eight := r.connect(StreamRequest{User: 7}), r.connect(StreamRequest{User: 8})
				synctest.Wait()
				r.source.Append(r.event(c.to, c.p))
				again := r.connect(StreamRequest{User: 7, LastEventID: "e1.0"})
				for _, who := range []struct {
					name string
					c    *client
					want bool
				}{{"member", seven, c.live7}, {"stranger", eight, c.live8}, {"member resuming", again, c.replay7}} {
					if got := len(who.c.got()) - 1; got != map[bool]int{true: 1}[who.want] {
						t.Errorf("%s got %d events", who.name, got)
					}
				}
			})
		})
	}
}

func TestMembershipFollowsTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		r.say(1, 2)
		r.joins(1, 7)
		r.say(1, 2)
		c.want("ready@e1.0 member.joined@e1.2 message.deleted@e1.3")
		r.leaves(1, 7)
		r.say(1, 2)
		c.want("ready@e1.0 member.joined@e1.2 message.deleted@e1.3 member.removed@e1.4")
		r.joins(1, 7)
		to := core.Audience{Server: 1, Users: []core.UserID{7}}
		r.world.set(1, 7, false)
		r.source.Append(r.event(to, core.ServerDeleted{}), r.event(core.Audience{Server: 1}, core.ChannelDeleted{}))
		if got := c.last().String(); got != "server.deleted@e1.7" {
			t.Errorf("last is %s", got)
		}
		if r.hub.index.servers[1] != nil {
			t.Error("the index still knows the server")
		}
	})
}

// An event that ends access reaches who was a member at its position, even when they are none any more as it is written.
func TestEndOfAccessIsHeardByThoseItConcerns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		r.world.set(1, 7, false) // the store is ahead of the log
		r.source.Append(r.event(core.Audience{Server: 1, Channel: 2}, core.ChannelDeleted{}),
			r.event(core.Audience{Server: 1, Users: []core.UserID{9}}, core.MemberRemoved{UserID: 9}))
		r.say(1, 3)
		c.want("ready@e1.0 channel.deleted@e1.1 member.removed@e1.2")
	})
}

// What happens while memberships load is in the ring and in the listener's notes.
func TestNothingFallsBetweenRegisterAndLoad(t *testing.T) {
	for _, c := range []struct {
		name   string
		before bool // a member when the store was read
		during func(r *rig)
		want   string
	}{
		{"event", true, func(r *rig) { r.say(1, 2) }, "ready@e1.0 message.deleted@e1.1 message.deleted@e1.2"},
		{"join", false, func(r *rig) { r.joins(1, 7) }, "ready@e1.0 member.joined@e1.1 message.deleted@e1.2"},
		{"leave", true, func(r *rig) { r.leaves(1, 7); r.world.set(1, 7, true) }, "ready@e1.0 member.removed@e1.1"},
		{"leave and return", true, func(r *rig) { r.leaves(1, 7); r.joins(1, 7) },
			"ready@e1.0 member.removed@e1.1 member.joined@e1.2 message.deleted@e1.3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.world.set(1, 7, c.before)
				r.world.onLoad = func() { c.during(r) }
				client := r.connect(StreamRequest{User: 7})
				synctest.Wait()
				r.say(1, 2)
				client.want(c.want)
			})
		})
	}
}

func TestLoadFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.fail = errors.New("store away")
		r.say(1, 2)
		lost := r.connect(StreamRequest{User: 7, LastEventID: "e0.3"})
		lost.want("bye@e0.3") // e1.1 would hide that something is missing
		c := r.connect(StreamRequest{User: 7})
		c.want("bye@")
		if b := c.last(); b.data != `{"reason":"unavailable","reconnect":true}` || b.retry != "2000" || !c.ended() || c.err != nil {
			t.Errorf("%+v, %v", b, c.err)
		}
	})
}

func TestLoadFailsAfterABreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		r.world.fail = errors.New("store away")
		r.log.breakOff("e2")
		c.want("ready@e1.0 resync@e2.0 bye@e2.0")
	})
}

func TestFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		for server := range core.ServerID(3) {
			r.world.set(server+1, 7, true)
		}
		one := r.connect(StreamRequest{User: 7, Servers: []core.ServerID{1, 3}})
		deleted := r.connect(StreamRequest{User: 7, Types: []core.EventType{core.EventMessageDeleted}})
		synctest.Wait()
		mine := core.Audience{Users: []core.UserID{7}}
		r.say(1, 9)
		r.say(2, 9)
		r.source.Append(r.event(mine, core.UserUpdated{}), r.event(core.Audience{Server: 3}, core.ServerUpdated{}))
		one.want("ready@e1.0 message.deleted@e1.1 user.updated@e1.3 server.updated@e1.4")
		deleted.want("ready@e1.0 message.deleted@e1.1 message.deleted@e1.2")
		again := r.connect(StreamRequest{User: 7, Servers: []core.ServerID{2}, LastEventID: "e1.0"})
		again.want("ready@e1.0 message.deleted@e1.2 user.updated@e1.3")
		if err := r.hub.Serve(t.Context(), StreamRequest{User: 7, Servers: make([]core.ServerID, 201)}, one); core.CodeOf(err) != core.CodeValidationFailed {
			t.Errorf("201 servers: %v", err)
		}
	})
}

func TestRepeatedEventIsHeardOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		ev := r.event(core.Audience{Server: 1}, core.ServerUpdated{})
		r.source.Append(ev, ev)
		r.say(1, 2)
		r.source.Append(ev)
		want := "ready@e1.0 server.updated@e1.1 message.deleted@e1.3"
		c.want(want)
		r.connect(StreamRequest{User: 7, LastEventID: "e1.0"}).want(want)
	})
}

func TestResume(t *testing.T) {
	for _, c := range []struct {
		name, from, want, reason string
	}{
		{"in the window", "e1.6", "ready@e1.6 message.deleted@e1.7 message.deleted@e1.8", ""},
		{"the oldest possible", "e1.3", "ready@e1.3 message.deleted@e1.4 message.deleted@e1.5 message.deleted@e1.6 " +
			"message.deleted@e1.7 message.deleted@e1.8", ""},
		{"the tip", "e1.8", "ready@e1.8", ""},
		{"just too old", "e1.2", "ready@e1.8 resync@e1.8", "expired"},
		{"from the beginning", "e1.0", "ready@e1.8 resync@e1.8", "expired"},
		{"ahead", "e1.9", "ready@e1.8 resync@e1.8", "future"},
		{"far ahead", "e1.18446744073709551615", "ready@e1.8 resync@e1.8", "future"},
		{"another epoch", "e2.8", "ready@e1.8 resync@e1.8", "epoch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, func(o *Options) { o.Window.Events = 5 })
				r.world.set(1, 7, true)
				for range 8 {
					r.say(1, 2)
				}
				client := r.connect(StreamRequest{User: 7, LastEventID: c.from})
				client.want(c.want)
				var ready core.Ready
				decode(t, client.got()[0].data, &ready)
				if ready.Resumed != (c.reason == "") || ready.Cursor != client.got()[0].id {
					t.Errorf("ready: %+v", ready)
				}
				if c.reason != "" {
					var resync core.Resync
					decode(t, client.got()[1].data, &resync)
					if resync.Reason != c.reason {
						t.Errorf("reason %q, want %q", resync.Reason, c.reason)
					}
				}
				r.say(1, 2)
				if got := client.last().id; got != "e1.9" {
					t.Errorf("live after it: %s", got)
				}
			})
		})
	}
}

func TestBadLastEventIDIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.connect(StreamRequest{User: 7, LastEventID: "nonsense"})
		<-c.done
		if core.CodeOf(c.err) != core.CodeBadLastEventID || len(c.raw) > 0 {
			t.Errorf("%v after %q", c.err, c.raw)
		}
	})
}

func TestRestartKeepsTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		for range 2500 { // several pages
			r.say(1, 2)
		}
		r.close()
		r.start(nil)
		if st := r.hub.Stats(); st.WindowEvents != 2500 || st.Position != 2500 {
			t.Fatalf("window after the restart: %+v", st)
		}
		r.connect(StreamRequest{User: 7, LastEventID: "e1.2498"}).want("ready@e1.2498 message.deleted@e1.2499 message.deleted@e1.2500")
		time.Sleep(11 * time.Minute)
		r.say(1, 2)
		if st := r.hub.Stats(); st.WindowEvents != 1 {
			t.Errorf("events of 11 minutes ago are still there: %+v", st)
		}
		r.close()
		r.start(nil)
		if st := r.hub.Stats(); st.WindowEvents != 1 || st.Position != 2501 {
			t.Errorf("the reloaded window has old events: %+v", st)
		}
	})
}

func TestStartWhileEventsArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.close()
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				default:
					r.say(1, 2)
				}
			}
		}()
		r.start(func(o *Options) { o.Window.Events = 1 << 20 })
		close(stop)
		<-done
		_, newest := r.source.Bounds()
		if st := r.hub.Stats(); st.Position != newest || uint64(st.WindowEvents) != newest {
			t.Errorf("window %+v, log at %d", st, newest)
		}
	})
}

func TestGapIsRefilledFromTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		r.say(1, 2)
		r.source.Silence(true)
		r.say(1, 2)
		r.say(1, 2)
		r.source.Silence(false)
		r.say(1, 2)
		c.want("ready@e1.0 message.deleted@e1.1 message.deleted@e1.2 message.deleted@e1.3 message.deleted@e1.4")
	})
}

func TestBrokenLogResyncsEveryone(t *testing.T) {
	for _, c := range []struct {
		name   string
		breaks func(r *rig)
		want   []string // either
		reason string
	}{
		{"events lost", func(r *rig) {
			r.source.Silence(true)
			r.say(1, 2)
			r.joins(2, 7)
			r.source.Trim(4)
			r.source.Silence(false)
			r.say(1, 2)
		}, []string{"[ready@e1.0 message.deleted@e1.1 resync@e1.4]",
			"[ready@e1.0 message.deleted@e1.1 resync@e1.3 message.deleted@e1.4]"}, "gap"},
		{"new epoch", func(r *rig) {
			r.world.set(2, 7, true)
			r.log.breakOff("e2")
		}, []string{"[ready@e1.0 message.deleted@e1.1 resync@e2.0]"}, "epoch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.world.set(1, 7, true)
				client := r.connect(StreamRequest{User: 7})
				synctest.Wait()
				r.say(1, 2)
				synctest.Wait()
				c.breaks(r)
				blocks := client.got()
				if got := fmt.Sprint(blocks); !slices.Contains(c.want, got) {
					t.Fatalf("got %s, want one of %s", got, c.want)
				}
				var resync core.Resync
				decode(t, blocks[2].data, &resync)
				if resync.Reason != c.reason {
					t.Errorf("reason %q", resync.Reason)
				}
				before := len(client.got())
				r.say(1, 2)
				r.say(2, 3) // of a membership that only the store told of
				if got := len(client.got()) - before; got != 2 {
					t.Errorf("%d of 2 events after the break", got)
				}
			})
		})
	}
}

// What was loaded before the log broke off may lack what the log lost.
func TestLoadAcrossABreakIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.onLoad = func() {
			r.world.mu.Lock()
			r.world.onLoad = nil
			r.world.mu.Unlock()
			r.world.set(1, 7, true) // its event is among the lost
			r.log.breakOff("e2")
		}
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		r.say(1, 2)
		if got := c.last().String(); got != "message.deleted@e2.1" {
			t.Errorf("last is %s", got)
		}
	})
}

func TestApplyComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r *rig
		r = newRig(t, func(o *Options) {
			o.Apply = func(batch []core.LoggedEvent) {
				if at, err := r.hub.Cursor(); err != nil || at.Position >= batch[0].Position {
					t.Errorf("applied at %v: %v", at, err)
				}
				for _, l := range batch {
					if l.Event.Type == core.EventAccessChanged {
						r.world.shut(7, 2, true)
					}
				}
			}
		})
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		r.source.Append(r.event(core.Audience{Users: []core.UserID{7}}, core.AccessChanged{}),
			r.event(core.Audience{Server: 1, Channel: 2}, core.MessageDeleted{}))
		c.want("ready@e1.0 access.changed@e1.1")
	})
}

func TestEphemeral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		r.world.set(1, 8, true)
		r.world.shut(8, 2, true)
		c, closed := r.connect(StreamRequest{User: 7}), r.connect(StreamRequest{User: 8})
		synctest.Wait()
		typing := r.event(core.Audience{Server: 1, Channel: 2}, core.TypingStarted{UserID: 9})
		r.hub.PublishEphemeral(typing)
		r.say(1, 3)
		synctest.Wait()
		r.hub.PublishEphemeral(typing)
		r.hub.PublishEphemeral(r.event(core.Audience{Server: 1}, core.ServerUpdated{}))
		c.want("ready@e1.0 typing.started@e1.0 message.deleted@e1.1 typing.started@e1.1")
		closed.want("ready@e1.0 message.deleted@e1.1")
	})
}

func TestStartRefusesAnEpochThatBreaksIds(t *testing.T) {
	w := newWorld()
	h := NewHub(Options{Log: NewMemoryLog(NewFakeSource("a.b")), Access: w, Members: w})
	if err := h.Start(context.Background()); err == nil {
		t.Error("started")
	}
	if _, err := h.Cursor(); core.CodeOf(err) != core.CodeUnavailable {
		t.Errorf("cursor before start: %v", err)
	}
	if err := h.Serve(context.Background(), StreamRequest{User: 1}, nil); core.CodeOf(err) != core.CodeUnavailable {
		t.Errorf("stream before start: %v", err)
	}
}

func ExampleParseCursor() {
	c, err := ParseCursor("k3.812")
	fmt.Println(c.Epoch, c.Position, err)
	// Output: k3 812 <nil>
}
