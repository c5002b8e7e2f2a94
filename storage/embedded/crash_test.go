package embedded

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// powerCutSeeds is how many cuts one run of the test suite makes; the reliability suite makes more.
const powerCutSeeds = 60

// TestPowerCut cuts the power under 8 writers and looks at what is left, with 0 to 100 % of the unsynced data surviving.
func TestPowerCut(t *testing.T) {
	tables := newBenchTables()
	schema := wide.NewSchema(tables.posts, tables.lasts, tables.seens, tables.nonces)
	for seed := range uint64(powerCutSeeds) {
		mem := vfs.NewCrashableMem()
		acked, after := cutPower(t, mem, schema, &tables, seed)
		e := openTest(t, Options{FS: after, Schema: schema})
		checkSurvivors(t, e, &tables, acked, seed)
		if err := e.Close(); err != nil {
			t.Fatalf("seed %d: close: %v", seed, err)
		}
	}
}

// cutPower writes until the power goes; acked are the numbers of the commits that were acknowledged before.
func cutPower(t *testing.T, mem *vfs.MemFS, schema wide.Schema, tables *benchTables, seed uint64) (acked []int64, after *vfs.MemFS) {
	e := openTest(t, Options{FS: mem, Schema: schema})
	rng := rand.New(rand.NewPCG(seed, 1))
	cutAfter := int64(10 + rng.IntN(150))
	var n, done atomic.Int64
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for {
				i := n.Add(1)
				_, err := e.Commit(t.Context(), tables.commit(i))
				if err != nil {
					t.Errorf("commit: %v", err)
					return
				}
				mu.Lock()
				if after == nil {
					acked = append(acked, i)
					if done.Add(1) == cutAfter {
						after = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: int(seed % 5 * 25), RNG: rng})
					}
				}
				over := after != nil
				mu.Unlock()
				if over {
					return
				}
			}
		})
	}
	group.Wait()
	if err := e.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return acked, after
}

// checkSurvivors asks for every acknowledged commit whole, and for a log without gaps that tells of exactly the rows there are.
func checkSurvivors(t *testing.T, e *Engine, tables *benchTables, acked []int64, seed uint64) {
	t.Helper()
	_, newest := e.Bounds()
	events, err := e.Read(0, maxEventRead)
	if err != nil || uint64(len(events)) != newest {
		t.Fatalf("seed %d: %d events up to %d: %v", seed, len(events), newest, err)
	}
	told := make(map[core.MessageID]bool)
	for i, ev := range events {
		id := core.MessageID(ev.Event.ID)
		if ev.Position != uint64(i+1) || told[id] {
			t.Fatalf("seed %d: event %d has position %d, told before: %v", seed, i, ev.Position, told[id])
		}
		told[id] = true
	}
	for _, n := range acked {
		if !told[core.MessageID(n+1)] {
			t.Fatalf("seed %d: acknowledged commit %d is lost", seed, n)
		}
	}
	rows, err := tables.posts.Scan(t.Context(), e, nil, wide.MaxRangeLimit)
	if err != nil || len(rows) != len(told) {
		t.Fatalf("seed %d: %d rows, %d events: %v", seed, len(rows), len(told), err)
	}
	for _, r := range rows {
		n := nonceRow{Channel: r.Channel, Author: 7, Nonce: fmt.Sprint(int64(r.ID) - 1)}
		if got, err := tables.nonces.Get(t.Context(), e, n); !told[r.ID] || err != nil || got.ID != r.ID {
			t.Fatalf("seed %d: row %d: told=%v, nonce %+v, %v", seed, r.ID, told[r.ID], got, err)
		}
	}
}

var errDisk = errors.New("injected disk error")

// failing makes writes or syncs of the write-ahead log fail while it is on.
type failing struct {
	on     atomic.Bool
	kind   errorfs.OpKind
	failed atomic.Int64
}

func (f *failing) injector() errorfs.Injector {
	return errorfs.InjectorFunc(func(op errorfs.Op) error {
		if f.on.Load() && op.Kind == f.kind && len(op.Path) > 4 && op.Path[len(op.Path)-4:] == ".log" {
			f.failed.Add(1)
			return errDisk
		}
		return nil
	})
}

func TestLogFailure(t *testing.T) {
	for name, kind := range map[string]errorfs.OpKind{"sync": errorfs.OpFileSyncData, "write": errorfs.OpFileWrite} {
		t.Run(name, func(t *testing.T) {
			tables := newBenchTables()
			schema := wide.NewSchema(tables.posts, tables.lasts, tables.seens, tables.nonces)
			mem := vfs.NewCrashableMem()
			disk := &failing{kind: kind}
			e := openTest(t, Options{FS: errorfs.Wrap(mem, disk.injector()), Schema: schema})
			if _, err := e.Commit(t.Context(), tables.commit(1)); err != nil {
				t.Fatal(err)
			}
			disk.on.Store(true)
			_, err := e.Commit(t.Context(), tables.commit(2))
			if !errors.Is(err, wide.ErrUnknownOutcome) {
				t.Fatalf("under way: %v", err)
			}
			disk.on.Store(false)
			if _, err := e.Commit(t.Context(), tables.commit(3)); !errors.Is(err, wide.ErrUnavailable) || errors.Is(err, wide.ErrUnknownOutcome) {
				t.Fatalf("later: %v", err)
			}
			if _, err := e.Commit(t.Context(), wide.Commit{}); !errors.Is(err, wide.ErrUnavailable) {
				t.Fatalf("barrier: %v", err)
			}
			if _, newest := e.Bounds(); newest != 1 {
				t.Fatalf("events up to %d are shown", newest)
			}
			if _, err := tables.lasts.Get(t.Context(), e, lastRow{Channel: 2}); err != nil {
				t.Fatalf("reads go on: %v", err)
			}
			_ = e.Close() // may tell of the failure
			again := openTest(t, Options{FS: mem.CrashClone(vfs.CrashCloneCfg{}), Schema: schema})
			checkSurvivors(t, again, &tables, []int64{1}, 0)
		})
	}
}

