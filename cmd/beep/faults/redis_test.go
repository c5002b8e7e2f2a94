package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

// redisFault strikes a cluster of two nodes on one Redis. strike gives the moment at which Redis answered again.
func redisFault(t *testing.T, name string, short int, args []string, strike func(*world, *redistest.Server, *rand.Rand) time.Time) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		server := redistest.Start(t, args...)
		w := newWorld(t, name, seed, startCluster(t, place{store: sharedCassandra(t), redis: always(server.Addr())}, 2))
		w.begin()
		random := rand.New(rand.NewPCG(seed, 0))
		n := rounds(t, short, maxRounds)
		for range n {
			w.talk(20 + random.IntN(60))
			w.readAll()
			w.heal(strike(w, server, random), w.everyNode()...)
		}
		w.finish(n)
	})
}

// restart kills Redis, lets people write without it for a while, and starts it again.
func restart(w *world, s *redistest.Server, random *rand.Rand) time.Time {
	s.Kill()
	w.talk(20 + random.IntN(200)) // messages are taken without Redis
	s.Run(w.t)
	return time.Now()
}

func TestFaultRedisKillEmpty(t *testing.T) { redisFault(t, "redis-kill-empty", 2, nil, restart) }

func TestFaultRedisKillAOF(t *testing.T) {
	redisFault(t, "redis-kill-aof", 2, []string{"--appendonly", "yes", "--appendfsync", "everysec"}, restart)
}

func TestFaultRedisClientKill(t *testing.T) {
	redisFault(t, "redis-client-kill", 4, nil, func(w *world, s *redistest.Server, random *rand.Rand) time.Time {
		kind := []string{"normal", "pubsub"}[random.IntN(2)]
		command(w.t, s, "CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
		return time.Now()
	})
}

func TestFaultRedisFrozen(t *testing.T) {
	redisFault(t, "redis-frozen", 1, nil, func(w *world, s *redistest.Server, random *rand.Rand) time.Time {
		s.Stop(w.t)
		pause(w.t.Context(), 3*time.Second+time.Duration(random.Int64N(int64(3*time.Second))))
		w.talk(20)
		s.Continue(w.t)
		return time.Now()
	})
}

// TestFaultRedisPartition: one of the nodes does not reach Redis for a while; nothing is closed, nothing comes.
func TestFaultRedisPartition(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		server := redistest.Start(t)
		proxy := redistest.NewProxy(t, server.Addr())
		reach := func(node int) string {
			if node == 1 {
				return proxy.Addr()
			}
			return server.Addr()
		}
		w := newWorld(t, "redis-partition", seed, startCluster(t, place{store: sharedCassandra(t), redis: reach}, 2))
		w.begin()
		random := rand.New(rand.NewPCG(seed, 0))
		n := rounds(t, 2, maxRounds)
		for range n {
			w.talk(20 + random.IntN(60))
			proxy.Silence(true)
			pause(t.Context(), 2*time.Second+time.Duration(random.Int64N(int64(6*time.Second))))
			w.talk(20)
			if random.IntN(2) == 0 {
				proxy.Cut()
			}
			proxy.Silence(false)
			w.heal(time.Now(), w.everyNode()...)
		}
		w.finish(n)
	})
}

// TestFaultRedisFailover: the master dies after its replica lost touch with it, so the sentinel promotes one that lacks the
// last writes.
func TestFaultRedisFailover(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) {
		master := redistest.Start(t, "--repl-diskless-sync-delay", "0")
		replica := redistest.Start(t, "--replicaof", "127.0.0.1", fmt.Sprint(master.Port))
		awaitInfo(t, replica, "master_link_status:up")
		sentinel := redistest.StartSentinel(t, master)
		p := place{store: sharedCassandra(t), redis: always(sentinel.Addr()), master: redistest.MasterSet}
		w := newWorld(t, "redis-failover", seed, startCluster(t, p, 2))
		w.begin()
		w.readAll()
		command(t, replica, "CONFIG", "SET", "masterauth", "none") // the master refuses it: nothing is copied any more
		command(t, replica, "CLIENT", "KILL", "TYPE", "master")
		awaitInfo(t, replica, "master_link_status:down")
		w.talk(50)
		lost := offset(t, master) - offset(t, replica)
		if lost <= 0 {
			t.Fatal("the replica has everything")
		}
		master.Kill()
		awaitInfo(t, replica, "role:master")
		w.heal(time.Now(), w.everyNode()...)
		w.finish(1)
		t.Logf("the new master lacked %d bytes of writes", lost)
	})
}

// command runs a command at a server, as an operator would.
func command(t testing.TB, s *redistest.Server, words ...string) string {
	t.Helper()
	text, err := try(s, words...)
	if err != nil {
		t.Fatalf("%s: %v", words, err)
	}
	return text
}

func try(s *redistest.Server, words ...string) (string, error) {
	db, err := redisdb.Open(redisdb.Options{Addrs: []string{s.Addr()}})
	if err != nil {
		return "", err
	}
	defer db.Close()
	message, err := db.Client.Do(context.Background(), db.Client.B().Arbitrary(words...).Build()).ToMessage()
	if err != nil {
		return "", err
	}
	text, _ := message.ToString()
	return text, nil
}

// awaitInfo waits until a server says something of its replication; one that changes its role closes connections.
func awaitInfo(t testing.TB, s *redistest.Server, want string) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(20 * time.Millisecond) {
		if text, err := try(s, "INFO", "replication"); err == nil && strings.Contains(text, want) {
			return
		}
	}
	t.Fatalf("no %s", want)
}

// offset is how far a server is in the stream of writes of its master.
func offset(t testing.TB, s *redistest.Server) (n int64) {
	t.Helper()
	_, rest, _ := strings.Cut(command(t, s, "INFO", "replication"), "\nmaster_repl_offset:")
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatalf("no offset: %v", err)
	}
	return n
}
