package redis

import (
	"strings"
	"testing"
)

func TestParseFrame(t *testing.T) {
	f, err := parseFrame("e ep 7 99 2,0,3\nab\nxy")
	if err != nil || f.probe || f.epoch != "ep" || f.position != 7 || f.ms != 99 || len(f.events) != 3 ||
		string(f.events[0]) != "ab" || len(f.events[1]) != 0 || string(f.events[2]) != "\nxy" {
		t.Errorf("%+v, %v", f, err)
	}
	f, err = parseFrame("p ep 7 99 node-5\n")
	if err != nil || !f.probe || f.position != 7 || f.tag != "node-5" {
		t.Errorf("%+v, %v", f, err)
	}
	for _, bad := range []string{"", "\n", "e ep 7 99 2", "e ep 7 99 2\na", "e ep 7 99 2\nabc", "e ep -7 99 1\na", "e ep 7 x 1\na",
		"e ep 7 99 \na", "e ep 7 99 -1\n", "e ep 7 99 99999999999\na", "x ep 7 99 1\na", "e ep 7 99\n"} {
		if f, err := parseFrame(bad); err == nil {
			t.Errorf("%q is %+v", bad, f)
		}
	}
}

func FuzzParseFrame(f *testing.F) {
	f.Add("e ep 7 99 2,0,3\nab\nxy")
	f.Add("p ep 7 99 node-5\n")
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := parseFrame(s)
		if err != nil {
			return
		}
		size := 0
		for _, e := range parsed.events {
			size += len(e)
		}
		if _, body, _ := strings.Cut(s, "\n"); !parsed.probe && size != len(body) {
			t.Errorf("%q: %d bytes of events in %d", s, size, len(body))
		}
	})
}

func FuzzParseMessage(f *testing.F) {
	f.Add("h node topic\ndata")
	f.Add("e node\n\x01")
	f.Fuzz(func(t *testing.T, s string) {
		if m, _, ok := parseMessage(s); ok && len(m.data) > MaxHintBytes {
			t.Errorf("a hint of %d bytes", len(m.data))
		}
	})
}