// TestLogFailureUnseen lets the log fail while the syncer is busy elsewhere, so that the committer goes on and gives
// Pebble more batches: none of them is acknowledged, and each is answered.
func TestLogFailureUnseen(t *testing.T) {
	tables := newBenchTables()
	disk := &failing{kind: errorfs.OpFileWrite}
	busy, idle := make(chan struct{}, 1), make(chan struct{})
	e := openTest(t, Options{FS: errorfs.Wrap(vfs.NewCrashableMem(), disk.injector()), OnCommit: func(CommitStats) { busy <- struct{}{}; <-idle },
		Schema: wide.NewSchema(tables.posts, tables.lasts, tables.seens, tables.nonces)})
	if _, err := e.Commit(t.Context(), tables.commit(1)); err != nil {
		t.Fatal(err)
	}
	<-busy
	disk.on.Store(true)
	const more = flightQueue // the committer can be that far ahead of the syncer
	answers := make(chan error, more)
	for n := range more {
		before := len(e.flights)
		go func() { _, err := e.Commit(t.Context(), tables.commit(int64(n+2))); answers <- err }()
		for len(e.flights) == before { // until the committer is through with it
			runtime.Gosched()
		}
		for disk.failed.Load() == 0 {
			runtime.Gosched()
		}
	}
	close(idle)
	for range more {
		if err := <-answers; !errors.Is(err, wide.ErrUnknownOutcome) && !errors.Is(err, wide.ErrUnavailable) {
			t.Fatalf("acknowledged: %v", err)
		}
	}
}

// TestBarrier holds the disk's sync: what can be read already must not pass a barrier before the sync is done.
func TestBarrier(t *testing.T) {
	tables := newBenchTables()
	var hold atomic.Bool
	release, released := make(chan struct{}), atomic.Bool{}
	fs := errorfs.Wrap(vfs.NewCrashableMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if hold.Load() && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) {
			<-release
		}
		return nil
	}))
	e := openTest(t, Options{FS: fs, Schema: wide.NewSchema(tables.posts, tables.lasts, tables.seens, tables.nonces)})
	hold.Store(true)
	wrote, passed := make(chan error, 1), make(chan error, 1)
	go func() { _, err := e.Commit(t.Context(), tables.commit(1)); wrote <- err }()
	for {
		if _, err := tables.lasts.Get(t.Context(), e, lastRow{Channel: 2}); err == nil {
			break // it can be read, and is not durable
		}
		runtime.Gosched()
	}
	var early atomic.Bool
	go func() {
		_, err := e.Commit(t.Context(), wide.Commit{})
		early.Store(!released.Load())
		passed <- err
	}()
	for len(e.flights) == 0 && !early.Load() { // until the barrier waits behind the held batch, or has wrongly passed
		runtime.Gosched()
	}
	released.Store(true)
	hold.Store(false)
	close(release)
	if err := errors.Join(<-wrote, <-passed); err != nil || early.Load() {
		t.Fatalf("the barrier passed before the disk: %v, %v", early.Load(), err)
	}
}

// TestLogRotationFailure lets the disk refuse a new log file, at which Pebble alone would end the process.
func TestLogRotationFailure(t *testing.T) {
	s := newSweepTables()
	mem := vfs.NewCrashableMem()
	disk := &failing{kind: errorfs.OpCreate}
	e := openTest(t, Options{FS: errorfs.Wrap(mem, disk.injector()), Schema: s.schema()})
	disk.on.Store(true)
	value := string(make([]byte, 100_000))
	acked, err := int64(0), error(nil)
	for err == nil && acked < 1000 {
		if _, err = e.Commit(t.Context(), wide.Commit{Writes: []wide.Write{s.plain.Insert(windowRow{Scope: "s", Seq: acked, Value: value})}}); err == nil {
			acked++
		}
	}
	if !errors.Is(err, wide.ErrUnknownOutcome) && !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("after %d commits: %v", acked, err)
	}
	if _, err := e.Commit(t.Context(), wide.Commit{}); !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("later: %v", err)
	}
	_ = e.Close() // may tell of the failure
	again := openTest(t, Options{FS: mem.CrashClone(vfs.CrashCloneCfg{}), Schema: s.schema()})
	for seq := range acked {
		if _, err := s.plain.Get(t.Context(), again, windowRow{Scope: "s", Seq: seq}); err != nil {
			t.Fatalf("acknowledged row %d: %v", seq, err)
		}
	}
}

// TestCommitterPanic checks that a panic while committing breaks the engine and nothing else.
func TestCommitterPanic(t *testing.T) {
	s := newSweepTables()
	e := openTest(t, Options{Schema: s.schema()})
	row := windowRow{Scope: "s", Value: "v"}
	mustCommit(t, e, s.plain.Insert(row))
	if err := e.do(t.Context(), func(*merge) error { panic("injected") }); !errors.Is(err, wide.ErrUnknownOutcome) {
		t.Fatalf("under way: %v", err)
	}
	if _, err := e.Commit(t.Context(), wide.Commit{}); !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("later: %v", err)
	}
	if _, err := s.plain.Get(t.Context(), e, row); err != nil {
		t.Fatalf("reads go on: %v", err)
	}
	if err := e.Close(); !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("close: %v", err)
	}
	if err := errors.Join(e.db.Close(), e.lock.Close()); err != nil { // which Close did not dare
		t.Fatal(err)
	}
}
