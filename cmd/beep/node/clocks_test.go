package node_test

import (
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/storage/cql"
)

// TestClusterRefusesClocksApart: a node whose clock is far from Redis's does not start, and says what to do; one whose clock is near
// goes on to the store, which is not there.
func TestClusterRefusesClocksApart(t *testing.T) {
	server := redistest.Start(t)
	for off, want := range map[time.Duration]string{5 * time.Second: "NTP", -5 * time.Second: "NTP", 0: "no node answers as CQL"} {
		_, err := node.Open(t.Context(), node.Options{DataDir: t.TempDir(), Clock: func() time.Time { return time.Now().Add(off) },
			Cluster: &node.Cluster{Redis: redisdb.Options{Addrs: []string{server.Addr()}}, CQL: cql.Options{Hosts: []string{"127.0.0.1:1"}, Keyspace: "beep"}}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v off: %v", off, err)
		}
	}
}
