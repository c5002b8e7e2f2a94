package embedded

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/storage/wide"
)

func TestOpenRefuses(t *testing.T) {
	type otherKey struct {
		Window string `wide:"window_no,partition"`
		Value  string `wide:"value,1,mandatory"`
	}
	type otherKind struct {
		Window int64  `wide:"window_no,partition"`
		Scope  string `wide:"scope,partition"`
		Seq    int64  `wide:"seq,asc"`
		Value  int64  `wide:"value,1,mandatory"`
	}
	type moreColumns struct {
		Window int64  `wide:"window_no,partition"`
		Scope  string `wide:"scope,partition"`
		Seq    int64  `wide:"seq,asc"`
		Text   string `wide:"renamed,2,mandatory"`
	}
	spec := wide.Spec{ID: 1, Name: "plain"}
	s := newSweepTables()
	fs := vfs.NewMem()
	e := openTest(t, Options{FS: fs, Schema: s.schema(), SchemaVersion: 3})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name    string
		schema  wide.Schema
		version uint64
		want    error
	}{
		{"an older schema version", s.schema(), 2, ErrNewerFormat},
		{"another key", wide.NewSchema(wide.Define[otherKey](spec)), 3, ErrSchemaChanged},
		{"another kind", wide.NewSchema(wide.Define[otherKind](spec)), 3, ErrSchemaChanged},
		{"columns added and dropped", wide.NewSchema(wide.Define[moreColumns](spec)), 4, nil},
		{"a dropped column's id for another kind", wide.NewSchema(wide.Define[otherKind](spec)), 4, ErrSchemaChanged},
	}
	for _, c := range cases {
		e, err := Open(Options{Dir: "store", FS: fs, Schema: c.schema, SchemaVersion: c.version})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			_ = e.Close()
		}
	}
}

func TestOpenNewerFormat(t *testing.T) {
	fs := vfs.NewMem()
	db, err := pebble.Open("store", &pebble.Options{FS: fs, FormatMajorVersion: pebble.FormatNewest, Logger: quiet{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: "store", FS: fs}); !errors.Is(err, ErrNewerFormat) {
		t.Fatalf("files of a newer format: %v", err)
	}
	fs = vfs.NewMem()
	e := openTest(t, Options{FS: fs})
	if err := e.db.Set(metaFormat, []byte{formatVersion + 1}, pebble.Sync); err != nil {
		t.Fatal(err)
	}
	_ = e.Close()
	if _, err := Open(Options{Dir: "store", FS: fs}); !errors.Is(err, ErrNewerFormat) {
		t.Fatalf("a newer layout: %v", err)
	}
}

type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(string, ...any) {}

func TestOpenLocked(t *testing.T) {
	dir := t.TempDir()
	e := openTest(t, Options{Dir: dir, FS: vfs.Default})
	if _, err := Open(Options{Dir: dir}); !errors.Is(err, ErrLocked) {
		t.Fatalf("opened twice: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatalf("closed again: %v", err)
	}
	again := openTest(t, Options{Dir: dir, FS: vfs.Default})
	_ = again.Close()
}

func TestClosed(t *testing.T) {
	s := newSweepTables()
	e := openTest(t, Options{Schema: s.schema()})
	row := windowRow{Window: 1, Scope: "s", Value: "v"}
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for i := range int64(8) { // commits and reads race with Close: each is answered
		group.Go(func() {
			for n := int64(0); ctx.Err() == nil; n++ {
				r := row
				r.Seq = i<<32 | n
				_, err := e.Commit(ctx, wide.Commit{Writes: []wide.Write{s.plain.Insert(r)}})
				_, readErr := s.plain.Get(ctx, e, r)
				if errors.Is(err, wide.ErrUnavailable) {
					return
				}
				if err != nil || readErr != nil && !errors.Is(readErr, wide.ErrUnavailable) {
					t.Errorf("commit: %v, read: %v", err, readErr)
					return
				}
			}
		})
	}
	mustCommit(t, e, s.plain.Insert(row))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	cancel()
	if _, err := e.Range(t.Context(), wide.RawQuery{Meta: s.plain.Meta(), Partition: make(wide.Row, 4), Bound: 1, Limit: 1}); !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("range: %v", err)
	}
	if err := e.Checkpoint("copy"); !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("checkpoint: %v", err)
	}
	if _, err := e.Commit(t.Context(), wide.Commit{}); !errors.Is(err, wide.ErrUnavailable) {
		t.Fatalf("barrier: %v", err)
	}
}

