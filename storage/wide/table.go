package wide

import (
	"context"
	"errors"
	"fmt"
	"unsafe"
)

// Columns is a set of regular columns of one table, made once as a package variable, so that the statements a program
// can send are finite.
type Columns struct {
	meta *Meta
	mask uint64
}

// Columns names regular columns; it panics on a name the table does not have.
func (t *Table[R]) Columns(names ...string) Columns {
	cols := Columns{meta: &t.meta}
	for _, name := range names {
		cols.mask |= 1 << t.meta.regularNamed(name)
	}
	t.meta.named.add(cols.mask)
	return cols
}

func (m *Meta) regularNamed(name string) int {
	for _, i := range m.Regular {
		if m.Columns[i].Name == name {
			return i
		}
	}
	m.fail("no regular column is named %s", name)
	return -1
}

// Get reads the row with the key columns of key. It gives ErrNotFound when there is none.
func (t *Table[R]) Get(ctx context.Context, e Engine, key R) (R, error) {
	var r R
	k := t.row(&key)
	if emptyPartition(&t.meta, k) {
		return r, ErrNotFound
	}
	raw, err := e.Get(ctx, &t.meta, k)
	if errors.Is(err, ErrNotFound) {
		return r, ErrNotFound
	}
	if err != nil {
		return r, fmt.Errorf("get %s: %w", t.meta.Name, err)
	}
	t.fill(&r, raw)
	return r, nil
}

// Range reads rows of one partition.
func (t *Table[R]) Range(ctx context.Context, e Engine, q Query[R]) ([]R, error) {
	rows, err := e.Range(ctx, t.rawQuery(q))
	if err != nil {
		return nil, fmt.Errorf("range %s: %w", t.meta.Name, err)
	}
	return t.structs(rows), nil
}

// Scan reads up to limit rows of the whole table after a row (nil: from the start), each row once, in an order of the
// engine's own. It is for jobs: pass the last row of one call to the next until fewer than limit come back.
func (t *Table[R]) Scan(ctx context.Context, e Engine, after *R, limit int) ([]R, error) {
	if limit < 1 || limit > MaxRangeLimit {
		return nil, invalid("scan of %s with limit %d", t.meta.Name, limit)
	}
	var from Row
	if after != nil {
		from = t.row(after)
	}
	rows, err := e.Scan(ctx, &t.meta, from, limit)
	if err != nil {
		return nil, fmt.Errorf("scan %s: %w", t.meta.Name, err)
	}
	return t.structs(rows), nil
}

// Insert writes the whole row. Columns that are null in r are not written: they keep what an existing row has.
func (t *Table[R]) Insert(r R) Write {
	row := t.row(&r)
	mask := uint64(0)
	for _, i := range t.meta.Regular {
		if row[i].Valid {
			mask |= 1 << i
		}
	}
	return Write{Meta: &t.meta, Op: OpInsert, Row: row, Mask: mask}
}

// Update writes the named columns of r; a zero in a nullable column makes it null.
func (t *Table[R]) Update(r R, cols Columns) Write {
	t.own(cols)
	return Write{Meta: &t.meta, Op: OpUpdate, Row: t.row(&r), Mask: cols.mask}
}

// Delete removes the row with the key columns of r.
func (t *Table[R]) Delete(r R) Write { return Write{Meta: &t.meta, Op: OpDelete, Row: t.row(&r)} }

// DeletePartition removes all rows with the partition columns of r.
func (t *Table[R]) DeletePartition(r R) Write {
	return Write{Meta: &t.meta, Op: OpDeletePartition, Row: t.row(&r)}
}

// IfAbsent asks that no row has the key of r.
func (t *Table[R]) IfAbsent(key R) *Condition {
	return &Condition{Meta: &t.meta, Kind: CondAbsent, Row: t.row(&key)}
}

// IfPresent asks that a row has the key of r.
func (t *Table[R]) IfPresent(key R) *Condition {
	return &Condition{Meta: &t.meta, Kind: CondPresent, Row: t.row(&key)}
}

// IfEqual asks that the row with the key of r has r's values in all the named columns.
func (t *Table[R]) IfEqual(r R, cols Columns) *Condition {
	t.own(cols)
	return &Condition{Meta: &t.meta, Kind: CondEqual, Row: t.row(&r), Mask: cols.mask}
}

func (t *Table[R]) own(cols Columns) {
	if cols.meta != &t.meta {
		t.meta.fail("columns of another table")
	}
}

func (t *Table[R]) row(r *R) Row {
	row := make(Row, len(t.fields))
	p := unsafe.Pointer(r)
	for i, f := range t.fields {
		row[i] = f.load(p)
	}
	return row
}

func (t *Table[R]) fill(r *R, row Row) {
	p := unsafe.Pointer(r)
	for i, f := range t.fields {
		f.store(p, row[i])
	}
}

func (t *Table[R]) structs(rows []Row) []R {
	out := make([]R, len(rows))
	for i, row := range rows {
		t.fill(&out[i], row)
	}
	return out
}
