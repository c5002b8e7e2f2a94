package cql_test

import (
	"strings"
	"testing"

	"github.com/beep-chat/beep/storage/cql/cqltest"
	"github.com/beep-chat/beep/storage/wide"
)

// The tables of TestBounds: many small cells, and large ones.
type (
	cellsRow struct {
		Part int64 `wide:"part,partition"`
		Seq  int64 `wide:"seq,asc"`
		A    bool  `wide:"a,1,mandatory"`
		B    bool  `wide:"b,2,mandatory"`
		C    bool  `wide:"c,3,mandatory"`
		D    int64 `wide:"d,4,mandatory"`
		E    int64 `wide:"e,5,mandatory"`
	}
	largeRow struct {
		Part int64  `wide:"part,partition"`
		Seq  int64  `wide:"seq,asc"`
		Text string `wide:"text,1,mandatory"`
	}
	keysRow struct {
		Part int64 `wide:"part,partition"`
		Seq  int64 `wide:"seq,asc"`
	}
)

var (
	cellsTable = wide.Define[cellsRow](wide.Spec{ID: 1, Name: "bound_cells"})
	largeTable = wide.Define[largeRow](wide.Spec{ID: 2, Name: "bound_large"})
	largeHeld  = wide.Define[largeRow](wide.Spec{ID: 3, Name: "bound_large_held", LWT: true})
	keysTable  = wide.Define[keysRow](wide.Spec{ID: 4, Name: "bound_keys"})
)

// TestBounds sends the largest commits the layer lets pass, of the shapes that weigh most on a server: none is refused.
func TestBounds(t *testing.T) {
	e := cqltest.Open(t, wide.NewSchema(cellsTable, largeTable, largeHeld, keysTable))
	row := strings.Repeat("x", wide.MaxRowBytes-100)
	cases := map[string]func(i int64) wide.Write{
		"many cells in two partitions": func(i int64) wide.Write { return cellsTable.Insert(cellsRow{Part: i % 2, Seq: i}) },
		"many cells in many partitions": func(i int64) wide.Write {
			return cellsTable.Insert(cellsRow{Part: i % wide.MaxCommitPartitions, Seq: i})
		},
		"keys alone in many partitions": func(i int64) wide.Write { return keysTable.Insert(keysRow{Part: i % wide.MaxCommitPartitions, Seq: i}) },
		"deletes in many partitions":    func(i int64) wide.Write { return keysTable.Delete(keysRow{Part: i % wide.MaxCommitPartitions, Seq: i}) },
		"partition deletes": func(i int64) wide.Write {
			return keysTable.DeletePartition(keysRow{Part: i % wide.MaxCommitPartitions})
		},
		"many cells in one partition": func(i int64) wide.Write { return cellsTable.Insert(cellsRow{Part: 1, Seq: i}) },
		"large rows in one partition": func(i int64) wide.Write { return largeTable.Insert(largeRow{Part: 1, Seq: i, Text: row}) },
		"texts in two partitions":     func(i int64) wide.Write { return largeTable.Insert(largeRow{Part: i % 2, Seq: i, Text: row[:1000]}) },
		"one large text in two partitions": func(i int64) wide.Write {
			return largeTable.Insert(largeRow{Part: min(i, 1), Seq: i, Text: row[:min(i, 1)*49_500]})
		},
	}
	for name, write := range cases {
		t.Run(name, func(t *testing.T) {
			var c wide.Commit
			for i := int64(0); i < wide.MaxCommitWrites; i++ {
				c.Writes = append(c.Writes, write(i))
				if (i < 300 || i%50 == 0) && c.Validate() != nil {
					for c.Validate() != nil {
						c.Writes = c.Writes[:len(c.Writes)-1]
					}
					break
				}
			}
			if _, err := e.Commit(t.Context(), c); err != nil {
				t.Errorf("%d writes: %v", len(c.Writes), err)
			}
			t.Log(len(c.Writes), "writes")
		})
	}
	t.Run("large rows under a condition", func(t *testing.T) {
		c := wide.Commit{If: largeHeld.IfAbsent(largeRow{Part: 1})}
		for i := int64(0); c.Validate() == nil; i++ {
			c.Writes = append(c.Writes, largeHeld.Insert(largeRow{Part: 1, Seq: i, Text: row}))
		}
		c.Writes = c.Writes[:len(c.Writes)-1]
		if applied, err := e.Commit(t.Context(), c); err != nil || !applied {
			t.Errorf("%d writes: %v %v", len(c.Writes), applied, err)
		}
	})

}
