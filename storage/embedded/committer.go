package embedded

import (
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// commitLoop is the serializer: the one goroutine that writes to Pebble. It ends when requests is closed.
func (e *Engine) commitLoop() {
	defer e.ended.Done()
	defer close(e.flights)
	m := newMerge(e)
	m.seq = e.log.newest()
	for r := range e.requests {
		e.flights <- e.build(m, e.gather(r))
	}
}

// gather takes what waits behind the first request, up to a batch's worth.
func (e *Engine) gather(first *request) []*request {
	waiting := []*request{first}
	size := first.size
	for len(waiting) < maxBatchCommits && size < maxBatchBytes {
		select {
		case r, ok := <-e.requests:
			if !ok {
				return waiting
			}
			waiting = append(waiting, r)
			size += r.size
		default:
			return waiting
		}
	}
	return waiting
}

// build decides and merges requests into one batch and hands it to Pebble. Its rows are visible when it returns, durable
// when the flight's SyncWait says so. A panic inside Pebble (which it prefers to going on with a broken log) breaks the
// engine; it cannot be known whether the batch reached the log.
func (e *Engine) build(m *merge, waiting []*request) (f *flight) {
	f = &flight{answers: make([]answered, 0, len(waiting)), begun: time.Now()}
	if err := e.broken.err(); err != nil {
		return f.refuse(waiting, err)
	}
	defer func() {
		if p := recover(); p != nil {
			e.broken.panic.Store(true)
			e.broken.set(fmt.Errorf("panic while committing: %v", p))
			e.opt.Logger.Error("the committer panicked, the store is read-only until restart", "panic", p)
			f = (&flight{begun: f.begun}).refuse(waiting, fmt.Errorf("%w: %w", wide.ErrUnknownOutcome, e.broken.err()))
		}
	}()
	m.reset()
	for _, r := range waiting {
		f.answers = append(f.answers, answered{r: r, res: e.decide(m, f, r)})
	}
	if err := e.launch(m, f); err != nil {
		e.broken.set(err)
		return (&flight{begun: f.begun}).refuse(waiting, fmt.Errorf("%w: %w", wide.ErrUnknownOutcome, err))
	}
	return f
}

func (f *flight) refuse(waiting []*request, err error) *flight {
	for _, r := range waiting {
		f.answers = append(f.answers, answered{r: r, res: result{err: err}})
	}
	return f
}

// launch writes the merged rows and gives the batch to Pebble, without waiting for the disk.
func (e *Engine) launch(m *merge, f *flight) error {
	if err := e.broken.err(); err != nil {
		return err
	}
	rows, err := m.flush()
	if err != nil {
		return err
	}
	f.stats = CommitStats{Commits: len(f.answers), Rows: rows, Events: len(f.logged), Merge: time.Since(f.begun)}
	if m.batch.Empty() {
		return wrap("close batch", m.batch.Close())
	}
	if err := m.writeClock(e.clock.last, m.seq); err != nil {
		return err
	}
	f.stats.Bytes = m.batch.Len()
	if err := e.db.ApplyNoSyncWait(m.batch, pebble.Sync); err != nil {
		return wrap("apply batch", err)
	}
	// Pebble reports a batch it could not apply through its logger and returns nil; waiting for its sync could last for ever.
	if err := e.broken.err(); err != nil {
		return err
	}
	f.batch = m.batch
	for _, t := range m.gone {
		t.graves.Add(-1)
	}
	return nil
}

// decide evaluates one request against the batch in progress. It loads every row before it changes one, so that a commit
// that cannot be read leaves no trace.
func (e *Engine) decide(m *merge, f *flight, r *request) result {
	if r.job != nil {
		err := r.job(m)
		return result{applied: err == nil, err: err}
	}
	rows, holds, err := m.loadAll(r)
	if err != nil {
		return result{err: fmt.Errorf("%w: %w", wide.ErrUnavailable, err)}
	}
	if !holds {
		return result{}
	}
	changes := r.changes
	half := r.fault == FaultHalfBatch && r.cond == nil
	if half {
		changes = firstHalf(changes)
	}
	if len(changes) > 0 {
		t := e.clock.next(m.now)
		for i := range changes {
			if err := m.apply(&changes[i], rows[i], t); err != nil {
				// Parts of the commit are in the batch: it must not be launched.
				e.broken.set(err)
				return result{err: fmt.Errorf("%w: %w", wide.ErrUnknownOutcome, err)}
			}
		}
	}
	if half && len(changes) < len(r.changes) {
		return result{err: fmt.Errorf("%w: injected", wide.ErrUnknownOutcome)}
	}
	if err := m.logEvents(f, r); err != nil {
		e.broken.set(err)
		return result{err: fmt.Errorf("%w: %w", wide.ErrUnknownOutcome, err)}
	}
	if r.fault == FaultUnknownOutcome {
		return result{err: fmt.Errorf("%w: injected", wide.ErrUnknownOutcome)}
	}
	return result{applied: true}
}

// loadAll reads the rows of a request: one a change (nil for partition deletions), and asks its condition.
func (m *merge) loadAll(r *request) (rows []*stored, holds bool, err error) {
	if r.cond != nil {
		s, err := m.load(m.e.tables[r.cond.Meta.ID], r.condKey, r.condCut)
		if err != nil {
			return nil, false, err
		}
		if !m.holds(r.cond, s) {
			return nil, false, nil
		}
	}
	rows = make([]*stored, len(r.changes))
	for i := range r.changes {
		ch := &r.changes[i]
		if ch.w.Op == wide.OpDeletePartition && len(ch.w.Meta.Clustering) > 0 {
			if err := m.loadGrave(ch.key); err != nil {
				return nil, false, err
			}
			continue
		}
		if rows[i], err = m.load(ch.t, ch.key, ch.cut); err != nil {
			return nil, false, err
		}
	}
	return rows, true, nil
}

func (m *merge) logEvents(f *flight, r *request) error {
	f.at = m.ms
	for i, encoded := range r.encoded {
		m.seq++
		stamp(encoded, m.ms)
		if err := m.batch.Set(eventKey(m.seq), encoded, nil); err != nil {
			return wrap("write event", err)
		}
		f.logged = append(f.logged, core.LoggedEvent{Position: m.seq, Event: r.events[i]})
		f.sizes = append(f.sizes, len(encoded))
	}
	return nil
}

// firstHalf gives the changes of the first half of the partitions, at least one.
func firstHalf(changes []change) []change {
	var cuts []int
	for i := range changes {
		if i == 0 || string(changes[i].key[:changes[i].cut]) != string(changes[i-1].key[:changes[i-1].cut]) {
			cuts = append(cuts, i)
		}
	}
	if len(cuts) < 2 {
		return changes
	}
	return changes[:cuts[len(cuts)/2]]
}

// syncLoop waits for each batch, shows its events and answers its commits. It ends with the committer.
func (e *Engine) syncLoop() {
	defer e.ended.Done()
	for f := range e.flights {
		e.land(f)
	}
}

func (e *Engine) land(f *flight) {
	begun := time.Now()
	err := e.await(f)
	if err == nil && len(f.logged) > 0 {
		e.log.append(f.logged, f.sizes, f.at) // wakes followers, waits for none
	}
	for _, a := range f.answers {
		if err != nil && a.res.err == nil {
			a.res = result{err: err}
		}
		a.r.done <- a.res
	}
	if err == nil && e.opt.OnCommit != nil && f.batch != nil {
		f.stats.Sync = time.Since(begun)
		e.opt.OnCommit(f.stats)
	}
}

// await returns once the batch is durable. After any failure nothing is acknowledged: a flight may rest on rows of an
// earlier one that were lost.
func (e *Engine) await(f *flight) error {
	if f.batch != nil {
		if err := f.batch.SyncWait(); err != nil {
			e.broken.set(wrap("sync write-ahead log", err))
			e.opt.Logger.Error("cannot sync the write-ahead log, the store is read-only until restart", "error", err)
		}
	}
	if err := e.broken.err(); err != nil {
		return fmt.Errorf("%w: %w", wide.ErrUnknownOutcome, err)
	}
	if f.batch == nil {
		return nil
	}
	if err := f.batch.Close(); err != nil {
		e.opt.Logger.Warn("close batch", "error", err)
	}
	return nil
}
