package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestConn asks a real server, which answers with a length and in chunks.
func TestConn(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/long":
			for range 100 {
				_, _ = w.Write(bytes.Repeat([]byte("x"), 700))
			}
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		default:
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(r.Method + " " + r.Header.Get("Authorization") + " " + string(body)))
		}
	}))
	defer s.Close()
	c, err := dial(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 { // on one connection: each answer is read to its end
		status, body, err := c.do("POST", "/", "tok", []byte(`{"a":1}`))
		if err != nil || status != 201 || string(body) != `POST Bearer tok {"a":1}` {
			t.Fatalf("%d %q %v", status, body, err)
		}
		if status, body, err = c.do("GET", "/long", "", nil); err != nil || status != 200 || len(body) != 70_000 {
			t.Fatalf("%d %d bytes %v", status, len(body), err)
		}
		if status, body, err = c.do("GET", "/empty", "", nil); err != nil || status != 204 || len(body) != 0 {
			t.Fatalf("%d %q %v", status, body, err)
		}
	}
}

// TestListenerCountsEveryMark cuts a stream at every place.
func TestListenerCountsEveryMark(t *testing.T) {
	stamp := sentAt + strconv.FormatInt(time.Now().Add(-time.Second).UnixNano(), 10)
	stream := "event: message.created\ndata: " + stamp + "\n\nevent: message.updated\ndata: 2\n\nevent: message.created\ndata: 3\n\n"
	for cut := range len(stream) {
		ours, theirs := net.Pipe()
		var heard atomic.Int64
		l := &listener{conn: &conn{Conn: ours, r: bufio.NewReaderSize(ours, 4<<10)}, heard: &heard, mark: []byte("event: message.created"), latency: newHistogram()}
		go func() {
			_, _ = io.WriteString(theirs, stream[:cut])
			_, _ = io.WriteString(theirs, stream[cut:])
			_ = theirs.Close()
		}()
		l.read()
		if got := heard.Load(); got != 2 {
			t.Errorf("cut at %d: %d deliveries, want 2", cut, got)
		}
		if n := l.latency.TotalCount(); n > 1 || n == 1 && (l.latency.Max() < 900_000 || l.latency.Max() > 30_000_000) {
			t.Errorf("cut at %d: %d latencies, up to %d µs", cut, n, l.latency.Max())
		}
	}
}

func TestFlags(t *testing.T) {
	cases := []struct {
		name string
		args []string
		ok   bool
	}{
		{"defaults", nil, true},
		{"two parts", []string{"-parts", "sends,disk"}, true},
		{"unknown part", []string{"-parts", "sends,cake"}, false},
		{"too long", []string{"-duration", "11m"}, false},
		{"no senders", []string{"-senders", "0"}, false},
		{"short history", []string{"-history", "10"}, false},
		{"no number", []string{"-history", "many"}, false},
		{"quick", []string{"-quick"}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := parseFlags(c.args); (err == nil) != c.ok {
				t.Errorf("%v", err)
			}
		})
	}
}
