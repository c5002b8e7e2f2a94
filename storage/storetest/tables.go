package storetest

import (
	"time"

	"github.com/beep-chat/beep/storage/wide"
)

// noteRow has every kind of regular column, two partition columns, and clustering in both directions.
type noteRow struct {
	Owner int64     `wide:"owner_id,partition"`
	Space string    `wide:"space,partition"`
	ID    int64     `wide:"note_id,desc"`
	Tag   string    `wide:"tag,asc"`
	Title string    `wide:"title,1,mandatory"`
	Body  string    `wide:"body,2"`
	Done  bool      `wide:"done,3"`
	Due   time.Time `wide:"due_at,4"`
	Raw   []byte    `wide:"raw,5"`
	Refs  []int64   `wide:"refs,6"`
	Count int64     `wide:"count,7"`
	Bits  uint64    `wide:"bits,8"`
}

// orderRow clusters by the kinds noteRow does not.
type orderRow struct {
	Owner int64     `wide:"owner_id,partition"`
	At    time.Time `wide:"at,desc"`
	Hot   bool      `wide:"hot,asc"`
	Key   []byte    `wide:"raw_key,desc"`
	N     int64     `wide:"n,1,mandatory"`
}

// edgeRow has key columns only.
type edgeRow struct {
	From int64 `wide:"from_id,partition"`
	To   int64 `wide:"to_id,asc"`
}

// docRow has no clustering columns.
type docRow struct {
	Name string `wide:"name,partition"`
	N    int64  `wide:"n,1,mandatory"`
	Text string `wide:"text,2"`
}

// claimRow is written conditionally only.
type claimRow struct {
	Name   string `wide:"name,partition"`
	Slot   int64  `wide:"slot,asc"`
	Holder int64  `wide:"holder_id,1,mandatory"`
	Count  int64  `wide:"count,2"`
	Note   string `wide:"note,3"`
}

// briefRow expires.
type briefRow struct {
	Owner int64  `wide:"owner_id,partition"`
	Seq   int64  `wide:"seq,asc"`
	Value string `wide:"value,1,mandatory"`
	Extra string `wide:"extra,2"`
}

// briefTTL is short enough to wait for on an engine whose clock cannot be moved.
const briefTTL = 2 * time.Second

// tables are the suite's own, with the column sets its updates name.
type tables struct {
	notes  *wide.Table[noteRow]
	orders *wide.Table[orderRow]
	edges  *wide.Table[edgeRow]
	docs   *wide.Table[docRow]
	claims *wide.Table[claimRow]
	briefs *wide.Table[briefRow]
	scans  *wide.Table[orderRow]

	noteBody, noteTitle, noteAll, claimCount, claimHolder, docText, briefValue, briefExtra wide.Columns
}

var declared = newTables()

func newTables() *tables {
	t := &tables{
		notes:  wide.Define[noteRow](wide.Spec{ID: 60001, Name: "test_notes", Doc: "every kind of column"}),
		orders: wide.Define[orderRow](wide.Spec{ID: 60002, Name: "test_orders", Doc: "clustering by time, boolean and blob"}),
		edges:  wide.Define[edgeRow](wide.Spec{ID: 60003, Name: "test_edges", Doc: "keys alone"}),
		docs:   wide.Define[docRow](wide.Spec{ID: 60004, Name: "test_docs", Doc: "one row a partition"}),
		claims: wide.Define[claimRow](wide.Spec{ID: 60005, Name: "test_claims", Doc: "conditional writes", LWT: true}),
		briefs: wide.Define[briefRow](wide.Spec{ID: 60006, Name: "test_briefs", Doc: "rows that expire", TTL: briefTTL}),
		scans:  wide.Define[orderRow](wide.Spec{ID: 60007, Name: "test_scans", Doc: "read as a whole"}),
	}
	t.noteBody = t.notes.Columns("body")
	t.noteTitle = t.notes.Columns("title")
	t.noteAll = t.notes.Columns("title", "body", "done", "due_at", "raw", "refs", "count", "bits")
	t.claimCount = t.claims.Columns("count", "note")
	t.claimHolder = t.claims.Columns("holder_id")
	t.docText = t.docs.Columns("text")
	t.briefValue = t.briefs.Columns("value")
	t.briefExtra = t.briefs.Columns("extra")
	return t
}

// Schema is what an engine under test must be opened with.
func Schema() wide.Schema {
	t := declared
	return wide.NewSchema(t.notes, t.orders, t.edges, t.docs, t.claims, t.briefs, t.scans)
}
