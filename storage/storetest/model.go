package storetest

import (
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/beep-chat/beep/storage/wide"
)

// history is the model: all writes ever made to one partition, in any order. What a row shows follows from the set alone.
type history []modelWrite

type modelWrite struct {
	op   wide.Op
	row  noteRow
	cols []string // what an update names; an insert names its non-null columns
	time int64
}

// modelColumns are the columns the model writes; refs stands for the sets, count for the numbers.
var modelColumns = []string{"title", "body", "refs", "count"}

// show gives the live rows of the partition in clustering order.
func (h history) show(ids []int64) []noteRow {
	var rows []noteRow
	for _, id := range ids {
		row := noteRow{ID: id}
		exists := false
		for _, col := range modelColumns {
			w := h.last(id, col)
			if w == nil {
				continue
			}
			switch col {
			case "title":
				row.Title, exists = w.row.Title, true
			case "body":
				row.Body = w.row.Body
			case "refs":
				row.Refs = w.row.Refs
			case "count":
				row.Count = w.row.Count
			}
		}
		if exists {
			rows = append(rows, row)
		}
	}
	return rows
}

// last is the write that decides a column; nil when it was deleted or never written.
func (h history) last(id int64, col string) *modelWrite {
	hidden := int64(0)
	for i := range h {
		w := &h[i]
		if w.op == wide.OpDeletePartition || w.op == wide.OpDelete && w.row.ID == id {
			hidden = max(hidden, w.time)
		}
	}
	var best *modelWrite
	for i := range h {
		w := &h[i]
		if w.row.ID != id || w.time <= hidden || !slices.Contains(w.cols, col) {
			continue
		}
		if best == nil || w.time > best.time || w.time == best.time && beats(col, &w.row, &best.row) {
			best = w
		}
	}
	return best
}

// beats settles a tie: a null wins, then the greater bytes in CQL.
func beats(col string, a, b *noteRow) bool {
	switch col {
	case "title":
		return a.Title > b.Title
	case "body":
		return b.Body != "" && (a.Body == "" || a.Body > b.Body)
	case "count":
		return b.Count != 0 && (a.Count == 0 || uint64(a.Count) > uint64(b.Count))
	}
	if len(b.Refs) == 0 || len(a.Refs) == 0 {
		return len(b.Refs) != 0
	}
	if len(a.Refs) != len(b.Refs) {
		return len(a.Refs) > len(b.Refs)
	}
	return slices.CompareFunc(a.Refs, b.Refs, func(x, y int64) int {
		if uint64(x) > uint64(y) {
			return 1
		}
		return -1 * boolInt(x != y)
	}) > 0
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

var modelIDs = []int64{3, 2, 1} // clustering order

func testModel(s *suite) {
	updates := map[string]wide.Columns{}
	for _, col := range modelColumns {
		updates[col] = s.notes.Columns(col)
	}
	rapid.Check(s.T, func(t *rapid.T) {
		owner := fresh()
		base := time.Now().UnixMicro()
		var h history
		for range rapid.IntRange(1, 12).Draw(t, "commits") {
			var writes []wide.Write
			for range rapid.IntRange(1, 3).Draw(t, "writes") {
				w := drawWrite(t, base)
				h = append(h, w)
				writes = append(writes, s.modelWrite(w, owner, updates))
			}
			if applied, err := s.e.Commit(s.ctx, wide.Commit{Writes: writes}); err != nil || !applied {
				t.Fatalf("commit: %v %v", applied, err)
			}
			s.compare(t, owner, h)
		}
	})
}

func drawWrite(t *rapid.T, base int64) modelWrite {
	w := modelWrite{time: base + rapid.Int64Range(1, 8).Draw(t, "time"), row: noteRow{
		ID:    rapid.SampledFrom(modelIDs).Draw(t, "id"),
		Title: rapid.SampledFrom([]string{"", "s", "t"}).Draw(t, "title"),
		Body:  rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "body"),
		Refs:  rapid.SampledFrom([][]int64{nil, {1}, {-1}, {1, 2}}).Draw(t, "refs"),
		Count: rapid.Int64Range(-1, 2).Draw(t, "count"),
	}}
	switch rapid.IntRange(0, 7).Draw(t, "op") {
	case 0:
		w.op = wide.OpDelete
	case 1:
		w.op = wide.OpDeletePartition
	case 2, 3, 4:
		w.op, w.cols = wide.OpInsert, []string{"title"}
		if w.row.Body != "" {
			w.cols = append(w.cols, "body")
		}
		if w.row.Refs != nil {
			w.cols = append(w.cols, "refs")
		}
		if w.row.Count != 0 {
			w.cols = append(w.cols, "count")
		}
	default:
		w.op, w.cols = wide.OpUpdate, []string{rapid.SampledFrom(modelColumns).Draw(t, "column")}
	}
	return w
}

func (s *suite) modelWrite(w modelWrite, owner int64, updates map[string]wide.Columns) wide.Write {
	row := w.row
	row.Owner, row.Space = owner, "model"
	var made wide.Write
	switch w.op {
	case wide.OpDelete:
		made = s.notes.Delete(row)
	case wide.OpDeletePartition:
		made = s.notes.DeletePartition(row)
	case wide.OpInsert:
		made = s.notes.Insert(row)
	default:
		made = s.notes.Update(row, updates[w.cols[0]])
	}
	return made.At(w.time)
}

func (s *suite) compare(t *rapid.T, owner int64, h history) {
	want := h.show(modelIDs)
	for i := range want {
		want[i].Owner, want[i].Space = owner, "model"
	}
	got, err := s.notes.Range(s.ctx, s.e, wide.Query[noteRow]{Partition: noteRow{Owner: owner, Space: "model"}, Limit: 10})
	if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Fatalf("after %+v\ngot  %+v\nwant %+v (%v)", h, got, want, err)
	}
	for _, id := range modelIDs {
		key := noteRow{Owner: owner, Space: "model", ID: id}
		one, err := s.notes.Get(s.ctx, s.e, key)
		i := slices.IndexFunc(want, func(r noteRow) bool { return r.ID == id })
		if (err == nil) != (i >= 0) || i >= 0 && !reflect.DeepEqual(one, want[i]) {
			t.Fatalf("after %+v\ngot row %+v, %v\nwant %+v", h, one, err, want)
		}
	}
}
