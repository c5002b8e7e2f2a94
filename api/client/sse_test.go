package client

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func blocks(r io.Reader) ([]Block, error) {
	reader := NewBlockReader(r)
	var list []Block
	for {
		b, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, b)
	}
}

func TestBlocks(t *testing.T) {
	data := func(s string) Block { return Block{Event: "message", Data: s} }
	for _, c := range []struct {
		name, stream string
		want         []Block
	}{
		{"nothing", "", nil},
		{"plain", "event: ready\nid: e.1\ndata: {}\n\n", []Block{{ID: "e.1", HasID: true, Event: "ready", Data: "{}"}}},
		{"crlf", "data: a\r\n\r\ndata: b\r\n\r\n", []Block{data("a"), data("b")}},
		{"cr", "data: a\r\rdata: b\r\r", []Block{data("a"), data("b")}},
		{"mixed line ends", "data: a\r\ndata: b\n\r\n", []Block{data("a\nb")}},
		{"byte order mark", "\uFEFFdata: a\n\n", []Block{data("a")}},
		{"byte order mark later", "data: a\n\n\uFEFFdata: b\n\n", []Block{data("a")}},
		{"comment", ":\n\n: ping\n\ndata: a\n\n", []Block{data("a")}},
		{"several lines", "data: a\ndata\ndata: b\n\n", []Block{data("a\n\nb")}},
		{"one space goes", "data:  a\n\ndata:b\n\n", []Block{data(" a"), data("b")}},
		{"colons in the value", "data: a:b: c\n\n", []Block{data("a:b: c")}},
		{"cut off", "data: a\n\ndata: b\n", []Block{data("a")}},
		{"unknown field", "datum: a\nDATA: b\n data: c\ndata: d\n\n", []Block{data("d")}},
		{"retry", "retry: 2500\n\n", []Block{{Event: "message", Retry: 2500 * time.Millisecond}}},
		{"retry that is none", "retry: -1\nretry: 1.5\nretry:\nretry: 99999999999\ndata: a\n\n", []Block{data("a")}},
		{"empty id", "id\ndata: a\n\n", []Block{{HasID: true, Event: "message", Data: "a"}}},
		{"nul in the id", "id: a\x00b\ndata: a\n\n", []Block{data("a")}},
		{"last id wins", "id: 1\nid: 2\ndata: a\n\n", []Block{{ID: "2", HasID: true, Event: "message", Data: "a"}}},
		{"empty event name", "event: x\nevent\ndata: a\n\n", []Block{data("a")}},
		{"line separator is data", "data: a\u2028b\n\n", []Block{data("a\u2028b")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := blocks(strings.NewReader(c.stream))
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v\ngot  %+v\nwant %+v", err, got, c.want)
			}
		})
	}
}

func TestBlockIsBounded(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("data: "), iotest.OneByteReader(zeroes{}))
	if _, err := blocks(io.LimitReader(endless, 3*maxBlock)); !errors.Is(err, ErrBlockTooLarge) {
		t.Errorf("one line: %v", err)
	}
	lines := strings.NewReader(strings.Repeat("data: "+strings.Repeat("a", 1000)+"\n", 2*maxBlock/1000))
	if _, err := blocks(lines); !errors.Is(err, ErrBlockTooLarge) {
		t.Errorf("many lines: %v", err)
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// An event must be handed out when its last line end is there, without waiting for a byte more.
func TestBlockDoesNotWaitAfterCR(t *testing.T) {
	r, w := io.Pipe()
	go fmt.Fprint(w, "data: a\r\r")
	b, err := NewBlockReader(r).Next()
	if err != nil || b.Data != "a" {
		t.Errorf("%+v %v", b, err)
	}
}

func FuzzBlocks(f *testing.F) {
	for _, seed := range []string{"data: a\n\n", "\uFEFFid: 1\r\nevent: x\r\ndata: b\r\n\r\n", "retry: 1\n\n:\n\n", "data\r\rdata\n\n", "id: \x00\ndata: \xff\n\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		whole, err := blocks(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		split, err := blocks(iotest.OneByteReader(strings.NewReader(string(raw))))
		if err != nil || !slices.Equal(whole, split) {
			t.Fatalf("cut into bytes it reads differently: %v\n%+v\n%+v", err, whole, split)
		}
		var b strings.Builder
		for _, one := range whole {
			if strings.ContainsAny(one.ID+one.Event, "\r\n") || strings.Contains(one.ID, "\x00") || strings.Contains(one.Data, "\r") {
				t.Fatalf("a line end inside %+v", one)
			}
			write(&b, one)
		}
		again, err := blocks(strings.NewReader(b.String()))
		if err != nil || !slices.Equal(whole, again) {
			t.Fatalf("written and read again it differs: %v\n%+v\n%+v", err, whole, again)
		}
	})
}

// write is the inverse of Next.
func write(b *strings.Builder, one Block) {
	if one.HasID {
		fmt.Fprintf(b, "id: %s\n", one.ID)
	}
	if one.Retry > 0 {
		fmt.Fprintf(b, "retry: %d\n", one.Retry.Milliseconds())
	}
	fmt.Fprintf(b, "event: %s\n", one.Event)
	if one.Data != "" {
		for line := range strings.SplitSeq(one.Data, "\n") {
			fmt.Fprintf(b, "data: %s\n", line)
		}
	}
	b.WriteString("\n")
}
