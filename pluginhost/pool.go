package pluginhost

import (
	"slices"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
)

const (
	// idleLife is for how long an instance waits for work.
	idleLife = 5 * time.Minute
	// lookBack is among how many of the idle instances one is looked for that served the same server.
	lookBack = 8
	// maxIdle bounds the instances that wait, of one version of a plugin.
	maxIdle = 32
)

// pool keeps the idle instances of one version of a plugin, the last used on top: the others cool down and go.
type pool struct {
	mu   sync.Mutex
	idle []*instance
	live int // idle and at work
	done bool
}

// take gives an idle instance; nil when there is none that may serve the server.
func (p *pool) take(state State, server core.ServerID) *instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 || state == StateCall {
		return nil
	}
	at := -1
	for i := n - 1; i >= 0 && (state == StateServer || i >= n-lookBack); i-- {
		if p.idle[i].server == server {
			at = i
			break
		}
	}
	if at < 0 {
		if state == StateServer {
			return nil
		}
		at = n - 1
	}
	in := p.idle[at]
	p.idle = append(p.idle[:at], p.idle[at+1:]...)
	return in
}

// oldest takes the instance that has been idle for the longest; nil when there is none.
func (p *pool) oldest() *instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	in := p.idle[0]
	p.idle = append(p.idle[:0], p.idle[1:]...)
	return in
}

// fresh tells whether an idle instance is there that need not be replaced.
func (p *pool) fresh() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.idle, func(in *instance) bool { return !in.worn })
}

// takeWorn takes the idle instances that are to be replaced, if others are there.
func (p *pool) takeWorn() []*instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	var worn, rest []*instance
	for _, in := range p.idle {
		if in.worn {
			worn = append(worn, in)
		} else {
			rest = append(rest, in)
		}
	}
	p.idle = rest
	p.live -= len(worn)
	return worn
}

// give puts an instance back; those that may not wait are returned to be closed.
func (p *pool) give(in *instance, now time.Time) (surplus []*instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done {
		p.live--
		return []*instance{in}
	}
	in.used = now
	p.idle = append(p.idle, in)
	cold := 0
	for cold < len(p.idle) && (now.Sub(p.idle[cold].used) > idleLife || len(p.idle)-cold > maxIdle) {
		cold++
	}
	surplus = append(surplus, p.idle[:cold]...)
	p.idle = append(p.idle[:0], p.idle[cold:]...)
	p.live -= cold
	return surplus
}

func (p *pool) count(n int) {
	p.mu.Lock()
	p.live += n
	p.mu.Unlock()
}

// drain empties the pool for good; what is at work is closed when it comes back.
func (p *pool) drain() []*instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.idle
	p.live -= len(out)
	p.idle, p.done = nil, true
	return out
}

// numbers are the instances in all, and those idle.
func (p *pool) numbers() (live, idle int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live, len(p.idle)
}
