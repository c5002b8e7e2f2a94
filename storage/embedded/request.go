package embedded

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// request is a commit on its way through the committer, with all encoding done that needs no other row.
type request struct {
	cond    *wide.Condition
	condKey []byte
	condCut int // length of the partition's key in condKey
	changes []change
	events  []core.Event
	encoded [][]byte // events as stored, the first 8 bytes left for the commit time
	job     func(*merge) error
	fault   Fault
	size    int
	done    chan result // one answer
}

// change is one write with its key; cut is the length of its partition's key.
type change struct {
	w   *wide.Write
	t   *table
	key []byte
	cut int
}

type result struct {
	applied bool
	err     error
}

// prepare encodes a commit in the caller's goroutine, to keep the committer's work small.
func (e *Engine) prepare(c *wide.Commit) (*request, error) {
	r := &request{done: make(chan result, 1), events: c.Events}
	if e.opt.Faults != nil {
		r.fault = e.opt.Faults(*c)
	}
	if c.If != nil {
		if _, err := e.table(c.If.Meta); err != nil {
			return nil, err
		}
		r.cond = c.If
		r.condKey, r.condCut = rowKey(c.If.Meta, c.If.Row)
	}
	r.changes = make([]change, len(c.Writes))
	for i := range c.Writes {
		w := &c.Writes[i]
		t, err := e.table(w.Meta)
		if err != nil {
			return nil, err
		}
		r.changes[i] = newChange(w, t)
		r.size += len(r.changes[i].key) + 64
		for _, j := range w.Meta.Regular {
			r.size += len(w.Row[j].Str)
		}
	}
	if err := r.encodeEvents(); err != nil {
		return nil, err
	}
	return r, nil
}

func newChange(w *wide.Write, t *table) change {
	ch := change{w: w, t: t}
	if w.Op == wide.OpDeletePartition && len(w.Meta.Clustering) > 0 {
		ch.key = w.Meta.AppendPartition(tableKey(make([]byte, 0, 32), w.Meta), w.Row)
		ch.cut = len(ch.key)
		return ch
	}
	ch.key, ch.cut = rowKey(w.Meta, w.Row)
	return ch
}

func (r *request) encodeEvents() error {
	if len(r.events) == 0 {
		return nil
	}
	r.encoded = make([][]byte, len(r.events))
	for i := range r.events {
		b := make([]byte, 8, 96+len(r.events[i].Data)+10*len(r.events[i].Audience.Users))
		b, err := r.events[i].AppendBinary(b)
		if err != nil {
			return fmt.Errorf("%w: encode event: %w", wide.ErrInvalid, err)
		}
		r.encoded[i] = b
		r.size += len(b)
	}
	return nil
}

// stamp writes the commit time into an encoded event.
func stamp(event []byte, now int64) { binary.BigEndian.PutUint64(event, uint64(now)) }

// answered pairs a request with what it will be told once its batch is durable.
type answered struct {
	r   *request
	res result
}

// flight is a batch between the committer and the disk.
type flight struct {
	batch   syncer // nil: nothing to wait for but the flights before
	answers []answered
	logged  []core.LoggedEvent
	sizes   []int
	at      int64 // commit time of the events, milliseconds
	stats   CommitStats
	begun   time.Time
}

// syncer is the part of a Pebble batch the syncer needs.
type syncer interface {
	SyncWait() error
	Close() error
}
