package wide

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schema is the ordered list of tables an engine opens.
type Schema struct{ tables []*Meta }

// NewSchema collects tables, ordered by id. It panics when two share an id or a name.
func NewSchema(tables ...AnyTable) Schema {
	s := Schema{tables: make([]*Meta, 0, len(tables))}
	for _, t := range tables {
		m := t.Meta()
		for _, other := range s.tables {
			if other.ID == m.ID || other.Name == m.Name {
				m.fail("shares its id or name with table %d %q", other.ID, other.Name)
			}
		}
		s.tables = append(s.tables, m)
	}
	slices.SortFunc(s.tables, func(a, b *Meta) int { return int(a.ID) - int(b.ID) })
	return s
}

// Tables gives the tables in the order of their ids; the slice is the caller's.
func (s Schema) Tables() []*Meta { return slices.Clone(s.tables) }

// Has tells whether a table belongs to the schema.
func (s Schema) Has(m *Meta) bool { return slices.Contains(s.tables, m) }

// DDL gives one CREATE TABLE statement a table, in the order of their ids, for ScyllaDB and Cassandra alike.
func (s Schema) DDL() []string {
	out := make([]string, len(s.tables))
	for i, m := range s.tables {
		out[i] = m.DDL()
	}
	return out
}

// timeWindows is into how many files by age a time series is kept: few enough that a read of a key, which may have to look
// into each, stays cheap, and enough that what has expired goes soon.
const timeWindows = 24

// DDL gives the table's CREATE TABLE statement, without keyspace and semicolon.
func (m *Meta) DDL() string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE IF NOT EXISTS %s (\n", m.Name)
	for _, i := range append(slices.Clone(m.Key), m.Regular...) {
		fmt.Fprintf(&b, "    %s %s,\n", m.Columns[i].Name, m.Columns[i].Kind.CQL())
	}
	if m.LWT {
		fmt.Fprintf(&b, "    %s bigint,\n", CommitColumn)
	}
	fmt.Fprintf(&b, "    PRIMARY KEY ((%s)%s)\n)", m.names(m.Partition, ""), m.names(m.Clustering, ", "))
	var with []string
	if order := m.clusteringOrder(); order != "" {
		with = append(with, "CLUSTERING ORDER BY ("+order+")")
	}
	if m.Doc != "" {
		with = append(with, "comment = '"+strings.ReplaceAll(m.Doc, "'", "''")+"'")
	}
	if m.TTL > 0 {
		with = append(with, fmt.Sprintf("default_time_to_live = %d", int64(m.TTL.Seconds())))
	}
	if m.TimeSeries {
		with = append(with, fmt.Sprintf("compaction = {'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'MINUTES', "+
			"'compaction_window_size': '%d'}", max(1, int64(m.TTL/timeWindows/time.Minute))))
	}
	if len(with) > 0 {
		b.WriteString(" WITH " + strings.Join(with, "\n    AND "))
	}
	return b.String()
}

func (m *Meta) names(columns []int, lead string) string {
	var names []string
	for _, i := range columns {
		names = append(names, m.Columns[i].Name)
	}
	if len(names) == 0 {
		return ""
	}
	return lead + strings.Join(names, ", ")
}

// clusteringOrder is empty when all columns ascend, CQL's default.
func (m *Meta) clusteringOrder() string {
	var parts []string
	descends := false
	for _, i := range m.Clustering {
		order := "ASC"
		if m.Columns[i].Desc {
			order, descends = "DESC", true
		}
		parts = append(parts, m.Columns[i].Name+" "+order)
	}
	if !descends {
		return ""
	}
	return strings.Join(parts, ", ")
}
