package cql

import (
	"cmp"
	"slices"
	"strings"

	"github.com/beep-chat/beep/storage/wide"
)

// edge is one end of a segment on its last column.
type edge uint8

const (
	open edge = iota
	inclusive
	exclusive
)

// shape is what a segment's statement depends on, besides the table.
type shape struct {
	equal       int  // leading clustering columns that are fixed
	first, last edge // bounds on the next column, in clustering order
	reverse     bool
}

// segment is a run of rows that one statement can ask for: some leading clustering columns fixed, the next one bounded.
// The CQL of both servers could compare several columns at once only if all had one direction, and not alike.
type segment struct {
	shape
	fixed    wide.Row // its clustering columns before equal
	from, to wide.Row // the bounds; used as first and last say
}

// segments splits a query on several clustering columns into disjoint runs, in the order in which they are to be read.
//
// Rows after (a, b, c) are those after it in c with (a, b) fixed, then those after it in b with a fixed, then those after
// it in a; rows before a bound are the mirror of that. Between two bounds the columns in which they agree stay fixed.
func segments(q *wide.RawQuery) []segment {
	s := splitter{q: q, end: q.Prefix + q.Bound}
	s.split()
	if q.Reverse {
		slices.Reverse(s.out)
	}
	return s.out
}

type splitter struct {
	q   *wide.RawQuery
	end int // the clustering column after the last bounded one
	out []segment
}

func (s *splitter) add(seg segment) {
	seg.reverse = s.q.Reverse
	s.out = append(s.out, seg)
}

func (s *splitter) split() {
	q := s.q
	if q.From == nil && q.To == nil {
		s.add(segment{shape: shape{equal: q.Prefix}, fixed: q.Partition})
		return
	}
	split, order := q.Prefix, -1
	if q.From != nil && q.To != nil {
		split, order = s.apart()
	}
	switch {
	case order > 0: // the bounds cross
		return
	case order == 0:
		if !q.FromExclusive && !q.ToExclusive {
			s.add(segment{shape: shape{equal: s.end}, fixed: s.merge(q.From, s.end)})
		}
		return
	}
	if q.From != nil {
		s.tail(split)
	}
	s.middle(split)
	if q.To != nil {
		s.head(split)
	}
}

// apart finds the first bounded column in which From and To differ; order is 0 when there is none.
func (s *splitter) apart() (column, order int) {
	m := s.q.Meta
	for i := s.q.Prefix; i < s.end; i++ {
		c := &m.Columns[m.Clustering[i]]
		if order := compareKey(c, s.q.From[m.Clustering[i]], s.q.To[m.Clustering[i]]); order != 0 {
			return i, order
		}
	}
	return s.end, 0
}

// tail adds what shares column split with From and comes after it.
func (s *splitter) tail(split int) {
	for i := s.end - 1; i > split; i-- {
		s.add(segment{shape: shape{equal: i, first: s.edge(i, s.q.FromExclusive)}, fixed: s.merge(s.q.From, i), from: s.q.From})
	}
}

// middle adds what lies between From and To in column split.
func (s *splitter) middle(split int) {
	seg := segment{shape: shape{equal: split}, from: s.q.From, to: s.q.To}
	if seg.from != nil {
		seg.first = s.edge(split, s.q.FromExclusive)
	}
	if seg.to != nil {
		seg.last = s.edge(split, s.q.ToExclusive)
	}
	seg.fixed = s.q.Partition
	if split > s.q.Prefix { // then both bounds are there and agree so far
		seg.fixed = s.merge(s.q.From, split)
	}
	s.add(seg)
}

// head adds what shares column split with To and comes before it.
func (s *splitter) head(split int) {
	for i := split + 1; i < s.end; i++ {
		s.add(segment{shape: shape{equal: i, last: s.edge(i, s.q.ToExclusive)}, fixed: s.merge(s.q.To, i), to: s.q.To})
	}
}

// edge tells how a bound holds on column i: only on the last bounded column can the bound itself belong to the segment.
func (s *splitter) edge(i int, exclude bool) edge {
	if i == s.end-1 && !exclude {
		return inclusive
	}
	return exclusive
}

// merge gives a row with the query's prefix and the bound's clustering columns after it, up to end.
func (s *splitter) merge(bound wide.Row, end int) wide.Row {
	m := s.q.Meta
	row := slices.Clone(s.q.Partition)
	for _, i := range m.Clustering[s.q.Prefix:end] {
		row[i] = bound[i]
	}
	return row
}

// compareKey orders two values of one clustering column in clustering order.
func compareKey(c *wide.Column, a, b wide.Value) int {
	order := cmp.Compare(a.Int, b.Int)
	if c.Kind == wide.KindText || c.Kind == wide.KindBlob {
		order = strings.Compare(a.Str, b.Str)
	}
	if c.Desc {
		return -order
	}
	return order
}
