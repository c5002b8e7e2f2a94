package jsonlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// MaxLineBytes bounds one line; a longer one is replaced by a line that tells its length.
const MaxLineBytes = 256 << 10

// ErrClosed is returned for lines after Close.
var ErrClosed = errors.New("log is closed")

// Stats counts the lines of a log since it was made.
type Stats struct {
	Written uint64 // lines handed to the output
	Dropped uint64 // lines left out because the queue was full
	Failed  uint64 // lines lost because the output refused them
}

// queue is the road to the output: lines are appended to a buffer, and one goroutine writes the buffer out whenever there
// is something in it. While it writes, the next buffer fills, so that a busy log makes few large writes and a quiet one
// is not delayed.
type queue struct {
	out   io.Writer
	limit int

	mu      sync.Mutex
	wake    sync.Cond // the writer waits here for lines
	room    sync.Cond // lines that may not be dropped wait here
	pending []byte
	lines   uint64 // in pending
	closed  bool
	stats   Stats
	told    uint64 // dropped lines that were told of
	done    chan struct{}
	notice  func(b []byte, dropped uint64) []byte
}

func newQueue(out io.Writer, limit int, notice func([]byte, uint64) []byte) *queue {
	q := &queue{out: out, limit: max(limit, 2*MaxLineBytes), done: make(chan struct{}), notice: notice}
	q.wake.L, q.room.L = &q.mu, &q.mu
	go q.run()
	return q
}

// put queues a line that ends in a line break. A droppable line is dropped when there is no room; others wait.
func (q *queue) put(line []byte, droppable bool) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && len(q.pending) > 0 && len(q.pending)+len(line) > q.limit {
		if droppable {
			q.stats.Dropped++
			return nil
		}
		q.room.Wait()
	}
	if q.closed {
		return ErrClosed
	}
	if len(q.pending) == 0 {
		q.wake.Signal()
	}
	q.pending = append(q.pending, line...)
	q.lines++
	return nil
}

func (q *queue) run() {
	defer close(q.done)
	var buf []byte
	for {
		q.mu.Lock()
		for len(q.pending) == 0 && !q.closed {
			q.wake.Wait()
		}
		if len(q.pending) == 0 {
			q.mu.Unlock()
			return
		}
		if q.stats.Dropped > q.told {
			q.pending = q.notice(q.pending, q.stats.Dropped-q.told)
			q.told = q.stats.Dropped
			q.lines++
		}
		batch, lines := q.pending, q.lines
		q.pending, q.lines = buf[:0], 0
		q.room.Broadcast()
		q.mu.Unlock()

		_, err := q.out.Write(batch)
		q.mu.Lock()
		if err != nil {
			q.stats.Failed += lines // there is nowhere left to tell of it but the counter
		} else {
			q.stats.Written += lines
		}
		q.mu.Unlock()
		buf = batch
	}
}

// close ends the writer after what is queued is written, or when ctx ends.
func (q *queue) close(ctx context.Context) error {
	q.mu.Lock()
	q.closed = true
	q.wake.Broadcast()
	q.room.Broadcast()
	q.mu.Unlock()
	select {
	case <-q.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close log: %w", ctx.Err())
	}
}

func (q *queue) read() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stats
}
