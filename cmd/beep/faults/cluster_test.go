package faults

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/cql"
	"github.com/beep-chat/beep/storage/cql/cqltest"
)

// place is where the nodes of a cluster meet.
type place struct {
	store  cql.Options
	redis  func(node int) string // addresses
	master string                // of sentinels
}

// sharedCassandra is a keyspace of its own on the Cassandra that everybody uses.
func sharedCassandra(t testing.TB) cql.Options {
	t.Helper()
	return cqltest.Options(t, storage.Schema())
}

func (p place) env(node int) []string {
	return []string{"BEEP_STORE_ENGINE=cql", "BEEP_CQL_HOSTS=" + strings.Join(p.store.Hosts, ","), "BEEP_CQL_KEYSPACE=" + p.store.Keyspace,
		"BEEP_CQL_DATACENTER=" + p.store.Datacenter, "BEEP_CQL_REPLICATION=" + strconv.Itoa(p.store.Replication),
		"BEEP_REDIS_ADDRS=" + p.redis(node), "BEEP_REDIS_MASTER=" + p.master}
}

// always gives every node the same address.
func always(address string) func(int) string { return func(int) string { return address } }

// startCluster starts nodes one after the other; the first makes the tables.
func startCluster(t testing.TB, p place, n int) []*process {
	t.Helper()
	nodes := make([]*process, n)
	for i := range nodes {
		nodes[i] = newProcess(t, fmt.Sprintf("node-%d", i), p.env(i))
		nodes[i].start()
	}
	return nodes
}
