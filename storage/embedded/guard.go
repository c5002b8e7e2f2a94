package embedded

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// guardedFS stands between Pebble and the disk for one failure that Pebble does not survive: when a full log is to be
// followed by a new one and the disk refuses, Pebble panics in a way that ends the process. The guard marks the engine
// broken and gives Pebble a file in memory instead; the committer sees the mark before it acknowledges anything that
// went there, and a restart finds all that was acknowledged in the logs before. It also hands the files of Pebble's jobs to the
// pacer.
type guardedFS struct {
	vfs.FS
	broken *brokenState
	armed  *atomic.Bool // set once the engine runs: while it opens, errors are returned
	pacer  *pacer
}

// Create implements vfs.FS.
func (g guardedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := g.FS.Create(name, category)
	if err == nil {
		f = g.pacer.wrap(f, category)
	}
	return g.guard(name, f, err)
}

// ReuseForWrite implements vfs.FS; Pebble makes new logs from old ones with it.
func (g guardedFS) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := g.FS.ReuseForWrite(oldname, newname, category)
	return g.guard(newname, f, err)
}

func (g guardedFS) guard(name string, f vfs.File, err error) (vfs.File, error) {
	if err == nil || !g.armed.Load() || !strings.HasSuffix(name, ".log") {
		return f, err
	}
	g.broken.set(fmt.Errorf("make a new write-ahead log: %w", err))
	return vfs.NewMem().Create("void", vfs.WriteCategoryUnspecified)
}
