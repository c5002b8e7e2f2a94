package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/storage/cql"
)

func TestJudgeCQL(t *testing.T) {
	cfg := DefaultConfig()
	healthy := cql.Findings{Product: "Apache Cassandra", Version: "5.0.8", Datacenter: "dc1", Keyspace: true, Replication: 3, Schema: 2,
		Nodes: []cql.Node{{Address: "a", Up: true}, {Address: "b", Up: true}, {Address: "c"}}}
	single := healthy
	single.Replication = 1
	fresh := healthy
	fresh.Notes = []string{"there is no keyspace beep yet"}
	broken := healthy
	broken.Problems = []string{"no data centre dc9; there are: dc1", "the clock of node b is 4s off ours"}
	for _, j := range []judged{
		{"healthy", judgeCQL(cfg, healthy), severityOK, "2 of 3 nodes answer; keyspace beep has 3 copies, schema 2"},
		{"one copy", judgeCQL(cfg, single), severityWarn, "the loss of one node stops writes"},
		{"before the first start", judgeCQL(cfg, fresh), severityOK, "there is no keyspace beep yet"},
		{"broken", judgeCQL(cfg, broken), severityFail, "there are: dc1; the clock of node b"},
		{"not used", checkCQL(t.Context(), cfg), severityOK, "not used"},
	} {
		j.test(t)
	}
}

func TestJudgeRedis(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Redis.Addrs = []string{"r:6379"}
	for _, j := range []judged{
		{"empty", judgeRedis(cfg, redisSight{policy: "noeviction", limit: "0"}), severityOK, "holds no log yet"},
		{"in use", judgeRedis(cfg, redisSight{cluster: "X"}), severityOK, "the log of cluster X"},
		{"clock behind", judgeRedis(cfg, redisSight{ahead: -3 * time.Second}), severityFail, "NTP"},
		{"of another Beep", judgeRedis(cfg, redisSight{cluster: "X", ours: "Y"}), severityFail, "its own redis.prefix"},
		{"no scripts", judgeRedis(cfg, redisSight{scripted: errors.New("NOPERM")}), severityFail, "+@scripting"},
		{"evicts", judgeRedis(cfg, redisSight{policy: "allkeys-lru", limit: "1000"}), severityWarn, "noeviction"},
		{"would evict, but has no bound", judgeRedis(cfg, redisSight{policy: "allkeys-lru", limit: "0"}), severityOK, "answers"},
		{"not used", checkRedis(t.Context(), cfg), severityOK, "not used"},
	} {
		j.test(t)
	}
}

func TestDoctorSeesRedis(t *testing.T) {
	server := redistest.Start(t)
	cfg := DefaultConfig()
	cfg.Store.Engine, cfg.Redis.Addrs = engineCQL, []string{server.Addr()}
	if f := checkRedis(t.Context(), cfg); f.severity != severityOK || !strings.Contains(f.what, "no log yet") {
		t.Errorf("an empty redis: %+v", f)
	}
	server.Kill()
	if f := checkRedis(t.Context(), cfg); f.severity != severityFail || !strings.Contains(f.what, server.Addr()) {
		t.Errorf("no redis: %+v", f)
	}
}
