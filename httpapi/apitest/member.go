package apitest

import (
	"context"
	"net/http/httptest"
	"runtime"
	"sync"
	"time"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/storage/wide"
)

// pause is how long who waits for other goroutines rests before looking again.
const pause = 200 * time.Microsecond

// member is one node of a kit, with what stands between it and the world.
type member struct {
	options Options
	node    *node.Node // nil while it is dead
	rows    wide.Engine
	server  *httptest.Server

	proxy *redistest.Proxy // of a cluster: the way to Redis
	gate  *gate            // of a cluster: the way to Cassandra
}

func (m *member) open() error {
	o := m.options
	o.Wrap = func(e wide.Engine) wide.Engine {
		m.rows = e
		if m.options.Wrap != nil {
			return m.options.Wrap(e)
		}
		return e
	}
	n, err := node.Open(context.Background(), o)
	m.node = n
	return err
}

func (m *member) close() error {
	if m.server != nil {
		m.server.CloseClientConnections()
		m.server.Close()
		m.server = nil
	}
	if m.node == nil {
		return nil
	}
	if m.gate != nil {
		m.gate.release()
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	err := m.node.Close(ctx)
	m.node = nil
	return err
}

// gate stands between a node and Cassandra.
type gate struct {
	wide.Engine
	shut   chan struct{} // closed: nothing passes any more
	mu     sync.Mutex
	denied map[string]bool // tables that take no writes
	held   map[string]bool // tables whose writes wait until the gate is shut
}

func newGate() *gate { return &gate{shut: make(chan struct{})} }

func (g *gate) open() bool {
	select {
	case <-g.shut:
		return false
	default:
		return true
	}
}

// Get implements wide.Engine.
func (g *gate) Get(ctx context.Context, m *wide.Meta, key wide.Row) (wide.Row, error) {
	if !g.open() {
		return nil, wide.ErrUnavailable
	}
	return g.Engine.Get(ctx, m, key)
}

// Range implements wide.Engine.
func (g *gate) Range(ctx context.Context, q wide.RawQuery) ([]wide.Row, error) {
	if !g.open() {
		return nil, wide.ErrUnavailable
	}
	return g.Engine.Range(ctx, q)
}

// Scan implements wide.Engine.
func (g *gate) Scan(ctx context.Context, m *wide.Meta, after wide.Row, limit int) ([]wide.Row, error) {
	if !g.open() {
		return nil, wide.ErrUnavailable
	}
	return g.Engine.Scan(ctx, m, after, limit)
}

// Commit implements wide.Engine.
func (g *gate) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	denied, held := g.rules(c)
	if held {
		<-g.shut
	}
	if denied || !g.open() {
		return false, wide.ErrUnavailable
	}
	return g.Engine.Commit(ctx, c)
}

// release ends what is held, with a failure: the node is closing.
func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.held) > 0 && g.open() {
		close(g.shut)
	}
}

func (g *gate) rules(c wide.Commit) (denied, held bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, w := range c.Writes {
		denied = denied || g.denied[w.Meta.Name]
		held = held || g.held[w.Meta.Name]
	}
	return denied, held
}

// place says which node a client goes to, 1 being the first: its own, or the next in turn.
func (k *Kit) place(own int) int {
	for own == 0 {
		i := int(k.turn.Add(1)) % len(k.members)
		if k.members[i].node != nil {
			own = i + 1
		}
	}
	return own
}

// next gives the node that a request goes to. One that may go to any waits until all have heard of what came before.
func (k *Kit) next(own int) *node.Node {
	if own == 0 && len(k.members) > 1 {
		k.Heard()
	}
	return k.On(k.place(own))
}

// On is a node by its number, 1 being the first.
func (k *Kit) On(i int) *node.Node { return k.members[i-1].node }

// Size is how many nodes there are, dead ones included.
func (k *Kit) Size() int { return len(k.members) }

// URLOf is the address of a node's listener on loopback, which is started when it is first asked for.
func (k *Kit) URLOf(i int) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.members[i-1]
	if m.server == nil {
		m.server = httptest.NewServer(m.node.Handler())
	}
	return m.server.URL
}

// Announced waits until what was committed is logged.
func (k *Kit) Announced() {
	k.T.Helper()
	for _, m := range k.members {
		for deadline := time.Now().Add(Patience); m.node != nil && m.node.Backlog().Rows > 0; time.Sleep(pause) {
			if time.Now().After(deadline) {
				k.T.Fatal("a node does not announce what it committed")
			}
		}
	}
}

// Heard waits until what was committed was given to the streams of all nodes: it is, a moment after the answer, and a stream
// that is opened before that still hears it.
func (k *Kit) Heard() {
	k.T.Helper()
	k.Announced()
	newest := uint64(0)
	for _, m := range k.members {
		if m.node != nil {
			_, last := m.node.Log().Bounds()
			newest = max(newest, last)
		}
	}
	deadline := time.Now().Add(Patience)
	for _, m := range k.members {
		for m.node != nil && m.node.Hub.Stats().Position < newest {
			if time.Now().After(deadline) {
				k.T.Fatal("a hub does not follow the log")
			}
			runtime.Gosched()
		}
	}
}
