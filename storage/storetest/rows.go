package storetest

import (
	"slices"
	"time"

	"github.com/beep-chat/beep/storage/wide"
)

func fullNote(owner int64) noteRow {
	return noteRow{Owner: owner, Space: "a\x00b", ID: 7, Tag: "é", Title: "t", Body: "b\x00\xF0\x9F\x98\x80", Done: true,
		Due: time.UnixMilli(1_700_000_000_123).UTC(), Raw: []byte{0, 255, 1}, Refs: []int64{-5, 3, 1 << 60}, Count: -9, Bits: 1<<63 | 5}
}

func testEveryKind(s *suite) {
	n := fullNote(fresh())
	shuffled := n
	shuffled.Refs = []int64{3, 1 << 60, -5, 3}
	s.commit(s.notes.Insert(shuffled))
	wantRow(s, s.notes, n, n)
	other := n
	other.Tag = "e"
	wantNone(s, s.notes, other)
}

func testNull(s *suite) {
	n := noteRow{Owner: fresh(), Space: "x", ID: 1}
	s.commit(s.notes.Insert(n)) // the mandatory title is "", which is a value
	wantRow(s, s.notes, n, n)
	full := fullNote(n.Owner)
	s.commit(s.notes.Insert(full))
	cleared := full
	cleared.Body, cleared.Done, cleared.Due, cleared.Raw, cleared.Refs, cleared.Count, cleared.Bits = "", false, time.Time{}, nil, nil, 0, 0
	s.commit(s.notes.Update(cleared, s.noteAll))
	wantRow(s, s.notes, full, cleared)
	emptied := full
	emptied.Raw, emptied.Refs = []byte{}, []int64{}
	s.commit(s.notes.Update(emptied, s.noteAll))
	emptied.Raw, emptied.Refs = nil, nil
	wantRow(s, s.notes, full, emptied)
}

func testUpdate(s *suite) {
	n := fullNote(fresh())
	s.commit(s.notes.Insert(n))
	edit := n
	edit.Title, edit.Body, edit.Count = "ignored", "new", 99
	s.commit(s.notes.Update(edit, s.noteBody))
	want := n
	want.Body = "new"
	wantRow(s, s.notes, n, want)
	missing := n
	missing.ID = 8
	s.commit(s.notes.Update(missing, s.noteBody))
	wantNone(s, s.notes, missing)
	wantRange(s, s.notes, wide.Query[noteRow]{Partition: n, Limit: 10}, []noteRow{want})
}

func testInsertKeeps(s *suite) {
	n := fullNote(fresh())
	s.commit(s.notes.Insert(n))
	s.commit(s.notes.Insert(noteRow{Owner: n.Owner, Space: n.Space, ID: n.ID, Tag: n.Tag, Title: "again"}))
	n.Title = "again"
	wantRow(s, s.notes, n, n)
}

func testDelete(s *suite) {
	owner := fresh()
	var all []noteRow
	for id := int64(5); id > 0; id-- {
		all = append(all, noteRow{Owner: owner, Space: "x", ID: id, Title: "t"})
		s.commit(s.notes.Insert(all[len(all)-1]))
	}
	elsewhere := noteRow{Owner: owner, Space: "xx", ID: 1, Title: "stays"}
	s.commit(s.notes.Insert(elsewhere))
	s.commit(s.notes.Delete(all[1]))
	wantNone(s, s.notes, all[1])
	q := wide.Query[noteRow]{Partition: all[0], Limit: 10}
	wantRange(s, s.notes, q, slices.Delete(slices.Clone(all), 1, 2))
	s.commit(s.notes.Insert(all[1]))
	wantRange(s, s.notes, q, all)
	s.commit(s.notes.DeletePartition(all[0]))
	wantRange(s, s.notes, q, nil)
	wantNone(s, s.notes, all[0])
	wantRow(s, s.notes, elsewhere, elsewhere)
	s.commit(s.notes.Insert(all[2]))
	wantRange(s, s.notes, q, all[2:3])
	s.commit(s.notes.Delete(all[4])) // a row that is not there
	wantNone(s, s.notes, all[4])
}

