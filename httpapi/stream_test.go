package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// marked reads a stream up to the answer of a change of one's own name, which every own stream hears, and gives the types
// that came before it.
func marked(p *apitest.Person, s *apitest.Stream, change func()) []string {
	n := p.Get("/users/@me").Must(200).At("version")
	return s.Between(func() {
		change()
		p.Patch("/users/@me", M{"first_name": fmt.Sprint("v", n)}).Must(200)
	}, "user.updated")
}

func TestStreamTickets(t *testing.T) {
	w := newWorld(t)
	ticket := func() string { return w.bob.Post("/events/ticket", nil).Must(201).Text("ticket") }
	guest := w.Guest()
	good := ticket()
	if s := guest.Stream("?ticket=" + good); s.Ready["session_id"] == "" {
		t.Errorf("%v", s.Ready)
	}
	guest.Get("/events?ticket="+good).Is(401, "ticket_invalid") // once
	late := ticket()
	w.Advance(accounts.TicketLife)
	guest.Get("/events?ticket="+late).Is(401, "ticket_invalid")
	revoked := ticket()
	w.bob.Post("/auth/logout", nil).Is(204)
	guest.Get("/events?ticket="+revoked).Is(401, "ticket_invalid")
	guest.Get("/events?ticket="+w.ada.Token).Is(401, "ticket_invalid")
	once := w.ada.Post("/events/ticket", nil).Must(201).Text("ticket")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.URL()
	counts := atOnce(10, func(int) *apitest.Answer {
		answer := guest.Dial(ctx, "/events?ticket="+once)
		return &apitest.Answer{Status: answer.StatusCode}
	})
	if counts["200 "] != 1 {
		t.Errorf("one ticket, 10 at once: %v", counts)
	}
}

func TestStreamFilters(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ name, query, want string }{
		{"all", "", "message.created message.created message.created"},
		{"one server", "?servers={private}", "message.created"},
		{"two servers", "?servers={private},{public}", "message.created message.created message.created"},
		{"a server of others", "?servers={nothing}", ""},
		{"types", "?types=message.updated,user.updated", ""},
		{"types and servers", "?types=message.created,user.updated&servers={public}", "message.created message.created"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := w.bob.Stream(w.expand(c.query))
			got := marked(w.bob, s, func() {
				for _, channel := range []string{w.general, w.den, w.nested} {
					w.ada.Post("/channels/"+channel+"/messages", M{"content": "x"}).Must(201)
				}
			})
			got = slices.DeleteFunc(got, func(s string) bool { return s == "member.updated" }) // of the mark itself
			if strings.Join(got, " ") != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			s.Close()
		})
	}
}

func TestInterest(t *testing.T) {
	w := newWorld(t)
	s := w.bob.Stream("")
	set := func(p *apitest.Person, level string) *apitest.Answer {
		return p.Put("/events/interest", M{"session_id": s.Ready["session_id"], "servers": M{w.public: level}})
	}
	say := func() { w.ada.Post("/channels/"+w.general+"/messages", M{"content": "x"}).Must(201) }
	notHeld := func(a *apitest.Answer) { a.Is(404, "not_found") }
	if clustered(t) {
		notHeld = func(a *apitest.Answer) { a.Is(204) } // another node may hold it; nobody says so
	}
	notHeld(set(w.ada, "none")) // another person's stream
	set(w.Guest(), "none").Is(401, "unauthenticated")
	if got := marked(w.bob, s, say); !slices.Contains(got, "message.created") {
		t.Errorf("%q", got)
	}
	set(w.bob, "none").Is(204)
	if got := marked(w.bob, s, say); slices.Contains(got, "message.created") {
		t.Errorf("without interest: %q", got)
	}
	set(w.bob, "active").Is(204)
	if got := marked(w.bob, s, say); !slices.Contains(got, "message.created") {
		t.Errorf("active again: %q", got)
	}
	s.Close()
	s.Ended()
	for deadline := time.Now().Add(apitest.Patience); w.Node.Hub.Stats().Streams > 0 && time.Now().Before(deadline); {
		set(w.bob, "none")
	}
	notHeld(set(w.bob, "none"))
}

