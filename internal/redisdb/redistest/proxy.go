package redistest

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/beep-chat/beep/internal/redisdb"
)

// Proxy is a TCP proxy on loopback that can be made to fail: between a node and its Redis it plays a bad network, or the
// address that a failover moves to another server.
type Proxy struct {
	listener net.Listener

	mu     sync.Mutex
	flows  *sync.Cond // woken when silent changes, or at the end
	target string
	silent bool
	lose   func(chunk []byte) bool // nil: nothing is lost
	ended  bool
	conns  map[net.Conn]struct{}
	pumps  sync.WaitGroup
}

// NewProxy starts a proxy to a target, host:port. It ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, target: target, conns: make(map[net.Conn]struct{})}
	p.flows = sync.NewCond(&p.mu)
	p.pumps.Go(p.accept)
	t.Cleanup(p.end)
	return p
}

// Addr is host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Open connects through the proxy; the connection ends with the test.
func (p *Proxy) Open(t testing.TB) *redisdb.DB {
	t.Helper()
	db, err := redisdb.Open(redisdb.Options{Addrs: []string{p.Addr()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// Silence keeps back every byte, of new connections too, until it is called with false. Nothing is closed or lost.
func (p *Proxy) Silence(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = on
	p.flows.Broadcast()
}

// Lose has the proxy swallow what the server sends and lose says true for; nil ends it. A chunk is what one read gives:
// one message where the server is not busy.
func (p *Proxy) Lose(lose func(chunk []byte) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = lose
}

// Cut closes every connection.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.flows.Broadcast()
}

// Switch closes every connection; new ones go to another target.
func (p *Proxy) Switch(target string) {
	p.mu.Lock()
	p.target = target
	p.mu.Unlock()
	p.Cut()
}

func (p *Proxy) end() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	p.Cut()
	p.pumps.Wait()
}

func (p *Proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		target := p.target
		p.mu.Unlock()
		far, err := net.Dial("tcp", target)
		if err != nil || !p.keep(near, far) {
			_ = near.Close()
			continue
		}
		p.pumps.Go(func() { p.pump(near, far, true) })
		p.pumps.Go(func() { p.pump(far, near, false) })
	}
}

func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.ended {
			_ = c.Close()
			continue
		}
		p.conns[c] = struct{}{}
	}
	return !p.ended
}

// pump copies until either side ends, then closes both.
func (p *Proxy) pump(to, from net.Conn, answers bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if lose := p.await(); n > 0 && answers && lose != nil && lose(buf[:n]) {
			n = 0
		}
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				err = io.EOF
			}
		}
		if err != nil {
			break
		}
	}
	_ = to.Close()
	_ = from.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, to)
	delete(p.conns, from)
}

// await returns when bytes may flow, with what is to be lost of them.
func (p *Proxy) await() (lose func([]byte) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.silent && !p.ended {
		p.flows.Wait()
	}
	return p.lose
}
