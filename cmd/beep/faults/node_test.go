package faults

import (
	"math/rand/v2"
	"testing"
	"time"

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
