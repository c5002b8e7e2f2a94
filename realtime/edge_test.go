package realtime

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beep-chat/beep/core"
)

// Events that a slow stream took before the window outran it are sent before its goodbye, since the id of the goodbye is
// past them.
func TestGoodbyeComesAfterWhatWasTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.Window.Events = 300 })
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		c.stall()
		large := core.Server{Name: strings.Repeat("x", 1000)}
		for range 201 {
			r.source.Append(r.event(core.Audience{Server: 1}, core.ServerUpdated{Server: large}))
		}
		synctest.Wait()
		gate := c.stalled
		c.stall()
		close(gate) // the first write goes through; the next, of 64 KB, is stuck
		synctest.Wait()
		for range 1000 {
			r.say(1, 2)
		}
		c.unstall()
		got := c.got()
		if last := got[len(got)-1]; last.event != "bye" || last.id != got[len(got)-2].id {
			t.Errorf("%s comes after %s", last, got[len(got)-2])
		}
		if len(got) < 100 {
			t.Errorf("%d blocks", len(got))
		}
	})
}

func TestKnownEventsAreSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		r.say(1, 2)
		r.say(1, 2)
		again, err := r.source.Read(0, 10)
		if err != nil {
			t.Fatal(err)
		}
		r.hub.feed.Events(again)
		r.say(1, 2)
		c.want("ready@e1.0 message.deleted@e1.1 message.deleted@e1.2 message.deleted@e1.3")
		if st := r.hub.Stats(); st.WindowEvents != 3 || st.Position != 3 {
			t.Errorf("%+v", st)
		}
	})
}

func TestEphemeralOnceToThoseNamedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		r.hub.PublishEphemeral(r.event(core.Audience{Server: 1, Users: []core.UserID{7}}, core.TypingStarted{}))
		c.want("ready@e1.0 typing.started@e1.0")
	})
}

func TestRequestsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.connect(StreamRequest{User: 7})
		var ready core.Ready
		decode(t, c.got()[0].data, &ready)
		many := func(from, to int) map[core.ServerID]Interest {
			levels := make(map[core.ServerID]Interest)
			for n := from; n < to; n++ {
				levels[core.ServerID(n)] = InterestNone
			}
			return levels
		}
		for _, c := range []struct {
			name   string
			levels map[core.ServerID]Interest
			want   core.Code
		}{
			{"too many at once", many(1, 202), core.CodeValidationFailed},
			{"as many as may be", many(1, 201), ""},
			{"the same again", many(1, 201), ""},
			{"one more", many(201, 202), core.CodeValidationFailed},
			{"one less", map[core.ServerID]Interest{5: InterestActive}, ""},
			{"one more again", many(201, 202), ""},
		} {
			if got := core.CodeOf(r.hub.SetInterest(7, ready.SessionID, c.levels)); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
		refused := r.connect(StreamRequest{User: 7, Types: make([]core.EventType, 101)})
		if !refused.ended() || core.CodeOf(refused.err) != core.CodeValidationFailed {
			t.Errorf("101 types: %v", refused.err)
		}
	})
}

// hung is a store that answers nobody.
type hung struct{ now, most atomic.Int64 }

func (h *hung) ServersOf(ctx context.Context, _ core.UserID) ([]core.ServerID, error) {
	h.most.Store(max(h.most.Load(), h.now.Add(1)))
	defer h.now.Add(-1)
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestHungStoreIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &hung{}
		r := newRig(t, func(o *Options) { o.Members = store })
		clients := make([]*client, 3*maxLoads)
		for i := range clients {
			clients[i] = r.connect(StreamRequest{User: core.UserID(i + 1)})
		}
		time.Sleep(loadTimeout)
		for _, c := range clients {
			if !c.ended() || c.last().data != `{"reason":"unavailable","reconnect":true}` {
				t.Fatalf("ended %v, last is %+v", c.ended(), c.last())
			}
		}
		if most := store.most.Load(); most != maxLoads {
			t.Errorf("%d loads at once", most)
		}
	})
}

// hasty is a log that falls sick between being asked and being followed.
type hasty struct{ *shakyLog }

func (l hasty) Follow(f Follower) (uint64, func()) {
	f.Health(false, "log_unreachable")
	return l.shakyLog.Follow(f)
}

func TestHealthToldBeatsHealthAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.close()
		r.start(func(o *Options) { o.Log = hasty{r.log} })
		if ok, reason := r.hub.Healthy(); ok || reason != "log_unreachable" {
			t.Errorf("healthy %v, %q", ok, reason)
		}
	})
}

// busyEnd is a log that gets one more event right after its end was read.
type busyEnd struct {
	*shakyLog
	append func()
}

func (l *busyEnd) Read(after uint64, limit int) ([]core.LoggedEvent, error) {
	got, err := l.shakyLog.Read(after, limit)
	if len(got) == 0 && l.append != nil {
		next := l.append
		l.append = nil
		next()
	}
	return got, err
}

func TestEventAtTheEndOfLoading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.close()
		r.say(1, 2)
		r.start(func(o *Options) { o.Log = &busyEnd{r.log, func() { r.say(1, 2) }} })
		if st := r.hub.Stats(); st.Position != 2 || st.WindowEvents != 2 {
			t.Errorf("%+v", st)
		}
	})
}
