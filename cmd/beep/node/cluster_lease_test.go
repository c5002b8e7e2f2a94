package node_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/ids"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// workerOf is the worker id that a node makes ids with.
func workerOf(t *testing.T, c *cluster, node int) int64 {
	t.Helper()
	id, err := c.On(node).IDs.Next()
	if err != nil {
		t.Fatal(err)
	}
	return id >> core.SequenceBits & core.MaxWorker
}

// eventually asks until it is so; what it waits for takes as long as leases do.
func eventually(t *testing.T, what string, limit time.Duration, is func() bool) {
	t.Helper()
	begun := time.Now()
	for !is() {
		if time.Since(begun) > limit {
			t.Fatalf("%s did not happen within %s", what, limit)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Logf("%s took %s", what, time.Since(begun).Round(time.Millisecond))
}

// TestClusterWorkers: nodes that start at once share no worker id, and one that comes back has its own again.
func TestClusterWorkers(t *testing.T) {
	c := openCluster(t, 2)
	c.Add(4)
	before := make([]int64, c.Size()+1)
	holders := map[int64]int{}
	for i := 1; i <= c.Size(); i++ {
		before[i] = workerOf(t, c, i)
		if other := holders[before[i]]; other != 0 {
			t.Errorf("nodes %d and %d both are worker %d", other, i, before[i])
		}
		holders[before[i]] = i
	}
	c.Restart()
	for i := 1; i <= c.Size(); i++ {
		if now := workerOf(t, c, i); now != before[i] {
			t.Errorf("node %d was worker %d and is %d", i, before[i], now)
		}
	}
}

// TestClusterLease: a node that cannot renew its lease stops writing before the lease ends, and goes on when it can renew it
// again; when another node took its worker id meanwhile it writes no more until it starts anew.
func TestClusterLease(t *testing.T) {
	t.Parallel()
	c := openCluster(t, 2)
	in := newPlace(c, "ada")
	path := "/channels/" + in.general + "/messages"
	sent := map[string]bool{}
	say := func(node int) *apitest.Answer {
		a := in.ada.On(node).Post(path, M{"content": fmt.Sprint(len(sent))})
		if a.Status == 201 {
			sent[a.Text("id")] = true
		}
		return a
	}
	stream := in.ada.On(1).Stream("?types=message.created")
	say(2).Is(201)
	c.Deny(2, "leases", true)
	eventually(t, "the end of the lease", ids.LeaseLife, func() bool { return say(2).Status == 503 })
	say(2).Is(503, "unavailable")
	in.ada.On(2).Get(path).Is(200)
	say(1).Is(201)
	c.Deny(2, "leases", false)
	eventually(t, "the renewal", 2*ids.LeaseLife, func() bool { return say(2).Status == 201 })
	mine := workerOf(t, c, 2)

	c.Deny(2, "leases", true)
	eventually(t, "the end of the lease", ids.LeaseLife, func() bool { return say(2).Status == 503 })
	time.Sleep(ids.LeaseLife - ids.RenewEvery) // until the lease may be taken
	thief := 0
	eventually(t, "the taking of the worker id", 2*ids.LeaseLife, func() bool {
		thief = c.Add(1)
		return workerOf(t, c, thief) == mine
	})
	say(thief).Is(201)
	c.Deny(2, "leases", false)
	select {
	case <-c.On(2).Lost(): // it tried to renew
	case <-time.After(2 * ids.LeaseLife):
		t.Error("the node does not say that its worker id was taken")
	}
	say(2).Is(503, "unavailable")
	c.Die(2)
	c.Reopen(2)
	if workerOf(t, c, 2) == mine {
		t.Errorf("two nodes are worker %d", mine)
	}
	say(2).Is(201)
	c.Heard()
	for range len(sent) {
		id := apitest.Dig(stream.Until("message.created", nil), "message.id").(string)
		if !sent[id] {
			t.Errorf("message %s came twice, or was not acknowledged", id)
		}
		delete(sent, id)
	}
}

// TestClusterDeath: what a node had stored but not announced when it died is announced: by itself, when it comes back with
// its data folder, or else by another node once its lease is over.
func TestClusterDeath(t *testing.T) {
	for _, again := range []bool{true, false} {
		t.Run(fmt.Sprint("comes back ", again), func(t *testing.T) {
			t.Parallel()
			c := openCluster(t, 2)
			in := newPlace(c, "ada")
			stream := in.ada.On(1).Stream("?types=message.created,message.updated,message.deleted")
			path := "/channels/" + in.general + "/messages"
			was := workerOf(t, c, 2)
			c.WayToRedis(2).Silence(true)
			var want []string
			for i := range 20 {
				want = append(want, in.ada.On(2).Post(path, M{"content": fmt.Sprint(i)}).Must(201).Text("id"))
			}
			in.ada.On(2).Patch(path+"/"+want[0], M{"content": "edited"}).Is(200)
			in.ada.On(2).Delete(path + "/" + want[1]).Is(204)
			if n := c.On(2).Backlog().Rows; n == 0 {
				t.Fatal("nothing waits to be announced")
			}
			c.Die(2)
			in.ada.On(1).Get(path).Is(200).Has("0.id", want[len(want)-1]) // the store has it
			if again {
				c.Reopen(2)
				if now := workerOf(t, c, 2); now != was {
					t.Errorf("was worker %d and is %d", was, now)
				}
				in.ada.On(2).Post(path, M{"content": "back"}).Is(201)
			}
			begun := time.Now()
			seen := map[string]int{}
			first := nextOrWait(t, stream)
			t.Logf("the first of what was left came after %s", time.Since(begun).Round(time.Millisecond))
			for e := first; ; _, e, _ = stream.Next() {
				id, _ := apitest.Dig(e, "message.id").(string)
				if e["type"] == "message.created" {
					seen[id]++
				}
				if e["type"] == "message.deleted" {
					break // the last thing that was done
				}
			}
			for i, id := range want {
				if n := seen[id]; n != 1 && i != 1 || n > 1 { // of what was deleted again nothing may be said
					t.Errorf("message %d was announced %d times", i, n)
				}
			}
		})
	}
}

// nextOrWait is the next event, which may take until a sweep.
func nextOrWait(t *testing.T, s *apitest.Stream) M {
	t.Helper()
	s.Patience = 2*ids.LeaseLife + 40*time.Second
	defer func() { s.Patience = apitest.Patience }()
	_, e, ok := s.Next()
	if !ok {
		t.Fatal("the stream ended")
	}
	return e
}

// TestClusterJobs: a server that was deleted on a node is gone on the other at once, and when the node dies in the middle of
// the work the other finishes it.
func TestClusterJobs(t *testing.T) {
	t.Parallel()
	c := openCluster(t, 2)
	in := newPlace(c, "ada")
	bob := in.member(c, "bob")
	message := in.say("x")
	bob.Get("/servers/" + in.server).Is(200)
	c.Heard()
	bob.On(1).Post("/channels/"+in.general+"/messages", M{"content": "y"}).Is(201) // cached there
	stream := bob.On(1).Stream("?types=server.deleted")
	c.Hold(2, "members") // the job stands still at its first commit
	in.ada.On(2).Delete("/servers/" + in.server).Is(204)
	refusedWithin(t, "the end of the server on the other node", 404, func() *apitest.Answer {
		return bob.On(1).Post("/channels/"+in.general+"/messages", M{"content": "z"})
	})
	bob.On(1).Get("/servers/"+in.server).Is(404, "not_found")
	c.Die(2)
	stream.Patience = 2 * time.Minute
	begun := time.Now()
	stream.Until("server.deleted", nil)
	t.Logf("the other node took the work after %s", time.Since(begun).Round(time.Millisecond))
	eventually(t, "the end of the work", time.Minute, func() bool { return c.Rows()["jobs"] == 0 })
	for _, id := range []string{in.server, in.general, message} {
		if traces := c.Traces(id); len(traces) > 0 {
			t.Errorf("still stored: %q", traces)
		}
	}
	bob.On(1).Get("/users/@me/servers").Is(200).Has("items.0", nil)
}
