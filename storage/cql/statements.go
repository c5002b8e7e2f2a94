package cql

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/gocql/gocql"
	"github.com/scylladb/gocqlx/v2/qb"

	"github.com/beep-chat/beep/storage/wide"
)

// statement is a CQL text with the values of its markers, in order.
type statement struct {
	text   string
	values []any
}

// table is a declared table with the statements it can be asked. All are made when the engine opens, but those of IfEqual,
// of which there is one for each set of columns that the program has named.
type table struct {
	meta *wide.Meta

	get, settle, scan, scanAfter string
	ranges                       map[shape]string
	plain, conditional           writeTexts // with a write time; without one, under a condition
	present                      string
	absent                       map[int]string // by the mandatory column that is asked for null

	mu    sync.Mutex
	equal map[uint64]string // by column set
}

// writeTexts are the statements that write; what a table cannot be asked is empty.
type writeTexts struct{ insert, update, delete, deletePartition string }

// The names of markers that are no columns; the driver binds by position, they only have to be free.
const (
	markTime = "write_time"
	nullWord = "null"
)

func newTable(m *wide.Meta) *table {
	t := &table{meta: m, ranges: make(map[shape]string), absent: make(map[int]string), equal: make(map[uint64]string)}
	key := eq(m, m.Key)
	t.get = text(qb.Select(m.Name).Columns(names(m, all(m))...).Where(key...))
	t.scan = text(qb.Select(m.Name).Columns(names(m, all(m))...))
	t.scanAfter = text(qb.Select(m.Name).Columns(names(m, all(m))...).Where(qb.Token(names(m, m.Partition)...).Gt()))
	t.addRanges()
	t.plain = writesOf(m, true)
	if !m.LWT {
		return t
	}
	// Only deletion jobs write to these without a condition.
	t.plain.insert, t.plain.update = "", ""
	t.conditional = writesOf(m, false)
	t.settle = text(qb.Select(m.Name).Columns(append([]string{wide.CommitColumn}, names(m, all(m))...)...).Where(key...))
	var present []qb.Cmp
	for _, i := range m.Regular {
		if c := &m.Columns[i]; c.Mandatory {
			present = append(present, qb.NeLit(c.Name, nullWord))
			t.absent[i] = t.condition(qb.EqLit(c.Name, nullWord))
		}
	}
	t.present = t.condition(present...)
	return t
}

type builder interface{ ToCql() (string, []string) }

func text(b builder) string {
	stmt, _ := b.ToCql()
	return strings.TrimSpace(stmt)
}

func all(m *wide.Meta) []int {
	list := make([]int, len(m.Columns))
	for i := range list {
		list[i] = i
	}
	return list
}

func names(m *wide.Meta, columns []int) []string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = m.Columns[c].Name
	}
	return list
}

func eq(m *wide.Meta, columns []int) []qb.Cmp {
	list := make([]qb.Cmp, len(columns))
	for i, c := range columns {
		list[i] = qb.Eq(m.Columns[c].Name)
	}
	return list
}

func writesOf(m *wide.Meta, timed bool) writeTexts {
	insert := qb.Insert(m.Name).Columns(names(m, append(slices.Clone(m.Key), m.Regular...))...)
	update := qb.Update(m.Name).Set(names(m, m.Regular)...).Where(eq(m, m.Key)...)
	remove := qb.Delete(m.Name).Where(eq(m, m.Key)...)
	removeAll := qb.Delete(m.Name).Where(eq(m, m.Partition)...)
	if timed {
		insert.TimestampNamed(markTime)
		update.TimestampNamed(markTime)
		remove.TimestampNamed(markTime)
		removeAll.TimestampNamed(markTime)
	}
	w := writeTexts{insert: text(insert), delete: text(remove), deletePartition: text(removeAll)}
	if !m.KeyOnly() {
		w.update = text(update)
	}
	return w
}

func (t *table) condition(cmps ...qb.Cmp) string {
	return text(qb.Update(t.meta.Name).Set(wide.CommitColumn).Where(eq(t.meta, t.meta.Key)...).If(cmps...))
}

// equals gives the condition that compares a set of columns.
func (t *table) equals(mask uint64) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	stmt, ok := t.equal[mask]
	if !ok {
		stmt = t.condition(eq(t.meta, maskColumns(t.meta, mask))...)
		t.equal[mask] = stmt
	}
	return stmt
}

// maskColumns lists the regular columns of a set.
func maskColumns(m *wide.Meta, mask uint64) []int {
	var list []int
	for _, i := range m.Regular {
		if mask&(1<<i) != 0 {
			list = append(list, i)
		}
	}
	return list
}

