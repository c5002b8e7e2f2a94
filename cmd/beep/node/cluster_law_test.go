package node_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/beep-chat/beep/core"
)

// TestClusterLaw is the law of snapshots and events with writers on two nodes, a stream on a third, one that is opened in the
// middle of the writing, and two that go from node to node: nothing is lost, nothing comes twice, and nobody has to resync.
func TestClusterLaw(t *testing.T) {
	c := openCluster(t, 3)
	ann := c.at(1).register("ann")
	server := ann.server("Law")
	channels := []core.ChannelID{ann.channel(server, "one"), ann.channel(server, "two")}
	writers := []*person{ann}
	for i := range 4 {
		p := c.at(1 + i%2).register(fmt.Sprintf("writer%d", i))
		p.join(server)
		writers = append(writers, p)
	}
	early := writers[1].at(c.at(3)).follow()
	travellers := []*traveller{c.travel(writers[2].at(c.at(2)), 7), c.travel(ann, 1), c.travel(writers[1], 1)}
	var wg sync.WaitGroup
	for i, p := range writers {
		wg.Go(func() { scribble(p, server, channels, rand.New(rand.NewPCG(11, uint64(i))), 60) })
	}
	middle := writers[3].at(c.at(3)).follow()
	wg.Wait()
	end := ann.send(channels[0], "the end")
	followers := []*follower{early, middle}
	for _, tr := range travellers {
		followers = append(followers, tr.follower)
	}
	for _, f := range followers {
		f.until("the end", f.heard(end.ID))
		f.agrees(t, c)
	}
	for _, tr := range travellers {
		if n := tr.resyncs.Load(); n > 0 || tr.trips.Load() < 10 {
			t.Errorf("%s had to resync %d times on %d trips", tr.p.name, n, tr.trips.Load())
		}
	}
}
