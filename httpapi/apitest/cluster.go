package apitest

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/cql"
	"github.com/beep-chat/beep/storage/cql/cqltest"
	"github.com/beep-chat/beep/storage/wide"
)

// StartCluster starts nodes that share a keyspace of their own on the Cassandra of BEEP_CQL_HOSTS and a Redis of their own,
// with the default limits except that rates are off, cheap password hashing and the real clock. Without the services the
// test is skipped, or fails where BEEP_REQUIRE_SERVICES is set.
func StartCluster(t testing.TB, nodes int, change ...func(*Options)) *Kit {
	t.Helper()
	if os.Getenv("BEEP_CQL_HOSTS") == "" {
		const how = "no Cassandra: run make stack-up, then make test-cluster, which sets BEEP_CQL_HOSTS"
		if os.Getenv("BEEP_REQUIRE_SERVICES") != "" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	k := newKit(t, &Clock{real: true})
	store := cqltest.Options(t, storage.Schema())
	k.Redis = redistest.Start(t)
	for range nodes {
		k.members = append(k.members, k.newMember(store, change))
	}
	t.Cleanup(k.close)
	k.open()
	return k
}

func (k *Kit) newMember(store cql.Options, change []func(*Options)) *member {
	m := &member{proxy: redistest.NewProxy(k.T, k.Redis.Addr()), gate: newGate()}
	m.options = k.options(change)
	m.options.DataDir = k.T.TempDir()
	shared := node.Cluster{}
	if m.options.Cluster != nil {
		shared = *m.options.Cluster
	}
	shared.CQL, shared.Redis = store, redisdb.Options{Addrs: []string{m.proxy.Addr()}}
	between := shared.Wrap
	shared.Wrap = func(e wide.Engine) wide.Engine {
		if m.gate.Engine = e; between != nil {
			m.gate.Engine = between(e)
		}
		return m.gate
	}
	m.options.Cluster = &shared
	return m
}

// For lends a kit to another test, as if it were new: the names of the people there are can be had again, and nobody
// administrates. Rows and servers stay, which only their owners notice. One test at a time has it.
func (k *Kit) For(t testing.TB) *Kit {
	t.Helper()
	lent := *k
	lent.T, lent.Node = t, k.members[0].node
	lent.Probe.Change(nil)
	lent.Probe.Take()
	lent.forgetPeople()
	lent.recorder = newRecorder(t, lent.Node.Log(), lent.Announced)
	return &lent
}

func (k *Kit) forgetPeople() {
	k.T.Helper()
	ctx := context.Background()
	stores := k.Node.Stores
	k.eachRow(func(m *wide.Meta, row wide.Row) {
		var kind, value string
		var user int64
		for i, c := range m.Columns {
			switch c.Name {
			case "kind":
				kind = row[i].Str
			case "value":
				value = row[i].Str
			case "user_id":
				user = row[i].Int
			}
		}
		if err := stores.Users.ReleaseName(ctx, accounts.NameKind(kind), value, core.UserID(user)); err != nil {
			k.T.Fatalf("release a name: %v", err)
		}
	}, "unique_claims")
	setup, err := stores.Settings.GetSetting(ctx, "setup")
	if err == nil && setup != "" {
		_, err = stores.Settings.SwapSetting(ctx, "setup", setup, "")
	}
	if err != nil {
		k.T.Fatalf("open the set-up: %v", err)
	}
}

// Add starts more nodes at once, each on a data folder of its own, and gives the number of the first.
func (k *Kit) Add(nodes int, change ...func(*Options)) int {
	k.T.Helper()
	first := len(k.members)
	for range nodes {
		k.members = append(k.members, k.newMember(k.members[0].options.Cluster.CQL, change))
	}
	errs := make([]error, nodes)
	var starting sync.WaitGroup
	for i, m := range k.members[first:] {
		starting.Go(func() { errs[i] = m.open() })
	}
	starting.Wait()
	if err := errors.Join(errs...); err != nil {
		k.T.Fatalf("open more nodes: %v", err)
	}
	return first + 1
}

// Die ends a node as a crash does: from one moment on nothing of it reaches Cassandra, Redis or a client.
func (k *Kit) Die(i int) {
	k.T.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.members[i-1]
	close(m.gate.shut)
	m.proxy.Silence(true)
	_ = m.close() // it cannot give its lease back
	m.proxy.Cut()
}

// Reopen starts a node that died again, on its data folder.
func (k *Kit) Reopen(i int) {
	k.T.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.members[i-1]
	m.gate.shut, m.gate.denied, m.gate.held = make(chan struct{}), nil, nil
	m.proxy.Silence(false)
	if err := m.open(); err != nil {
		k.T.Fatalf("open a node again: %v", err)
	}
	k.Node = k.members[0].node
}

// WayToRedis is what a node reaches Redis through, to be disturbed.
func (k *Kit) WayToRedis(i int) *redistest.Proxy { return k.members[i-1].proxy }

// Deny lets no write of a node to a table pass, until it is called with false.
func (k *Kit) Deny(i int, table string, on bool) {
	g := k.members[i-1].gate
	g.mu.Lock()
	defer g.mu.Unlock()
	g.denied = map[string]bool{table: on}
}

// Hold lets every write of a node to a table wait until the node dies.
func (k *Kit) Hold(i int, table string) {
	g := k.members[i-1].gate
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = map[string]bool{table: true}
}
