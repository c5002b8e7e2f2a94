package apitest

import (
	"context"
	"os"
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
	m := &member{proxy: redistest.NewProxy(k.T, k.Redis.Addr()), gate: &gate{}}
	m.options = k.options(change)
	m.options.DataDir = k.T.TempDir()
	shared := node.Cluster{}
	if m.options.Cluster != nil {
		shared = *m.options.Cluster
	}
	shared.CQL, shared.Redis = store, redisdb.Options{Addrs: []string{m.proxy.Addr()}}
	shared.Wrap = func(e wide.Engine) wide.Engine {
		m.gate.Engine = e
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

// Add starts one more node, on a data folder of its own, and gives its number.
func (k *Kit) Add(change ...func(*Options)) int {
	k.T.Helper()
	m := k.newMember(k.members[0].options.Cluster.CQL, change)
	k.members = append(k.members, m)
	m.open(k.T)
	return len(k.members)
}

// Die ends a node as a crash does: from one moment on nothing of it reaches Cassandra, Redis or a client.
func (k *Kit) Die(i int) {
	k.T.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.members[i-1]
	m.gate.shut.Store(true)
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
	m.gate.shut.Store(false)
	m.proxy.Silence(false)
	m.open(k.T)
	k.Node = k.members[0].node
}

// WayToRedis is what a node reaches Redis through, to be disturbed.
func (k *Kit) WayToRedis(i int) *redistest.Proxy { return k.members[i-1].proxy }

// Cassandra cuts a node off from Cassandra, or no more.
func (k *Kit) Cassandra(i int, away bool) { k.members[i-1].gate.shut.Store(away) }
