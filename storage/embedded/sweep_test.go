package embedded

import (
	"errors"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/storage/wide"
)

type windowRow struct {
	Window int64  `wide:"window_no,partition"`
	Scope  string `wide:"scope,partition"`
	Seq    int64  `wide:"seq,asc"`
	Value  string `wide:"value,1,mandatory"`
}

type sweepTables struct {
	plain   *wide.Table[windowRow]
	brief   *wide.Table[windowRow]
	windows *wide.Table[windowRow]
	value   wide.Columns
}

func newSweepTables() sweepTables {
	s := sweepTables{
		plain:   wide.Define[windowRow](wide.Spec{ID: 1, Name: "plain"}),
		brief:   wide.Define[windowRow](wide.Spec{ID: 2, Name: "brief", TTL: time.Minute}),
		windows: wide.Define[windowRow](wide.Spec{ID: 3, Name: "windows", TTL: 10 * time.Minute, Window: time.Hour}),
	}
	s.value = s.plain.Columns("value")
	return s
}

func (s *sweepTables) schema() wide.Schema { return wide.NewSchema(s.plain, s.brief, s.windows) }

// keys counts what is stored in a space of keys, deleted rows included.
func keys(t *testing.T, e *Engine, space ...byte) int {
	t.Helper()
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: space, UpperBound: wide.Successor(append([]byte{}, space...))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = it.Close() }()
	n := 0
	for it.First(); it.Valid(); it.Next() {
		n++
	}
	return n
}

func mustCommit(t *testing.T, e *Engine, writes ...wide.Write) {
	t.Helper()
	if applied, err := e.Commit(t.Context(), wide.Commit{Writes: writes}); err != nil || !applied {
		t.Fatalf("commit: %v %v", applied, err)
	}
}

func sweep(t *testing.T, e *Engine) {
	t.Helper()
	if err := e.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSweepDeletions(t *testing.T) {
	s, clock := newSweepTables(), newTestClock()
	e := openTest(t, Options{Schema: s.schema(), Clock: clock.Now})
	row := func(w, i int64) windowRow { return windowRow{Window: w, Scope: "s", Seq: i, Value: "v"} }
	const many = 2*sweepChunk + 10
	var writes []wide.Write
	for i := range int64(many) {
		writes = append(writes, s.plain.Insert(row(1, i)))
	}
	mustCommit(t, e, writes...)
	mustCommit(t, e, s.plain.Insert(row(2, 1)), s.plain.Insert(row(2, 2)), s.plain.Insert(row(2, 3)))
	old := clock.Now().UnixMicro() - 10
	mustCommit(t, e, s.plain.DeletePartition(row(1, 0)))
	mustCommit(t, e, s.plain.Delete(row(2, 1)), s.plain.Delete(row(2, 2)))
	mustCommit(t, e, s.plain.Insert(row(1, 5)), s.plain.Insert(row(2, 2))) // both come back
	mustCommit(t, e, s.plain.Update(row(3, 1), s.value))                   // mandatory: this row exists
	clock.Advance(wide.TombstoneTTL / 2)
	sweep(t, e)
	if n := keys(t, e, spaceRows); n != many+1+3+1 {
		t.Fatalf("%d keys before the time has come", n)
	}
	mustCommit(t, e, s.plain.Insert(row(2, 1)).At(old)) // a late writer
	if _, err := s.plain.Get(t.Context(), e, row(2, 1)); !errors.Is(err, wide.ErrNotFound) {
		t.Fatalf("a late writer resurrected a row: %v", err)
	}
	clock.Advance(wide.TombstoneTTL/2 + time.Second)
	sweep(t, e)
	if n := keys(t, e, spaceRows); n != 1+2+1 {
		t.Fatalf("%d keys after the sweep", n)
	}
	if n := keys(t, e, spaceGraves); n != 0 {
		t.Fatalf("%d graves after the sweep", n)
	}
	if n := e.tables[1].graves.Load(); n != 0 {
		t.Fatalf("%d partition tombstones counted", n)
	}
	for _, r := range []windowRow{row(1, 5), row(2, 2), row(2, 3), row(3, 1)} {
		if _, err := s.plain.Get(t.Context(), e, r); err != nil {
			t.Fatalf("row %+v: %v", r, err)
		}
	}
}

func TestSweepGhosts(t *testing.T) {
	notes := wide.Define[postRow](wide.Spec{ID: 1, Name: "posts"})
	content := notes.Columns("content")
	clock := newTestClock()
	e := openTest(t, Options{Schema: wide.NewSchema(notes), Clock: clock.Now})
	p := postRow{Channel: 1, ID: 2, Content: "late"}
	mustCommit(t, e, notes.Update(p, content))
	clock.Advance(wide.TombstoneTTL + time.Second)
	mustCommit(t, e, notes.Update(postRow{Channel: 1, ID: 3, Content: "now"}, content))
	sweep(t, e)
	if n := keys(t, e, spaceRows); n != 1 {
		t.Fatalf("%d rows, want the new one alone", n)
	}
	clock.Advance(wide.TombstoneTTL + time.Second)
	sweep(t, e)
	if n := keys(t, e, spaceRows); n != 0 {
		t.Fatalf("%d ghosts remain", n)
	}
}

func TestSweepExpired(t *testing.T) {
	s, clock := newSweepTables(), newTestClock()
	e := openTest(t, Options{Schema: s.schema(), Clock: clock.Now})
	window := func() int64 { return clock.Now().Unix() / 3600 }
	first := window()
	var brief, windows []wide.Write
	for i := range int64(sweepChunk + 10) {
		brief = append(brief, s.brief.Insert(windowRow{Window: 1, Scope: "s", Seq: i, Value: "v"}))
		windows = append(windows, s.windows.Insert(windowRow{Window: first, Scope: "s", Seq: i, Value: "v"}))
	}
	mustCommit(t, e, brief...)
	mustCommit(t, e, windows...)
	clock.Advance(3 * time.Hour)
	mustCommit(t, e, s.brief.Insert(windowRow{Window: 1, Scope: "s", Seq: 3, Value: "renewed"}),
		s.windows.Insert(windowRow{Window: window(), Scope: "s", Seq: 1, Value: "v"}))
	sweep(t, e)
	if n := keys(t, e, spaceRows, 0, 2); n != 1 {
		t.Fatalf("%d expiring rows remain", n)
	}
	if n := keys(t, e, spaceRows, 0, 3); n != 1 {
		t.Fatalf("%d rows in windows remain", n)
	}
	got, err := s.brief.Get(t.Context(), e, windowRow{Window: 1, Scope: "s", Seq: 3})
	if err != nil || got.Value != "renewed" {
		t.Fatalf("got %+v, %v", got, err)
	}
}

// TestPartitionTombstoneSurvives checks that a deleted partition stays deleted when the engine is opened again.
func TestPartitionTombstoneSurvives(t *testing.T) {
	s, fs := newSweepTables(), vfs.NewMem()
	row := windowRow{Window: 1, Scope: "s", Seq: 1, Value: "v"}
	e := openTest(t, Options{Schema: s.schema(), FS: fs})
	mustCommit(t, e, s.plain.Insert(row))
	mustCommit(t, e, s.plain.DeletePartition(row))
	mustCommit(t, e, s.plain.DeletePartition(row))
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		e = openTest(t, Options{Schema: s.schema(), FS: fs})
		if _, err := s.plain.Get(t.Context(), e, row); !errors.Is(err, wide.ErrNotFound) || e.tables[1].graves.Load() != 1 {
			t.Fatalf("get: %v, %d tombstones", err, e.tables[1].graves.Load())
		}
	}
}
