package redis

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

// The tests of this file run a fault twice: with everything in place, and with one protection switched off. The second run
// must end in a complaint, else the protection would be there for nothing.

// without edits a script; the text must be there.
func without(t *testing.T, script, text, instead string) string {
	t.Helper()
	if !strings.Contains(script, text) {
		t.Fatalf("the script has no %q", text)
	}
	return strings.Replace(script, text, instead, 1)
}

const (
	ridCheck      = "or m[3] ~= rid "
	backwardCheck = "or (epoch == ARGV[3] and seq < tonumber(ARGV[4]))"
)

// twice runs a scenario whole and broken; it gives the complaints of the oracle.
func twice(t *testing.T, run func(t *testing.T, broken bool) []string) {
	t.Parallel()
	for name, broken := range map[string]bool{"whole": false, "broken": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			complaints := run(t, broken)
			switch {
			case broken && len(complaints) == 0:
				t.Error("nobody noticed that the protection is missing")
			case broken:
				t.Log("noticed: " + strings.Join(complaints, "\n"))
			case len(complaints) > 0:
				t.Error(strings.Join(complaints, "\n"))
			}
		})
	}
}

// calm waits until every log has handed over everything, at most a little while, and asks the oracle.
func (r *rig) calm() []string {
	for begun := time.Now(); time.Since(begun) < 4*probePeriod; time.Sleep(5 * time.Millisecond) {
		behind := false
		for i, l := range r.logs {
			p, err := l.readPage(context.Background(), 0, 1)
			epoch, told := r.witnesses[i].told()
			behind = behind || err != nil || p.epoch != epoch || told < p.seq
		}
		if !behind {
			break
		}
	}
	return r.check()
}

// pushes tells whether a chunk holds a push.
func pushes(chunk []byte) bool { return bytes.Contains(chunk, []byte("\r\n$7\r\nmessage\r\n")) }

// events tells whether a chunk holds a push of appended events.
func events(chunk []byte) bool { return pushes(chunk) && bytes.Contains(chunk, []byte("\r\ne ")) }

// TestRefillBites: a push is lost between two others.
func TestRefillBites(t *testing.T) {
	twice(t, func(t *testing.T, broken bool) []string {
		server := redistest.Start(t)
		proxy := redistest.NewProxy(t, server.Addr())
		r := newBrokenRig(t, server, newScripts(beginLua, appendLua, probeLua), faults{noRefill: broken}, server.Open(t), proxy.Open(t))
		lost := make(chan struct{}, 1)
		proxy.Lose(func(chunk []byte) bool {
			if events(chunk) {
				lost <- struct{}{}
				return true
			}
			return false
		})
		r.send(t.Context(), r.logs[0], r.event())
		<-lost
		proxy.Lose(nil)
		last := r.event()
		r.send(t.Context(), r.logs[0], last)
		r.witnesses[1].await(t, "the next event", func(n note) bool { return n.id == last.ID })
		return r.calm()
	})
}

// TestTipBites: the last push before a silence is lost. Only a probe can tell.
func TestTipBites(t *testing.T) {
	twice(t, func(t *testing.T, broken bool) []string {
		server := redistest.Start(t)
		proxy := redistest.NewProxy(t, server.Addr())
		r := newBrokenRig(t, server, newScripts(beginLua, appendLua, probeLua), faults{noProbe: broken}, proxy.Open(t))
		proxy.Lose(events)
		r.send(t.Context(), r.logs[0], r.event())
		complaints := r.calm()
		if ok, reason := r.logs[0].Health(); !ok {
			t.Error("not healthy: ", reason)
		}
		return complaints
	})
}

// TestProbeBites: pushes stop while the connection lives on and Redis takes what is published.
func TestProbeBites(t *testing.T) {
	twice(t, func(t *testing.T, broken bool) (complaints []string) {
		server := redistest.Start(t)
		proxy := redistest.NewProxy(t, server.Addr())
		r := newBrokenRig(t, server, newScripts(beginLua, appendLua, probeLua), faults{noProbe: broken}, proxy.Open(t))
		r.hears(t)
		proxy.Lose(pushes)
		r.send(t.Context(), r.logs[0], r.event())
		time.Sleep(proofLimit + 3*watchPeriod)
		if ok, _ := r.logs[0].Health(); ok {
			complaints = append(complaints, "healthy though it hears nothing")
		}
		proxy.Lose(nil)
		if !broken {
			r.settle(t)
		}
		return append(complaints, r.calm()...)
	})
}

