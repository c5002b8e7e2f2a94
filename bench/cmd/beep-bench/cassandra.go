package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gocql/gocql"

	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/cql"
)

// The settings of `beep serve` that say where the cluster is. The keyspace and Redis are the bench's own.
const (
	cqlHosts       = "BEEP_CQL_HOSTS"
	cqlDatacenter  = "BEEP_CQL_DATACENTER"
	cqlReplication = "BEEP_CQL_REPLICATION"
	cqlUsername    = "BEEP_CQL_USERNAME"
	cqlPassword    = "BEEP_CQL_PASSWORD"
)

const cqlTimeout = time.Minute // of what the bench itself asks; a keyspace is dropped slowly

// cassandra is a keyspace of its own on the cluster, and one session with each server: the servers' own counters are read
// there, which count this keyspace's tables exactly, whoever else uses the servers.
type cassandra struct {
	keyspace string
	sessions []*gocql.Session
	pids     []int // of the servers, if all run on this machine
}

func hosts() []string { return strings.Split(os.Getenv(cqlHosts), ",") }

// cqlSettings are what the nodes are told of the cluster. One copy of each row unless something else is wanted.
func cqlSettings() []string {
	out := []string{cqlReplication + "=1"}
	for _, name := range []string{cqlHosts, cqlDatacenter, cqlReplication, cqlUsername, cqlPassword} {
		if v := os.Getenv(name); v != "" {
			out = append(out, name+"="+v)
		}
	}
	return out
}

func openCassandra(ctx context.Context) (*cassandra, error) {
	c := &cassandra{keyspace: "beep_bench_" + strings.ToLower(rand.Text()[:12])}
	for _, host := range hosts() {
		s, err := dialCassandra(host)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("reach %s of %s: %w", host, cqlHosts, err), c.drop())
		}
		c.sessions = append(c.sessions, s)
		if pid := listenerOf(host); pid != 0 {
			c.pids = append(c.pids, pid)
		}
	}
	return c, ctx.Err()
}

// cpu is the processor time of all servers; known is false where some cannot be seen.
func (c *cassandra) cpu() (used time.Duration, known bool) {
	for _, pid := range c.pids {
		used += cpuOf(pid)
	}
	return used, len(c.pids) == len(c.sessions)
}

// dialCassandra talks to one server and no other.
func dialCassandra(host string) (*gocql.Session, error) {
	c := gocql.NewCluster(host)
	c.Timeout, c.ConnectTimeout = cqlTimeout, 5*time.Second
	c.DisableInitialHostLookup = true
	c.Consistency = gocql.One
	if user := os.Getenv(cqlUsername); user != "" {
		c.Authenticator = gocql.PasswordAuthenticator{Username: user, Password: os.Getenv(cqlPassword)}
	}
	return c.CreateSession()
}

// drop removes the keyspace, if a node came so far as to make it.
func (c *cassandra) drop() error {
	ctx, cancel := context.WithTimeout(context.Background(), cqlTimeout)
	defer cancel()
	var err error
	if len(c.sessions) > 0 {
		if err = c.sessions[0].Query("DROP KEYSPACE IF EXISTS " + c.keyspace).WithContext(ctx).Exec(); err != nil {
			err = fmt.Errorf("drop keyspace %s: %w; drop it by hand", c.keyspace, err)
		}
	}
	for _, s := range c.sessions {
		s.Close()
	}
	return err
}

