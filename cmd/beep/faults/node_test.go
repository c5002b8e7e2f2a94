package faults

import (
	"fmt"
	"math/rand/v2"
	"net/http"
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
		n := rounds(t, 4, maxRounds)
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
// left. When it goes on it must know that its time is over: it acknowledges nothing and ends, to be started anew by whatever
// watches over it.
func TestFaultFence(t *testing.T) {
	t.Parallel() // it mostly waits
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
		if w.serves(0, healLimit) {
			w.complain("%s acknowledges messages under a worker id that is another's", nodes[0].name)
		}
		nodes[0].awaitEnd("another node took this one's place")
		w.heal(nodes[0].start(), w.everyNode()...)
		w.finish(1)
	})
}

// sweepAfter is how long after the end of a lease another node announces what its holder left, at the latest.
const sweepAfter = 16 * time.Second

// serves tells whether a node takes a message, before it ends and within some time.
func (w *world) serves(node int, most time.Duration) bool {
	body := fmt.Sprintf(`{"content":"anybody?","nonce":"to %s"}`, w.nodes[node].name)
	path := "/channels/" + w.channels[0].String() + "/messages"
	for begun := time.Now(); time.Since(begun) < most && w.nodes[node].alive(); time.Sleep(20 * time.Millisecond) {
		if a := w.attempt(w.t.Context(), node, w.people[0].token, http.MethodPost, path, body); a.status/100 == 2 {
			return true
		}
	}
	return false
}