// TestSilentLineIsDialledAnew: a line that hears nothing is given up, though its connection answers.
func TestSilentLineIsDialledAnew(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr())
	r := newRig(t, server, proxy.Open(t))
	lines := clientIDs(t, server)
	proxy.Lose(pushes)
	for begun := time.Now(); clientIDs(t, server) == lines; time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > patience {
			t.Fatal("the silent line is still there")
		}
	}
	proxy.Lose(nil)
	r.settle(t)
}

// clientIDs names the connections that subscribed.
func clientIDs(t *testing.T, s *redistest.Server) (ids string) {
	for line := range strings.SplitSeq(command(t, s, "CLIENT", "LIST", "TYPE", "pubsub"), "\n") {
		if id, _, ok := strings.Cut(line, " "); ok {
			ids += id + " "
		}
	}
	return ids
}

// TestEpochBites: after a failover that lost writes, positions are used a second time.
func TestEpochBites(t *testing.T) {
	twice(t, func(t *testing.T, broken bool) []string {
		begin := beginLua
		if broken {
			begin = without(t, without(t, begin, ridCheck, ""), backwardCheck, "")
		}
		r, failOver := newReplicated(t, newScripts(begin, appendLua, probeLua))
		failOver()
		for range 40 {
			r.send(t.Context(), r.logs[0], r.event())
		}
		return r.calm()
	})
}

// TestPositionThatGoesBackBites: a server that lost writes but kept its replication id, as a look-alike of Redis may.
func TestPositionThatGoesBackBites(t *testing.T) {
	twice(t, func(t *testing.T, broken bool) []string {
		begin := beginLua
		if broken {
			begin = without(t, begin, backwardCheck, "")
		}
		server := redistest.Start(t)
		r := newBrokenRig(t, server, newScripts(begin, appendLua, probeLua), faults{}, server.Open(t), server.Open(t))
		for range 20 {
			r.send(t.Context(), r.logs[0], r.event())
		}
		for _, w := range r.witnesses {
			w.await(t, "the events", func(n note) bool { return n.id == 20 })
		}
		db := server.Open(t).Client
		roll := db.B().Eval().Script(`redis.call('DEL', KEYS[2]) return redis.call('HSET', KEYS[1], 'seq', 10)`).Numkeys(2).
			Key(r.logs[0].key.meta, r.logs[0].key.stream).Build()
		if err := db.Do(t.Context(), roll).Error(); err != nil {
			t.Fatal(err)
		}
		for range 40 {
			r.send(t.Context(), r.logs[0], r.event())
		}
		return r.calm()
	})
}

// TestIdempotencyBites: an append times out although it was executed, and is repeated.
func TestIdempotencyBites(t *testing.T) {
	twice(t, func(t *testing.T, broken bool) []string {
		app := appendLua
		if broken {
			app = without(t, app, "redis.call('SET', KEYS[i], '', 'NX', 'EX', ARGV[8])", "true")
		}
		server := redistest.Start(t)
		proxy := redistest.NewProxy(t, server.Addr())
		r := newBrokenRig(t, server, newScripts(beginLua, app, probeLua), faults{}, proxy.Open(t), server.Open(t))
		last := r.event()
		proxy.Lose(func(chunk []byte) bool { return bytes.HasPrefix(chunk, []byte("*5\r\n")) }) // the answers of scripts
		if err := r.logs[0].Append(t.Context(), []core.Event{last}); err == nil {
			t.Error("acknowledged without an answer")
		}
		proxy.Lose(nil)
		r.send(t.Context(), r.logs[0], last)
		r.send(t.Context(), r.logs[0], r.event())
		r.witnesses[1].await(t, "the next event", func(n note) bool { return n.id == 2 })
		return r.calm()
	})
}
