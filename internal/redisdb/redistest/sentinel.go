package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/beep-chat/beep/internal/redisdb"
)

// MasterSet is the name under which a Sentinel knows its master.
const MasterSet = "beep"

// StartSentinel runs a sentinel that watches a master and promotes a replica of it half a second after it stopped
// answering. The replica must be in sync already: a sentinel looks for new ones every ten seconds only.
func StartSentinel(t testing.TB, master *Server) *Server {
	t.Helper()
	s := &Server{Port: freePort(t), dir: t.TempDir()}
	config := filepath.Join(s.dir, "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor %[1]s 127.0.0.1 %[2]d 1\nsentinel down-after-milliseconds %[1]s 500\n"+
		"sentinel failover-timeout %[1]s 3000\n", MasterSet, master.Port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.words = []string{config, "--sentinel", "--bind", "127.0.0.1", "--port", fmt.Sprint(s.Port), "--dir", s.dir, "--daemonize", "no"}
	s.Run(t)
	t.Cleanup(s.Kill)
	return s
}

// OpenMaster connects to the master that a sentinel names; the connection ends with the test.
func (s *Server) OpenMaster(t testing.TB) *redisdb.DB {
	t.Helper()
	db, err := redisdb.Open(redisdb.Options{Addrs: []string{s.Addr()}, Master: MasterSet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}