// stores are the product's own stores in the keyspace; close ends them.
func (c *cassandra) stores(ctx context.Context) (*storage.Stores, func() error, error) {
	o := cql.Options{Hosts: hosts(), Datacenter: os.Getenv(cqlDatacenter), Keyspace: c.keyspace, Username: os.Getenv(cqlUsername),
		Password: os.Getenv(cqlPassword), Schema: storage.Schema(), SchemaVersion: storage.SchemaVersion, NoCreateKeyspace: true}
	e, err := cql.Open(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	return storage.New(e, time.Now), e.Close, nil
}

// queries counts what the replicas did for each table.
type queries struct{ reads, writes map[string]int64 }

// queries asks all servers.
func (c *cassandra) queries(ctx context.Context) (queries, error) {
	q := queries{map[string]int64{}, map[string]int64{}}
	for view, into := range map[string]map[string]int64{"local_read_latency": q.reads, "local_scan_latency": q.reads, "local_write_latency": q.writes} {
		for _, s := range c.sessions {
			var table string
			var n int64
			rows := s.Query("SELECT table_name, count FROM system_views."+view+" WHERE keyspace_name = ? ALLOW FILTERING", c.keyspace).WithContext(ctx).Iter()
			for rows.Scan(&table, &n) {
				into[table] += n
			}
			if err := rows.Close(); err != nil {
				return q, fmt.Errorf("read the server's counters: %w", err)
			}
		}
	}
	return q, nil
}

// since is what came after an earlier count.
func (q queries) since(before queries) queries {
	less := func(now, then map[string]int64) map[string]int64 {
		out := map[string]int64{}
		for table, n := range now {
			if d := n - then[table]; d > 0 {
				out[table] = d
			}
		}
		return out
	}
	return queries{less(q.reads, before.reads), less(q.writes, before.writes)}
}

func total(of map[string]int64, tables ...string) (n int64) {
	for table, count := range of {
		if len(tables) == 0 || slices.Contains(tables, table) {
			n += count
		}
	}
	return n
}

// perTable says where the queries went, the most first, each divided by what they were for.
func perTable(of map[string]int64, by float64) string {
	tables := slices.SortedFunc(maps.Keys(of), func(a, b string) int { return int(of[b] - of[a]) })
	var out []string
	for _, t := range tables {
		if each := float64(of[t]) / by; each >= 0.01 {
			out = append(out, t+" "+number(each))
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// flushWait is how long a table is given to be written out, several times the period that is asked for.
const flushWait = 8 * time.Second

// bytesOnDisk has the servers write a table out and gives its size there, to the megabyte, of all copies.
func (c *cassandra) bytesOnDisk(ctx context.Context, tables ...string) (float64, error) {
	for _, table := range tables {
		// The one way to flush that needs no tool beside CQL; the keyspace is the bench's own.
		q := fmt.Sprintf("ALTER TABLE %s.%s WITH memtable_flush_period_in_ms = 2000", c.keyspace, table)
		if err := c.sessions[0].Query(q).WithContext(ctx).Exec(); err != nil {
			return 0, fmt.Errorf("have %s flushed: %w", table, err)
		}
	}
	select {
	case <-time.After(flushWait):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	var sum int64
	for _, s := range c.sessions {
		var table string
		var megabytes int64
		rows := s.Query("SELECT table_name, mebibytes FROM system_views.disk_usage WHERE keyspace_name = ? ALLOW FILTERING", c.keyspace).WithContext(ctx).Iter()
		for rows.Scan(&table, &megabytes) {
			if slices.Contains(tables, table) {
				sum += megabytes
			}
		}
		if err := rows.Close(); err != nil {
			return 0, fmt.Errorf("read disk usage: %w", err)
		}
	}
	return float64(sum << 20), nil
}

// describe says what the servers are and what they promise.
func (c *cassandra) describe(ctx context.Context) string {
	var version, sync string
	s := c.sessions[0]
	_ = s.Query("SELECT release_version FROM system.local").WithContext(ctx).Scan(&version) // Scylla has other views; then it stays empty
	_ = s.Query("SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'").WithContext(ctx).Scan(&sync)
	copies := "1"
	if v := os.Getenv(cqlReplication); v != "" {
		copies = v
	}
	return fmt.Sprintf("Cassandra %s, %d servers, %s copies of a row, commitlog_sync %s", version, len(c.sessions), copies, sync)
}

// hostPort is a contact point with its port.
func hostPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(host, "9042")
}
