package wide

import (
	"slices"
	"sync"
	"time"
)

// Role says what a column is for.
type Role uint8

// The roles.
const (
	RolePartition Role = iota + 1
	RoleClustering
	RoleRegular
)

// CommitColumn is the hidden column of LWT tables on a CQL server: it holds the number of the last commit that was
// conditional on the row, so that a commit whose answer was lost finds out by reading whether it happened. The embedded
// engine has none.
const CommitColumn = "commit_id"

// Column is one declared column.
type Column struct {
	Name      string
	Kind      Kind
	Role      Role
	Desc      bool  // clustering columns: descending
	ID        uint8 // regular columns: 1..255, part of the embedded engine's format, never reused
	Mandatory bool  // regular columns: a row without it reads as absent; zero is a value
}

// Meta is a declared table without its Go type: what engines work with. Engines only read it; all but the list of column
// sets is immutable.
type Meta struct {
	ID         uint16
	Name       string
	Doc        string
	LWT        bool          // rows are written conditionally only
	TTL        time.Duration // > 0: cells expire that long after their commit
	Window     time.Duration // > 0: the first partition column is Unix time / Window
	TimeSeries bool          // rows are written once and go by expiry alone
	Columns    []Column      // in the order of declaration; a Row has the same order
	Partition  []int         // indexes of the partition columns
	Clustering []int         // indexes of the clustering columns
	Regular    []int         // indexes of the regular columns
	Key        []int         // Partition, then Clustering
	Mandatory  uint64        // bit i: Columns[i] is mandatory

	regular uint64    // bit i: Columns[i] is regular
	byID    [256]int8 // regular column id -> index + 1

	named *columnSets
}

// columnSets is what Columns was called with, ascending.
type columnSets struct {
	mu   sync.Mutex
	sets []uint64
}

// ColumnSets gives every set of columns that Columns has named, ascending: what the statements about this table can ask.
// The slice is the caller's.
func (m *Meta) ColumnSets() []uint64 {
	m.named.mu.Lock()
	defer m.named.mu.Unlock()
	return slices.Clone(m.named.sets)
}

func (c *columnSets) add(mask uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i, found := slices.BinarySearch(c.sets, mask); !found {
		c.sets = slices.Insert(c.sets, i, mask)
	}
}

// ColumnByID gives the index of the regular column with an id; ok is false for ids of another version of the table.
func (m *Meta) ColumnByID(id uint8) (index int, ok bool) {
	i := int(m.byID[id]) - 1
	return i, i >= 0
}

// KeyOnly tells whether the table has no regular columns, so that a row exists by being inserted.
func (m *Meta) KeyOnly() bool { return m.regular == 0 }

// Present tells whether a row with these cells exists: all mandatory columns have a value. It is meaningless for
// key-only tables, whose rows carry a marker of their own.
func (m *Meta) Present(r Row) bool {
	for _, i := range m.Regular {
		if m.Columns[i].Mandatory && !r[i].Valid {
			return false
		}
	}
	return true
}
