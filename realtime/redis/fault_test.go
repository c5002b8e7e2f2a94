package redis

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

// command runs a command at a server, as an operator would.
func command(t testing.TB, s *redistest.Server, words ...string) string {
	t.Helper()
	db, err := redisdb.Open(redisdb.Options{Addrs: []string{s.Addr()}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	text, err := db.Client.Do(context.Background(), db.Client.B().Arbitrary(words...).Build()).ToMessage()
	if err != nil {
		t.Fatalf("%s: %v", words, err)
	}
	if n, err := text.ToInt64(); err == nil {
		return fmt.Sprint(n)
	}
	answer, _ := text.ToString()
	return answer
}

// restart ends the server like a power cut and starts it again.
func restart(t *testing.T, r *rig) {
	r.server.Kill()
	r.server.Run(t)
}

// hears waits until every witness heard an event sent now.
func (r *rig) hears(t *testing.T) {
	t.Helper()
	r.passes(t)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	aof := []string{"--appendonly", "yes", "--appendfsync"}
	for _, c := range []struct {
		name   string
		args   []string
		fault  func(*testing.T, *rig)
		resets bool // whether every follower is reset; otherwise none is
	}{
		{"nothing", nil, func(*testing.T, *rig) {}, false},
		{"subscribers are killed", nil, func(t *testing.T, r *rig) {
			for range 5 {
				command(t, r.server, "CLIENT", "KILL", "TYPE", "pubsub")
				r.hears(t)
			}
		}, false},
		{"clients are killed", nil, func(t *testing.T, r *rig) {
			for range 5 {
				command(t, r.server, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
				r.hears(t)
			}
		}, false},
		{"killed, everything synced", append(aof, "always"), restart, true},
		{"killed, synced every second", append(aof, "everysec"), restart, true},
		{"power cut, the last writes are gone", append(aof, "everysec"), func(t *testing.T, r *rig) {
			r.server.Kill()
			r.server.LoseTail(t, 2000)
			r.server.Run(t)
		}, true},
		{"killed, comes back empty", nil, restart, true},
		{"flushed", nil, func(t *testing.T, r *rig) { command(t, r.server, "FLUSHALL") }, true},
		{"frozen", nil, func(t *testing.T, r *rig) {
			r.server.Stop(t)
			for _, w := range r.witnesses {
				w.await(t, "bad news", func(n note) bool { return n.health && !n.healthy })
			}
			time.Sleep(time.Second) // frozen for 3 s in all
			r.server.Continue(t)
			for _, w := range r.witnesses {
				w.await(t, "good news", func(n note) bool { return n.health && n.healthy })
			}
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, c.args...)
			r := newRig(t, server, server.Open(t), server.Open(t))
			r.publish(2, 1)
			r.hears(t)
			c.fault(t, r)
			if c.resets {
				for _, w := range r.witnesses {
					w.await(t, "a reset", isReset)
				}
			}
			r.hears(t)
			r.settle(t)
			for _, w := range r.witnesses {
				if n := w.resets(); (n > 0) != c.resets {
					t.Errorf("%s: %d resets", w.name, n)
				}
			}
		})
	}
}

// TestReplicaTakesOver: the address moves to a replica that lacks the last writes and goes on counting from where it is.
func TestReplicaTakesOver(t *testing.T) {
	t.Parallel()
	r, failOver := newReplicated(t, newScripts(beginLua, appendLua, probeLua))
	epoch := r.logs[0].Epoch()
	r.publish(2, 1)
	before := failOver()
	for _, w := range r.witnesses {
		w.await(t, "a reset", isReset)
	}
	if now := r.logs[0].Epoch(); now == epoch {
		t.Errorf("the epoch is still %s", now)
	}
	r.hears(t)
	r.settle(t)
	s, err := r.logs[0].probe(t.Context(), "")
	if err != nil || s.from >= before {
		t.Errorf("the new epoch begins after %d, the old one reached %d: no write was lost, %v", s.from, before, err)
	}
}

// newReplicated makes a rig on a server with a replica. failOver lets the replica miss some events and take over; it tells
// how far the log was.
func newReplicated(t *testing.T, s scripts) (r *rig, failOver func() uint64) {
	first := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	link := redistest.NewProxy(t, first.Addr())
	_, port, err := net.SplitHostPort(link.Addr())
	if err != nil {
		t.Fatal(err)
	}
	second := redistest.Start(t, "--replicaof", "127.0.0.1", port)
	awaitInfo(t, second, "master_link_status:up")
	proxy := redistest.NewProxy(t, first.Addr())
	r = newBrokenRig(t, first, s, faults{}, proxy.Open(t), proxy.Open(t))
	r.hears(t)
	for begun := time.Now(); command(t, second, "HEXISTS", r.logs[0].key.meta, "seq") != "1"; time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > patience {
			t.Fatal("the replica does not follow")
		}
	}
	return r, func() uint64 {
		link.Silence(true)
		for range 20 {
			r.send(t.Context(), r.logs[0], r.event())
		}
		_, newest := r.logs[0].Bounds()
		command(t, second, "REPLICAOF", "NO", "ONE")
		proxy.Switch(second.Addr())
		return newest
	}
}

func awaitInfo(t *testing.T, s *redistest.Server, want string) {
	t.Helper()
	for begun := time.Now(); !strings.Contains(command(t, s, "INFO", "replication"), want); time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > patience {
			t.Fatalf("no %s", want)
		}
	}
}

