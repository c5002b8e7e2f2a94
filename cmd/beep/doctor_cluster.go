package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/realtime/redis"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/cql"
)

// checkCQL looks at the cluster that keeps everything; it changes nothing there.
func checkCQL(ctx context.Context, c Config) finding {
	if c.Store.Engine != engineCQL {
		return okay("not used: store.engine is %s", c.Store.Engine)
	}
	o, err := cqlOptions(c.CQL)
	if err != nil {
		return fail("correct cql.ca_file", "%v", err)
	}
	o.Schema, o.SchemaVersion = storage.Schema(), storage.SchemaVersion
	return judgeCQL(c, cql.Examine(ctx, o))
}

// judgeCQL sums up what was seen. The problems say themselves what to do.
func judgeCQL(c Config, f cql.Findings) finding {
	if len(f.Problems) > 0 {
		return fail("docs/operators/cluster.md explains each of these", "%s", strings.Join(f.Problems, "; "))
	}
	up := 0
	for _, n := range f.Nodes {
		if n.Up {
			up++
		}
	}
	seen := fmt.Sprintf("%s %s, data centre %s, %d of %d nodes answer", f.Product, f.Version, f.Datacenter, up, len(f.Nodes))
	switch {
	case len(f.Notes) > 0:
		return okay("%s; %s", seen, strings.Join(f.Notes, "; "))
	case f.Replication < 3:
		return warn("for a community that matters: three nodes, and ALTER KEYSPACE to 3 copies followed by a repair",
			"%s; %d copies of each row: the loss of one node stops writes", seen, f.Replication)
	}
	return okay("%s; keyspace %s has %d copies, schema %d", seen, c.CQL.Keyspace, f.Replication, f.Schema)
}

// redisSight is what the doctor sees of Redis.
type redisSight struct {
	ahead    time.Duration // of its clock
	policy   string        // maxmemory-policy, "" when it may not be asked
	limit    string        // maxmemory
	cluster  string        // whose log it holds, "" when none
	ours     string        // the cluster of the configured keyspace, "" when it cannot be told
	scripted error         // whether a script may look at the replication id
}

// checkRedis looks at the log that nodes share.
func checkRedis(ctx context.Context, c Config) finding {
	if c.Store.Engine != engineCQL {
		return okay("not used: store.engine is %s", c.Store.Engine)
	}
	o, err := redisOptions(c.Redis)
	if err != nil {
		return fail("correct redis.ca_file", "%v", err)
	}
	db, err := redisdb.Open(o)
	if err != nil {
		return fail("start Redis, or correct redis.addrs and its user", "%v", err)
	}
	defer db.Close()
	s, err := lookAtRedis(ctx, db)
	if err == nil {
		s.ours = storedCluster(ctx, c)
	}
	if err != nil {
		return fail("the user of redis.username needs rights on the keys and channels of redis.prefix; see docs/operators/cluster.md", "%v", err)
	}
	return judgeRedis(c, s)
}

// storedCluster is the name of the Beep in the keyspace; "" where a start would change something first, or fail.
func storedCluster(ctx context.Context, c Config) string {
	o, err := cqlOptions(c.CQL)
	if err != nil {
		return ""
	}
	o.Schema, o.SchemaVersion, o.NoCreateKeyspace = storage.Schema(), storage.SchemaVersion, true
	if f := cql.Examine(ctx, o); !f.Keyspace || len(f.Problems)+len(f.Notes) > 0 {
		return ""
	}
	engine, err := cql.Open(ctx, o)
	if err != nil {
		return ""
	}
	defer func() { _ = engine.Close() }()
	id, _ := storage.New(engine, time.Now).Settings.GetSetting(ctx, node.ClusterSetting)
	return id
}

func lookAtRedis(ctx context.Context, db *redisdb.DB) (redisSight, error) {
	var s redisSight
	asked := time.Now()
	theirs, err := db.Now(ctx)
	if err != nil {
		return s, err
	}
	s.ahead = theirs.Sub(asked.Add(time.Since(asked) / 2))
	b := db.Client.B()
	if settings, err := db.Client.Do(ctx, b.ConfigGet().Parameter("maxmemory*").Build()).AsStrMap(); err == nil {
		s.policy, s.limit = settings["maxmemory-policy"], settings["maxmemory"]
	}
	s.scripted = db.Client.Do(ctx, b.Eval().Script("return redis.call('INFO','replication')").Numkeys(0).Build()).Error()
	s.cluster, err = redis.ClusterOf(ctx, db)
	return s, err
}

func judgeRedis(c Config, s redisSight) finding {
	owner := "it holds no log yet"
	if s.cluster != "" {
		owner = "it holds the log of cluster " + s.cluster
	}
	switch {
	case s.ahead.Abs() > node.MaxClockGap:
		return fail("let both machines follow NTP (chrony or systemd-timesyncd)", "its clock is %s from ours: a node refuses to start beyond %s", s.ahead.Round(time.Millisecond), node.MaxClockGap)
	case s.cluster != "" && s.ours != "" && s.cluster != s.ours:
		return fail("give each Beep its own Redis, or its own redis.prefix", "it holds the log of cluster %s, the keyspace %s is of cluster %s", s.cluster, c.CQL.Keyspace, s.ours)
	case s.scripted != nil:
		return fail("allow INFO in scripts for the user of redis.username (+info +@scripting)", "a script may not ask for the replication id: %v", s.scripted)
	case s.policy != "" && s.policy != "noeviction" && s.limit != "0":
		return warn("set maxmemory-policy noeviction in redis.conf", "%s drops keys when memory is short: streams would have to fetch everything again", s.policy)
	}
	return okay("%s answers, %s (prefix %s)", strings.Join(c.Redis.Addrs, ", "), owner, c.Redis.Prefix)
}
