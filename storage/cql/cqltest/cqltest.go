// Package cqltest opens the CQL engine on a real cluster for tests, each time in a keyspace of its own.
//
// It owns the two environment variables and the keyspaces it makes, which it drops when the test ends. It refuses to start
// a server: without one the tests are skipped, or fail where BEEP_REQUIRE_SERVICES is set.
//
//	BEEP_CQL_HOSTS       contact points, separated by commas
//	BEEP_CQL_DATACENTER  the data centre; empty: the first contact point's own
//
//	engine := cqltest.Open(t, storage.Schema())
package cqltest

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gocql/gocql"

	"github.com/beep-chat/beep/storage/cql"
	"github.com/beep-chat/beep/storage/wide"
)

// openTimeout bounds the making of a keyspace with all tables on a small machine.
const openTimeout = 3 * time.Minute

// Options gives what reaches the cluster, with a fresh keyspace's name and one copy of each row. The keyspace, once made, is
// dropped when the test ends.
func Options(t testing.TB, schema wide.Schema) cql.Options {
	t.Helper()
	hosts := os.Getenv("BEEP_CQL_HOSTS")
	if hosts == "" {
		const how = "no CQL server: set BEEP_CQL_HOSTS, or run make stack-up and make test-cql"
		if os.Getenv("BEEP_REQUIRE_SERVICES") != "" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	opt := cql.Options{Hosts: strings.Split(hosts, ","), Datacenter: os.Getenv("BEEP_CQL_DATACENTER"), Replication: 1,
		Keyspace: "beep_test_" + strings.ToLower(rand.Text()[:12]), Schema: schema, SchemaVersion: 1}
	t.Cleanup(func() {
		if err := drop(opt); err != nil {
			t.Errorf("drop the test's keyspace: %v", err)
		}
	})
	return opt
}

// drop removes the keyspace, if the test came so far as to make it.
func drop(opt cql.Options) error {
	c := gocql.NewCluster(opt.Hosts...)
	c.Timeout = openTimeout
	s, err := c.CreateSession()
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Query("DROP KEYSPACE IF EXISTS " + opt.Keyspace).Exec()
}

// Open opens an engine in a fresh keyspace; both go when the test ends.
func Open(t testing.TB, schema wide.Schema) *cql.Engine {
	t.Helper()
	return OpenWith(t, Options(t, schema))
}

// OpenWith opens an engine as the options say; it is closed when the test ends.
func OpenWith(t testing.TB, opt cql.Options) *cql.Engine {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	e, err := cql.Open(ctx, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
