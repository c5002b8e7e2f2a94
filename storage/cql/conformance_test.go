package cql_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/cql"
	"github.com/beep-chat/beep/storage/cql/cqltest"
	"github.com/beep-chat/beep/storage/storetest"
	"github.com/beep-chat/beep/storage/wide"
)

// eventless drops the events of commits before the engine sees them: it keeps no event log and refuses them, the outbox
// around it keeps them. The suite's commits are about the rows.
type eventless struct{ wide.Engine }

func (e eventless) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if err := c.Validate(); err != nil { // what is wrong with the events is still refused
		return false, err
	}
	c.Events = nil
	return e.Engine.Commit(ctx, c)
}

// TestConformanceWithLostAnswers runs the suite with every third answer to a conditional commit lost after it was applied:
// reading back settles them all. The counter is left alone: there another worker may be faster than the reading, which
// leaves an outcome unknown; see TestLostAnswersAreCounted.
func TestConformanceWithLostAnswers(t *testing.T) {
	engine := cqltest.Open(t, storetest.Schema())
	var n, lost atomic.Int64
	var counting atomic.Bool
	cql.LoseAnswers(engine, func() bool {
		if counting.Load() || n.Add(1)%3 != 0 {
			return false
		}
		lost.Add(1)
		return true
	})
	storetest.Run(t, func(t *testing.T) wide.Engine {
		counting.Store(strings.Contains(t.Name(), "counter"))
		return eventless{engine}
	})
	if lost.Load() == 0 {
		t.Error("no answer was lost")
	}
}

// TestLostAnswersAreCounted has workers count on one row while answers are lost: what the engine says was applied was, what
// it says was not was not, and only what it does not know may be either.
func TestLostAnswersAreCounted(t *testing.T) {
	const workers, each = 8, 15
	e := cqltest.Open(t, wide.NewSchema(lates))
	row := lateRow{Name: "counted"}
	if ok, err := e.Commit(t.Context(), wide.Commit{If: lates.IfAbsent(row), Writes: []wide.Write{lates.Insert(row)}}); !ok || err != nil {
		t.Fatal(ok, err)
	}
	var n, applied, unknown atomic.Int64
	cql.LoseAnswers(e, func() bool { return n.Add(1)%3 == 0 })
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for range each {
				before, err := lates.Get(t.Context(), e, row)
				if err != nil {
					t.Error(err)
					return
				}
				next := before
				next.N++
				ok, err := e.Commit(t.Context(), wide.Commit{If: lates.IfEqual(before, lateN), Writes: []wide.Write{lates.Update(next, lateN)}})
				switch {
				case errors.Is(err, wide.ErrUnknownOutcome):
					unknown.Add(1)
				case err != nil:
					t.Error(err)
				case ok:
					applied.Add(1)
				}
			}
		})
	}
	group.Wait()
	got, err := lates.Get(t.Context(), e, row)
	if err != nil || got.N < applied.Load() || got.N > applied.Load()+unknown.Load() {
		t.Errorf("counted %d with %d applied and %d unknown (%v)", got.N, applied.Load(), unknown.Load(), err)
	}
	t.Logf("counted %d: %d applied, %d unknown", got.N, applied.Load(), unknown.Load())
}

// sparseRow is for rows that an update made without their mandatory column.
type sparseRow struct {
	Part int64  `wide:"part,partition"`
	Seq  int64  `wide:"seq,asc"`
	Text string `wide:"text,1,mandatory"`
	More string `wide:"more,2"`
}

var (
	sparse     = wide.Define[sparseRow](wide.Spec{ID: 1, Name: "sparse"})
	sparseMore = sparse.Columns("more")
)

// TestRowsThatAreNot: many rows without their mandatory column lie before the one that exists; ranges and scans read on, from
// page to page, and a limit is met however many are passed over.
func TestRowsThatAreNot(t *testing.T) {
	e := cqltest.Open(t, wide.NewSchema(sparse))
	var writes []wide.Write
	for i := range int64(300) {
		r := sparseRow{Part: 1, Seq: i, Text: "t", More: "m"}
		if i%100 == 99 {
			writes = append(writes, sparse.Insert(r))
		} else {
			writes = append(writes, sparse.Update(r, sparseMore))
		}
	}
	if _, err := e.Commit(t.Context(), wide.Commit{Writes: writes}); err != nil {
		t.Fatal(err)
	}
	seqs := func(rows []sparseRow, err error) string { return fmt.Sprint(len(rows), err, rows) }
	row := func(seq int64) sparseRow { return sparseRow{Part: 1, Seq: seq, Text: "t", More: "m"} }
	want := []sparseRow{row(99), row(199)}
	if got := seqs(sparse.Range(t.Context(), e, wide.Query[sparseRow]{Partition: row(0), Limit: 2})); got != seqs(want, nil) {
		t.Errorf("range %s", got)
	}
	if got := seqs(sparse.Scan(t.Context(), e, nil, 2)); got != seqs(want, nil) {
		t.Errorf("scan %s", got)
	}
	after := row(99)
	if got := seqs(sparse.Scan(t.Context(), e, &after, 5)); got != seqs([]sparseRow{row(199), row(299)}, nil) {
		t.Errorf("scan on %s", got)
	}
}

// TestEvents: the engine keeps no event log and says so.
func TestEvents(t *testing.T) {
	e := cqltest.Open(t, wide.NewSchema(sparse))
	c := wide.Commit{Writes: []wide.Write{sparse.Insert(sparseRow{Part: 1})}, Events: make([]core.Event, 1)}
	if _, err := e.Commit(t.Context(), c); !errors.Is(err, wide.ErrInvalid) || !strings.Contains(err.Error(), "outbox") {
		t.Errorf("a commit with an event: %v", err)
	}
	if _, err := sparse.Get(t.Context(), e, sparseRow{Part: 1}); !errors.Is(err, wide.ErrNotFound) {
		t.Errorf("its row: %v", err)
	}
}

func TestConformance(t *testing.T) {
	engine := eventless{cqltest.Open(t, storetest.Schema())}
	storetest.Run(t, func(*testing.T) wide.Engine { return engine })
}

// TestNothingStays: a closed engine leaves no goroutine of its own or the driver's.
func TestNothingStays(t *testing.T) {
	opt := cqltest.Options(t, wide.NewSchema(sparse))
	before := goleak.IgnoreCurrent()
	e, err := cql.Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sparse.Scan(t.Context(), e, nil, 1); err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
}

// TestStatements lets the server read every statement there is about Beep's own tables.
func TestStatements(t *testing.T) {
	e := cqltest.Open(t, storage.Schema())
	list := e.Statements()
	for _, s := range list {
		if err := cql.Prepare(t.Context(), e, s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	if err := cql.Prepare(t.Context(), e, "SELECT nothing FROM users WHERE user_id=?"); err == nil || len(list) < 400 {
		t.Errorf("%d statements; a bad one: %v", len(list), err)
	}
}
