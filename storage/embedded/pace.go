package embedded

import (
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// pacer keeps the work that Pebble does behind the writers from taking the processors in bursts: every few seconds of
// steady writing memory is flushed and files are merged, for half a second on every core there is, and all that time nobody
// is answered. What writes such files rests after each piece for a multiple of the time that the piece took, so the same
// work is spread over the time between two bursts, whatever the machine. It rests less when it falls behind, long before
// Pebble would have to stop the writers, and not at all while the engine opens and closes.
type pacer struct {
	mu   sync.Mutex
	look func() backlog // nil: nothing rests
	next time.Time      // when to look again
	rest int
}

// backlog is what says that Pebble falls behind.
type backlog struct {
	memtables int64 // the one that is written, the one that is flushed, and those that wait
	sublevels int32 // of files that every read looks into; Pebble merges from 4 on and stops writers at 12
}

const (
	paceLook  = 250 * time.Millisecond // between two looks at the backlog
	paceLeast = time.Millisecond       // a shorter rest waits for the next piece
	paceMost  = 20 * time.Millisecond
)

// times is how many times as long as it worked a job rests.
func (b backlog) times() int {
	switch {
	case b.memtables > 2 || b.sublevels >= 9:
		return 0
	case b.sublevels >= 6:
		return 1
	}
	return 3
}

// begin lets jobs rest, by the backlog of db; nothing holds a lock of db while it writes a file of a job.
func (p *pacer) begin(db *pebble.DB) {
	p.set(func() backlog {
		m := db.Metrics()
		return backlog{m.MemTable.Count, m.Levels[0].Sublevels}
	})
}

// end has all jobs go on without a rest; nobody looks at the database when it returns.
func (p *pacer) end() { p.set(nil) }

func (p *pacer) set(look func() backlog) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look = look
}

// due is how long to rest after some work.
func (p *pacer) due(work time.Duration, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.look == nil {
		return 0
	}
	if !now.Before(p.next) {
		p.rest, p.next = p.look().times(), now.Add(paceLook)
	}
	return time.Duration(p.rest) * work
}

// The categories under which Pebble makes the files of its jobs.
const (
	flushFiles      vfs.DiskWriteCategory = "pebble-memtable-flush"
	compactionFiles vfs.DiskWriteCategory = "pebble-compaction"
)

// wrap paces a file that a job writes.
func (p *pacer) wrap(f vfs.File, category vfs.DiskWriteCategory) vfs.File {
	if category != flushFiles && category != compactionFiles {
		return f
	}
	return &pacedFile{File: f, pacer: p, since: time.Now()}
}

// pacedFile is written by one goroutine.
type pacedFile struct {
	vfs.File
	pacer *pacer
	since time.Time // when it last rested
}

// Write implements vfs.File.
func (f *pacedFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	now := time.Now()
	rest := min(f.pacer.due(now.Sub(f.since), now), paceMost)
	if rest >= paceLeast {
		time.Sleep(rest)
		f.since = time.Now()
	}
	return n, err
}
