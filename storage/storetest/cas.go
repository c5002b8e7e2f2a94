package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

func testConditions(s *suite) {
	c := claimRow{Name: freshName(), Slot: 1, Holder: 5}
	other := claimRow{Name: c.Name, Slot: 2, Holder: 6}
	steps := []struct {
		name   string
		cond   *wide.Condition
		writes []wide.Write
		want   bool
		then   []claimRow
	}{
		{"present on nothing", s.claims.IfPresent(c), []wide.Write{s.claims.Insert(c)}, false, nil},
		{"equal on nothing", s.claims.IfEqual(c, s.claimHolder), []wide.Write{s.claims.Insert(c)}, false, nil},
		{"mandatory zero is not null", s.claims.IfEqual(claimRow{Name: c.Name, Slot: 1}, s.claimHolder), []wide.Write{s.claims.Insert(c)}, false, nil},
		{"absent", s.claims.IfAbsent(c), []wide.Write{s.claims.Insert(c), s.claims.Insert(other)}, true, []claimRow{c, other}},
		{"absent again", s.claims.IfAbsent(c), []wide.Write{s.claims.Delete(c)}, false, []claimRow{c, other}},
		{"null equals zero", s.claims.IfEqual(c, s.claimCount), []wide.Write{s.claims.Update(claimRow{Name: c.Name, Slot: 1, Count: 3, Note: "n"}, s.claimCount)}, true,
			[]claimRow{{c.Name, 1, 5, 3, "n"}, other}},
		{"one column differs", s.claims.IfEqual(claimRow{Name: c.Name, Slot: 1, Count: 3}, s.claimCount), []wide.Write{s.claims.Delete(c)}, false,
			[]claimRow{{c.Name, 1, 5, 3, "n"}, other}},
		{"present, write to a neighbour", s.claims.IfPresent(c), []wide.Write{s.claims.Delete(other)}, true, []claimRow{{c.Name, 1, 5, 3, "n"}}},
		{"equal, delete", s.claims.IfEqual(claimRow{Name: c.Name, Slot: 1, Holder: 5}, s.claimHolder), []wide.Write{s.claims.Delete(c)}, true, nil},
		{"absent after deletion", s.claims.IfAbsent(c), []wide.Write{s.claims.Insert(c)}, true, []claimRow{c}},
		{"condition without writes", s.claims.IfPresent(c), nil, true, []claimRow{c}},
		{"partition", s.claims.IfPresent(c), []wide.Write{s.claims.DeletePartition(c)}, true, nil},
		{"absent after partition", s.claims.IfAbsent(c), []wide.Write{s.claims.Insert(other)}, true, []claimRow{other}},
	}
	for _, step := range steps {
		if got := s.try(step.cond, step.writes...); got != step.want {
			s.Fatalf("%s: applied=%v", step.name, got)
		}
		wantRange(s, s.claims, wide.Query[claimRow]{Partition: c, Limit: 10}, step.then)
	}
}

func testClaim(s *suite) {
	name := freshName()
	var wins atomic.Int64
	winner := int64(-1)
	err := s.together(50, func(i int64) error {
		c := claimRow{Name: name, Holder: i}
		applied, err := s.settle(wide.Commit{If: s.claims.IfAbsent(c), Writes: []wide.Write{s.claims.Insert(c)}},
			func() bool { got, err := s.claims.Get(s.ctx, s.e, c); return err == nil && got.Holder == i })
		if applied {
			wins.Add(1)
			atomic.StoreInt64(&winner, i)
		}
		return err
	})
	if err != nil || wins.Load() != 1 {
		s.Fatalf("%d claimers won: %v", wins.Load(), err)
	}
	wantRow(s, s.claims, claimRow{Name: name}, claimRow{Name: name, Holder: winner})
}

// settle makes a conditional commit; when its outcome is unknown, mine tells by reading.
func (s *suite) settle(c wide.Commit, mine func() bool) (bool, error) {
	applied, err := s.e.Commit(s.ctx, c)
	if errors.Is(err, wide.ErrUnknownOutcome) {
		return mine(), nil
	}
	return applied, err
}

func testCounter(s *suite) {
	const workers, each = 8, 10
	c := claimRow{Name: freshName()}
	if !s.try(s.claims.IfAbsent(c), s.claims.Insert(c)) {
		s.Fatal("not applied")
	}
	err := s.together(workers, func(i int64) error {
		for done := 0; done < each; {
			old, err := s.claims.Get(s.ctx, s.e, c)
			if err != nil {
				return err
			}
			next := old
			next.Count++
			next.Note = fmt.Sprintf("%d/%d", i, done) // tells whose step it was when the outcome is unknown
			applied, err := s.settle(wide.Commit{If: s.claims.IfEqual(old, s.claimCount), Writes: []wide.Write{s.claims.Update(next, s.claimCount)}},
				func() bool { got, err := s.claims.Get(s.ctx, s.e, c); return err == nil && got == next })
			if err != nil {
				return err
			}
			if applied {
				done++
			}
		}
		return nil
	})
	got, getErr := s.claims.Get(s.ctx, s.e, c)
	if err != nil || getErr != nil || got.Count != workers*each {
		s.Fatalf("counted %d of %d: %v %v", got.Count, workers*each, err, getErr)
	}
}

