package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// TestEngines holds what is measured on what, and that nothing is left out in silence.
func TestEngines(t *testing.T) {
	cases := []struct {
		name, hosts, flag string
		ok                bool
		engines           []string
		skipped           string
	}{
		{"both", "127.0.0.1", "embedded,cql", true, []string{engineEmbedded, engineCQL}, ""},
		{"no cluster", "", "embedded,cql", true, []string{engineEmbedded}, "cql: BEEP_CQL_HOSTS is not set"},
		{"one", "127.0.0.1", "cql", true, []string{engineCQL}, ""},
		{"none of ours", "127.0.0.1", "postgres", false, nil, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(cqlHosts, c.hosts)
			o, err := parseFlags([]string{"-engines", c.flag})
			if (err == nil) != c.ok {
				t.Fatal(err)
			}
			if !slices.Equal(o.engines, c.engines) || !strings.HasPrefix(strings.Join(o.skipped, ";"), c.skipped) || (c.skipped == "") != (len(o.skipped) == 0) {
				t.Errorf("engines %q, skipped %q", o.engines, o.skipped)
			}
		})
	}
}

// TestPartsRunOnTheirEngines: once without an engine, and never on one that is not wanted.
func TestPartsRunOnTheirEngines(t *testing.T) {
	cases := []struct {
		name         string
		part, wanted []string
		ran          string
	}{
		{"of neither", nil, []string{engineEmbedded, engineCQL}, "-"},
		{"on both", []string{engineEmbedded, engineCQL}, []string{engineEmbedded, engineCQL}, "embedded cql"},
		{"on one of both", []string{engineCQL}, []string{engineEmbedded, engineCQL}, "cql"},
		{"on one that is not wanted", []string{engineCQL}, []string{engineEmbedded}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := &bench{options: options{engines: c.wanted}}
			var ran []string
			err := b.measure(t.Context(), part{name: "fake", engines: c.part, run: func(_ context.Context, b *bench) error {
				ran = append(ran, cmp.Or(b.engine, "-"))
				b.report.add("fake", "figure", 1, "", "")
				return nil
			}})
			if err != nil || strings.Join(ran, " ") != c.ran {
				t.Errorf("ran on %q, %v", ran, err)
			}
			for _, f := range b.report.Figures {
				if f.Engine != "" && !slices.Contains(c.part, f.Engine) {
					t.Errorf("a figure says it is of %s", f.Engine)
				}
			}
		})
	}
}

const kernelTable = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2352 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1B58 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0
   2: 0200007F:2352 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1 0000000000000000 100 0 0 10 0
   3: 0000000000000000FFFF00000100007F:2352 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4715 1 0000000000000000 100 0 0 10 0
   4: 0100007F:2352 0100007F:E1B2 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0
`

// TestListening takes the listener of an address, not its connections nor the same port of another address.
func TestListening(t *testing.T) {
	if got := listening(kernelTable, net.IPv4(127, 0, 0, 1).To4(), 9042); !slices.Equal(got, []string{"socket:[4711]", "socket:[4715]"}) {
		t.Errorf("%q", got)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if pid := listenerOf(l.Addr().String()); pid != os.Getpid() {
		t.Errorf("the listener is of process %d, want %d", pid, os.Getpid())
	}
	if pid := listenerOf("192.0.2.1:9042"); pid != 0 {
		t.Errorf("the listener of another machine is process %d", pid)
	}
}

// TestQueries takes counts from each other and says where they went.
func TestQueries(t *testing.T) {
	before := queries{map[string]int64{"messages": 10, "users": 3}, map[string]int64{}}
	after := queries{map[string]int64{"messages": 30, "users": 3, "sessions": 5}, map[string]int64{"outbox": 7}}
	q := after.since(before)
	if n := total(q.reads); n != 25 {
		t.Errorf("%d reads in all", n)
	}
	if n := total(q.reads, "messages", "message_buckets"); n != 20 {
		t.Errorf("%d reads of messages", n)
	}
	if got := perTable(q.reads, 10); got != "messages 2.00, sessions 0.50" {
		t.Errorf("%q", got)
	}
	if got := perTable(nil, 10); got != "none" {
		t.Errorf("%q", got)
	}
}

// TestRedis starts one, reads its numbers and ends it.
func TestRedis(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed: deploy/stack/stack fetch redis")
	}
	r, err := startRedis(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	before, err := r.use()
	if err != nil {
		t.Fatal(err)
	}
	after, err := r.use()
	if err != nil {
		t.Fatal(err)
	}
	if d := after.since(before); d.commands < 1 || d.out < 1000 {
		t.Errorf("one INFO was %+v", d)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if _, err := r.use(); err == nil {
		t.Error("it still answers")
	}
}

// TestPatience asks again after 503 and after nothing else.
func TestPatience(t *testing.T) {
	cases := []struct {
		name   string
		answer error
		asked  int
	}{
		{"a bad moment", &answerError{"GET /", 503, ""}, 2},
		{"a refusal", &answerError{"GET /", 403, ""}, 1},
		{"no answer", errors.New("connection refused"), 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				_ = patiently(func() error {
					if asked++; asked > 1 {
						return nil
					}
					return fmt.Errorf("join: %w", c.answer)
				})
				if asked != c.asked {
					t.Errorf("asked %d times, want %d", asked, c.asked)
				}
			})
		})
	}
}
