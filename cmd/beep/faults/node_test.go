package faults

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/beep-chat/beep/core/ids"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

// TestFaultNodeKill kills one of two nodes with SIGKILL, again and again. Its people go over to the other; it comes back with
// its data folder, and announces what it left.
func TestFaultNodeKill(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		p := place{store: sharedCassandra(t), redis: always(redistest.Start(t).Addr())}
		w := newWorld(t, "node-kill", seed, startCluster(t, p, 2))
		w.begin()
		random := rand.New(rand.NewPCG(seed, 0))
		n := rounds(t, 6)
		for round := range n {
			victim := round % 2
			w.talk(20 + random.IntN(60))
			w.nodes[victim].kill()
			over := w.heal(time.Now(), 1-victim)
			back := w.heal(w.nodes[victim].start(), w.everyNode()...)
			t.Logf("round %d: people were over after %d ms, everything works %d ms after the return", round+1, over.Milliseconds(), back.Milliseconds())
			if t.Failed() {
				break
			}
		}
		w.finish(n)
	})
}

// TestFaultFence freezes a node for longer than its lease, while another takes its worker id and a third announces what it
// left. When it goes on it must know that its time is over: it acknowledges nothing under the old lease, and serves again.
func TestFaultFence(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		p := place{store: sharedCassandra(t), redis: always(redistest.Start(t).Addr())}
		nodes := startCluster(t, p, 2)
		nodes = append(nodes, newProcess(t, "node-2", p.env(2))) // starts later; people find its port closed until then
		w := newWorld(t, "fence", seed, nodes)
		w.begin()
		frozen := time.Now()
		nodes[0].freeze()
		pause(t.Context(), ids.LeaseLife+time.Second)
		nodes[2].start()
		w.heal(time.Now(), 1, 2)
		pause(t.Context(), time.Until(frozen.Add(ids.LeaseLife+sweepAfter)))
		nodes[0].thaw()
		w.heal(time.Now(), w.everyNode()...)
		w.finish(1)
	})
}

// sweepAfter is how long after the end of a lease another node announces what its holder left, at the latest.
const sweepAfter = 16 * time.Second
