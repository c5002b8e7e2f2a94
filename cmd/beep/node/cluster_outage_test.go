package node_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// refusedWithin waits until a request is refused with a status and tells how long it took: without the log only the store
// can say so, so no event can be awaited.
func refusedWithin(t *testing.T, what string, status int, ask func() *apitest.Answer) {
	t.Helper()
	begun := time.Now()
	for a := ask(); a.Status != status; a = ask() {
		if time.Since(begun) > patience {
			t.Fatalf("%s: after %s the answer still is %s", what, patience, a)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("%s took %s", what, time.Since(begun).Round(time.Millisecond))
}

// told waits for a stream to say whether its node hears everything.
func (tr *traveller) told(t *testing.T, degraded bool) {
	t.Helper()
	select {
	case on := <-tr.degraded:
		if on != degraded {
			t.Fatalf("%s: degraded %v, want %v", tr.p.name, on, degraded)
		}
	case <-time.After(4 * patience):
		t.Fatalf("%s: was not told degraded %v", tr.p.name, degraded)
	}
}

// TestClusterWithoutRedis takes Redis away from two nodes under streams. Writes go on, streams are told, what one node takes
// away the other takes away too; when Redis is back everything arrives, once, or the streams are told to start afresh.
func TestClusterWithoutRedis(t *testing.T) {
	for _, fault := range []struct {
		name        string
		begin, end  func(*cluster, *testing.T)
		mustSurvive bool // nothing is lost, so nobody resyncs
	}{
		{"frozen", func(c *cluster, t *testing.T) { c.Redis.Stop(t) }, func(c *cluster, t *testing.T) { c.Redis.Continue(t) }, true},
		{"killed", func(c *cluster, _ *testing.T) { c.Redis.Kill() }, func(c *cluster, t *testing.T) { c.Redis.Run(t) }, false},
		{"cut off from one node", func(c *cluster, _ *testing.T) { c.WayToRedis(2).Silence(true) },
			func(c *cluster, _ *testing.T) { c.WayToRedis(2).Silence(false); c.WayToRedis(2).Cut() }, true},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			c := openCluster(t, 2)
			ann, bob := c.at(1).register("ann"), c.at(2).register("bob")
			server := ann.server("Outage")
			channel := ann.channel(server, "talk")
			bob.join(server)
			eve, zoe := c.Register("eve"), c.Register("zoe")
			for _, p := range []*apitest.Person{eve, zoe} {
				p.Post("/servers/"+server.String()+"/join", nil).Must(200)
			}
			path := "/channels/" + channel.String() + "/messages"
			phone := eve.On(1).SignIn()
			c.Heard()
			for _, p := range []*apitest.Person{eve, zoe, phone} {
				p.On(2).Get(path).Must(200) // cached
			}
			streams := []*traveller{c.tour(ann, 1<<30, c.at(1)), c.tour(bob, 1<<30, c.at(2))}
			cutOff := streams[1:] // whose node does not hear
			if fault.name != "cut off from one node" {
				cutOff = streams
			}
			var sent []core.MessageID
			say := func(n int) {
				for i := range n {
					sent = append(sent, ann.at(c.at(1+i%2)).send(channel, fmt.Sprint("message ", len(sent))).ID)
				}
			}
			say(10)
			fault.begin(c, t)
			at := time.Now()
			say(10) // before anybody knows
			t.Logf("ten sends without redis took %s", time.Since(at).Round(time.Millisecond))
			phone.On(1).Post("/auth/logout", nil).Is(204)
			zoe.On(1).Delete("/servers/" + server.String() + "/members/@me").Is(204)
			refusedWithin(t, "the end of a session", 401, func() *apitest.Answer { return phone.On(2).Get(path) })
			refusedWithin(t, "the end of a membership", 404, func() *apitest.Answer { return zoe.On(2).Get(path) })
			zoe.On(2).Post(path, M{"content": "x"}).Is(404, "not_found")
			eve.On(2).Post(path, M{"content": "still here", "nonce": "n"}).Is(201)
			for _, tr := range cutOff {
				tr.told(t, true)
			}
			say(10)
			begun := time.Now()
			fault.end(c, t)
			say(2)
			for _, tr := range streams {
				tr.until("the last message", tr.holds(channel, sent[len(sent)-1]))
			}
			for _, tr := range cutOff {
				if tr.resyncs.Load() == 0 {
					tr.told(t, false)
				}
			}
			t.Logf("everything had arrived after %s", time.Since(begun).Round(time.Millisecond))
			for _, tr := range streams {
				for _, id := range sent {
					tr.until(fmt.Sprint("message ", id), tr.holds(channel, id))
				}
				tr.agrees(t, c)
				if n := tr.resyncs.Load(); fault.mustSurvive && n > 0 {
					t.Errorf("%s resynced %d times although nothing was lost", tr.p.name, n)
				}
			}
			phone.On(1).Get(path).Is(401)
			zoe.On(1).Get(path).Is(404)
		})
	}
}
