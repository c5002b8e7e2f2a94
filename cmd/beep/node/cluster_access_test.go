package node_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// promise is within which a node knows what another decided; patience is what these tests give it on a machine that is busy.
// Both are far below the life of what nodes cache (30 s), so that only the event can make it.
const (
	promise  = time.Second
	patience = 5 * time.Second
)

// soon measures how long it takes until the other node knows.
func soon(t *testing.T, what string, do func(), known func()) {
	t.Helper()
	do()
	begun := time.Now()
	known()
	if took := time.Since(begun); took > patience {
		t.Errorf("%s took %s, want at most %s", what, took, promise)
	} else {
		t.Logf("%s took %s", what, took.Round(100*time.Microsecond))
	}
}

// place is a server with its owner at node 1.
type placeOf struct {
	ada             *apitest.Person
	server, general string
}

func newPlace(c *cluster, name string) placeOf {
	c.T.Helper()
	ada := c.Register(name).On(1)
	server := ada.Post("/servers", M{"name": name, "visibility": "public"}).Must(201).Text("id")
	return placeOf{ada, server, ada.Get("/servers/" + server + "/channels").Must(200).Text("items.0.id")}
}

func (p placeOf) member(c *cluster, name string) *apitest.Person {
	c.T.Helper()
	m := c.Register(name)
	m.Post("/servers/"+p.server+"/join", nil).Must(200)
	return m
}

func (p placeOf) say(text string) string {
	return p.ada.Post("/channels/"+p.general+"/messages", M{"content": text}).Must(201).Text("id")
}

// TestClusterAccess: what one node takes away, the others take away too.
func TestClusterAccess(t *testing.T) {
	c := openCluster(t, 2)
	t.Run("sign out", func(t *testing.T) {
		p := c.Register("out")
		s := p.On(2).Stream("")
		p.On(2).Get("/users/@me").Is(200)
		soon(t, "the end of the stream", func() { p.On(1).Post("/auth/logout", nil).Is(204) }, func() { s.Ended() })
		p.On(2).Get("/users/@me").Is(401, "unauthenticated")
	})
	t.Run("revoke", func(t *testing.T) {
		p := c.Register("revoke")
		phone, tablet := p.On(2).SignIn(), p.On(2).SignIn()
		s, kept := phone.Stream(""), tablet.Stream("")
		phone.Get("/users/@me").Is(200)
		id := phone.Get("/auth/sessions").Is(200).Text("items.1.id") // newest first
		soon(t, "the end of the stream", func() { p.On(1).Delete("/auth/sessions/" + id).Is(204) }, func() { s.Ended() })
		phone.Get("/users/@me").Is(401, "unauthenticated")
		tablet.Get("/users/@me").Is(200)
		soon(t, "the end of the other", func() {
			p.On(1).Put("/users/@me/password", M{"current_password": apitest.Password, "new_password": "staple weather violin",
				"sign_out_others": true}).Is(204)
		}, func() { kept.Ended() })
		tablet.Get("/users/@me").Is(401, "unauthenticated")
		p.On(2).Get("/users/@me").Is(200)
	})
	t.Run("leave", func(t *testing.T) {
		in := newPlace(c, "leave")
		bob := in.member(c, "leaver")
		s := bob.On(2).Stream("")
		in.say("before")
		s.Until("message.created", nil)
		bob.On(2).Get("/channels/" + in.general + "/messages").Is(200)
		soon(t, "that he left", func() { bob.On(1).Delete("/servers/" + in.server + "/members/@me").Is(204) },
			func() { s.Until("member.removed", nil) })
		bob.On(2).Get("/channels/"+in.general+"/messages").Is(404, "not_found")
		bob.On(2).Post("/channels/"+in.general+"/messages", M{"content": "x"}).Is(404, "not_found")
		in.say("after")
		passed := s.Between(func() { bob.On(1).Patch("/users/@me", M{"first_name": "Gone"}).Is(200) }, "user.updated")
		if len(passed) > 0 {
			t.Errorf("who left was told %q", passed)
		}
	})
	t.Run("delete", func(t *testing.T) {
		in := newPlace(c, "delete")
		bob := in.member(c, "deleted")
		s := bob.On(2).Stream("")
		doomed := in.ada.Post("/servers/"+in.server+"/channels", M{"name": "doomed", "type": "text"}).Must(201).Text("id")
		bob.On(2).Post("/channels/"+doomed+"/messages", M{"content": "x"}).Is(201)
		soon(t, "that the channel is gone", func() { in.ada.Delete("/channels/" + doomed).Is(204) }, func() { s.Until("channel.deleted", nil) })
		bob.On(2).Post("/channels/"+doomed+"/messages", M{"content": "x"}).Is(404, "not_found")
		bob.On(2).Get("/channels/"+doomed).Is(404, "not_found")
		bob.On(2).Get("/servers/" + in.server).Is(200)
		soon(t, "that the server is gone", func() { in.ada.Delete("/servers/" + in.server).Is(204) }, func() { s.Until("server.deleted", nil) })
		bob.On(2).Get("/servers/"+in.server).Is(404, "not_found")
		bob.On(2).Post("/channels/"+in.general+"/messages", M{"content": "x"}).Is(404, "not_found")
		bob.On(2).Get("/sync").Is(200).Has("servers.0", nil)
	})
	t.Run("private", func(t *testing.T) {
		in := newPlace(c, "private")
		bob, eve := in.member(c, "privy"), c.Register("stranger")
		s := bob.On(2).Stream("")
		eve.On(2).Get("/servers/" + in.server).Is(200)
		soon(t, "that the server is private", func() { in.ada.Patch("/servers/"+in.server, M{"visibility": "private"}).Is(200) },
			func() { s.Until("server.updated", nil) })
		eve.On(2).Get("/servers/"+in.server).Is(404, "not_found")
		bob.On(2).Post("/servers/"+in.server+"/invites", nil).Is(403, "forbidden")
	})
	t.Run("name", func(t *testing.T) {
		in := newPlace(c, "name")
		bob := in.member(c, "namesake")
		said := bob.On(2).Post("/channels/"+in.general+"/messages", M{"content": "x"}).Must(201)
		s := in.ada.On(2).Stream("")
		in.ada.On(2).Get("/channels/"+in.general+"/messages").Is(200).Has("0.author.display_name", "Namesake")
		soon(t, "the new name", func() { bob.On(1).Patch("/users/@me", M{"first_name": "Robert"}).Is(200) }, func() { s.Until("member.updated", nil) })
		in.ada.On(2).Get("/channels/"+in.general+"/messages/"+said.Text("id")).Is(200).Has("author.display_name", "Robert")
		bob.On(2).Post("/channels/"+in.general+"/messages", M{"content": "x"}).Is(201).Has("author.display_name", "Robert")
	})
}