func testKeyOnly(s *suite) {
	from := fresh()
	a, b := edgeRow{from, -1}, edgeRow{from, 2}
	wantNone(s, s.edges, a)
	s.commit(s.edges.Insert(b), s.edges.Insert(a))
	wantRow(s, s.edges, a, a)
	wantRange(s, s.edges, wide.Query[edgeRow]{Partition: a, Limit: 10}, []edgeRow{a, b})
	s.commit(s.edges.Delete(a))
	wantNone(s, s.edges, a)
	s.commit(s.edges.Insert(a))
	s.commit(s.edges.DeletePartition(a))
	wantRange(s, s.edges, wide.Query[edgeRow]{Partition: a, Limit: 10}, nil)
	s.commit(s.edges.Insert(b))
	wantRange(s, s.edges, wide.Query[edgeRow]{Partition: a, Limit: 10}, []edgeRow{b})
}

func testSingle(s *suite) {
	d := docRow{Name: freshName(), N: 1, Text: "x"}
	s.commit(s.docs.Insert(d))
	wantRow(s, s.docs, d, d)
	wantRange(s, s.docs, wide.Query[docRow]{Partition: d, Limit: 1}, []docRow{d})
	s.commit(s.docs.DeletePartition(d))
	wantNone(s, s.docs, d)
	wantRange(s, s.docs, wide.Query[docRow]{Partition: d, Limit: 1}, nil)
	s.commit(s.docs.Insert(d))
	s.commit(s.docs.Delete(d))
	wantNone(s, s.docs, d)
}

func testOddKeys(s *suite) {
	wantNone(s, s.docs, docRow{}) // an empty partition key is nobody's
	owner := fresh()
	spaces := []string{"", "\x00", "\x00\x01", "\x00\xc3\xbf", "a", "a\x00", "\U0010FFFF"}
	for i, space := range spaces {
		s.commit(s.notes.Insert(noteRow{Owner: owner, Space: space, ID: -1 << 63, Title: space, Count: int64(i + 1)}),
			s.notes.Insert(noteRow{Owner: owner, Space: space, ID: 1<<63 - 1, Tag: "\x00", Title: space, Count: int64(i + 1)}))
	}
	for i, space := range spaces {
		wantRange(s, s.notes, wide.Query[noteRow]{Partition: noteRow{Owner: owner, Space: space}, Limit: 10}, []noteRow{
			{Owner: owner, Space: space, ID: 1<<63 - 1, Tag: "\x00", Title: space, Count: int64(i + 1)},
			{Owner: owner, Space: space, ID: -1 << 63, Title: space, Count: int64(i + 1)}})
	}
}

// testTTL checks that cells expire by themselves and rows with their mandatory cells.
func testTTL(s *suite) {
	r := briefRow{Owner: fresh(), Seq: 1, Value: "v", Extra: "e"}
	s.commit(s.briefs.Insert(r))
	wantRow(s, s.briefs, r, r)
	s.pass(briefTTL * 6 / 10)
	renewed := r
	renewed.Value = "w"
	s.commit(s.briefs.Update(renewed, s.briefValue))
	s.until(func() bool { // extra goes first, the renewed value stays
		got, err := s.briefs.Get(s.ctx, s.e, r)
		return err == nil && got == briefRow{Owner: r.Owner, Seq: 1, Value: "w"}
	})
	s.until(func() bool {
		rows, err := s.briefs.Range(s.ctx, s.e, wide.Query[briefRow]{Partition: r, Limit: 5})
		return err == nil && len(rows) == 0
	})
	wantNone(s, s.briefs, r)
	s.commit(s.briefs.Insert(r))
	wantRow(s, s.briefs, r, r)
}

// pass lets a time go by: on the engine's clock, or in truth.
func (s *suite) pass(d time.Duration) {
	if a, ok := s.e.(Advancer); ok {
		a.Advance(d)
		return
	}
	<-time.After(d)
}

// until waits for something that time brings, at most 15 seconds of it.
func (s *suite) until(done func() bool) {
	s.Helper()
	for range 150 {
		if done() {
			return
		}
		s.pass(100 * time.Millisecond)
	}
	s.Fatal("it did not happen in time")
}
