package apitest

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/wide"
)

// Rows counts the rows that exist, by table.
func (k *Kit) Rows() map[string]int {
	k.T.Helper()
	counts := make(map[string]int)
	k.eachRow(func(m *wide.Meta, _ wide.Row) { counts[m.Name]++ })
	return counts
}

// Traces tells where an id is still stored, as "table.column".
func (k *Kit) Traces(id string) []string {
	k.T.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		k.T.Fatalf("look for traces: %v", err)
	}
	var found []string
	k.eachRow(func(m *wide.Meta, row wide.Row) {
		for i, v := range row {
			if c := m.Columns[i]; c.Kind == wide.KindInt && v.Valid && v.Int == n {
				found = append(found, m.Name+"."+c.Name)
			}
		}
	})
	slices.Sort(found)
	return slices.Compact(found)
}

// ownTables change without a request.
var ownTables = []string{"leases", "outbox", "outbox_marks"}

// Changed tells which tables have gained or lost rows since before, as "table -1 +2" would; what nodes write by themselves
// is left out.
func (k *Kit) Changed(before map[string]int) []string {
	k.T.Helper()
	now := k.Rows()
	var out []string
	for _, m := range storage.Schema().Tables() {
		if d := now[m.Name] - before[m.Name]; d != 0 && !slices.Contains(ownTables, m.Name) {
			out = append(out, fmt.Sprintf("%s %+d", m.Name, d))
		}
	}
	return out
}

// Commit writes behind the back of everything but the store of the first node.
func (k *Kit) Commit(c wide.Commit) error {
	_, err := k.members[0].rows.Commit(context.Background(), c)
	return err
}

// eachRow gives the rows of the named tables, or of all.
func (k *Kit) eachRow(f func(*wide.Meta, wide.Row), only ...string) {
	k.T.Helper()
	for _, m := range storage.Schema().Tables() {
		if len(only) > 0 && !slices.Contains(only, m.Name) {
			continue
		}
		var after wide.Row
		for {
			rows, err := k.members[0].rows.Scan(context.Background(), m, after, wide.MaxRangeLimit)
			if err != nil {
				k.T.Fatalf("scan %s: %v", m.Name, err)
			}
			for _, r := range rows {
				f(m, r)
			}
			if len(rows) < wide.MaxRangeLimit {
				break
			}
			after = rows[len(rows)-1]
		}
	}
}
