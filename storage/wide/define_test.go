package wide

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

type userID int64

type fullRow struct {
	Owner userID    `wide:"owner_id,partition"`
	Space string    `wide:"space,partition"`
	At    time.Time `wide:"at,desc"`
	Tag   []byte    `wide:"tag,asc"`
	Hot   bool      `wide:"hot,desc"`
	Title string    `wide:"title,1,mandatory"`
	Body  []byte    `wide:"body,2"`
	Done  bool      `wide:"done,3"`
	Due   time.Time `wide:"due_at,4"`
	Refs  []userID  `wide:"refs,5"`
	Count int64     `wide:"count,6"`
	Bits  uint64    `wide:"bits,255"`
}

type edgeRow struct {
	From userID `wide:"from_id,partition"`
	To   userID `wide:"to_id,asc"`
}

type heldRow struct {
	Name   string `wide:"name,partition"`
	Holder string `wide:"holder,1,mandatory"`
}

func defineFull() *Table[fullRow] {
	return Define[fullRow](Spec{ID: 3, Name: "fulls", Doc: "what an operator's eye may see"})
}

func TestDDL(t *testing.T) {
	schema := NewSchema(
		defineFull(),
		Define[edgeRow](Spec{ID: 2, Name: "edges", Doc: "it's keys alone"}),
		Define[heldRow](Spec{ID: 4, Name: "helds", Doc: "written conditionally only", LWT: true}),
		Define[struct {
			Hour int64  `wide:"hour,partition"`
			Seq  int64  `wide:"seq,asc"`
			Data []byte `wide:"data,1,mandatory"`
		}](Spec{ID: 9, Name: "logs", TTL: 48 * time.Hour, Window: time.Hour, TimeSeries: true}),
	)
	got := strings.Join(schema.DDL(), ";\n\n") + ";\n"
	const golden = "testdata/schema.cql"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Fatalf("the schema changed; run with -update when it should:\n%s", got)
	}
}

// TestColumnSets: what Columns has named can be listed, each set once.
func TestColumnSets(t *testing.T) {
	full := defineFull()
	full.Columns("count", "title")
	full.Columns("body")
	full.Columns("title", "count")
	if got := full.Meta().ColumnSets(); !slices.Equal(got, []uint64{1 << 6, 1<<5 | 1<<10}) {
		t.Errorf("column sets %b", got)
	}
}

// Declarations that Define refuses.
type (
	noTag struct {
		A int64 `wide:"a,partition"`
		B int64
	}
	badKind struct {
		A int32 `wide:"a,partition"`
	}
	noPartition struct {
		A int64 `wide:"a,asc"`
	}
	noMandatory struct {
		A int64 `wide:"a,partition"`
		B int64 `wide:"b,1"`
	}
	sameName struct {
		A int64 `wide:"a,partition"`
		B int64 `wide:"a,1,mandatory"`
	}
	sameID struct {
		A int64 `wide:"a,partition"`
		B int64 `wide:"b,1,mandatory"`
		C int64 `wide:"c,1"`
	}
	setKey struct {
		A []int64 `wide:"a,partition"`
	}
	hiddenName struct {
		A int64 `wide:"a,partition"`
		B int64 `wide:"commit_id,1,mandatory"`
	}
	mandatorySet struct {
		A int64   `wide:"a,partition"`
		B []int64 `wide:"b,1,mandatory"`
	}
	badRole struct {
		A int64 `wide:"a,primary"`
	}
	idZero struct {
		A int64 `wide:"a,partition"`
		B int64 `wide:"b,0,mandatory"`
	}
	badName struct {
		A int64 `wide:"A b,partition"`
	}
	reservedName struct {
		A int64 `wide:"token,partition"`
	}
	mandatoryKey struct {
		A int64 `wide:"a,partition,mandatory"`
	}
	textWindow struct {
		A string `wide:"a,partition"`
	}
)

func TestDefineRefuses(t *testing.T) {
	ok := Spec{ID: 1, Name: "rows"}
	cases := []struct {
		name, want string
		define     func()
	}{
		{"no tag", "no wide tag", func() { Define[noTag](ok) }},
		{"unknown kind", "no column kind", func() { Define[badKind](ok) }},
		{"no partition", "no partition column", func() { Define[noPartition](ok) }},
		{"no mandatory column", "mandatory", func() { Define[noMandatory](ok) }},
		{"two names", "two columns are named", func() { Define[sameName](ok) }},
		{"two ids", "share id 1", func() { Define[sameID](ok) }},
		{"a set as key", "a set is neither", func() { Define[setKey](ok) }},
		{"a mandatory set", "a set is neither", func() { Define[mandatorySet](ok) }},
		{"the hidden column's name", "hidden column", func() { Define[hiddenName](ok) }},
		{"keys alone, written conditionally", "cannot be LWT", func() { Define[edgeRow](Spec{ID: 1, Name: "rows", LWT: true}) }},
		{"time series without TTL", "needs a TTL", func() { Define[edgeRow](Spec{ID: 1, Name: "rows", TimeSeries: true}) }},
		{"unknown role", "the role is", func() { Define[badRole](ok) }},
		{"column id 0", "the role is", func() { Define[idZero](ok) }},
		{"bad column name", "free CQL identifier", func() { Define[badName](ok) }},
		{"reserved column name", "free CQL identifier", func() { Define[reservedName](ok) }},
		{"mandatory key", "only a regular column", func() { Define[mandatoryKey](ok) }},
		{"not a struct", "not a struct", func() { Define[int64](ok) }},
		{"no table id", "no id", func() { Define[edgeRow](Spec{Name: "rows"}) }},
		{"bad table name", "free CQL identifier", func() { Define[edgeRow](Spec{ID: 1, Name: "Rows"}) }},
		{"fraction of a second", "whole seconds", func() { Define[edgeRow](Spec{ID: 1, Name: "rows", TTL: time.Millisecond}) }},
		{"window without TTL", "needs a TTL", func() { Define[edgeRow](Spec{ID: 1, Name: "rows", Window: time.Hour}) }},
		{"window of text", "not a bigint", func() { Define[textWindow](Spec{ID: 1, Name: "rows", TTL: time.Hour, Window: time.Hour}) }},
		{"table id twice", "shares its id or name", func() { NewSchema(Define[edgeRow](ok), Define[edgeRow](Spec{ID: 1, Name: "others"})) }},
		{"table name twice", "shares its id or name", func() { NewSchema(Define[edgeRow](ok), Define[edgeRow](Spec{ID: 2, Name: "rows"})) }},
		{"unknown column", "no regular column", func() { defineFull().Columns("title", "at") }},
		{"columns of another table", "another table", func() { defineFull().Update(fullRow{}, defineFull().Columns("title")) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, c.want) {
					t.Fatalf("panic %q, want %q", text, c.want)
				}
			}()
			c.define()
		})
	}
}
