// Package wide is Beep's one storage layer: tables declared once as plain structs, and the small set of operations that
// both the embedded engine (Pebble) and a CQL cluster can do exactly.
//
// # Model
//
// A table has partition columns, clustering columns (asc or desc) that order the rows of a partition, and regular columns
// with a number that is never reused. Partitions are the unit of atomicity and of placement. There are no secondary
// indexes, counters, joins or filters: a second way to find rows is a second table.
//
//   - A null and the zero value of a nullable column are the same thing. A mandatory column is always written, zero or not.
//   - A row exists while all its mandatory columns have a value. An Update of a row that is not there creates a row
//     without them, which reads as absent: so an edit never resurrects what was deleted. A table of key columns alone
//     exists from Insert to Delete.
//   - Every cell carries a write time in microseconds: the highest wins, whatever the order of arrival. A delete hides all
//     cells of its write time or earlier and wins ties. Of two values with equal write time the greater wins, compared as
//     CQL's bytes (so a negative integer beats a positive one). All writes of a commit without a time of their own share one.
//   - What was deleted or expired is remembered for TombstoneTTL, so that a late writer with an older write time cannot
//     bring it back. Writers later than that do not exist: a nonce may be claimed for 10 minutes.
//   - With a TTL every cell expires that long after it was committed (not after its write time).
//
// # Commits
//
// Commit is the only way to write. Without a condition it is a batch: atomic when it touches one partition, otherwise
// "all of it eventually" (isolation is not promised). With a condition it is a compare-and-set: the condition and all
// writes lie in one partition of one LWT table and the whole is linearizable; applied=false changed nothing and logged
// nothing. Rows of LWT tables are never written without a condition; deletion jobs may, see Write.Final. A table of key
// columns alone cannot be an LWT table, since CQL can only ask about columns (CommitColumn is hidden). Events commit with
// the writes. A commit without writes and events is a barrier: when it returns, all that reads have shown is durable.
//
// The package owns the declarations, the checks every engine must make (Commit.Validate, RawQuery.Validate), the key codec
// and the CQL text. It refuses to hold an engine, to know a Beep rule and to build statements at run time: what a table
// can be asked is finite. Tables, schemas and column sets are immutable after Define and safe to share; nothing here
// starts a goroutine.
//
//	type noteRow struct {
//		Owner core.UserID `wide:"owner_id,partition"`
//		ID    int64       `wide:"note_id,desc"`
//		Text  string      `wide:"text,1,mandatory"`
//		Tags  []int64     `wide:"tags,2"`
//	}
//
//	var (
//		notes    = wide.Define[noteRow](wide.Spec{ID: 7, Name: "notes", Doc: "one note a row"})
//		noteText = notes.Columns("text")
//	)
//
//	_, err := engine.Commit(ctx, wide.Commit{Writes: []wide.Write{notes.Insert(noteRow{Owner: 1, ID: 2, Text: "hi"})}})
//	page, err := notes.Range(ctx, engine, wide.Query[noteRow]{Partition: noteRow{Owner: 1}, Limit: 50})
package wide
