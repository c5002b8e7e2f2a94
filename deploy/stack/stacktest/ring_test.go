package stacktest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gocql/gocql"
)

// open connects to nodes of a ring; the session ends with the test.
func open(t *testing.T, c *Cassandra, consistency gocql.Consistency) *gocql.Session {
	t.Helper()
	conf := gocql.NewCluster(c.Hosts()...)
	conf.Consistency = consistency
	conf.Timeout, conf.ConnectTimeout = 20*time.Second, 10*time.Second
	conf.ReconnectInterval = 100 * time.Millisecond
	conf.Logger = silent{}
	session, err := conf.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// openAt connects to node i alone: it coordinates what is asked.
func openAt(t *testing.T, c *Cassandra, i int) *gocql.Session {
	t.Helper()
	conf := gocql.NewCluster(c.Host(i))
	conf.Consistency = gocql.Quorum
	conf.DisableInitialHostLookup = true
	conf.Timeout, conf.ConnectTimeout = 20*time.Second, 10*time.Second
	conf.Logger = silent{}
	session, err := conf.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

func run(t *testing.T, s *gocql.Session, query string, args ...any) {
	t.Helper()
	if err := s.Query(query, args...).Idempotent(true).Exec(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func makeTable(t *testing.T, s *gocql.Session, copies int) {
	t.Helper()
	run(t, s, "CREATE KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': "+strconv.Itoa(copies)+"}")
	run(t, s, "CREATE TABLE k.rows (id bigint PRIMARY KEY, text text)")
}

func count(t *testing.T, s *gocql.Session) int {
	t.Helper()
	var n int
	if err := s.Query("SELECT count(*) FROM k.rows").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// commandLine is that of node i's process.
func commandLine(t *testing.T, c *Cassandra, i int) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.nodes[i].cmd.Process.Pid), "cmdline"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\x00", " ")
}

// One node through everything that can be done to it: what it acknowledged is there after kill -9; frozen it is not up.
func TestNodeIsHurtAndComesBack(t *testing.T) {
	c := StartCassandra(t, Options{Durable: true})

	line := commandLine(t, c, 0)
	if !strings.Contains(line, "CassandraDaemon") || strings.Contains(line, "skip_sync") || strings.Contains(line, "unsafesystem") {
		t.Errorf("a durable node runs as %s", line)
	}
	if yaml, _ := os.ReadFile(filepath.Join(c.nodes[0].folder, "cassandra.yaml")); !strings.Contains(string(yaml), "commitlog_sync: batch\n") {
		t.Errorf("a durable node's configuration does not sync each write:\n%s", yaml)
	}

	const rows = 50
	s := open(t, c, gocql.One)
	makeTable(t, s, 1)
	for i := range rows {
		run(t, s, "INSERT INTO k.rows (id, text) VALUES (?, 'x')", int64(i))
	}
	s.Close()
	c.Kill(0)
	c.Kill(0) // nothing to do
	if err := c.probe(t.Context(), 0); err == nil {
		t.Fatal("a killed node answers")
	}
	c.Restart(0)
	c.WaitUp(0)
	if got := count(t, open(t, c, gocql.One)); got != rows {
		t.Errorf("%d rows after kill -9, want %d", got, rows)
	}

	c.Pause(0)
	if err := c.probe(t.Context(), 0); err == nil {
		t.Error("a frozen node answers")
	}
	c.Resume(0)
	c.WaitUp(0)
}

// Three nodes take a minute on two cores, so this one runs where services are required.
func TestRingSurvivesANode(t *testing.T) {
	if os.Getenv("BEEP_REQUIRE_SERVICES") == "" {
		t.Skip("a ring of three is slow: BEEP_REQUIRE_SERVICES=1 runs it")
	}
	c := StartCassandra(t, Options{Nodes: 3, Durable: true})
	s := open(t, c, gocql.Quorum)
	makeTable(t, s, 3)
	run(t, s, "INSERT INTO k.rows (id, text) VALUES (1, 'three nodes')")
	c.Kill(2)
	run(t, s, "INSERT INTO k.rows (id, text) VALUES (2, 'two nodes')")
	c.Restart(2)
	c.WaitUp(2)
	// Up means: each node knows the tables and reaches all copies, without another try.
	for i := range 3 {
		for range 10 {
			if err := c.seesAll(t.Context(), i); err != nil {
				t.Errorf("node %d does not see all after WaitUp: %v", i, err)
			}
		}
		if got := count(t, openAt(t, c, i)); got != 2 {
			t.Errorf("%d rows asked at node %d, want 2", got, i)
		}
	}
	if got := count(t, s); got != 2 {
		t.Errorf("%d rows, want 2", got)
	}
}

func TestOptions(t *testing.T) {
	for nodes, want := range map[int]int{0: 1, 1: 1, 3: 3, 4: 0, -1: 0} {
		o, err := Options{Nodes: nodes}.normal()
		if ok := want != 0; ok != (err == nil) || ok && o.Nodes != want {
			t.Errorf("%d nodes: %d, %v; want %d", nodes, o.Nodes, err, want)
		}
	}
}
