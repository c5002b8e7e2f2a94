package cql

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/beep-chat/beep/storage/wide"
)

// liveColumn is a column as the server tells it.
type liveColumn struct {
	kind     string // partition_key, clustering or regular
	kindOf   string // the CQL type
	position int
	order    string // asc, desc or none
}

// liveTable is a table as the server tells it.
type liveTable struct {
	ttl     int // seconds
	columns map[string]liveColumn
}

// step is one statement of a migration with the name it is recorded under.
type step struct{ name, statement string }

// plan gives the steps from the tables a keyspace has to the declared ones, in order. A column that the declaration does not
// have is left alone: an older binary may still be running. A column of another type, or another key, is an error: that
// table was not made by Beep, or its declaration was changed against the rules.
func plan(live map[string]liveTable, declared []*wide.Meta) ([]step, error) {
	var steps []step
	for _, m := range declared {
		have, ok := live[m.Name]
		if !ok {
			steps = append(steps, step{"create " + m.Name, m.DDL()})
			continue
		}
		more, err := planTable(have, m)
		if err != nil {
			return nil, err
		}
		steps = append(steps, more...)
	}
	return steps, nil
}

func planTable(have liveTable, m *wide.Meta) ([]step, error) {
	want := declaredColumns(m)
	var steps []step
	for _, name := range slices.Sorted(maps.Keys(want)) {
		w := want[name]
		h, ok := have.columns[name]
		switch {
		case ok && h == w:
		case ok:
			return nil, fmt.Errorf("table %s: column %s is %s, want %s: it was not made by this software, move it away", m.Name, name, h, w)
		case w.kind != "regular":
			return nil, fmt.Errorf("table %s has no key column %s: it was not made by this software, move it away", m.Name, name)
		default:
			steps = append(steps, step{"add " + m.Name + "." + name, addColumn(m.Name, name, w.kindOf)})
		}
	}
	for name, h := range have.columns {
		if _, ok := want[name]; !ok && h.kind != "regular" {
			return nil, fmt.Errorf("table %s has a column %s (%s) that is unknown: it was not made by this software, move it away", m.Name, name, h)
		}
	}
	if ttl := int(m.TTL.Seconds()); ttl != have.ttl {
		steps = append(steps, step{fmt.Sprintf("set the life of %s to %d s", m.Name, ttl), setLife(m.Name, ttl)})
	}
	return steps, nil
}

// String describes a column in an error.
func (c liveColumn) String() string {
	return strings.TrimSuffix(fmt.Sprintf("%s %s %s", c.kind, c.kindOf, c.order), " none")
}

func declaredColumns(m *wide.Meta) map[string]liveColumn {
	columns := make(map[string]liveColumn)
	for i, c := range m.Partition {
		columns[m.Columns[c].Name] = liveColumn{"partition_key", m.Columns[c].Kind.CQL(), i, "none"}
	}
	for i, c := range m.Clustering {
		order := "asc"
		if m.Columns[c].Desc {
			order = "desc"
		}
		columns[m.Columns[c].Name] = liveColumn{"clustering", m.Columns[c].Kind.CQL(), i, order}
	}
	for _, c := range m.Regular {
		columns[m.Columns[c].Name] = liveColumn{"regular", m.Columns[c].Kind.CQL(), -1, "none"}
	}
	if m.LWT {
		columns[wide.CommitColumn] = liveColumn{"regular", wide.KindInt.CQL(), -1, "none"}
	}
	return columns
}

// liveTables reads what the keyspace has.
func (s session) liveTables(ctx context.Context, keyspace string) (map[string]liveTable, error) {
	live := make(map[string]liveTable)
	iter := s.x.Session.Query(askTables, keyspace).WithContext(ctx).Idempotent(true).Iter()
	var name string
	var ttl int
	for iter.Scan(&name, &ttl) {
		live[name] = liveTable{ttl: ttl, columns: make(map[string]liveColumn)}
	}
	if err := iter.Close(); err != nil {
		return nil, fmt.Errorf("read the tables of keyspace %s: %w", keyspace, err)
	}
	iter = s.x.Session.Query(askColumns, keyspace).WithContext(ctx).Idempotent(true).Iter()
	var column string
	var c liveColumn
	for iter.Scan(&name, &column, &c.kind, &c.kindOf, &c.position, &c.order) {
		if t, ok := live[name]; ok {
			t.columns[column] = c
		}
	}
	if err := iter.Close(); err != nil {
		return nil, fmt.Errorf("read the columns of keyspace %s: %w", keyspace, err)
	}
	return live, nil
}
