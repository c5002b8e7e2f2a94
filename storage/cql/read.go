package cql

import (
	"context"
	"fmt"
	"time"

	"github.com/beep-chat/beep/storage/wide"
)

// pageSlack is asked for beyond what is missing, so that a few rows that do not exist cost no further page.
const pageSlack = 2

// scanPage is the least page of a scan: rows of a scan may be small and many of them dead.
const scanPage = 100

// Get implements wide.Engine.
func (e *Engine) Get(ctx context.Context, m *wide.Meta, key wide.Row) (wide.Row, error) {
	t, err := e.table(m)
	if err != nil {
		return nil, err
	}
	ctx, done, err := e.begin(ctx, "get")
	if err != nil {
		return nil, err
	}
	defer done()
	c := collector{meta: m, limit: 1}
	if err := e.read(ctx, t, statement{t.get, t.bound(nil, key, m.Key)}, m.LWT, &c); err != nil {
		return nil, err
	}
	if len(c.rows) == 0 {
		return nil, wide.ErrNotFound
	}
	return c.rows[0], nil
}

// Range implements wide.Engine. Where bounds on several columns make several segments of it, they are read one after the
// other and not at one moment.
func (e *Engine) Range(ctx context.Context, q wide.RawQuery) ([]wide.Row, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	t, err := e.table(q.Meta)
	if err != nil {
		return nil, err
	}
	ctx, done, err := e.begin(ctx, "range")
	if err != nil {
		return nil, err
	}
	defer done()
	c := collector{meta: q.Meta, limit: q.Limit, rows: []wide.Row{}}
	if emptyPartition(q.Meta, q.Partition) {
		return c.rows, nil // a server refuses such a key, so nobody has it
	}
	for _, s := range segments(&q) {
		if err := e.read(ctx, t, t.segment(s, q.Partition), q.Meta.LWT, &c); err != nil {
			return nil, err
		}
		if c.full() {
			break
		}
	}
	return c.rows, nil
}

// Scan implements wide.Engine. Rows come in the order of their partitions' tokens; it reads at quorum, LWT tables too, since
// the serial order is that of one partition.
func (e *Engine) Scan(ctx context.Context, m *wide.Meta, after wide.Row, limit int) ([]wide.Row, error) {
	if limit < 1 || limit > wide.MaxRangeLimit {
		return nil, fmt.Errorf("%w: scan of %s with limit %d", wide.ErrInvalid, m.Name, limit)
	}
	t, err := e.table(m)
	if err != nil {
		return nil, err
	}
	ctx, done, err := e.begin(ctx, "scan")
	if err != nil {
		return nil, err
	}
	defer done()
	c := collector{meta: m, limit: limit, page: scanPage, rows: []wide.Row{}}
	for _, s := range t.scanSteps(after, limit) {
		if err := e.read(ctx, t, s, false, &c); err != nil {
			return nil, err
		}
		if c.full() {
			break
		}
	}
	return c.rows, nil
}

// scanSteps are the statements that give what comes after a row: the rest of its partition, then the partitions of higher
// tokens. Two partitions of one token would hide each other; with 64 bits of hash there are none.
func (t *table) scanSteps(after wide.Row, limit int) []statement {
	m := t.meta
	if after == nil {
		return []statement{{t.scan, nil}}
	}
	var steps []statement
	if n := len(m.Clustering); n > 0 {
		rest := wide.RawQuery{Meta: m, Partition: after, From: after, Bound: n, FromExclusive: true, Limit: limit}
		for _, s := range segments(&rest) {
			steps = append(steps, t.segment(s, after))
		}
	}
	return append(steps, statement{t.scanAfter, t.bound(nil, after, m.Partition)})
}

// collector keeps the rows that exist, up to limit.
type collector struct {
	meta  *wide.Meta
	limit int
	page  int // the least rows a page
	rows  []wide.Row
}

func (c *collector) full() bool { return len(c.rows) >= c.limit }

func (c *collector) add(row wide.Row) bool {
	if c.meta.KeyOnly() || c.meta.Present(row) {
		c.rows = append(c.rows, row)
	}
	return !c.full()
}

// read asks one statement, again where it failed, and adds its rows to c.
func (e *Engine) read(ctx context.Context, t *table, s statement, serial bool, c *collector) error {
	before := len(c.rows)
	q := query{statement: s, columns: kinds(t.meta), serial: serial, row: c.add}
	return e.ask(ctx, "read "+t.meta.Name, func() query {
		c.rows = c.rows[:before]
		q.page = max(c.limit-before+pageSlack, c.page)
		return q
	})
}

// ask sends a query until it is answered or there is no hope or time left. Each attempt begins anew with next.
func (e *Engine) ask(ctx context.Context, op string, next func() query) error {
	pause := newPauses(time.Now())
	for {
		err := e.link.read(ctx, next())
		if err == nil {
			return nil
		}
		if classify(err).hopeless() || !pause.wait(ctx) {
			return readError(op, err)
		}
	}
}

func kinds(m *wide.Meta) []wide.Kind {
	list := make([]wide.Kind, len(m.Columns))
	for i := range list {
		list[i] = m.Columns[i].Kind
	}
	return list
}

// emptyPartition tells whether the partition key is one empty text or blob.
func emptyPartition(m *wide.Meta, r wide.Row) bool {
	if len(m.Partition) != 1 {
		return false
	}
	k := m.Columns[m.Partition[0]].Kind
	return (k == wide.KindText || k == wide.KindBlob) && r[m.Partition[0]].Str == ""
}
