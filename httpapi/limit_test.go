package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// manyServers makes public servers.
func manyServers(owner *apitest.Person, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = owner.Post("/servers", M{"name": fmt.Sprint("s", i), "visibility": "public"}).Must(201).Text("id")
	}
	return list
}

func TestServersPerUser(t *testing.T) {
	k := rated(t, func(l *core.Limits) { l.ServersPerUser = 0 })
	ada := k.Register("ada")
	servers := manyServers(ada, 100)
	k.Restart(func(o *apitest.Options) { o.Limits.ServersPerUser = core.DefaultLimits().ServersPerUser })
	bob := k.Register("bob")
	join := func(i int) *apitest.Answer { return bob.Post("/servers/"+servers[i]+"/join", nil) }
	expectCounts(t, "100 joins at once", atOnce(100, join), "200 ", 50, "422 servers_limit", 50)
	mine := bob.Get("/users/@me/servers").Is(200)
	if mine.Len("items") != 50 {
		t.Errorf("member of %d", mine.Len("items"))
	}
	create := func() *apitest.Answer { return bob.Post("/servers", M{"name": "own", "visibility": "public"}) }
	create().Is(422, "servers_limit").Has("params.limit", 50)
	bob.Delete("/servers/" + mine.Text("items.0.id") + "/members/@me").Is(204)
	expectCounts(t, "20 creations for one place", atOnce(20, func(int) *apitest.Answer { return create() }), "201 ", 1, "422 servers_limit", 19)
	if n := bob.Get("/users/@me/servers").Is(200).Len("items"); n != 50 {
		t.Errorf("member of %d", n)
	}
}

func TestJoinRate(t *testing.T) {
	k := rated(t, func(l *core.Limits) { l.ServersPerUser, l.JoinRate = 0, core.DefaultLimits().JoinRate })
	ada, bob, eve := k.Register("ada"), k.Register("bob"), k.Register("eve")
	servers := manyServers(ada, 100)
	private := ada.Post("/servers", M{"name": "den", "visibility": "private"}).Must(201).Text("id")
	for range 40 { // what cannot be joined costs nothing
		bob.Post("/servers/"+private+"/join", nil).Is(404, "not_found")
		bob.Post("/invites/nothinghere/join", nil).Is(404, "invite_invalid")
	}
	join := func(i int) *apitest.Answer { return bob.Post("/servers/"+servers[i]+"/join", nil) }
	expectCounts(t, "100 joins at once", atOnce(100, join), "200 ", 30, limited, 70)
	eve.Post("/servers/"+servers[0]+"/join", nil).Is(200)
	for range 40 {
		eve.Post("/servers/"+servers[0]+"/join", nil).Is(200) // is a member already
	}
	k.Advance(2 * time.Second)
	expectCounts(t, "the same two seconds later", atOnce(100, join), "200 ", 31, limited, 69) // 30 were members already
}

func TestChannelsPerServer(t *testing.T) {
	k := rated(t, func(l *core.Limits) { l.ChannelsPerServer = 20 })
	ada := k.Register("ada")
	server := ada.Post("/servers", M{"name": "Chess", "visibility": "public"}).Must(201).Text("id")
	k.Events().Take()
	expectCounts(t, "50 at once", atOnce(50, func(int) *apitest.Answer {
		return ada.Post("/servers/"+server+"/channels", M{"name": "x", "type": "text"})
	}), "201 ", 19, "422 channels_limit", 31)
	list := ada.Get("/servers/" + server + "/channels").Is(200)
	if n := list.Len("items"); n != 20 || len(k.Events().Take()) != 19 {
		t.Errorf("%d channels", n)
	}
	ada.Post("/servers/"+server+"/channels", M{"name": "x", "type": "text"}).Is(422, "channels_limit").Has("params.limit", 20)
	ada.Delete("/channels/" + list.Text("items.3.id")).Is(204)
	ada.Post("/servers/"+server+"/channels", M{"name": "x", "type": "text"}).Is(201)
}

func TestInvitesPerServer(t *testing.T) {
	k := rated(t, func(l *core.Limits) { l.InvitesPerServer = 3 })
	ada := k.Register("ada")
	server := ada.Post("/servers", M{"name": "Chess", "visibility": "public"}).Must(201).Text("id")
	path := "/servers/" + server + "/invites"
	var code string
	for range 3 {
		code = ada.Post(path, nil).Is(201).Text("code")
	}
	ada.Post(path, nil).Is(422, "invites_limit").Has("params.limit", 3)
	ada.Delete("/invites/" + code).Is(204)
	ada.Post(path, nil).Is(201)
}

