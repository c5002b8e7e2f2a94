package redis

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

// TestModel lets random faults loose on three logs, each behind a network of its own, while two of them append. The oracle
// (rig.check) then asks every follower: each acknowledged event once and in order, or a reset after it. REDIS_LOG_SEEDS
// says how many runs; a failed one names its seed, and REDIS_LOG_SEED repeats it.
func TestModel(t *testing.T) {
	t.Parallel()
	seeds, steps := 3, 12
	if testing.Short() {
		seeds, steps = 1, 5
	}
	if n, err := strconv.Atoi(os.Getenv("REDIS_LOG_SEEDS")); err == nil {
		seeds = n
	}
	first := uint64(1)
	if n, err := strconv.ParseUint(os.Getenv("REDIS_LOG_SEED"), 10, 64); err == nil {
		first, seeds = n, 1
	}
	for seed := first; seed < first+uint64(seeds); seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			newModel(t, seed).run(t, steps)
		})
	}
}

type model struct {
	*rig
	random  *rand.Rand
	proxies []*redistest.Proxy
}

var durable = []string{"--appendonly", "yes", "--appendfsync", "everysec", "--repl-diskless-sync-delay", "0"}

func newModel(t *testing.T, seed uint64) *model {
	server := redistest.Start(t, durable...)
	m := &model{random: rand.New(rand.NewPCG(seed, 0))}
	var dbs []*redisdb.DB
	for range 3 {
		p := redistest.NewProxy(t, server.Addr())
		m.proxies, dbs = append(m.proxies, p), append(dbs, p.Open(t))
	}
	m.rig = newRig(t, server, dbs...)
	m.publish(2, seed)
	return m
}

func (m *model) run(t *testing.T, steps int) {
	for range steps {
		faults := []struct {
			name string
			do   func(*testing.T)
		}{
			{"kill subscribers", func(t *testing.T) { command(t, m.server, "CLIENT", "KILL", "TYPE", "pubsub") }},
			{"kill clients", func(t *testing.T) { command(t, m.server, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") }},
			{"flush", func(t *testing.T) { command(t, m.server, "FLUSHALL") }},
			{"trim to nothing", func(t *testing.T) { command(t, m.server, "XTRIM", m.logs[0].key.stream, "MAXLEN", "0") }},
			{"restart", func(t *testing.T) { restart(t, m.rig) }},
			{"power cut", m.powerCut},
			{"freeze", m.freeze},
			{"silence", m.silence},
			{"cut", func(*testing.T) { m.anyProxy().Cut() }},
			{"lose pushes", m.losePushes},
			{"fail over", m.failOver},
		}
		f := faults[m.random.IntN(len(faults))]
		t.Log(f.name)
		f.do(t)
		time.Sleep(m.upTo(150 * time.Millisecond))
	}
	m.settle(t)
}

func (m *model) upTo(d time.Duration) time.Duration { return time.Duration(m.random.Int64N(int64(d))) }

func (m *model) anyProxy() *redistest.Proxy { return m.proxies[m.random.IntN(len(m.proxies))] }

func (m *model) powerCut(t *testing.T) {
	m.server.Kill()
	m.server.LoseTail(t, m.random.Int64N(20_000))
	m.server.Run(t)
}

func (m *model) freeze(t *testing.T) {
	m.server.Stop(t)
	time.Sleep(m.upTo(time.Second))
	m.server.Continue(t)
}

func (m *model) silence(*testing.T) {
	p := m.anyProxy()
	p.Silence(true)
	time.Sleep(m.upTo(3 * time.Second))
	if m.random.IntN(2) == 0 {
		p.Cut()
	}
	p.Silence(false)
}

func (m *model) losePushes(*testing.T) {
	p := m.anyProxy()
	p.Lose(pushes)
	time.Sleep(m.upTo(2 * time.Second))
	p.Lose(nil)
}

// failOver gives the server a replica, lets it fall behind, ends the server and has the replica take its place.
func (m *model) failOver(t *testing.T) {
	link := redistest.NewProxy(t, m.server.Addr())
	_, port, err := net.SplitHostPort(link.Addr())
	if err != nil {
		t.Fatal(err)
	}
	next := redistest.Start(t, durable...)
	command(t, next, "REPLICAOF", "127.0.0.1", port) // not in its configuration, so that it restarts as a master
	awaitInfo(t, next, "master_link_status:up")
	link.Silence(true)
	time.Sleep(m.upTo(100 * time.Millisecond))
	m.server.Kill()
	command(t, next, "REPLICAOF", "NO", "ONE")
	m.server = next
	for _, p := range m.proxies {
		p.Switch(next.Addr())
	}
}
