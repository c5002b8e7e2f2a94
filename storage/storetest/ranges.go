package storetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// testRanges tries every combination of bounds, direction and limit on a table that clusters (desc, asc).
func testRanges(s *suite) {
	owner := fresh()
	var all []noteRow // in clustering order
	for id := int64(2); id >= -2; id-- {
		for _, tag := range []string{"", "a", "a\x00", "b"} {
			all = append(all, noteRow{Owner: owner, Space: "r", ID: id, Tag: tag, Title: "t"})
		}
	}
	var writes []wide.Write
	for _, n := range all {
		writes = append(writes, s.notes.Insert(n))
	}
	s.commit(writes...)
	edges := []*noteRow{nil, {ID: 3}, {ID: 1, Tag: "a"}, {ID: 1, Tag: "aa"}, {ID: -1, Tag: "b"}, {ID: -2}}
	for _, from := range edges {
		for _, to := range edges {
			for flags := range 32 {
				q := wide.Query[noteRow]{Partition: all[0], From: from, To: to, FromExclusive: flags&1 != 0,
					ToExclusive: flags&2 != 0, Reverse: flags&4 != 0, Limit: 5000}
				if flags&8 != 0 {
					q.Limit = 3
				}
				if flags&16 != 0 && (from != nil || to != nil) {
					q.Bound = 1
				}
				wantRange(s, s.notes, q, expectRange(all, q))
			}
		}
	}
}

// expectRange answers a query from a slice in clustering order.
func expectRange(all []noteRow, q wide.Query[noteRow]) []noteRow {
	compare := func(a, b *noteRow) int {
		c := cmp.Compare(b.ID, a.ID)
		if c == 0 && q.Bound != 1 {
			c = cmp.Compare(a.Tag, b.Tag)
		}
		return c
	}
	var got []noteRow
	for i := range all {
		if q.From != nil {
			if c := compare(&all[i], q.From); c < 0 || c == 0 && q.FromExclusive {
				continue
			}
		}
		if q.To != nil {
			if c := compare(&all[i], q.To); c > 0 || c == 0 && q.ToExclusive {
				continue
			}
		}
		got = append(got, all[i])
	}
	if q.Reverse {
		slices.Reverse(got)
	}
	return got[:min(len(got), q.Limit)]
}

func testPrefix(s *suite) {
	owner := fresh()
	row := func(id int64, tag string) noteRow {
		return noteRow{Owner: owner, Space: "p", ID: id, Tag: tag, Title: "t"}
	}
	s.commit(s.notes.Insert(row(1, "a")), s.notes.Insert(row(2, "a")), s.notes.Insert(row(2, "b")), s.notes.Insert(row(2, "c")), s.notes.Insert(row(3, "b")))
	q := wide.Query[noteRow]{Partition: row(2, ""), Prefix: 1, Limit: 10}
	wantRange(s, s.notes, q, []noteRow{row(2, "a"), row(2, "b"), row(2, "c")})
	b := row(2, "b")
	q.From, q.FromExclusive = &b, true
	wantRange(s, s.notes, q, []noteRow{row(2, "c")})
	q = wide.Query[noteRow]{Partition: row(2, ""), Prefix: 1, To: &b, Reverse: true, Limit: 10}
	wantRange(s, s.notes, q, []noteRow{row(2, "b"), row(2, "a")})
	q = wide.Query[noteRow]{Partition: row(2, "c"), Prefix: 2, Limit: 10}
	wantRange(s, s.notes, q, []noteRow{row(2, "c")})
	q = wide.Query[noteRow]{Partition: row(9, ""), Prefix: 1, Limit: 10}
	wantRange(s, s.notes, q, nil)
}

func testOrder(s *suite) {
	owner := fresh()
	var all []orderRow
	for _, ms := range []int64{1_800_000_000_000, 1, 0, -1, -62_135_596_800_000} {
		for _, hot := range []bool{false, true} {
			for _, key := range [][]byte{{255, 255}, {255}, {1}, {0, 255}, {0, 1}, {0, 0}, {0}, nil} {
				all = append(all, orderRow{Owner: owner, At: time.UnixMilli(ms).UTC(), Hot: hot, Key: key, N: int64(len(all))})
			}
		}
	}
	for _, i := range []int{1, 0} { // odd ones first, so that the order is not that of insertion
		var writes []wide.Write
		for ; i < len(all); i += 2 {
			writes = append(writes, s.orders.Insert(all[i]))
		}
		s.commit(writes...)
	}
	q := wide.Query[orderRow]{Partition: all[0], Limit: 5000}
	wantRange(s, s.orders, q, all)
	q.Reverse = true
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	wantRange(s, s.orders, q, backwards)
	for i := range all {
		wantRow(s, s.orders, all[i], all[i])
	}
}

func testScan(s *suite) {
	base := fresh()
	want := make(map[int64]int)
	for p := range int64(7) {
		var writes []wide.Write
		for i := range int64(9) {
			want[p*100+i]++
			writes = append(writes, s.scans.Insert(orderRow{Owner: base + p, At: time.UnixMilli(i), N: p*100 + i}))
		}
		s.commit(writes...)
	}
	s.commit(s.scans.Delete(orderRow{Owner: base, At: time.UnixMilli(3)}), s.scans.DeletePartition(orderRow{Owner: base + 4}),
		s.scans.DeletePartition(orderRow{Owner: base + 9}))
	s.commit(s.scans.Insert(orderRow{Owner: base + 4, At: time.UnixMilli(5), N: 405}))
	delete(want, 3)
	for i := range int64(9) {
		if i != 5 {
			delete(want, 400+i)
		}
	}
	got := make(map[int64]int)
	var after *orderRow
	for {
		rows, err := s.scans.Scan(s.ctx, s.e, after, 4)
		if err != nil {
			s.Fatalf("scan: %v", err)
		}
		for _, r := range rows {
			if r.Owner >= base && r.Owner < base+10 { // a shared engine may hold rows of another run
				got[r.N]++
			}
		}
		if len(rows) < 4 {
			break
		}
		after = &rows[3]
	}
	if len(got) != len(want) {
		s.Fatalf("scan gave %d rows, want %d", len(got), len(want))
	}
	for n, times := range got {
		if times != 1 || want[n] != 1 {
			s.Fatalf("row %d came %d times", n, times)
		}
	}
}

func testBarrier(s *suite) {
	s.commit()
	n := fullNote(fresh())
	s.commit(s.notes.Insert(n))
	s.commit()
	applied, err := s.e.Commit(s.ctx, wide.Commit{Events: []core.Event{event(1)}})
	if err != nil || !applied {
		s.Fatalf("events alone: %v %v", applied, err)
	}
}