// TestClusterReadsItsWrites: what one node answered can be built upon at the other at once, whatever it has heard.
func TestClusterReadsItsWrites(t *testing.T) {
	const rounds = 200
	c := openCluster(t, 2)
	in := newPlace(c, "ada")
	bob := in.member(c, "bob")
	for i := range rounds {
		a, b := in.ada.On(1+i%2), in.ada.On(2-i%2)
		channel := a.Post("/servers/"+in.server+"/channels", M{"name": fmt.Sprint("c", i), "type": "text"}).Must(201).Text("id")
		message := b.Post("/channels/"+channel+"/messages", M{"content": "x"}).Must(201).Text("id")
		path := "/channels/" + channel + "/messages"
		a.Patch(path+"/"+message, M{"content": "y"}).Is(200)
		b.Get(path+"/"+message).Is(200).Has("content", "y")
		bob.On(1+i%2).Post(path, M{"content": "yes", "reply_to": message}).Is(201).Has("reply_to.excerpt", "y")
		b.Delete(path + "/" + message).Is(204)
		a.Get(path+"/"+message).Is(404, "not_found")
		a.Delete("/channels/" + channel).Is(204)
	}
	for i := range 20 {
		a, b := 1+i%2, 2-i%2
		p := c.Guest().On(a).RegisterAs(fmt.Sprint("p", i))
		p.On(b).Get("/users/@me").Is(200)
		p.On(b).SignIn().On(a).Get("/users/@me").Is(200)
		server := p.On(a).Post("/servers", M{"name": "Den", "visibility": "private"}).Must(201).Text("id")
		code := p.On(b).Post("/servers/"+server+"/invites", M{"max_uses": 1}).Must(201).Text("code")
		general := in.ada.On(a).Post("/invites/"+code+"/join", nil).Is(200)
		in.ada.On(b).Get("/servers/" + general.Text("id") + "/channels").Is(200)
		in.ada.On(a).Delete("/servers/" + server + "/members/@me").Is(204)
	}
}

// TestClusterComesAndGoes: who joined at one node may act at the other at once, although their absence is cached there.
func TestClusterComesAndGoes(t *testing.T) {
	c := openCluster(t, 2)
	in := newPlace(c, "ada")
	bob := in.member(c, "bob")
	here, there := bob.On(1), bob.On(2)
	here.Delete("/servers/" + in.server + "/members/@me").Is(204)
	here.Get("/channels/"+in.general).Is(404, "not_found")
	c.Heard()
	c.WayToRedis(1).Silence(true) // the event does not come, and the node does not miss it yet
	there.Post("/servers/"+in.server+"/join", nil).Is(200)
	here.Post("/channels/"+in.general+"/messages", M{"content": "back"}).Is(201)
	c.WayToRedis(1).Silence(false)
}

// TestClusterTokens: new tokens and proofs of one node count at the other at once.
func TestClusterTokens(t *testing.T) {
	c := openCluster(t, 2)
	p := c.Register("ada")
	for i := range 50 {
		a, b := 1+i%2, 2-i%2
		p.On(b).Get("/users/@me").Is(200) // the spent token is cached there
		q := p.On(a)
		q.Renew()
		q.On(b).Get("/users/@me").Is(200)
		p = q
	}
	server := p.On(1).Post("/servers", M{"name": "Den", "visibility": "private"}).Must(201).Text("id")
	id, err := strconv.ParseInt(p.On(1).Get("/auth/sessions").Is(200).Text("items.0.id"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	sessions := c.Node.Stores.Sessions
	session, err := sessions.GetSession(t.Context(), core.SessionID(id))
	if err != nil {
		t.Fatal(err)
	}
	session.SteppedUpAt = time.Now().Add(-core.StepUpLife)
	session.Generation++
	if ok, err := sessions.SwapSession(t.Context(), session); err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	q := p.On(1)
	q.Renew() // both nodes read the session again
	q.On(2).Delete("/servers/"+server).Is(403, "step_up_required")
	q.On(1).Post("/auth/step-up", M{"password": apitest.Password}).Is(204)
	q.On(2).Delete("/servers/" + server).Is(204)
}
