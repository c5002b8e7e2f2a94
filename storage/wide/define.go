package wide

import (
	"fmt"
	"math/bits"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Spec is what a struct's tags do not say about a table.
type Spec struct {
	ID     uint16        // part of the embedded engine's format, never reused; not 0
	Name   string        // snake_case
	Doc    string        // one line for the operator who reads the CQL schema
	LWT    bool          // rows are written conditionally only
	TTL    time.Duration // > 0: cells expire that long after their commit; whole seconds
	Window time.Duration // > 0: the first partition column is Unix time / Window and rows are written within that window; needs TTL
	// TimeSeries: rows are written once and go by expiry alone, so a CQL server may keep and drop them by age (time windows
	// of TTL/24). A delete or a late overwrite would keep whole files from being dropped. Needs a TTL.
	TimeSeries bool
}

// Table is a declared table whose rows are of type R. It is immutable.
type Table[R any] struct {
	meta   Meta
	fields []field // in the order of meta.Columns
}

// AnyTable is a Table of any row type.
type AnyTable interface{ Meta() *Meta }

// Meta gives the table without its Go type.
func (t *Table[R]) Meta() *Meta { return &t.meta }

const maxColumns = 64 // column sets are bit masks

// reserved are the words CQL refuses as names without quotes, on ScyllaDB or Cassandra.
const reserved = " add allow alter and apply asc authorize batch begin by cast columnfamily create default delete desc describe drop " +
	"entries execute from full grant if in index infinity insert into is keyspace limit materialized mbean mbeans modify nan " +
	"norecursive not null of on or order primary rename replace revoke schema scylla_clustering_bound scylla_counter_shard_list " +
	"scylla_timeuuid_list_index select set table to token truncate unlogged unset update use using view where with "

func isName(s string) bool {
	return identifier.MatchString(s) && !strings.Contains(reserved, " "+s+" ")
}

var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// Define declares a table from the fields of R, in their order. Each exported field has a tag
//
//	`wide:"name,partition"`, `wide:"name,asc"`, `wide:"name,desc"`, `wide:"name,<id>"` or `wide:"name,<id>,mandatory"`
//
// where id is the number of a regular column, 1..255. Define is meant for package variables: it panics when the
// declaration is wrong.
func Define[R any](s Spec) *Table[R] {
	t := &Table[R]{meta: Meta{ID: s.ID, Name: s.Name, Doc: s.Doc, LWT: s.LWT, TTL: s.TTL, Window: s.Window, TimeSeries: s.TimeSeries,
		named: &columnSets{}}}
	row := reflect.TypeFor[R]()
	if row.Kind() != reflect.Struct {
		t.meta.fail("the row type %s is not a struct", row)
	}
	for i := range row.NumField() {
		t.addField(row.Field(i))
	}
	t.meta.seal()
	return t
}

func (t *Table[R]) addField(sf reflect.StructField) {
	m := &t.meta
	tag, ok := sf.Tag.Lookup("wide")
	if !ok {
		m.fail("field %s has no wide tag", sf.Name)
	}
	c := Column{Kind: kindOf(sf.Type)}
	if c.Kind == 0 {
		m.fail("field %s: no column kind for %s", sf.Name, sf.Type)
	}
	if err := c.parse(tag); err != nil {
		m.fail("field %s: %v", sf.Name, err)
	}
	if err := c.check(); err != nil {
		m.fail("column %s: %v", c.Name, err)
	}
	m.add(c)
	t.fields = append(t.fields, field{offset: sf.Offset, kind: c.Kind, zero: c.Role != RoleRegular || c.Mandatory})
}

func (c *Column) parse(tag string) error {
	parts := strings.Split(tag, ",")
	if len(parts) < 2 || len(parts) > 3 {
		return fmt.Errorf("tag %q is not name,role", tag)
	}
	c.Name = parts[0]
	switch parts[1] {
	case "partition":
		c.Role = RolePartition
	case "asc":
		c.Role = RoleClustering
	case "desc":
		c.Role, c.Desc = RoleClustering, true
	default:
		id, err := strconv.ParseUint(parts[1], 10, 8)
		if err != nil || id == 0 {
			return fmt.Errorf("tag %q: the role is partition, asc, desc or a column id of 1..255", tag)
		}
		c.Role, c.ID = RoleRegular, uint8(id)
	}
	if len(parts) == 3 {
		if parts[2] != "mandatory" || c.Role != RoleRegular {
			return fmt.Errorf("tag %q: only a regular column can be followed by mandatory", tag)
		}
		c.Mandatory = true
	}
	return nil
}

func (c *Column) check() error {
	if !isName(c.Name) {
		return fmt.Errorf("the name is not a free CQL identifier in snake_case")
	}
	if c.Name == CommitColumn {
		return fmt.Errorf("the name is kept for the hidden column of LWT tables")
	}
	if c.Kind == KindSet && (c.Role != RoleRegular || c.Mandatory) {
		return fmt.Errorf("a set is neither a key nor mandatory: an empty set is null")
	}
	return nil
}

func (m *Meta) add(c Column) {
	for _, other := range m.Columns {
		if other.Name == c.Name {
			m.fail("two columns are named %s", c.Name)
		}
	}
	i := len(m.Columns)
	if i == maxColumns {
		m.fail("more than %d columns", maxColumns)
	}
	m.Columns = append(m.Columns, c)
	switch c.Role {
	case RolePartition:
		m.Partition = append(m.Partition, i)
	case RoleClustering:
		m.Clustering = append(m.Clustering, i)
	case RoleRegular:
		if m.byID[c.ID] != 0 {
			m.fail("columns %s and %s share id %d", m.Columns[m.byID[c.ID]-1].Name, c.Name, c.ID)
		}
		m.byID[c.ID] = int8(i + 1)
		m.Regular = append(m.Regular, i)
		m.regular |= 1 << i
		if c.Mandatory {
			m.Mandatory |= 1 << i
		}
	}
}

// seal checks what concerns the table as a whole.
func (m *Meta) seal() {
	m.Key = append(append([]int{}, m.Partition...), m.Clustering...)
	switch {
	case m.ID == 0:
		m.fail("the table has no id")
	case !isName(m.Name):
		m.fail("the name is not a free CQL identifier in snake_case")
	case len(m.Partition) == 0:
		m.fail("no partition column")
	case m.regular != 0 && bits.OnesCount64(m.Mandatory) == 0:
		m.fail("no regular column is mandatory, so no row would ever exist")
	case m.LWT && m.regular == 0:
		m.fail("a table of key columns alone cannot be LWT: CQL has no condition to ask of its rows")
	case m.TTL < 0 || m.TTL%time.Second != 0:
		m.fail("the TTL %v is not in whole seconds", m.TTL)
	case m.Window < 0 || m.Window%time.Second != 0:
		m.fail("the window %v is not in whole seconds", m.Window)
	case m.Window > 0 && m.TTL == 0:
		m.fail("a table in time windows needs a TTL")
	case m.TimeSeries && (m.TTL == 0 || m.LWT):
		m.fail("a time series needs a TTL and plain writes")
	case m.Window > 0 && m.Columns[m.Partition[0]].Kind != KindInt:
		m.fail("the first partition column is not a bigint: it cannot number a time window")
	}
}

func (m *Meta) fail(format string, args ...any) {
	panic(fmt.Sprintf("wide: table %d %q: %s", m.ID, m.Name, fmt.Sprintf(format, args...)))
}
