package node_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// both runs f for node 1 and node 2 at the same time.
func both(f func(node int) *apitest.Answer) (one, two *apitest.Answer) {
	answers := make([]*apitest.Answer, 2)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = f(i + 1) })
	}
	wg.Wait()
	return answers[0], answers[1]
}

// TestClusterNonces: a nonce that is sent to two nodes, at once or one after the other, is one message and one event.
func TestClusterNonces(t *testing.T) {
	const rounds = 50
	c := openCluster(t, 2)
	in := newPlace(c, "ada")
	f := c.at(1).register("watcher")
	server := f.server("Nonces")
	channel := f.channel(server, "talk")
	ada := in.ada
	ada.On(1).Post("/servers/"+server.String()+"/join", nil).Must(200)
	follower := f.follow()
	path := "/channels/" + channel.String() + "/messages"
	ids := map[string]bool{}
	for i := range rounds {
		send := func(node int) *apitest.Answer {
			return ada.On(node).Post(path, M{"content": fmt.Sprint("once ", i), "nonce": fmt.Sprint("n", i)})
		}
		var one, two *apitest.Answer
		if i%2 == 0 {
			one, two = both(send)
		} else {
			one, two = send(1), send(2)
			two.Is(200)
		}
		if one.Status/100 != 2 || two.Status/100 != 2 || one.Text("id") != two.Text("id") {
			t.Fatalf("one nonce: %s and %s", one, two)
		}
		ids[one.Text("id")] = true
		send(1+i%2).Is(200).Has("id", one.Text("id"))
	}
	if n := ada.On(1).Get(path + "?limit=100").Is(200).Len(""); n != rounds || len(ids) != rounds {
		t.Errorf("%d messages of %d nonces", n, len(ids))
	}
	end := f.send(channel, "the end")
	follower.until("the end", follower.heard(end.ID))
	created := 0
	for _, e := range follower.events {
		if e.Type == core.EventMessageCreated && e.Message.Author.ID != f.id {
			created++
		}
	}
	if created != rounds {
		t.Errorf("%d events of %d messages", created, rounds)
	}
	follower.agrees(t, c)
}

// TestClusterIdempotencyKeys: a creation with a key happens once, whichever nodes are asked.
func TestClusterIdempotencyKeys(t *testing.T) {
	c := openCluster(t, 2)
	in := newPlace(c, "ada")
	for i := range 20 {
		key := apitest.Header("Idempotency-Key", fmt.Sprint("k", i))
		create := func(node int) *apitest.Answer {
			return in.ada.On(node).Post("/servers/"+in.server+"/channels", M{"name": fmt.Sprint("c", i), "type": "text"}, key)
		}
		one, two := both(create)
		for _, a := range []*apitest.Answer{one, two} {
			if a.Status != 201 && a.Code() != "busy" {
				t.Errorf("one key at two nodes: %s", a)
			}
		}
		first := create(1 + i%2).Is(201)
		if again := create(2 - i%2).Is(201); string(again.Body) != string(first.Body) || again.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s, then %s", first, again)
		}
		in.ada.On(2-i%2).Post("/servers/"+in.server+"/channels", M{"name": "other", "type": "text"}, key).Is(422, "idempotency_mismatch")
	}
	c.Heard()
	if n := in.ada.On(2).Get("/servers/" + in.server + "/channels").Is(200).Len("items"); n != 21 {
		t.Errorf("%d channels of 20 keys and the first", n)
	}
}

// TestClusterEdits: of edits and deletions of one message at two nodes at once all nodes and streams keep the same outcome, and
// what is deleted stays deleted.
func TestClusterEdits(t *testing.T) {
	const rounds = 40
	c := openCluster(t, 2)
	ann := c.at(1).register("ann")
	channel := ann.channel(ann.server("Edits"), "talk")
	followers := []*follower{ann.follow(), ann.at(c.at(2)).follow()}
	path := "/channels/" + channel.String() + "/messages/"
	for i := range rounds {
		m := ann.send(channel, fmt.Sprint("first ", i))
		var wg sync.WaitGroup
		for n := range 2 {
			wg.Go(func() {
				p := ann.at(c.at(n + 1))
				for j := range 3 {
					if i%4 == 3 && n == 1 && j == 1 {
						p.must("DELETE", path+m.ID.String(), nil, nil)
						return
					}
					err := p.call("PATCH", path+m.ID.String(), map[string]any{"content": fmt.Sprint("node ", n+1, " edit ", j)}, nil)
					if err != nil && i%4 != 3 {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var page [2][]core.Message
		for n := range page {
			ann.at(c.at(n+1)).must("GET", path[:len(path)-1]+"?limit=1", nil, &page[n])
		}
		deleted := i%4 == 3
		if gone := len(page[0]) == 0 || page[0][0].ID != m.ID; gone != deleted {
			t.Fatalf("round %d: deleted %v, gone %v", i, deleted, gone)
		}
		if fmt.Sprint(page[0]) != fmt.Sprint(page[1]) {
			t.Fatalf("round %d: the nodes answer %+v and %+v", i, page[0], page[1])
		}
	}
	end := ann.send(channel, "the end")
	for _, f := range followers {
		f.until("the end", f.heard(end.ID))
		f.agrees(t, c)
		if n := len(f.events); n < rounds {
			t.Errorf("%d events", n)
		}
	}
}

// TestClusterSlots: the servers a person may be in are exact over two nodes, also when they come and go at both.
func TestClusterSlots(t *testing.T) {
	const limit, servers = 10, 16
	c := openCluster(t, 2, func(o *apitest.Options) { o.Limits.ServersPerUser = limit })
	bob := c.Register("bob")
	var places []placeOf
	for i := range 2 {
		ada := c.Register(fmt.Sprint("owner", i)).On(1)
		for j := range servers / 2 {
			places = append(places, placeOf{ada: ada, server: ada.Post("/servers", M{"name": fmt.Sprint(j), "visibility": "public"}).Must(201).Text("id")})
		}
	}
	join := func(i int) *apitest.Answer {
		for {
			a := bob.On(1+i%2).Post("/servers/"+places[i%servers].server+"/join", nil)
			if a.Status != 503 { // of unknown outcome: again
				return a
			}
		}
	}
	counts := atOnce(servers, join)
	if counts["200 "] != limit || counts["422 servers_limit"] != servers-limit {
		t.Errorf("%d joins over two nodes: %v", servers, counts)
	}
	for range 10 {
		atOnce(2*servers, func(i int) *apitest.Answer {
			if i%3 == 0 {
				return bob.On(1 + i%2).Delete("/servers/" + places[i%servers].server + "/members/@me")
			}
			return join(i)
		})
		for i := range 2 {
			if n := bob.On(1 + i).Get("/users/@me/servers").Is(200).Len("items"); n > limit {
				t.Fatalf("member of %d servers", n)
			}
		}
	}
	counts = atOnce(servers, join)
	if n := bob.On(1).Get("/users/@me/servers").Is(200).Len("items"); n != limit {
		t.Errorf("member of %d servers after %v", n, counts)
	}
}