// TestOneNodeIsCutOff: the network of one node swallows everything, until its line is given up or not; the other goes on,
// and the cut one comes back whole.
func TestOneNodeIsCutOff(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]int32{"briefly": 0, "long": 2} {
		t.Run(name, func(t *testing.T) {
			if lines > 0 && testing.Short() {
				t.Skip("waits for the time-outs of two lines")
			}
			t.Parallel()
			server := redistest.Start(t)
			proxy := redistest.NewProxy(t, server.Addr())
			r := newRig(t, server, server.Open(t), proxy.Open(t))
			r.publish(2, 1)
			r.hears(t)
			proxy.Silence(true)
			well, cut := r.witnesses[0], r.witnesses[1]
			cut.await(t, "bad news", func(n note) bool { return n.health && !n.healthy })
			for r.failed[1].Load() < lines {
				r.send(t.Context(), r.logs[0], r.event())
				time.Sleep(10 * time.Millisecond)
			}
			proxy.Silence(false)
			begun := time.Now()
			cut.await(t, "good news", func(n note) bool { return n.health && n.healthy })
			t.Logf("healed after %v", time.Since(begun))
			r.settle(t)
			for _, n := range well.all() {
				if n.health || n.reset {
					t.Errorf("the other node was disturbed: %+v", n)
				}
			}
			if cut.resets() > 0 {
				t.Error("the cut node was reset though the stream had everything")
			}
		})
	}
}

// TestOutputBufferOverflows: Redis closes the connection of a reader that takes nothing for too long.
func TestOutputBufferOverflows(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--client-output-buffer-limit", "pubsub", "64kb", "0", "0")
	proxy := redistest.NewProxy(t, server.Addr())
	r := newRig(t, server, server.Open(t), proxy.Open(t))
	r.size = 60 << 10
	r.hears(t)
	proxy.Silence(true)
	for range 300 { // more than the buffers of the kernel hold, while the stalled reader takes nothing
		if !r.send(t.Context(), r.logs[0], r.event()) {
			t.Fatal("cannot append")
		}
	}
	if killed := command(t, server, "INFO", "stats"); strings.Contains(killed, "client_output_buffer_limit_disconnections:0") {
		t.Error("redis closed no connection")
	}
	proxy.Silence(false)
	r.size = 0
	r.settle(t)
	if n := r.witnesses[1].resets(); n > 0 {
		t.Errorf("%d resets though the stream had everything", n)
	}
}

// TestTrimmedWhileCutOff: what the cut node missed is gone from the stream, so it is told.
func TestTrimmedWhileCutOff(t *testing.T) {
	t.Parallel()
	for _, left := range []string{"0", "10"} {
		t.Run(left+" events are left", func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			proxy := redistest.NewProxy(t, server.Addr())
			r := newRig(t, server, server.Open(t), proxy.Open(t))
			r.hears(t)
			proxy.Silence(true)
			for range 50 {
				r.send(t.Context(), r.logs[0], r.event())
			}
			command(t, server, "XTRIM", r.logs[0].key.stream, "MAXLEN", left)
			proxy.Cut()
			proxy.Silence(false)
			n := r.witnesses[1].await(t, "a reset", isReset)
			if epoch := r.logs[0].Epoch(); n.epoch != epoch {
				t.Errorf("epoch %s became %s", epoch, n.epoch)
			}
			r.settle(t)
			if n := r.witnesses[0].resets(); n > 0 {
				t.Errorf("%d resets at the node that heard everything", n)
			}
		})
	}
}

// TestDeposedServer: a node goes on appending to the old server after the others have moved. They are not reset a second
// time, so what it appended there must be appended again once it moves: that is what the reset tells a relay.
func TestDeposedServer(t *testing.T) {
	t.Parallel()
	old := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	second := redistest.Start(t, "--replicaof", "127.0.0.1", fmt.Sprint(old.Port))
	awaitInfo(t, second, "master_link_status:up")
	early, late := redistest.NewProxy(t, old.Addr()), redistest.NewProxy(t, old.Addr())
	r := newRig(t, old, early.Open(t), late.Open(t))
	r.hears(t)
	command(t, second, "REPLICAOF", "NO", "ONE")
	early.Switch(second.Addr())
	r.witnesses[0].await(t, "a reset", isReset)
	lost := r.event()
	appendTo(t, r.logs[1], lost)
	late.Switch(second.Addr())
	r.witnesses[1].await(t, "a reset", isReset)
	r.send(t.Context(), r.logs[1], lost)
	r.settle(t)
}

// TestSentinelFailsOver: the same with real sentinels, which tell the clients where the master is now.
func TestSentinelFailsOver(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	replica := redistest.Start(t, "--replicaof", "127.0.0.1", fmt.Sprint(master.Port))
	awaitInfo(t, replica, "master_link_status:up")
	sentinel := redistest.StartSentinel(t, master)
	r := newRig(t, master, sentinel.OpenMaster(t), sentinel.OpenMaster(t))
	r.publish(2, 1)
	r.hears(t)
	master.Kill()
	for _, w := range r.witnesses {
		w.await(t, "a reset", isReset)
	}
	r.settle(t)
}
