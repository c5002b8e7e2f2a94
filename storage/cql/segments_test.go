package cql

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/beep-chat/beep/storage/wide"
)

// mixedRow clusters in both directions.
type mixedRow struct {
	Part int64  `wide:"part,partition"`
	A    int64  `wide:"a,asc"`
	B    int64  `wide:"b,desc"`
	C    string `wide:"c,asc"`
	N    int64  `wide:"n,1,mandatory"`
}

var mixed = wide.Define[mixedRow](wide.Spec{ID: 1, Name: "mixed"})

// TestSegments: the segments of any query, read one after the other, give what the query asks for, in its order.
func TestSegments(t *testing.T) {
	m := mixed.Meta()
	table := newTable(m)
	var all []wide.Row
	for a := range int64(3) {
		for b := range int64(3) {
			for _, c := range []string{"", "k", "z"} {
				all = append(all, mixed.Insert(mixedRow{Part: 1, A: a, B: b, C: c}).Row)
			}
		}
	}
	slices.SortFunc(all, m.CompareKeys)
	check := func(t *rapid.T) {
		q := drawQuery(t, m)
		var got []wide.Row
		for _, s := range segments(&q) {
			if table.ranges[s.shape] == "" {
				t.Fatalf("no statement for %+v", s.shape)
			}
			part := slices.DeleteFunc(slices.Clone(all), func(r wide.Row) bool { return !inSegment(m, s, r) })
			if q.Reverse {
				slices.Reverse(part)
			}
			got = append(got, part...)
		}
		want := slices.DeleteFunc(slices.Clone(all), func(r wide.Row) bool { return !inQuery(&q, r) })
		if q.Reverse {
			slices.Reverse(want)
		}
		if !slices.EqualFunc(got, want, func(a, b wide.Row) bool { return m.CompareKeys(a, b) == 0 }) {
			t.Fatalf("query %+v\ngot  %v\nwant %v", q, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			check(t)
		}
	})
}

func drawQuery(t *rapid.T, m *wide.Meta) wide.RawQuery {
	bound := func(name string) wide.Row {
		return mixed.Insert(mixedRow{Part: 1, A: rapid.Int64Range(-1, 3).Draw(t, name+"A"), B: rapid.Int64Range(-1, 3).Draw(t, name+"B"),
			C: rapid.SampledFrom([]string{"", "a", "k", "z"}).Draw(t, name+"C")}).Row
	}
	q := wide.RawQuery{Meta: m, Partition: bound("prefix"), Prefix: rapid.IntRange(0, 3).Draw(t, "prefix"), Limit: 1,
		FromExclusive: rapid.Bool().Draw(t, "from exclusive"), ToExclusive: rapid.Bool().Draw(t, "to exclusive"), Reverse: rapid.Bool().Draw(t, "reverse")}
	if q.Prefix < 3 {
		q.Bound = rapid.IntRange(1, 3-q.Prefix).Draw(t, "bound")
		if rapid.Bool().Draw(t, "from") {
			q.From = bound("from")
		}
		if rapid.Bool().Draw(t, "to") {
			q.To = bound("to")
		}
	}
	return q
}

// inQuery says it from the definition.
func inQuery(q *wide.RawQuery, r wide.Row) bool {
	compare := func(bound wide.Row, from, to int) int {
		for _, i := range q.Meta.Clustering[from:to] {
			if c := compareKey(&q.Meta.Columns[i], r[i], bound[i]); c != 0 {
				return c
			}
		}
		return 0
	}
	if compare(q.Partition, 0, q.Prefix) != 0 {
		return false
	}
	if q.From != nil {
		if c := compare(q.From, q.Prefix, q.Prefix+q.Bound); c < 0 || c == 0 && q.FromExclusive {
			return false
		}
	}
	if q.To != nil {
		if c := compare(q.To, q.Prefix, q.Prefix+q.Bound); c > 0 || c == 0 && q.ToExclusive {
			return false
		}
	}
	return true
}

// inSegment says what a segment's statement asks.
func inSegment(m *wide.Meta, s segment, r wide.Row) bool {
	for _, i := range m.Clustering[:s.equal] {
		if r[i] != s.fixed[i] {
			return false
		}
	}
	if s.equal == len(m.Clustering) {
		return true
	}
	i := m.Clustering[s.equal]
	if s.first != open {
		if c := compareKey(&m.Columns[i], r[i], s.from[i]); c < 0 || c == 0 && s.first == exclusive {
			return false
		}
	}
	if s.last != open {
		if c := compareKey(&m.Columns[i], r[i], s.to[i]); c > 0 || c == 0 && s.last == exclusive {
			return false
		}
	}
	return true
}
