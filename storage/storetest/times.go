package storetest

import (
	"time"

	"github.com/beep-chat/beep/storage/wide"
)

// testWriteTimes writes out of order: the outcome depends on write times alone.
func testWriteTimes(s *suite) {
	n := fullNote(fresh())
	now := time.Now().UnixMicro()
	edit := n
	edit.Body = "edited"
	s.commit(s.notes.Update(edit, s.noteBody).At(now + 20))
	wantNone(s, s.notes, n)
	s.commit(s.notes.Insert(n).At(now)) // the retry of an insert neither undoes the edit ...
	wantRow(s, s.notes, n, edit)
	s.commit(s.notes.Update(noteRow{Owner: n.Owner, Space: n.Space, ID: n.ID, Tag: n.Tag}, s.noteBody).At(now + 10))
	wantRow(s, s.notes, n, edit)
	s.commit(s.notes.Delete(n).At(now + 30))
	wantNone(s, s.notes, n)
	s.commit(s.notes.Insert(n).At(now + 5)) // ... nor the deletion
	wantNone(s, s.notes, n)
	s.commit(s.notes.Delete(n).At(now + 8)) // an older deletion changes nothing
	s.commit(s.notes.Insert(n).At(now + 25))
	wantNone(s, s.notes, n)
	s.commit(s.notes.Insert(n).At(now + 40))
	wantRow(s, s.notes, n, n)
	s.commit(s.notes.Delete(n).At(now + 35))
	wantRow(s, s.notes, n, n)
	s.commit(s.notes.DeletePartition(n).At(now + 50))
	s.commit(s.notes.Insert(n).At(now + 45))
	wantNone(s, s.notes, n)
	s.commit(s.notes.DeletePartition(n).At(now + 48))
	s.commit(s.notes.Insert(n).At(now + 49))
	wantNone(s, s.notes, n)
	s.commit(s.notes.Insert(n).At(now + 60))
	wantRow(s, s.notes, n, n)
}

func testTies(s *suite) {
	n := noteRow{Owner: fresh(), Space: "x", ID: 1, Title: "t"}
	now := time.Now().UnixMicro()
	s.commit(s.notes.Insert(n).At(now))
	set := func(r noteRow) wide.Write {
		r.Owner, r.Space, r.ID, r.Title = n.Owner, n.Space, n.ID, n.Title
		return s.notes.Update(r, s.noteAll).At(now + 1)
	}
	low := noteRow{Body: "a", Done: true, Due: time.UnixMilli(5), Raw: []byte{1}, Refs: []int64{9}, Count: 7, Bits: 1}
	high := noteRow{Body: "b", Done: true, Due: time.UnixMilli(-5), Raw: []byte{2}, Refs: []int64{1, 2}, Count: -7, Bits: 1 << 63}
	s.commit(set(high))
	s.commit(set(low))
	want := high
	want.Owner, want.Space, want.ID, want.Title, want.Due = n.Owner, n.Space, n.ID, n.Title, high.Due.UTC()
	wantRow(s, s.notes, n, want)
	s.commit(set(noteRow{})) // a null wins the tie
	s.commit(set(high))
	wantRow(s, s.notes, n, n)
	s.commit(s.notes.Insert(n).At(now+2), s.notes.Delete(n).At(now+2)) // so does a deletion
	wantNone(s, s.notes, n)
	s.commit(s.notes.DeletePartition(n).At(now+3), s.notes.Insert(n).At(now+3))
	wantNone(s, s.notes, n)
	other := n
	other.ID = 2
	s.commit(s.notes.Delete(other), s.notes.Insert(other)) // one commit is one moment
	wantNone(s, s.notes, other)
}

func testLateEdit(s *suite) {
	n := fullNote(fresh())
	s.commit(s.notes.Insert(n))
	s.commit(s.notes.Delete(n))
	edit := n
	edit.Body = "late"
	s.commit(s.notes.Update(edit, s.noteBody))
	wantNone(s, s.notes, n)
	wantRange(s, s.notes, wide.Query[noteRow]{Partition: n, Limit: 10}, nil)
	s.commit(s.notes.DeletePartition(n))
	s.commit(s.notes.Update(edit, s.noteBody))
	wantRange(s, s.notes, wide.Query[noteRow]{Partition: n, Limit: 10}, nil)
}
