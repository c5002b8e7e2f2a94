package embedded

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// slowFile takes a while for each piece.
type slowFile struct {
	vfs.File
	piece time.Duration
}

// Write implements vfs.File.
func (f slowFile) Write(b []byte) (int, error) {
	time.Sleep(f.piece)
	return len(b), nil
}

// TestPace writes files for a second of work, and looks at how long that takes.
func TestPace(t *testing.T) {
	for _, c := range []struct {
		name     string
		backlog  *backlog
		category vfs.DiskWriteCategory
		piece    time.Duration
		times    int // of the work
	}{
		{"flush", &backlog{2, 4}, flushFiles, time.Millisecond, 4},
		{"compaction", &backlog{1, 5}, compactionFiles, time.Millisecond, 4},
		{"small pieces", &backlog{1, 0}, flushFiles, 100 * time.Microsecond, 4},
		{"a little behind", &backlog{2, 6}, compactionFiles, time.Millisecond, 2},
		{"far behind", &backlog{2, 9}, compactionFiles, time.Millisecond, 1},
		{"a memtable waits", &backlog{3, 0}, flushFiles, time.Millisecond, 1},
		{"long pieces rest no longer than others", &backlog{1, 0}, flushFiles, 20 * time.Millisecond, 2},
		{"the log", &backlog{1, 0}, "pebble-wal", time.Millisecond, 1},
		{"the engine opens or closes", nil, flushFiles, time.Millisecond, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p pacer
				if c.backlog != nil {
					p.set(func() backlog { return *c.backlog })
				}
				f := p.wrap(slowFile{piece: c.piece}, c.category)
				begun := time.Now()
				for range time.Second / c.piece {
					if _, err := f.Write(nil); err != nil {
						t.Fatal(err)
					}
				}
				if took, want := time.Since(begun), time.Duration(c.times)*time.Second; took < want*98/100 || took > want {
					t.Errorf("a second of work took %v, want %v", took, want)
				}
			})
		})
	}
}

// TestPaceFollows: a job that rests is told within a moment that it falls behind.
func TestPaceFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pacer
		now, looked := backlog{1, 0}, 0
		p.set(func() backlog { looked++; return now })
		f := p.wrap(slowFile{piece: time.Millisecond}, flushFiles)
		work := func(n int) time.Duration {
			begun := time.Now()
			for range n {
				f.Write(nil)
			}
			return time.Since(begun)
		}
		if took := work(250); took != time.Second || looked != 4 {
			t.Errorf("took %v, looked %d times", took, looked)
		}
		now.memtables = 3
		work(63) // to the next look
		if took := work(100); took != 100*time.Millisecond {
			t.Errorf("behind, 100 ms of work took %v", took)
		}
	})
}

// categories remembers under which categories files were made.
type categories struct {
	vfs.FS
	made sync.Map
}

// Create implements vfs.FS.
func (c *categories) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	c.made.Store(category, true)
	return c.FS.Create(name, category)
}

// TestJobsArePaced: what Pebble flushes and merges is written through the pacer, and nothing looks at a database that closes.
// Pebble may merge on its own before it is asked, so it is not told which job looked.
func TestJobsArePaced(t *testing.T) {
	fs := &categories{FS: vfs.NewMem()}
	e := openTest(t, Options{FS: fs})
	var looked atomic.Int64
	e.pacer.mu.Lock()
	real := e.pacer.look
	e.pacer.look = func() backlog { looked.Add(1); return real() }
	e.pacer.mu.Unlock()
	key := func(i int) []byte { return []byte{0xfe, byte(i)} }
	for round := range 2 {
		for i := range 100 {
			if err := e.db.Set(key(i), []byte{byte(round)}, pebble.NoSync); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.db.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.db.Compact(t.Context(), key(0), key(255), false); err != nil {
		t.Fatal(err)
	}
	if looked.Load() == 0 {
		t.Error("no job was paced")
	}
	guard := guardedFS{FS: vfs.NewMem(), broken: &e.broken, armed: &e.armed, pacer: &e.pacer}
	for _, category := range []vfs.DiskWriteCategory{flushFiles, compactionFiles} {
		if _, ok := fs.made.Load(category); !ok {
			t.Errorf("Pebble made no file as %s", category)
		}
		f, err := guard.Create("1.sst", category)
		if _, ok := f.(*pacedFile); !ok || err != nil {
			t.Errorf("a file made as %s is a %T (%v)", category, f, err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if e.pacer.look != nil {
		t.Error("jobs may look at a closed database")
	}
}
