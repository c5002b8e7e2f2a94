package httpapi_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// unasked are the operations that need no right in a server, and why.
var unasked = map[string]string{
	"getInstance":       "anyone may know it",
	"setup":             "the token of the set-up link decides",
	"register":          "nobody is signed in",
	"login":             "nobody is signed in",
	"refresh":           "the token decides",
	"logout":            "one's own session",
	"logoutAll":         "one's own sessions",
	"stepUp":            "one's own session",
	"listSessions":      "one's own sessions",
	"revokeSession":     "one's own sessions",
	"getMe":             "one's own account",
	"updateMe":          "one's own account",
	"changePassword":    "one's own account",
	"getUser":           "usernames are public to who is signed in",
	"createServer":      "there is no server yet",
	"joinServer":        "who is no member has no rights; the server's visibility decides",
	"getInvite":         "the code is the secret that decides",
	"joinInvite":        "who is no member has no rights; the code decides",
	"createEventTicket": "one's own session",
	"setInterest":       "one's own stream; what it is given is asked about at each delivery",
	"events":            "asked about at each delivery: TestFanOutAsks",
}

// TestEveryRouteAsks calls every operation and looks whether the permission port was asked about the place it concerns.
func TestEveryRouteAsks(t *testing.T) {
	seen := 0
	for _, o := range apitest.LoadContract(t).Operations() {
		if unasked[o.ID] != "" {
			seen++
			continue
		}
		t.Run(o.ID, func(t *testing.T) {
			w := newWorld(t)
			e := w.example(t, o)
			if o.ID == "leaveServer" {
				e.as = w.bob
			}
			w.Probe.Take()
			e.as.Do(o.Method, e.path, e.body, e.headers...)
			if err := w.askedAbout(o, w.Probe.Take(), e.as); err != nil {
				t.Error(err)
			}
		})
	}
	if seen != len(unasked) {
		t.Errorf("%d of the %d operations excused do not exist", len(unasked)-seen, len(unasked))
	}
}

// askedAbout tells whether the questions name the actor and the place of an operation.
func (w *world) askedAbout(o apitest.Operation, asks []apitest.Ask, actor *apitest.Person) error {
	want := []apitest.Ask{{User: core.UserID(number(actor.ID)), Server: core.ServerID(number(w.public))}}
	switch {
	case strings.Contains(o.Path, "{channel_id}"):
		want[0].Channel = core.ChannelID(number(w.general))
	case !strings.Contains(o.Path, "{"): // of everything the actor is in
		second := want[0]
		second.Server = core.ServerID(number(w.private))
		want = append(want, second)
	}
	for _, ask := range want {
		if !slices.ContainsFunc(asks, func(a apitest.Ask) bool { a.Want = 0; return a == ask }) {
			return fmt.Errorf("%s never asks about %+v; it asked %+v", o.ID, ask, asks)
		}
	}
	return nil
}

func number(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64) // ids of the world are ids
	return n
}

// TestEveryRouteAsksBites shows that a route that does not ask, or asks about another place, is found.
func TestEveryRouteAsksBites(t *testing.T) {
	w := newWorld(t)
	ada, public, general := core.UserID(number(w.ada.ID)), core.ServerID(number(w.public)), core.ChannelID(number(w.general))
	sendMessage, _ := w.Contract().Operation("sendMessage")
	for _, c := range []struct {
		name string
		asks []apitest.Ask
		ok   bool
	}{
		{"never", nil, false},
		{"only the server", []apitest.Ask{{User: ada, Server: public}}, false},
		{"another person", []apitest.Ask{{User: core.UserID(number(w.bob.ID)), Server: public, Channel: general}}, false},
		{"another channel", []apitest.Ask{{User: ada, Server: public, Channel: core.ChannelID(number(w.nested))}}, false},
		{"the channel", []apitest.Ask{{User: ada, Server: public, Channel: general, Want: core.SendMessages}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := w.askedAbout(sendMessage, c.asks, w.ada); (err == nil) != c.ok {
				t.Errorf("%v", err)
			}
		})
	}
	w.Probe.Take()
	w.ada.Get("/users/@me").Is(200)
	if err := w.askedAbout(sendMessage, w.Probe.Take(), w.ada); err == nil {
		t.Error("a route that never asks passes")
	}
}