func (t *table) addRanges() {
	n := len(t.meta.Clustering)
	for equal := range n + 1 {
		for _, reverse := range []bool{false, true}[:min(n+1, 2)] {
			for _, first := range []edge{open, inclusive, exclusive} {
				for _, last := range []edge{open, inclusive, exclusive} {
					if equal == n && (first != open || last != open) {
						continue
					}
					s := shape{equal, first, last, reverse}
					t.ranges[s] = t.rangeText(s)
				}
			}
		}
	}
}

func (t *table) rangeText(s shape) string {
	m := t.meta
	where := append(eq(m, m.Partition), eq(m, m.Clustering[:s.equal])...)
	if s.equal < len(m.Clustering) {
		c := &m.Columns[m.Clustering[s.equal]]
		where = append(where, bounds(c, s.first, s.last)...)
	}
	b := qb.Select(m.Name).Columns(names(m, all(m))...).Where(where...)
	if s.reverse {
		for _, i := range m.Clustering {
			order := qb.DESC
			if m.Columns[i].Desc {
				order = qb.ASC
			}
			b.OrderBy(m.Columns[i].Name, order)
		}
	}
	return text(b)
}

// bounds compares a column with the first and last value in clustering order.
func bounds(c *wide.Column, first, last edge) []qb.Cmp {
	after, before := map[edge]func(string) qb.Cmp{inclusive: qb.GtOrEq, exclusive: qb.Gt}, map[edge]func(string) qb.Cmp{inclusive: qb.LtOrEq, exclusive: qb.Lt}
	if c.Desc {
		after, before = before, after
	}
	var list []qb.Cmp
	if f := after[first]; f != nil {
		list = append(list, f(c.Name))
	}
	if f := before[last]; f != nil {
		list = append(list, f(c.Name))
	}
	return list
}

// statements lists everything the table can be asked, for the sets of columns named so far.
func (t *table) statements() []string {
	list := []string{t.get, t.settle, t.scan, t.scanAfter, t.present,
		t.plain.insert, t.plain.update, t.plain.delete, t.plain.deletePartition,
		t.conditional.insert, t.conditional.update, t.conditional.delete, t.conditional.deletePartition}
	list = slices.AppendSeq(list, maps.Values(t.ranges))
	list = slices.AppendSeq(list, maps.Values(t.absent))
	if t.meta.LWT {
		for _, mask := range t.meta.ColumnSets() {
			list = append(list, t.equals(mask))
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(s string) bool { return s == "" })
}

// write makes the statement of one write; at is its write time, 0 under a condition.
func (t *table) write(w *wide.Write, at int64) statement {
	texts := &t.conditional
	if at != 0 {
		texts = &t.plain
	}
	m := t.meta
	v := make([]any, 0, len(m.Columns)+1)
	timed := func() {
		if at != 0 {
			v = append(v, at)
		}
	}
	switch w.Op {
	case wide.OpInsert:
		v = t.columns(t.bound(v, w.Row, m.Key), w)
		timed()
		return statement{texts.insert, v}
	case wide.OpUpdate:
		timed()
		return statement{texts.update, t.bound(t.columns(v, w), w.Row, m.Key)}
	case wide.OpDelete:
		timed()
		return statement{texts.delete, t.bound(v, w.Row, m.Key)}
	default:
		timed()
		return statement{texts.deletePartition, t.bound(v, w.Row, m.Partition)}
	}
}

// columns appends the regular columns of a write; those that are not written stay unset, which leaves them as they are.
func (t *table) columns(v []any, w *wide.Write) []any {
	for _, i := range t.meta.Regular {
		if w.Mask&(1<<i) == 0 {
			v = append(v, gocql.UnsetValue)
		} else {
			v = append(v, bind(&t.meta.Columns[i], w.Row[i]))
		}
	}
	return v
}

func (t *table) bound(v []any, r wide.Row, columns []int) []any {
	for _, i := range columns {
		v = append(v, bind(&t.meta.Columns[i], r[i]))
	}
	return v
}

// segment makes the statement that asks for a segment.
func (t *table) segment(s segment, partition wide.Row) statement {
	m := t.meta
	v := t.bound(make([]any, 0, len(m.Key)+1), partition, m.Partition)
	v = t.bound(v, s.fixed, m.Clustering[:s.equal])
	if s.first != open {
		v = t.bound(v, s.from, m.Clustering[s.equal:s.equal+1])
	}
	if s.last != open {
		v = t.bound(v, s.to, m.Clustering[s.equal:s.equal+1])
	}
	return statement{t.ranges[s.shape], v}
}
