// Package storetest is the conformance suite of wide.Engine: what the stores rely on, and nothing that only one engine
// can do.
//
// It owns its tables (Schema) and writes to partitions of its own, so an engine may be shared between cases and runs. It
// refuses to look into an engine: everything is seen through wide. Cases run one after the other; those about
// concurrency start goroutines and wait for them.
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) wide.Engine { return openForTest(t, storetest.Schema()) })
//	}
package storetest

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// Advancer is implemented by engines whose clock the test holds; without it the suite waits for real time to pass.
type Advancer interface {
	// Advance moves the engine's clock forward.
	Advance(d time.Duration)
}

// Run checks an engine. open gives an engine that was opened with Schema; it cleans up after the test.
func Run(t *testing.T, open func(t *testing.T) wide.Engine) {
	cases := []struct {
		name string
		test func(s *suite)
	}{
		{"insert and get every kind of column", testEveryKind},
		{"null is the zero value", testNull},
		{"update names columns", testUpdate},
		{"insert keeps what it does not name", testInsertKeeps},
		{"delete row and partition", testDelete},
		{"key-only rows", testKeyOnly},
		{"rows without clustering", testSingle},
		{"empty and odd keys", testOddKeys},
		{"ranges", testRanges},
		{"range within a prefix", testPrefix},
		{"order by time, boolean and blob", testOrder},
		{"last write wins by write time", testWriteTimes},
		{"ties", testTies},
		{"a late edit does not resurrect", testLateEdit},
		{"rows expire", testTTL},
		{"conditions", testConditions},
		{"one of fifty claimers wins", testClaim},
		{"a counter by compare-and-set is exact", testCounter},
		{"refused commits", testRefused},
		{"refused queries", testRefusedQueries},
		{"a batch in one partition is atomic", testAtomic},
		{"several partitions", testSeveral},
		{"scan gives all rows once", testScan},
		{"a barrier", testBarrier},
		{"a cancelled context", testCancelled},
		{"random commits against a model", testModel},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.test(&suite{T: t, e: open(t), tables: declared, ctx: t.Context()})
		})
	}
}

// suite is one running case.
type suite struct {
	*testing.T
	*tables
	e   wide.Engine
	ctx context.Context
}

// fresh gives a number no other case or run has used.
func fresh() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return int64(binary.BigEndian.Uint64(b[:]) >> 8)
}

func freshName() string { return "n" + strconv.FormatInt(fresh(), 36) }

func (s *suite) commit(writes ...wide.Write) {
	s.Helper()
	applied, err := s.e.Commit(s.ctx, wide.Commit{Writes: writes})
	if err != nil || !applied {
		s.Fatalf("commit: applied=%v err=%v", applied, err)
	}
}

// try makes a conditional commit and tells whether it was applied.
func (s *suite) try(cond *wide.Condition, writes ...wide.Write) bool {
	s.Helper()
	applied, err := s.e.Commit(s.ctx, wide.Commit{If: cond, Writes: writes})
	if err != nil {
		s.Fatalf("conditional commit: %v", err)
	}
	return applied
}

func wantRow[R any](s *suite, t *wide.Table[R], key, want R) {
	s.Helper()
	got, err := t.Get(s.ctx, s.e, key)
	if err != nil {
		s.Fatalf("get %+v: %v", key, err)
	}
	if !reflect.DeepEqual(got, want) {
		s.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func wantNone[R any](s *suite, t *wide.Table[R], key R) {
	s.Helper()
	if got, err := t.Get(s.ctx, s.e, key); !errors.Is(err, wide.ErrNotFound) {
		s.Fatalf("got %+v, %v; want no row", got, err)
	}
}

func wantRange[R any](s *suite, t *wide.Table[R], q wide.Query[R], want []R) {
	s.Helper()
	got, err := t.Range(s.ctx, s.e, q)
	if err != nil {
		s.Fatalf("range: %v", err)
	}
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if !reflect.DeepEqual(got, want) {
		s.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func event(n int64) core.Event {
	return core.Event{ID: core.EventID(n), Type: "test.happened", At: time.UnixMilli(n).UTC(), Data: []byte(`{"v":1}`)}
}
