package embedded

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

var (
	_ wide.Engine      = (*Engine)(nil)
	_ core.EventSource = (*Engine)(nil)
)

// Engine is an open data folder. Make one with Open.
type Engine struct {
	opt    Options
	db     *pebble.DB
	lock   *pebble.Lock
	tables map[uint16]*table
	log    *eventLog
	space  space
	broken brokenState
	armed  atomic.Bool // see guardedFS
	pacer  pacer

	// gate keeps Close from closing requests under a sender; life keeps it from closing Pebble under a reader.
	gate     sync.RWMutex
	requests chan *request
	life     sync.RWMutex
	closed   bool // guarded by gate for senders and by life for readers

	flights  chan *flight
	stop     chan struct{} // ends the janitor
	ended    sync.WaitGroup
	closing  sync.Once
	closeErr error

	epoch atomic.Pointer[string]
	clock commitClock
}

// table is what the engine keeps of a declared table besides its declaration.
type table struct {
	meta *wide.Meta
	// graves counts the partition tombstones; while it is 0 reads need not look for one. It is raised before the tombstone
	// can be seen and lowered after it is gone.
	graves atomic.Int64
}

// table gives the engine's side of a declared table.
func (e *Engine) table(m *wide.Meta) (*table, error) {
	t := e.tables[m.ID]
	if t == nil || t.meta != m {
		return nil, fmt.Errorf("%w: table %s is not in the schema", wide.ErrInvalid, m.Name)
	}
	return t, nil
}

func (e *Engine) nowMillis() int64 { return e.opt.Clock().UnixMilli() }

// Commit implements wide.Engine.
func (e *Engine) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if err := c.Validate(); err != nil {
		return false, err
	}
	if err := e.checkSpace(&c); err != nil {
		return false, err
	}
	r, err := e.prepare(&c)
	if err != nil {
		return false, err
	}
	if err := e.enqueue(ctx, r); err != nil {
		return false, err
	}
	select {
	case res := <-r.done:
		return res.applied, res.err
	case <-ctx.Done():
		return false, fmt.Errorf("%w: %w", wide.ErrUnknownOutcome, ctx.Err())
	}
}

// enqueue hands a request to the committer; an error means it was not.
func (e *Engine) enqueue(ctx context.Context, r *request) error {
	e.gate.RLock()
	defer e.gate.RUnlock()
	if e.closed {
		return fmt.Errorf("%w: closed", wide.ErrUnavailable)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", wide.ErrUnavailable, err)
	}
	select {
	case e.requests <- r:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", wide.ErrUnavailable, ctx.Err())
	}
}

// Checkpoint makes a consistent copy of the data folder in dir, which must not exist, while the engine works: files are
// linked where the file system can. All that was acknowledged before the call is in it.
func (e *Engine) Checkpoint(dir string) error {
	done, err := e.reading()
	if err != nil {
		return err
	}
	defer done()
	if err := e.db.Checkpoint(dir, pebble.WithFlushedWAL()); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// reading keeps Pebble open until done is called.
func (e *Engine) reading() (done func(), err error) {
	e.life.RLock()
	if e.closed {
		e.life.RUnlock()
		return nil, fmt.Errorf("%w: closed", wide.ErrUnavailable)
	}
	return e.life.RUnlock, nil
}

// Close implements wide.Engine: commits that were handed over are answered, followers end, Pebble closes. It may be
// called again; it must not be called from a follower.
func (e *Engine) Close() error {
	e.closing.Do(e.shutdown)
	return e.closeErr
}

func (e *Engine) shutdown() {
	close(e.stop)
	e.gate.Lock()
	e.life.Lock()
	e.closed = true
	e.life.Unlock()
	close(e.requests)
	e.gate.Unlock()
	e.ended.Wait()
	e.log.close()
	e.life.Lock()
	defer e.life.Unlock()
	if e.broken.panicked() {
		// The committer died inside Pebble and may hold its locks: closing could wait for ever. The process is to end.
		e.closeErr = fmt.Errorf("close: %w", e.broken.err())
		return
	}
	e.pacer.end()
	e.closeErr = errors.Join(e.db.Close(), e.lock.Close())
	if e.closeErr != nil {
		e.closeErr = fmt.Errorf("close: %w", e.closeErr)
	}
}

// commitClock gives write times: microseconds, each above the one before, also across restarts and when the wall clock
// steps back.
type commitClock struct{ last int64 }

func (c *commitClock) next(now time.Time) int64 {
	c.last = max(now.UnixMicro(), c.last+1)
	return c.last
}