// TestFanOutAsks: what a stream is given is asked about at the moment of delivery.
func TestFanOutAsks(t *testing.T) {
	w := newWorld(t)
	stream := w.bob.Stream("")
	w.Probe.Take()
	w.ada.Post("/channels/"+w.general+"/messages", M{"content": "one"}).Is(201)
	stream.Until("message.created", nil)
	want := apitest.Ask{User: core.UserID(number(w.bob.ID)), Server: core.ServerID(number(w.public)), Channel: core.ChannelID(number(w.general))}
	if asks := w.Probe.Take(); !slices.Contains(asks, want) {
		t.Errorf("the delivery never asked %+v, only %+v", want, asks)
	}
	w.Probe.Change(func(a apitest.Ask, p core.Permission) core.Permission {
		if a.User == want.User && a.Channel == want.Channel {
			return 0
		}
		return p
	})
	passed := stream.Between(func() {
		w.ada.Post("/channels/"+w.general+"/messages", M{"content": "two"}).Is(201)
		w.ada.Post("/channels/"+w.nested+"/messages", M{"content": "three"}).Is(201)
	}, "message.created")
	if len(passed) > 0 {
		t.Errorf("the stream gave %q", passed)
	}
	if m := w.bob.Get("/channels/" + w.nested + "/messages").Is(200); m.Text("0.content") != "three" {
		t.Errorf("%s", m)
	}
}

// TestEachRight takes single rights from the owner: the operation is refused; without any, and in a
// channel without the one to see it, there is nothing to find.
func TestEachRight(t *testing.T) {
	rights := map[string]core.Permission{"updateServer": core.ManageServer, "deleteServer": core.DeleteServer, "createChannel": core.ManageChannels,
		"updateChannel": core.ManageChannels, "deleteChannel": core.ManageChannels, "createInvite": core.CreateInvites,
		"listInvites": core.ManageInvites, "sendMessage": core.SendMessages, "listMessages": core.ReadHistory, "getMessage": core.ReadHistory,
		"sendTyping": core.SendMessages, "editMessage": core.SendMessages, "listPlugins": core.ManagePlugins, "getPlugin": core.ManagePlugins,
		"updatePlugin": core.ManagePlugins, "tryPlugin": core.ManagePlugins, "listVerdicts": core.ManagePlugins, "listMembers": 0, "listChannels": 0, "getChannel": 0, "markRead": 0}
	w := newWorld(t)
	for op, right := range rights {
		t.Run(op, func(t *testing.T) {
			o, _ := w.Contract().Operation(op)
			e := w.example(t, o)
			rows := w.Rows()
			if right != 0 {
				w.Probe.Change(func(_ apitest.Ask, p core.Permission) core.Permission { return p &^ right })
				w.ada.Do(o.Method, e.path, e.body, e.headers...).Is(403, "forbidden")
			}
			w.Probe.Change(func(apitest.Ask, core.Permission) core.Permission { return 0 })
			w.ada.Do(o.Method, e.path, e.body, e.headers...).Is(404, "not_found")
			if strings.Contains(o.Path, "{channel_id}") {
				w.Probe.Change(func(_ apitest.Ask, p core.Permission) core.Permission { return p &^ core.ViewChannel })
				w.ada.Do(o.Method, e.path, e.body, e.headers...).Is(404, "not_found")
			}
			w.Probe.Change(nil)
			if changed := w.Changed(rows); len(changed) > 0 {
				t.Errorf("rows changed: %q", changed)
			}
		})
	}
	w.Probe.Change(func(_ apitest.Ask, p core.Permission) core.Permission { return p &^ core.ManageMessages })
	w.ada.Delete("/channels/"+w.general+"/messages/"+w.reply).Is(403, "forbidden")
	w.ada.Delete("/channels/" + w.general + "/messages/" + w.message).Is(204)
}

// TestPermissionsOnTheWire: the rights in a snapshot are those of the rule.
func TestPermissionsOnTheWire(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		who  *apitest.Person
		want core.Permission
	}{{w.ada, core.AllPermissions}, {w.bob, core.OpenTemplate.Permissions(core.Public)}} {
		a := c.who.Get("/sync").Is(200)
		names, _ := json.Marshal(c.want.Names())
		got, _ := json.Marshal(a.At("servers.0.permissions"))
		if string(got) != string(names) || a.Text("servers.0.permissions_bits") != strconv.FormatUint(uint64(c.want), 10) {
			t.Errorf("%s: %s, want %s", c.who.Name, got, names)
		}
	}
}
