package node_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
)

// crashSeeds is how many power cuts a run of the test suite makes; BEEP_CRASH_SEEDS asks for more.
const crashSeeds = 50

// TestCrash cuts the power of a whole node while people send, edit, delete and read, with 0 to 100 % of the data that was not
// synced surviving, and looks at what a restart finds. It holds: 0 acknowledged messages lost, doubled, reordered or
// unannounced, and every unacknowledged send can be repeated.
func TestCrash(t *testing.T) {
	seeds := uint64(crashSeeds)
	if s := os.Getenv("BEEP_CRASH_SEEDS"); s != "" {
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil || n == 0 {
			t.Fatalf("BEEP_CRASH_SEEDS=%s is not a number of seeds", s)
		}
		seeds = n
	}
	c := newCommunity(t)
	var next atomic.Uint64
	var acked atomic.Int64
	var mu sync.Mutex
	total := make(map[wrong]int)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for seed := next.Add(1); seed <= seeds && !t.Failed(); seed = next.Add(1) {
				n, v := crash(t, c, seed, faults{})
				acked.Add(n)
				mu.Lock()
				for kind, count := range v.count {
					total[kind] += count
				}
				mu.Unlock()
				if !v.ok() {
					t.Errorf("seed %d:\n  %s", seed, strings.Join(v.words, "\n  "))
				}
			}
		})
	}
	group.Wait()
	if acked.Load() < 100*int64(seeds) {
		t.Errorf("%d acknowledged in %d seeds: too few to tell anything", acked.Load(), seeds)
	}
	t.Logf("crash: %d seeds, %d acknowledged, %d lost, %d doubled, %d reordered, %d unannounced",
		seeds, acked.Load(), total[lost], total[doubled], total[reordered], total[unannounced])
}

// crash runs one seed: load, power cut, restart, check; then the people go on where they were, and a second check.
func crash(t testing.TB, c *community, seed uint64, f faults) (acked int64, v *verdict) {
	l, disk := strike(t, c, seed, f)
	rng := rand.New(rand.NewPCG(seed, 2))
	skew := time.Duration(rng.IntN(2500)-1500) * time.Millisecond // a clock that was set while the node was down
	v = &verdict{}
	n, err := reopen(t, disk, skew, faults{wrap: f.wrap})
	if err != nil {
		v.add(lost, "everything: %v", err)
		return l.acked.Load(), v
	}
	if seed%4 == 0 { // and the power goes again at once
		again := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})
		closeNode(t, n)
		n = openNode(t, again, skew, faults{wrap: f.wrap})
	}
	defer closeNode(t, n)
	if n.Engine.Epoch() != c.epoch {
		t.Errorf("seed %d: the epoch changed: every stream would have to resync", seed)
	}
	if v = check(t.Context(), n, c, l); v.ok() {
		settle(t, n, l, v)
		goOn(t, n, c, l, v, seed)
		v.merge(check(t.Context(), n, c, l))
	}
	return l.acked.Load(), v
}

// settle learns what became of the changes whose outcome was unknown, so that the next check has no doubt left.
func settle(t testing.TB, n *node.Node, l *ledger, v *verdict) {
	for _, a := range l.attempts {
		if a.id == 0 {
			continue
		}
		m, err := n.Messages.Get(t.Context(), a.author, a.channel, a.id)
		if core.CodeOf(err) == core.CodeNotFound {
			a.gone = true
			continue
		}
		if err != nil {
			v.add(lost, "message %d cannot be read: %v", a.id, err)
		}
		a.content, a.version, a.maybe, a.maybeGone = m.Content, m.Version, "", false
	}
}

// goOn is what people do after the restart: they repeat what was not acknowledged, and some of what was, from two sides at
// once; they edit what they wrote before and write more.
func goOn(t testing.TB, n *node.Node, c *community, l *ledger, v *verdict, seed uint64) {
	ctx := t.Context()
	for i, a := range l.attempts {
		if a.id != 0 && i%8 != 0 {
			continue
		}
		var m core.Message
		err := sendAttempt(ctx, n, a, i%2 == 0, last(&m))
		switch {
		case a.gone && core.CodeOf(err) == core.CodeNotFound:
			continue
		case err != nil || a.gone:
			v.add(doubled, "nonce %s after the restart: message %d, deleted: %v: %v", a.nonce, m.ID, a.gone, err)
			continue
		case a.id != 0 && m.ID != a.id:
			v.add(doubled, "nonce %s was message %d and is %d", a.nonce, a.id, m.ID)
		case a.id == 0:
			a.id, a.version, a.end = m.ID, m.Version, l.tick.Add(1)
		}
		content := fmt.Sprintf("%s, again", a.content)
		if m, err = n.Messages.Edit(ctx, a.author, a.channel, a.id, content); err != nil {
			v.add(lost, "message %d cannot be edited: %v", a.id, err)
		}
		a.content, a.version = content, m.Version
	}
	for i, ch := range c.channels {
		a := &attempt{author: c.people[i], channel: ch, nonce: "later", content: fmt.Sprintf("after the crash of seed %d", seed), begin: l.tick.Add(1)}
		var m core.Message
		if err := sendAttempt(ctx, n, a, true, last(&m)); err != nil {
			v.add(lost, "nothing can be sent: %v", err)
		}
		a.id, a.version, a.end = m.ID, m.Version, l.tick.Add(1)
		l.add(a)
	}
}

// last keeps the latest answer.
func last(m *core.Message) func(core.Message, bool) {
	var mu sync.Mutex
	return func(answer core.Message, _ bool) {
		mu.Lock()
		defer mu.Unlock()
		*m = answer
	}
}