// together runs fn n times at once and gives the first error.
func (s *suite) together(n int, fn func(i int64) error) error {
	var group sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		group.Go(func() { errs[i] = fn(int64(i)) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// refusedCommit is a commit that breaks one rule.
type refusedCommit struct {
	name   string
	commit wide.Commit
	want   error
}

// refusedCommits would write to the owner's notes and edges and to the named claim.
func (s *suite) refusedCommits(owner int64, name string) []refusedCommit {
	claim := claimRow{Name: name}
	foreign := claimRow{Name: name + "x"}
	note := func(i int64) noteRow { return noteRow{Owner: owner, Space: "r", ID: i, Title: "t"} }
	edge := func(i int64) wide.Write { return s.edges.Insert(edgeRow{From: owner + i}) }
	big := note(1)
	big.Body = strings.Repeat("x", wide.MaxRowBytes+1)
	wideNote := note(2)
	wideNote.Body = strings.Repeat("x", wide.MaxMultiPartitionBytes)
	bad := note(3)
	bad.Body = "\xff"
	large := note(4)
	large.Body = strings.Repeat("x", wide.MaxRowBytes-100)
	longName := docRow{Name: strings.Repeat("n", wide.MaxKeyBytes+1), N: 1}
	loud := make([]core.Event, 17)
	for i := range loud {
		loud[i].Data = make([]byte, wide.MaxCommitEventBytes/16)
	}
	return []refusedCommit{
		{"plain write to an LWT table", wide.Commit{Writes: []wide.Write{s.claims.Insert(claim)}}, wide.ErrUnconditional},
		{"plain delete in an LWT table", wide.Commit{Writes: []wide.Write{s.claims.Delete(claim)}}, wide.ErrUnconditional},
		{"final write that is no delete", wide.Commit{Writes: []wide.Write{s.claims.Insert(claim).Final()}}, wide.ErrInvalid},
		{"condition elsewhere", wide.Commit{If: s.claims.IfAbsent(foreign), Writes: []wide.Write{s.claims.Insert(claim)}}, wide.ErrInvalid},
		{"conditional write to a plain table", wide.Commit{If: s.claims.IfAbsent(claim), Writes: []wide.Write{edge(1)}}, wide.ErrInvalid},
		{"explicit time under a condition", wide.Commit{If: s.claims.IfAbsent(claim), Writes: []wide.Write{s.claims.Insert(claim).At(5)}}, wide.ErrInvalid},
		{"negative time", wide.Commit{Writes: []wide.Write{edge(1).At(-1)}}, wide.ErrInvalid},
		{"too many partitions", wide.Commit{Writes: s.edgesOf(owner, wide.MaxCommitPartitions+1)}, wide.ErrInvalid},
		{"too large a row", wide.Commit{Writes: []wide.Write{s.notes.Insert(big)}}, wide.ErrInvalid},
		{"too large for several partitions", wide.Commit{Writes: []wide.Write{s.notes.Insert(wideNote), edge(1)}}, wide.ErrInvalid},
		{"not UTF-8", wide.Commit{Writes: []wide.Write{s.notes.Insert(bad)}}, wide.ErrInvalid},
		{"empty partition key", wide.Commit{Writes: []wide.Write{s.docs.Insert(docRow{N: 1})}}, wide.ErrInvalid},
		{"too many writes", wide.Commit{Writes: make([]wide.Write, wide.MaxCommitWrites+1)}, wide.ErrInvalid},
		{"too large a commit", wide.Commit{Writes: slices.Repeat([]wide.Write{s.notes.Insert(large)}, 9)}, wide.ErrInvalid},
		{"too long a key", wide.Commit{Writes: []wide.Write{s.docs.Insert(longName)}}, wide.ErrInvalid},
		{"too large events", wide.Commit{Events: loud}, wide.ErrInvalid},
		{"condition on a plain table", wide.Commit{If: s.docs.IfAbsent(docRow{Name: name})}, wide.ErrInvalid},
		{"update of no column", wide.Commit{Writes: []wide.Write{s.notes.Update(note(1), s.notes.Columns())}}, wide.ErrInvalid},
		{"condition on no column", wide.Commit{If: s.claims.IfEqual(claim, s.claims.Columns())}, wide.ErrInvalid},
		{"too many events", wide.Commit{Events: make([]core.Event, wide.MaxCommitEvents+1)}, wide.ErrInvalid},
	}
}

func testRefused(s *suite) {
	owner, name := fresh(), freshName()
	claim := claimRow{Name: name}
	for _, c := range s.refusedCommits(owner, name) {
		if applied, err := s.e.Commit(s.ctx, c.commit); applied || !errors.Is(err, c.want) || !errors.Is(err, wide.ErrInvalid) {
			s.Errorf("%s: applied=%v err=%v", c.name, applied, err)
		}
	}
	wantNone(s, s.claims, claim)
	wantRange(s, s.notes, wide.Query[noteRow]{Partition: noteRow{Owner: owner, Space: "r"}, Limit: 10}, nil)
	wantRange(s, s.edges, wide.Query[edgeRow]{Partition: edgeRow{From: owner + 1}, Limit: 10}, nil)
	s.commit(s.edgesOf(owner, wide.MaxCommitPartitions)...)
	s.commit(s.notes.Insert(noteRow{Owner: owner, Space: "r", Title: "t", Body: strings.Repeat("x", wide.MaxMultiPartitionBytes)})) // alone it is not too large
	if !s.try(s.claims.IfAbsent(claim), s.claims.Insert(claim)) {
		s.Fatal("not applied")
	}
	s.commit(s.claims.Delete(claim).Final())
	wantNone(s, s.claims, claim)
}

func testRefusedQueries(s *suite) {
	n := noteRow{Owner: fresh(), Space: "q"}
	for name, q := range map[string]wide.Query[noteRow]{
		"no limit":                  {Partition: n},
		"limit above the most":      {Partition: n, Limit: wide.MaxRangeLimit + 1},
		"prefix beyond the columns": {Partition: n, Prefix: 3, Limit: 1},
		"bound beyond the columns":  {Partition: n, Prefix: 1, Bound: 2, From: &n, Limit: 1},
		"nothing left to bound":     {Partition: n, Prefix: 2, From: &n, Limit: 1},
	} {
		if _, err := s.notes.Range(s.ctx, s.e, q); !errors.Is(err, wide.ErrInvalid) {
			s.Errorf("%s: %v", name, err)
		}
	}
	for _, limit := range []int{0, wide.MaxRangeLimit + 1} {
		if _, err := s.notes.Scan(s.ctx, s.e, nil, limit); !errors.Is(err, wide.ErrInvalid) {
			s.Errorf("scan of %d: %v", limit, err)
		}
	}
}

// edgesOf inserts into n partitions.
func (s *suite) edgesOf(owner int64, n int) []wide.Write {
	writes := make([]wide.Write, n)
	for i := range writes {
		writes[i] = s.edges.Insert(edgeRow{From: owner + int64(i)})
	}
	return writes
}

// testAtomic reads a partition while two rows of it are written together: they are never seen apart.
func testAtomic(s *suite) {
	owner := fresh()
	row := func(id, count int64) noteRow {
		return noteRow{Owner: owner, Space: "atomic", ID: id, Title: "t", Count: count}
	}
	base := time.Now().UnixMicro()
	pair := func(i int64) []wide.Write {
		return []wide.Write{s.notes.Insert(row(1, i)).At(base + 2*i), s.notes.Insert(row(2, i)).At(base + 2*i)}
	}
	s.commit(pair(1)...)
	var stop atomic.Bool
	read := make(chan error, 1)
	go func() {
		for !stop.Load() {
			rows, err := s.notes.Range(s.ctx, s.e, wide.Query[noteRow]{Partition: row(0, 0), Limit: 10})
			if err != nil || len(rows) != 2 || rows[0].Count != rows[1].Count {
				read <- fmt.Errorf("saw %+v: %w", rows, err)
				return
			}
		}
		read <- nil
	}()
	for i := int64(2); i < 100; i++ {
		if i%10 == 0 { // replacing all in one commit is atomic too
			s.commit(append(pair(i), s.notes.DeletePartition(row(0, 0)).At(base+2*i-1))...)
			continue
		}
		s.commit(pair(i)...)
	}
	stop.Store(true)
	if err := <-read; err != nil {
		s.Fatal(err)
	}
}

func testSeveral(s *suite) {
	n, d := fullNote(fresh()), docRow{Name: freshName(), N: 4}
	applied, err := s.e.Commit(s.ctx, wide.Commit{Writes: []wide.Write{s.notes.Insert(n), s.docs.Insert(d), s.edges.Insert(edgeRow{n.Owner, 1})},
		Events: []core.Event{event(1), event(2)}})
	if err != nil || !applied {
		s.Fatalf("commit: %v %v", applied, err)
	}
	wantRow(s, s.notes, n, n)
	wantRow(s, s.docs, d, d)
	wantRow(s, s.edges, edgeRow{n.Owner, 1}, edgeRow{n.Owner, 1})
}

func testCancelled(s *suite) {
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	d := docRow{Name: freshName(), N: 4}
	if applied, err := s.e.Commit(ctx, wide.Commit{Writes: []wide.Write{s.docs.Insert(d)}}); applied || err == nil {
		s.Fatalf("a commit under a cancelled context: %v %v", applied, err)
	}
	if _, err := s.docs.Get(ctx, s.e, d); err == nil || errors.Is(err, wide.ErrNotFound) {
		s.Fatalf("a read under a cancelled context: %v", err)
	}
}
