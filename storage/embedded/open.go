package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// pebbleFormat is the format of Pebble's files that this version writes. Raising it cannot be undone for a data folder.
const pebbleFormat = pebble.FormatTableFormatV6

// What Open refuses, each with advice for the operator in its text.
var (
	// ErrLocked: another process has the folder open.
	ErrLocked = errors.New("another Beep is using this data folder; stop it, or give this one another data_dir")
	// ErrNewerFormat: the folder was written by a newer Beep.
	ErrNewerFormat = errors.New("this data folder was written by a newer Beep; run that version, or restore a backup made by this one")
	// ErrSchemaChanged: a table's declaration contradicts what is stored; a programmer's error.
	ErrSchemaChanged = errors.New("a table is declared otherwise than it is stored")
)

// Open opens or makes a data folder and starts the engine. The caller closes it.
func Open(o Options) (*Engine, error) {
	o = o.withDefaults()
	if err := makeDir(o.FS, o.Dir); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	lock, err := lockDir(&o)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", o.Dir, err)
	}
	e := newEngine(o, lock)
	if err := e.openPebble(); err != nil {
		return nil, fmt.Errorf("open store %s: %w", o.Dir, errors.Join(err, lock.Close()))
	}
	if err := e.load(); err != nil {
		return nil, fmt.Errorf("open store %s: %w", o.Dir, errors.Join(err, e.db.Close(), lock.Close()))
	}
	e.armed.Store(true)
	e.pacer.begin(e.db)
	e.ended.Add(3)
	go e.commitLoop()
	go e.syncLoop()
	go e.janitor()
	return e, nil
}

// makeDir makes a folder and sees to it that a power cut cannot take its name, or that of a folder above it, away: whoever
// made those may not have synced them. Folders above that may not be read were there before and are left alone.
func makeDir(fs vfs.FS, dir string) error {
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for parent := fs.PathDir(dir); ; dir, parent = parent, fs.PathDir(parent) {
		d, err := fs.OpenDir(parent)
		if err != nil {
			return nil //nolint:nilerr // a parent that may not be opened needs no sync of ours
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return fmt.Errorf("sync %s: %w", parent, err)
		}
		if parent == dir || parent == "." {
			return nil
		}
	}
}

func newEngine(o Options, lock *pebble.Lock) *Engine {
	e := &Engine{
		opt: o, lock: lock,
		tables:   make(map[uint16]*table),
		log:      newEventLog(o.MaxEvents),
		requests: make(chan *request, requestQueue),
		flights:  make(chan *flight, flightQueue),
		stop:     make(chan struct{}),
	}
	for _, m := range o.Schema.Tables() {
		e.tables[m.ID] = &table{meta: m}
	}
	return e
}

// lockDir tells a folder in use from one that cannot be used.
func lockDir(o *Options) (*pebble.Lock, error) {
	lock, err := pebble.LockDirectory(o.Dir, o.FS)
	if err == nil {
		return lock, nil
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return nil, fmt.Errorf("%w (%w)", ErrLocked, err)
}

func (e *Engine) openPebble() error {
	desc, err := pebble.Peek(e.opt.Dir, e.opt.FS)
	if err != nil {
		return fmt.Errorf("look at the folder: %w", err)
	}
	if desc.Exists && desc.FormatMajorVersion > pebbleFormat {
		return fmt.Errorf("%w (files of format %d, known is %d)", ErrNewerFormat, desc.FormatMajorVersion, pebbleFormat)
	}
	o := &pebble.Options{
		FS:                          guardedFS{FS: e.opt.FS, broken: &e.broken, armed: &e.armed, pacer: &e.pacer},
		Lock:                        e.lock,
		FormatMajorVersion:          pebbleFormat,
		CacheSize:                   e.opt.CacheBytes + maxMemTables*memTableBytes, // Pebble takes memtables out of its cache
		MemTableSize:                memTableBytes,
		MemTableStopWritesThreshold: maxMemTables,
		CompactionConcurrencyRange:  func() (lower, upper int) { return 1, 2 },
		Logger:                      pebbleLogger{log: e.opt.Logger, broken: &e.broken},
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBitsPerKey)
	}
	if e.db, err = pebble.Open(e.opt.Dir, o); err != nil {
		return fmt.Errorf("open pebble: %w", err)
	}
	return nil
}

// load reads what the engine keeps in memory: identity, clock, events, partition tombstones.
func (e *Engine) load() error {
	if err := e.loadMeta(); err != nil {
		return err
	}
	if err := e.loadEvents(); err != nil {
		return err
	}
	if err := e.loadGraves(); err != nil {
		return err
	}
	return e.trimEvents()
}

func (e *Engine) loadEvents() error {
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: []byte{spaceEvents}, UpperBound: []byte{spaceEvents + 1}})
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	defer func() { _ = it.Close() }()
	l := e.log
	l.oldest = l.last + 1
	for valid := it.First(); valid; valid = it.Next() {
		position, at, body, err := eventUnder(it)
		if err != nil {
			return err
		}
		if l.count == 0 {
			l.oldest = position
		} else if position != l.segments[len(l.segments)-1].last+1 {
			return fmt.Errorf("read events: position %d follows %d", position, l.segments[len(l.segments)-1].last)
		}
		l.note(position, int64(len(body)+8), at)
	}
	if n := len(l.segments); n > 0 && l.segments[n-1].last != l.last {
		return fmt.Errorf("read events: the last position is %d, the clock says %d", l.segments[n-1].last, l.last)
	}
	return wrap("read events", it.Error())
}

func (e *Engine) loadGraves() error {
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: []byte{spaceGraves}, UpperBound: []byte{spaceGraves + 1}})
	if err != nil {
		return fmt.Errorf("read graves: %w", err)
	}
	defer func() { _ = it.Close() }()
	seen := make(map[string]bool) // a partition deleted twice has two graves and one tombstone
	for valid := it.First(); valid; valid = it.Next() {
		g, err := graveUnder(it)
		if err != nil {
			return err
		}
		t := e.tables[g.table()]
		if t == nil || g.kind != gravePartition || seen[string(g.key)] {
			continue
		}
		seen[string(g.key)] = true
		t.graves.Add(1)
	}
	return wrap("read graves", it.Error())
}

// grave is a note for the sweep: a row or partition that has something to forget after a time.
type grave struct {
	at   int64 // milliseconds
	kind byte
	key  []byte // of the row or partition
}

func (g *grave) table() uint16 { return binary.BigEndian.Uint16(g.key[1:]) }

// graveUnder copies the grave an iterator stands on.
func graveUnder(it *pebble.Iterator) (grave, error) {
	value, err := it.ValueAndErr()
	if err != nil {
		return grave{}, wrap("read graves", err)
	}
	k := it.Key()
	if len(k) < 9+tablePrefixLen || len(value) != 1 {
		return grave{}, fmt.Errorf("read graves: %w", errCorruptRow)
	}
	return grave{at: int64(binary.BigEndian.Uint64(k[1:])), kind: value[0], key: append([]byte(nil), k[9:]...)}, nil
}