// TestResume: after a break, and after a restart of the node, a stream goes on where it was; what cannot is told so.
func TestResume(t *testing.T) {
	w := newWorld(t)
	say := func(text string) { w.ada.Post("/channels/"+w.general+"/messages", M{"content": text}).Must(201) }
	s := w.bob.Stream("")
	say("one")
	s.Until("message.created", nil)
	last := s.LastID()
	s.Close()
	say("two")
	w.Restart()
	say("three")
	for _, how := range []struct {
		name  string
		query string
		with  []apitest.With
	}{
		{"header", "", []apitest.With{apitest.Header("Last-Event-ID", last)}},
		{"query", "?last_event_id=" + last, nil},
		{"header wins", "?last_event_id=x.1", []apitest.With{apitest.Header("Last-Event-ID", last)}},
	} {
		t.Run(how.name, func(t *testing.T) {
			s := w.bob.Stream(how.query, how.with...)
			if s.Ready["resumed"] != true {
				t.Errorf("ready %v", s.Ready)
			}
			for _, want := range []string{"two", "three"} {
				if event, data, _ := s.Next(); event != "message.created" || apitest.Dig(data, "message.content") != want {
					t.Errorf("%s %v, want %s", event, data, want)
				}
			}
			s.Close()
		})
	}
	epoch, _, _ := strings.Cut(last, ".")
	for _, c := range []struct{ name, id, reason string }{
		{"another epoch", "zz.1", "epoch"}, {"the future", epoch + ".999999999", "future"},
		{"the largest", epoch + ".18446744073709551615", "future"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := w.bob.Stream("", apitest.Header("Last-Event-ID", c.id))
			if s.Ready["resumed"] != false {
				t.Errorf("ready %v", s.Ready)
			}
			if event, data, _ := s.Next(); event != "resync" || !strings.Contains(fmt.Sprint(data["reason"]), c.reason) {
				t.Errorf("%s %v", event, data)
			}
			s.Close()
		})
	}
	for _, bad := range []string{"x", ".", "a.b", epoch + ".-1", epoch + ".1.2", epoch + "." + strings.Repeat("9", 30), strings.Repeat("a", 120) + ".1"} {
		if a := w.bob.Get("/events", apitest.Header("Last-Event-ID", bad)); a.Status != 400 && a.Status != 422 {
			t.Errorf("%q: %s", bad, a)
		}
	}
}

// TestSyncThenStream: a stream that begins at the cursor of a snapshot misses nothing that came after it.
func TestSyncThenStream(t *testing.T) {
	w := newWorld(t)
	cursor := w.bob.Get("/sync").Must(200).Text("cursor")
	w.ada.Post("/channels/"+w.general+"/messages", M{"content": "between"}).Must(201)
	s := w.bob.Stream("?last_event_id=" + cursor)
	s.Until("message.created", func(e M) bool { return apitest.Dig(e, "message.content") == "between" })
	if s.Ready["resumed"] != true {
		t.Errorf("%v", s.Ready)
	}
}

// TestEventsOnTheWire: the envelope of an event and the headers of a stream.
func TestEventsOnTheWire(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	answer := w.bob.Dial(ctx, "/events")
	defer answer.Body.Close()
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		if got := answer.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	s := w.bob.Stream("")
	m := w.ada.Post("/channels/"+w.general+"/messages", M{"content": "x", "nonce": "n"}).Must(201)
	e := s.Until("message.created", nil)
	for name, want := range map[string]any{"v": 1.0, "type": "message.created", "server_id": w.public, "channel_id": w.general, "actor_id": w.ada.ID,
		"at": "2026-03-02T09:30:00.000Z"} {
		if e[name] != want {
			t.Errorf("%s is %v, want %v", name, e[name], want)
		}
	}
	if fmt.Sprint(e["message"]) != fmt.Sprint(m.At("")) {
		t.Errorf("the event tells %v, the answer %v", e["message"], m.At(""))
	}
	w.ada.Delete("/channels/" + w.general + "/messages/" + m.Text("id")).Is(204)
	if e := s.Until("message.deleted", nil); e["message_id"] != m.Text("id") || e["message"] != nil {
		t.Errorf("%v", e)
	}
}

// TestRequestIDs: the client's request id is kept where it is harmless, and tells of the answer's problem.
func TestRequestIDs(t *testing.T) {
	w := newWorld(t)
	for given, kept := range map[string]bool{"abc-123_X.y": true, strings.Repeat("a", 64): true, "": false, strings.Repeat("a", 65): false, "a b": false, "a\"b": false, "é": false} {
		a := w.Guest().Get("/users/@me", apitest.Header("X-Request-Id", given)).Is(401, "unauthenticated")
		id := a.Header.Get("X-Request-Id")
		if (id == given) != kept || id == "" || a.Text("instance") != id {
			t.Errorf("%q became %q, instance %q", given, id, a.Text("instance"))
		}
	}
}

// TestSpecAndRoot: the contract is served; what is no API goes to the web handler.
func TestSpecAndRoot(t *testing.T) {
	k := start(t, func(o *apitest.Options) {
		o.Web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "web "+r.URL.Path) })
	})
	get := func(path string) (int, string) {
		answer, err := http.Get(k.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	for path, want := range map[string]string{"/": "web /", "/docs/errors": "web /docs/errors", "/api": "web /api"} {
		if status, body := get(path); status != 200 || body != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, body := get("/api/openapi.yaml"); status != 200 || !strings.Contains(body, "openapi: '3.0.3'") {
		t.Errorf("the contract: %d", status)
	}
	if status, body := get("/api/v2/users"); status != 404 || !strings.Contains(body, "route_not_found") {
		t.Errorf("/api/v2: %d %s", status, body)
	}
}