func TestInviteUses(t *testing.T) {
	k := start(t)
	ada := k.Register("ada")
	server := ada.Post("/servers", M{"name": "Den", "visibility": "private"}).Must(201).Text("id")
	people := make([]*apitest.Person, 50)
	for i := range people {
		people[i] = k.Register(fmt.Sprint("p", i))
	}
	k.Events().Take()
	code := ada.Post("/servers/"+server+"/invites", M{"max_uses": 10}).Must(201).Text("code")
	joinAs := func(i int) *apitest.Answer { return people[i].Post("/invites/"+code+"/join", nil) }
	expectCounts(t, "50 people at once", atOnce(50, joinAs), "200 ", 10, "410 invite_used_up", 40)
	if types := apitest.TypesOf(k.Events().Take()); len(types) != 11 {
		t.Errorf("events %q", types)
	}
	ada.Get("/servers/"+server+"/invites").Is(200).Has("items.0.uses", 10)
	if n := ada.Get("/servers/" + server + "/members?limit=100").Is(200).Len("items"); n != 11 {
		t.Errorf("%d members", n)
	}
	k.Guest().Get("/invites/"+code).Is(410, "invite_used_up")
	for _, p := range people { // nobody who was refused lost a place
		if servers := p.Get("/users/@me/servers").Is(200).Len("items"); servers > 1 {
			t.Errorf("%s is in %d servers", p.Name, servers)
		}
	}
	one := ada.Post("/servers/"+server+"/invites", M{"max_uses": 2}).Must(201).Text("code")
	eve := k.Register("eve")
	k.Events().Take()
	expectCounts(t, "one person 20 times at once", atOnce(20, func(int) *apitest.Answer { return eve.Post("/invites/"+one+"/join", nil) }), "200 ", 20)
	k.Events().Are("member.joined")
	k.Guest().Get("/invites/"+one).Is(200).Has("uses", 1)
}

func TestInviteExpiry(t *testing.T) {
	k := start(t)
	ada, bob := k.Register("ada"), k.Register("bob")
	server := ada.Post("/servers", M{"name": "Den", "visibility": "private"}).Must(201).Text("id")
	code := ada.Post("/servers/"+server+"/invites", M{"expires_in_s": 60}).Must(201).Text("code")
	k.Advance(59 * time.Second)
	k.Guest().Get("/invites/" + code).Is(200)
	k.Advance(time.Second)
	k.Guest().Get("/invites/"+code).Is(410, "invite_expired")
	bob.Post("/invites/"+code+"/join", nil).Is(410, "invite_expired")
	if n := ada.Get("/servers/" + server + "/invites").Is(200).Len("items"); n != 0 {
		t.Errorf("%d invites listed", n)
	}
	revoked := ada.Post("/servers/"+server+"/invites", nil).Must(201).Text("code")
	ada.Delete("/invites/" + revoked).Is(204)
	bob.Post("/invites/"+revoked+"/join", nil).Is(404, "invite_invalid")
	ada.Delete("/invites/"+revoked).Is(404, "invite_invalid")
}

// TestStreamLimits: the streams a person and an address may hold are exact, and a closed one makes room.
func TestStreamLimits(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(*core.Limits)
		limit int
		per   string
		alone bool // all streams are one person's
	}{
		{"a user", func(l *core.Limits) { l.StreamsPerUser = core.DefaultLimits().StreamsPerUser }, 8, "user", true},
		{"an address", func(l *core.Limits) { l.StreamsPerAddress = 5 }, 5, "address", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := rated(t, c.set)
			people := make([]*apitest.Person, 20)
			for i := range people {
				if people[i] = people[0]; i == 0 || !c.alone {
					people[i] = k.Register(fmt.Sprint("p", i))
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var mu sync.Mutex
			open := 0
			k.URL()
			var wg sync.WaitGroup
			for _, p := range people {
				wg.Go(func() {
					answer := p.Dial(ctx, "/events")
					mu.Lock()
					defer mu.Unlock()
					if answer.StatusCode == 200 {
						open++
						return
					}
					body, _ := io.ReadAll(answer.Body)
					_ = answer.Body.Close()
					var problem M
					_ = json.Unmarshal(body, &problem)
					if answer.StatusCode != 429 || problem["code"] != "too_many_streams" || apitest.Dig(problem, "params.per") != c.per {
						t.Errorf("refused with %d %s", answer.StatusCode, body)
					}
				})
			}
			wg.Wait()
			if open != c.limit {
				t.Errorf("%d streams open, want %d", open, c.limit)
			}
			answer := people[0].Dial(ctx, "/events")
			_ = answer.Body.Close()
			if answer.StatusCode != 429 || answer.Header.Get("Retry-After") == "" {
				t.Errorf("one more: %s, Retry-After %q", answer.Status, answer.Header.Get("Retry-After"))
			}
			cancel()
			for deadline := time.Now().Add(apitest.Patience); k.Node.Hub.Stats().Streams > 0 && time.Now().Before(deadline); {
				runtime.Gosched()
			}
			people[0].Stream("")
		})
	}
}
