package wide

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

func keyRow(owner int64, space string, at int64, tag []byte, hot bool) fullRow {
	return fullRow{Owner: userID(owner), Space: space, At: time.UnixMilli(at).UTC(), Tag: tag, Hot: hot}
}

// FuzzKey checks that encoded keys sort as rows do, that partitions sort together, and that keys read back.
func FuzzKey(f *testing.F) {
	f.Add(int64(1), "a", int64(5), []byte("x"), true, int64(1), "a\x00", int64(5), []byte("x"), false)
	f.Add(int64(-1), "", int64(-5), []byte{0}, true, int64(0), "", int64(5), []byte{0, 255}, true)
	f.Add(int64(1), "s", int64(0), []byte{0, 1}, true, int64(1), "s", int64(0), []byte{0}, true)
	f.Add(int64(1)<<62, "\xff", int64(1)<<40, []byte{255}, true, int64(1)<<62, "\xff\xff", int64(1)<<40, []byte{}, true)
	table := defineFull()
	m := table.Meta()
	f.Fuzz(func(t *testing.T, owner1 int64, space1 string, at1 int64, tag1 []byte, hot1 bool,
		owner2 int64, space2 string, at2 int64, tag2 []byte, hot2 bool) {
		const year9999 = 253_402_300_799_999 // beyond it, milliseconds overflow time.Time's own arithmetic
		a, b := keyRow(owner1, space1, at1%year9999, tag1, hot1), keyRow(owner2, space2, at2%year9999, tag2, hot2)
		ra, rb := table.row(&a), table.row(&b)
		ka, kb := m.AppendKey(nil, ra), m.AppendKey(nil, rb)
		if got, want := bytes.Compare(ka, kb), m.CompareKeys(ra, rb); got != want {
			t.Fatalf("keys %x and %x compare %d, rows %d", ka, kb, got, want)
		}
		pa, pb := m.AppendPartition(nil, ra), m.AppendPartition(nil, rb)
		if bytes.HasPrefix(ka, pb) != bytes.Equal(pa, pb) {
			t.Fatalf("key %x lies in the partition %x", ka, pb)
		}
		if end := Successor(bytes.Clone(pa)); end != nil && (bytes.Compare(ka, pa) < 0 || bytes.Compare(ka, end) >= 0) {
			t.Fatalf("key %x is outside of %x..%x", ka, pa, end)
		}
		back := make(Row, len(m.Columns))
		if err := m.DecodeKey(ka, back); err != nil {
			t.Fatal(err)
		}
		for _, i := range m.Key {
			if back[i] != ra[i] {
				t.Fatalf("column %s: %+v became %+v", m.Columns[i].Name, ra[i], back[i])
			}
		}
	})
}

// FuzzDecodeKey checks that no bytes make the decoder panic and that what it accepts is the one encoding.
func FuzzDecodeKey(f *testing.F) {
	table := defineFull()
	m := table.Meta()
	r := keyRow(1, "a\x00", 2, []byte{0}, true)
	f.Add(m.AppendKey(nil, table.row(&r)))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, key []byte) {
		row := make(Row, len(m.Columns))
		if err := m.DecodeKey(key, row); err != nil {
			return
		}
		if again := m.AppendKey(nil, row); !bytes.Equal(again, key) {
			t.Fatalf("%x reads as a row that is written %x", key, again)
		}
	})
}

// TestKeyOrder holds the cases a simpler end of text would get wrong.
func TestKeyOrder(t *testing.T) {
	type pair struct {
		Name string `wide:"name,partition"`
		N    int64  `wide:"n,asc"`
	}
	table := Define[pair](Spec{ID: 1, Name: "pairs"})
	ascending := []pair{{"", -1}, {"", 1<<63 - 1}, {"\x00", -1 << 63}, {"\x00\x00", 0}, {"\x00\x01", 0}, {"a", 1<<63 - 1}, {"a\x00", -1 << 63}, {"a\x00\xff", 0}, {"a\x01", 0}}
	for i := 1; i < len(ascending); i++ {
		a := table.meta.AppendKey(nil, table.row(&ascending[i-1]))
		b := table.meta.AppendKey(nil, table.row(&ascending[i]))
		if bytes.Compare(a, b) >= 0 {
			t.Errorf("%+v is written %x, not before %x", ascending[i-1], a, b)
		}
	}
}

func TestSuccessor(t *testing.T) {
	for _, c := range []struct{ in, want []byte }{{[]byte{1, 2}, []byte{1, 3}}, {[]byte{1, 255}, []byte{2}}, {[]byte{255}, nil}, {nil, nil}} {
		if got := Successor(bytes.Clone(c.in)); !bytes.Equal(got, c.want) {
			t.Errorf("Successor(%x) = %x, want %x", c.in, got, c.want)
		}
	}
}

// FuzzRow checks that a struct comes back from a Row as it went in.
func FuzzRow(f *testing.F) {
	f.Add(int64(1), "s", int64(5), []byte("b"), true, int64(-7), uint64(1)<<63)
	f.Add(int64(0), "", int64(0), []byte{}, false, int64(0), uint64(0))
	table := defineFull()
	f.Fuzz(func(t *testing.T, owner int64, text string, ms int64, blob []byte, flag bool, n int64, bits uint64) {
		const year9999 = 253_402_300_799_999
		at := time.UnixMilli(ms % year9999).UTC()
		r := fullRow{Owner: userID(owner), Space: text, At: at, Hot: flag, Title: text, Done: flag, Due: at, Count: n, Bits: bits}
		if len(blob) > 0 {
			r.Tag, r.Body = blob, blob
		}
		if n != owner {
			r.Refs = []userID{userID(min(n, owner)), userID(max(n, owner))}
		}
		var back fullRow
		row := table.row(&r)
		table.fill(&back, row)
		if !reflect.DeepEqual(r, back) {
			t.Fatalf("got  %+v\nwant %+v", back, r)
		}
	})
}

// TestRowsShareNothing checks that a Write does not change when its maker changes the struct's slices.
func TestRowsShareNothing(t *testing.T) {
	table := defineFull()
	r := fullRow{Body: []byte("abc"), Refs: []userID{2, 1, 2}}
	w := table.Insert(r)
	r.Body[0], r.Refs[0] = 'x', 9
	var back fullRow
	table.fill(&back, w.Row)
	if string(back.Body) != "abc" || !reflect.DeepEqual(back.Refs, []userID{1, 2}) {
		t.Fatalf("the write became %+v", back)
	}
}

func TestCompareCells(t *testing.T) {
	v := func(n int64) Value { return Value{Int: n, Valid: true} }
	s := func(text string) Value { return Value{Str: text, Valid: true} }
	for _, c := range []struct {
		name   string
		kind   Kind
		lo, hi Value
	}{
		{"numbers", KindInt, v(1), v(2)},
		{"negative above positive", KindInt, v(1), v(-1)},
		{"times before 1970", KindTime, v(1), v(-1)},
		{"booleans", KindBool, v(0), v(1)},
		{"texts", KindText, s("a"), s("ab")},
		{"blobs", KindBlob, s("\x7f"), s("\x80")},
		{"more members", KindSet, s(EncodeSet([]int64{9})), s(EncodeSet([]int64{1, 2}))},
		{"null above all", KindInt, v(-1), Value{}},
	} {
		if CompareCells(c.kind, c.lo, c.hi) >= 0 || CompareCells(c.kind, c.hi, c.lo) <= 0 || CompareCells(c.kind, c.hi, c.hi) != 0 {
			t.Errorf("%s: %+v is not below %+v", c.name, c.lo, c.hi)
		}
	}
}
