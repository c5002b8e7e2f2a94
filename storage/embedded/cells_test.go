package embedded

import (
	"reflect"
	"testing"

	"github.com/beep-chat/beep/storage/wide"
)

func fuzzState(base, second int64, text string, n int64, tomb int64, null bool, expires int64) rowState {
	s := rowState{cells: make([]cell, 9)}
	t := func(v int64) int64 { return max(1, v&(wide.MaxWriteTime-1)) }
	s.cells[3] = cell{value: wide.Value{Int: n, Valid: true}, time: t(base), at: expires & 0xFFFFFFFFFFF}
	s.cells[4] = cell{value: wide.Value{Str: text, Valid: true}, time: t(second)}
	s.cells[8] = cell{value: wide.Value{Str: wide.EncodeSet([]int64{n, base}), Valid: true}, time: t(base + second)}
	if null {
		s.cells[6] = cell{time: t(second + 1), at: 7}
	}
	if tomb != 0 {
		s.tomb, s.tombAt = t(tomb), expires&0xFFFFFFFFFFF
	}
	return s
}

// FuzzRowRoundTrip checks that a row reads back as it was written, with its times.
func FuzzRowRoundTrip(f *testing.F) {
	f.Add(int64(1), int64(2), "text", int64(-1), int64(0), false, int64(0))
	f.Add(int64(1_700_000_000_000_000), int64(1_700_000_000_000_001), "", int64(1)<<62, int64(5), true, int64(1_700_000_000_000))
	m := newBenchTables().posts.Meta()
	f.Fuzz(func(t *testing.T, base, second int64, text string, n, tomb int64, null bool, expires int64) {
		s := fuzzState(base, second, text, n, tomb, null, expires)
		got := rowState{cells: make([]cell, 9)}
		if err := decodeState(m, s.append(nil, m), &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(s, got) {
			t.Fatalf("got  %+v\nwant %+v", got, s)
		}
	})
}

// FuzzRowDecode checks that no stored bytes make the decoders panic, and that both see the same row.
func FuzzRowDecode(f *testing.F) {
	m := newBenchTables().posts.Meta()
	s := fuzzState(5, 6, "text", 7, 3, true, 9)
	f.Add(s.append(nil, m))
	f.Add([]byte{rowFormat, 0, 0, 200, 0, 5})
	f.Add([]byte{partitionFormat, 1, 1})
	f.Fuzz(func(t *testing.T, value []byte) {
		state := rowState{cells: make([]cell, 9)}
		stateErr := decodeState(m, value, &state)
		row := make(wide.Row, 9)
		present, rowErr := decodeRow(m, value, 0, 0, row)
		if (stateErr == nil) != (rowErr == nil) {
			t.Fatalf("state: %v, row: %v", stateErr, rowErr)
		}
		if rowErr == nil && present && !row[3].Valid {
			t.Fatal("present without its mandatory column")
		}
		_, _, _ = decodeGrave(value)
	})
}

// TestDroppedColumn checks that a row written with more columns than the table has now can be read.
func TestDroppedColumn(t *testing.T) {
	type slim struct {
		Channel int64  `wide:"channel_id,partition"`
		Bucket  int64  `wide:"bucket,partition"`
		ID      int64  `wide:"message_id,desc"`
		Author  int64  `wide:"author_id,1,mandatory"`
		Version int64  `wide:"version,5"`
		New     string `wide:"new,9"`
	}
	s := fuzzState(5, 6, "text", 7, 0, true, 0)
	s.cells[7] = cell{value: wide.Value{Int: 12, Valid: true}, time: 5}
	value := s.append(nil, newBenchTables().posts.Meta())
	m := wide.Define[slim](wide.Spec{ID: 1, Name: "posts"}).Meta()
	row := make(wide.Row, 6)
	present, err := decodeRow(m, value, 0, 0, row)
	if err != nil || !present || row[3].Int != 7 || row[4].Int != 12 || row[5].Valid {
		t.Fatalf("present=%v err=%v row=%+v", present, err, row)
	}
}
