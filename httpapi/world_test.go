package httpapi_test

import (
	"strings"
	"testing"

	"github.com/beep-chat/beep/core/plugins/plugintest"
	"github.com/beep-chat/beep/httpapi/apitest"
)

type M = apitest.M

// world is a node with people: ada owns a public and a private server, bob is a member of both, eve of none.
type world struct {
	*apitest.Kit
	ada, bob, eve *apitest.Person

	public, private                  string // servers
	general, voice, category, nested string // channels of the public one
	den                              string // the text channel of the private one
	message, reply, secret           string // ada's and bob's in general, ada's in den
	invite, privateInvite            string
}

// start starts one node. Below TestCluster it is two that take turns: those that are there already, where nothing about them
// is to be changed.
func start(t testing.TB, change ...func(*apitest.Options)) *apitest.Kit {
	t.Helper()
	switch {
	case !clustered(t):
		return apitest.Start(t, change...)
	case len(change) == 0:
		return twoNodes.For(t)
	default:
		return apitest.StartCluster(t, 2, change...)
	}
}

// twoNodes are those of TestCluster while it runs.
var twoNodes *apitest.Kit

func clustered(t testing.TB) bool { return strings.HasPrefix(t.Name(), "TestCluster") }

func newWorld(t testing.TB, change ...func(*apitest.Options)) *world {
	t.Helper()
	w := &world{Kit: start(t, change...)}
	w.ada, w.bob, w.eve = w.Register("ada"), w.Register("bob"), w.Register("eve")
	w.public, w.general = w.newServer(w.ada, "Chess", "public")
	w.private, w.den = w.newServer(w.ada, "Den", "private")
	w.voice = w.newChannel(w.public, M{"name": "talk", "type": "voice"})
	w.category = w.newChannel(w.public, M{"name": "rooms", "type": "category"})
	w.nested = w.newChannel(w.public, M{"name": "openings", "type": "text", "parent_id": w.category})
	w.invite = w.ada.Post("/servers/"+w.public+"/invites", M{}).Must(201).Text("code")
	w.privateInvite = w.ada.Post("/servers/"+w.private+"/invites", nil).Must(201).Text("code")
	w.bob.Post("/servers/"+w.public+"/join", nil).Must(200)
	w.bob.Post("/invites/"+w.privateInvite+"/join", nil).Must(200)
	w.message = w.ada.Post("/channels/"+w.general+"/messages", M{"content": "hello"}).Must(201).Text("id")
	w.reply = w.bob.Post("/channels/"+w.general+"/messages", M{"content": "hi", "reply_to": w.message}).Must(201).Text("id")
	w.secret = w.ada.Post("/channels/"+w.den+"/messages", M{"content": "hush"}).Must(201).Text("id")
	w.Events().Take()
	w.Probe.Take()
	return w
}

func (w *world) newServer(owner *apitest.Person, name, visibility string) (server, general string) {
	w.T.Helper()
	server = owner.Post("/servers", M{"name": name, "visibility": visibility}).Must(201).Text("id")
	return server, owner.Get("/servers/" + server + "/channels").Must(200).Text("items.0.id")
}

func (w *world) newChannel(server string, body M) string {
	w.T.Helper()
	return w.ada.Post("/servers/"+server+"/channels", body).Must(201).Text("id")
}

// fill names the world's things as the contract's path parameters do.
func (w *world) fill() map[string]string {
	return map[string]string{"server_id": w.public, "channel_id": w.general, "message_id": w.message, "user_id": w.bob.ID, "code": w.invite,
		"plugin_id": string(plugintest.Moderation)}
}

// session is the id of the person's newest session.
func session(p *apitest.Person) string {
	return p.Get("/auth/sessions").Must(200).Text("items.0.id")
}