func TestCheckpoint(t *testing.T) {
	s := newSweepTables()
	base := t.TempDir()
	e := openTest(t, Options{Dir: filepath.Join(base, "store"), FS: vfs.Default, Schema: s.schema()})
	row := windowRow{Window: 1, Scope: "s", Value: "v"}
	mustCommit(t, e, s.plain.Insert(row))
	logSome(t, e, 1)
	copied := filepath.Join(base, "copy")
	if err := e.Checkpoint(copied); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, e, s.plain.Delete(row))
	restored := openTest(t, Options{Dir: copied, FS: vfs.Default, Schema: s.schema()})
	if _, err := s.plain.Get(t.Context(), restored, row); err != nil {
		t.Fatal(err)
	}
	wantBounds(t, restored, 1, 2)
	_ = restored.Close()
}

func TestClockNeverStepsBack(t *testing.T) {
	s, clock, fs := newSweepTables(), newTestClock(), vfs.NewMem()
	row := windowRow{Window: 1, Scope: "s", Value: "v1"}
	e := openTest(t, Options{FS: fs, Schema: s.schema(), Clock: clock.Now})
	mustCommit(t, e, s.plain.Insert(row))
	clock.Advance(-time.Hour)
	row.Value = "v2"
	mustCommit(t, e, s.plain.Insert(row))
	_ = e.Close()
	clock.Advance(-time.Hour)
	e = openTest(t, Options{FS: fs, Schema: s.schema(), Clock: clock.Now})
	row.Value = "v0" // the least of the three, so a tie would not hide a clock that stands still
	mustCommit(t, e, s.plain.Insert(row))
	if got, err := s.plain.Get(t.Context(), e, row); err != nil || got != row {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestStorageFull(t *testing.T) {
	s, clock := newSweepTables(), newTestClock()
	free, asked := uint64(100), 0
	e := openTest(t, Options{Schema: s.schema(), Clock: clock.Now, MinFree: 50,
		FreeBytes: func(string) (uint64, error) { asked++; return free, nil }})
	row := windowRow{Window: 1, Scope: "s", Value: "v"}
	mustCommit(t, e, s.plain.Insert(row))
	free = 49
	mustCommit(t, e, s.plain.Insert(row)) // measured less than a second ago
	if asked != 1 {
		t.Fatalf("asked the disk %d times in a second", asked)
	}
	clock.Advance(time.Second)
	write := wide.Commit{Writes: []wide.Write{s.plain.Insert(row)}}
	for range 2 {
		if applied, err := e.Commit(t.Context(), write); applied || !errors.Is(err, wide.ErrStorageFull) {
			t.Fatalf("below the reserve: %v %v", applied, err)
		}
	}
	write.Reclaim = true
	if _, err := e.Commit(t.Context(), write); err != nil {
		t.Fatalf("what frees space goes on: %v", err)
	}
	if _, err := e.Commit(t.Context(), wide.Commit{}); err != nil {
		t.Fatalf("barriers go on: %v", err)
	}
	if _, err := s.plain.Get(t.Context(), e, row); err != nil {
		t.Fatalf("reads go on: %v", err)
	}
	free = 50
	clock.Advance(time.Second)
	mustCommit(t, e, s.plain.Insert(row))
}

func TestFaults(t *testing.T) {
	s := newSweepTables()
	var fault Fault
	e := openTest(t, Options{Schema: s.schema(), Faults: func(wide.Commit) Fault { return fault }})
	a := windowRow{Window: 1, Scope: "s", Value: "v"}
	b := windowRow{Window: 2, Scope: "s", Value: "v"}
	has := func(r windowRow) bool { _, err := s.plain.Get(t.Context(), e, r); return err == nil }
	c := wide.Commit{Writes: []wide.Write{s.plain.Insert(a), s.plain.Insert(b)}}
	fault = FaultHalfBatch
	if _, err := e.Commit(t.Context(), c); !errors.Is(err, wide.ErrUnknownOutcome) || !has(a) || has(b) {
		t.Fatalf("half: %v, %v %v", err, has(a), has(b))
	}
	fault = FaultNone
	if _, err := e.Commit(t.Context(), c); err != nil || !has(a) || !has(b) {
		t.Fatalf("repeat: %v, %v %v", err, has(a), has(b))
	}
	fault = FaultHalfBatch
	if _, err := e.Commit(t.Context(), wide.Commit{Writes: c.Writes[:1]}); err != nil {
		t.Fatalf("one partition is never halved: %v", err)
	}
	fault = FaultUnknownOutcome
	if _, err := e.Commit(t.Context(), wide.Commit{Writes: []wide.Write{s.plain.Delete(a)}}); !errors.Is(err, wide.ErrUnknownOutcome) || has(a) {
		t.Fatalf("unknown outcome: %v, %v", err, has(a))
	}
}
