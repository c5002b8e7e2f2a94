package faults

import (
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/beep-chat/beep/deploy/stack/stacktest"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/storage/cql"
)

// cassandraFault strikes a cluster of two nodes on a ring of its own, which syncs every write before it acknowledges it.
// strike gives the moment at which Cassandra answered again; it strikes once, or up to most times when asked.
func cassandraFault(t *testing.T, name string, size, most int, strike func(*world, *stacktest.Cassandra, *rand.Rand) time.Time) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		ring := stacktest.StartCassandra(t, stacktest.Options{Nodes: size, Durable: true})
		store := cql.Options{Hosts: ring.Hosts(), Keyspace: "faults", Replication: size}
		w := newWorld(t, name, seed, startCluster(t, place{store: store, redis: always(redistest.Start(t).Addr())}, 2))
		w.begin()
		random := rand.New(rand.NewPCG(seed, 0))
		n := rounds(t, 1, most)
		for range n {
			w.talk(20 + random.IntN(60))
			took := w.heal(strike(w, ring, random), w.everyNode()...)
			t.Logf("everything works %d ms after Cassandra's return", took.Milliseconds())
		}
		w.finish(n)
	})
}

// TestFaultCassandraKill: the only node is killed and comes back with what it had synced.
func TestFaultCassandraKill(t *testing.T) {
	cassandraFault(t, "cassandra-kill", 1, 5, func(w *world, ring *stacktest.Cassandra, _ *rand.Rand) time.Time {
		ring.Kill(0)
		ring.Restart(0)
		return awaitPort(w.t, ring.Host(0))
	})
}

// TestFaultCassandraFrozen: the only node answers nobody for 10 s, with its connections open.
func TestFaultCassandraFrozen(t *testing.T) {
	cassandraFault(t, "cassandra-frozen", 1, 5, func(w *world, ring *stacktest.Cassandra, _ *rand.Rand) time.Time {
		ring.Pause(0)
		pause(w.t.Context(), 10*time.Second)
		ring.Resume(0)
		return time.Now()
	})
}

// TestFaultCassandraOneOfThree: one of three nodes is frozen, so that it is slow to everybody, and then killed; writing goes
// on each time, and the node returns.
func TestFaultCassandraOneOfThree(t *testing.T) {
	cassandraFault(t, "cassandra-one-of-three", 3, 3, func(w *world, ring *stacktest.Cassandra, random *rand.Rand) time.Time {
		slow, victim := random.IntN(3), random.IntN(3)
		ring.Pause(slow)
		pause(w.t.Context(), 5*time.Second)
		w.talk(1)
		ring.Resume(slow)
		w.heal(time.Now(), w.everyNode()...)
		ring.Kill(victim)
		w.talk(200) // two of three are a majority
		ring.Restart(victim)
		back := awaitPort(w.t, ring.Host(victim))
		ring.WaitUp(victim)
		return back
	})
}

// awaitPort waits until somebody listens and gives that moment.
func awaitPort(t testing.TB, address string) time.Time {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < 3*patience; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			_ = conn.Close()
			return time.Now()
		}
	}
	t.Fatalf("nobody listens on %s", address)
	return time.Time{}
}
