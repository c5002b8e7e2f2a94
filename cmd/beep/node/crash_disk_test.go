package node_test

import (
	"runtime"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// slowDisk lets others run while the write-ahead log is synced, as a real disk does: many commits wait for one sync, and what
// is answered before it returns can be lost.
func slowDisk(fs vfs.FS) vfs.FS {
	return logDisk{FS: fs, sync: func(real func() error) error {
		for range 100 {
			runtime.Gosched()
		}
		return real()
	}}
}

// lazyDisk says that it synced the write-ahead log and did not.
func lazyDisk(fs vfs.FS) vfs.FS {
	return logDisk{FS: fs, sync: func(func() error) error { return nil }}
}

// logDisk is a disk that treats the write-ahead log in its own way.
type logDisk struct {
	vfs.FS
	sync func(real func() error) error
}

// Create implements vfs.FS.
func (d logDisk) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.Create(name, category)
	return d.file(name, f), err
}

// ReuseForWrite implements vfs.FS.
func (d logDisk) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.ReuseForWrite(oldname, newname, category)
	return d.file(newname, f), err
}

func (d logDisk) file(name string, f vfs.File) vfs.File {
	if f != nil && strings.HasSuffix(name, ".log") {
		return logFile{File: f, sync: d.sync}
	}
	return f
}

type logFile struct {
	vfs.File
	sync func(real func() error) error
}

// Sync implements vfs.File.
func (f logFile) Sync() error { return f.sync(f.File.Sync) }

// SyncData implements vfs.File.
func (f logFile) SyncData() error { return f.sync(f.File.SyncData) }

// SyncTo implements vfs.File.
func (f logFile) SyncTo(length int64) (full bool, err error) {
	err = f.sync(func() error {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}
