package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
	"github.com/beep-chat/beep/storage/wide"
)

// TestVersions: who changes a thing may ask that it is still the one they saw.
func TestVersions(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/servers/" + w.public, "/channels/" + w.general} {
		t.Run(path, func(t *testing.T) {
			match := func(tag string) apitest.With { return apitest.Header("If-Match", tag) }
			tag := w.ada.Get(path).Is(200).Header.Get("ETag")
			if tag != `"v1"` {
				t.Errorf("ETag %q", tag)
			}
			counts := atOnce(20, func(i int) *apitest.Answer { return w.ada.Patch(path, M{"name": fmt.Sprint("n", i)}, match(tag)) })
			expectCounts(t, "20 at once on one version", counts, "200 ", 1, "412 version_conflict", 19)
			if n := len(w.Events().Take()); n != 1 {
				t.Errorf("%d events", n)
			}
			w.ada.Patch(path, M{"name": "x"}, match(tag)).Is(412, "version_conflict").Has("params.version", 2)
			for _, other := range []string{"v2", `W/"v2"`, `"2"`, `"v2", "v3"`, `"v-1"`, `"v99999999999999999999"`} {
				w.ada.Patch(path, M{"name": "x"}, match(other)).Is(412, "version_conflict")
			}
			w.Events().Are()
			if got := w.ada.Patch(path, M{"name": "x"}, match(`"v2"`)).Is(200).Header.Get("ETag"); got != `"v3"` {
				t.Errorf("ETag %q", got)
			}
			w.ada.Patch(path, M{"name": "x"}, match("*")).Is(200)
			expectCounts(t, "20 at once", atOnce(20, func(int) *apitest.Answer { return w.ada.Patch(path, M{"name": "y"}) }), "200 ", 20)
			w.ada.Get(path).Is(200).Has("version", 24)
			if n := len(w.Events().Take()); n != 22 {
				t.Errorf("%d events", n)
			}
		})
	}
}

func TestCategories(t *testing.T) {
	w := newWorld(t)
	second := w.newChannel(w.public, M{"name": "ends", "type": "text", "parent_id": w.category})
	kept := w.bob.Post("/channels/"+w.nested+"/messages", M{"content": "kept"}).Is(201).Text("id")
	w.ada.Put("/channels/"+w.nested+"/read", M{"message_id": kept}).Is(204)
	w.ada.Delete("/channels/" + w.category + "?release_children=true").Is(204)
	for _, id := range []string{w.nested, second} {
		w.bob.Get("/channels/"+id).Is(200).Has("parent_id", nil).Has("version", 2)
	}
	w.bob.Get("/channels/"+w.nested+"/messages").Is(200).Has("0.content", "kept")
	w.bob.Get("/channels/"+w.category).Is(404, "not_found")

	rooms := w.newChannel(w.public, M{"name": "rooms", "type": "category"})
	for _, id := range []string{w.nested, second} {
		w.ada.Patch("/channels/"+id, M{"parent_id": rooms}).Is(200)
	}
	w.ada.Patch("/channels/"+rooms, M{"parent_id": rooms}).Is(422, "validation_failed")
	w.ada.Delete("/channels/" + rooms).Is(204)
	for _, id := range []string{w.nested, second, rooms} {
		w.bob.Get("/channels/"+id).Is(404, "not_found")
	}
	w.settled(t)
	for _, id := range []string{w.nested, second, rooms, w.category, kept} {
		if traces := w.Traces(id); len(traces) > 0 {
			t.Errorf("still stored: %q", traces)
		}
	}
	w.bob.Get("/channels/" + w.general + "/messages").Is(200)
}

// settled waits until the jobs are done.
func (w *world) settled(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(apitest.Patience); w.Rows()["jobs"] > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("a job is not done")
		}
	}
}

// TestDeleteServer: gone at once for everyone, on every route and stream, and then from the store.
func TestDeleteServer(t *testing.T) {
	w := newWorld(t)
	w.bob.Put("/channels/"+w.general+"/read", M{"message_id": w.message}).Is(204)
	w.bob.Post("/channels/"+w.general+"/messages", M{"content": "x", "nonce": "n"}).Is(201)
	ada, bob := w.ada.Stream(""), w.bob.Stream("")
	kept := w.Rows()
	w.ada.Delete("/servers/" + w.public).Is(204)
	for _, o := range w.Contract().Operations() {
		if strings.Contains(o.Path, "{user_id}") || strings.Contains(o.Path, "{session_id}") || !strings.Contains(o.Path, "{") {
			continue
		}
		body := any(nil)
		if o.Body != nil {
			body = o.Body
		}
		for _, p := range []*apitest.Person{w.ada, w.bob, w.eve} {
			if a := p.Do(o.Method, o.Fill(w.fill()), body); a.Status != http.StatusNotFound {
				t.Errorf("after the deletion: %s", a)
			}
		}
	}
	for _, p := range []*apitest.Person{w.ada, w.bob} {
		p.Get("/users/@me/servers").Is(200).Has("items.0.id", w.private).Has("items.1", nil)
		p.Get("/sync").Is(200).Has("servers.1", nil)
	}
	for _, s := range []*apitest.Stream{ada, bob} {
		if e := s.Until("server.deleted", nil); e["server_id"] != w.public {
			t.Errorf("%v", e)
		}
	}
	w.settled(t)
	for name, id := range map[string]string{"server": w.public, "general": w.general, "voice": w.voice, "category": w.category, "nested": w.nested,
		"message": w.message, "reply": w.reply} {
		traces := slices.DeleteFunc(w.Traces(id), func(s string) bool { return strings.HasPrefix(s, "message_nonces.") }) // expire by themselves
		if len(traces) > 0 {
			t.Errorf("%s is still stored: %q", name, traces)
		}
	}
	if now := w.Rows(); now["users"] != kept["users"] || now["members"] != kept["members"]-2 || now["server_slots"] != kept["server_slots"]-2 {
		t.Errorf("rows %v, before %v", now, kept)
	}
	w.bob.Get("/channels/"+w.den+"/messages").Is(200).Has("0.content", "hush")
}

// faulty fails the commits that one of its rules names; it is put around the engine.
type faulty struct {
	wide.Engine
	fails *atomic.Pointer[func(wide.Commit) bool]
}

func (f faulty) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if fails := f.fails.Load(); fails != nil && (*fails)(c) {
		return false, wide.ErrUnavailable
	}
	return f.Engine.Commit(ctx, c)
}

// touches gives a rule: commits that write to a table while reclaiming space, as deletions do.
func touches(table string) *func(wide.Commit) bool {
	f := func(c wide.Commit) bool {
		return c.Reclaim && slices.ContainsFunc(c.Writes, func(w wide.Write) bool { return w.Meta.Name == table })
	}
	return &f
}

// TestDeletionResumes stops the node at each step of a deletion; the next start finishes it.
func TestDeletionResumes(t *testing.T) {
	for _, table := range []string{"server_slots", "read_states", "members", "messages", "channel_lookup", "invites", "server_layout", "jobs"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			var fails atomic.Pointer[func(wide.Commit) bool]
			w := newWorld(t, func(o *apitest.Options) {
				o.Wrap = func(e wide.Engine) wide.Engine { return faulty{e, &fails} }
			})
			w.bob.Put("/channels/"+w.general+"/read", M{"message_id": w.message}).Is(204)
			rule := touches(table)
			met := make(chan struct{}, 1000)
			marked := func(c wide.Commit) bool {
				if !(*rule)(c) || table == "server_layout" && !deletesPartition(c) || table == "jobs" && !deletesRow(c) {
					return false
				}
				met <- struct{}{}
				return true
			}
			fails.Store(&marked)
			w.ada.Delete("/servers/" + w.public).Is(204)
			select {
			case <-met:
			case <-time.After(apitest.Patience):
				t.Fatal("the deletion never came to this step")
			}
			w.bob.Get("/servers/"+w.public).Is(404, "not_found")
			w.Restart()
			w.bob.Get("/servers/"+w.public).Is(404, "not_found")
			if w.Rows()["jobs"] != 1 {
				t.Fatal("the job did not outlive the restart")
			}
			fails.Store(nil)
			w.Restart()
			w.settled(t)
			if traces := w.Traces(w.public); len(traces) > 0 {
				t.Errorf("still stored: %q", traces)
			}
			w.bob.Get("/users/@me/servers").Is(200).Has("items.0.id", w.private).Has("items.1", nil)
		})
	}
}

// deletesPartition tells the commit that ends a layout from the one that marks it deleted.
func deletesPartition(c wide.Commit) bool {
	return slices.ContainsFunc(c.Writes, func(w wide.Write) bool { return w.Op == wide.OpDeletePartition })
}

// deletesRow tells the commit that ends a job from the one that plans it.
func deletesRow(c wide.Commit) bool {
	return slices.ContainsFunc(c.Writes, func(w wide.Write) bool { return w.Op == wide.OpDelete })
}

// TestDeletionThatDied: where the store fails between the plan and the mark, the server goes on as if nothing was asked.
func TestDeletionThatDied(t *testing.T) {
	var fails atomic.Pointer[func(wide.Commit) bool]
	w := newWorld(t, func(o *apitest.Options) {
		o.Wrap = func(e wide.Engine) wide.Engine { return faulty{e, &fails} }
	})
	fails.Store(touches("server_layout"))
	w.ada.Delete("/servers/"+w.public).Is(503, "unavailable")
	fails.Store(nil)
	w.bob.Get("/servers/"+w.public).Is(200).Has("owner_id", w.ada.ID)
	w.bob.Get("/channels/" + w.general + "/messages").Is(200)
	w.Restart()
	w.bob.Post("/channels/"+w.general+"/messages", M{"content": "still here"}).Is(201)
	w.ada.Delete("/servers/" + w.public).Is(204)
	w.settled(t)
}

// TestLeave: who left sees nothing of the server any more, and may come back.
func TestLeave(t *testing.T) {
	w := newWorld(t)
	w.bob.Put("/channels/"+w.general+"/read", M{"message_id": w.message}).Is(204)
	w.bob.Delete("/servers/" + w.public + "/members/@me").Is(204)
	w.bob.Get("/channels/"+w.general).Is(404, "not_found")
	w.bob.Get("/servers/"+w.public).Is(200).Has("member_count", 1).Has("owner_id", nil)
	w.bob.Delete("/servers/"+w.public+"/members/@me").Is(404, "not_found")
	w.ada.Get("/channels/"+w.general+"/messages/"+w.reply).Is(200).Has("author.username", "bob")
	w.bob.Post("/servers/"+w.public+"/join", nil).Is(200)
	w.bob.Patch("/channels/"+w.general+"/messages/"+w.reply, M{"content": "back"}).Is(200)
	w.bob.Delete("/servers/" + w.private + "/members/@me").Is(204)
	w.bob.Get("/servers/"+w.private).Is(404, "not_found")
	w.bob.Post("/servers/"+w.private+"/join", nil).Is(404, "not_found")
	w.bob.Post("/invites/"+w.privateInvite+"/join", nil).Is(200)
}

// TestVisibility: a server that becomes private has no card and no open door any more; its members stay.
func TestVisibility(t *testing.T) {
	w := newWorld(t)
	w.ada.Patch("/servers/"+w.public, M{"visibility": "private"}).Is(200)
	w.eve.Get("/servers/"+w.public).Is(404, "not_found")
	w.eve.Post("/servers/"+w.public+"/join", nil).Is(404, "not_found")
	w.bob.Get("/servers/" + w.public).Is(200)
	w.bob.Post("/servers/"+w.public+"/invites", nil).Is(403, "forbidden") // members of private servers do not invite
	w.ada.Patch("/servers/"+w.public, M{"visibility": "public"}).Is(200)
	w.eve.Post("/servers/"+w.public+"/join", nil).Is(200)
	quiet := w.ada.Post("/servers", M{"name": "News", "visibility": "public", "template": "quiet"}).Is(201).Text("id")
	channel := w.ada.Get("/servers/" + quiet + "/channels").Is(200).Text("items.0.id")
	w.eve.Post("/servers/"+quiet+"/join", nil).Is(200)
	w.eve.Get("/channels/" + channel + "/messages").Is(200)
	w.eve.Post("/channels/"+channel+"/messages", M{"content": "x"}).Is(403, "forbidden").Has("params.permissions", "["+core.SendMessages.Names()[0]+"]")
}

// TestMemberPages walks the members of a server page by page: each once.
func TestMemberPages(t *testing.T) {
	w := newWorld(t)
	want := map[string]bool{w.ada.ID: true, w.bob.ID: true}
	for i := range 30 {
		p := w.Register(fmt.Sprint("p", i))
		p.Post("/servers/"+w.public+"/join", nil).Must(200)
		want[p.ID] = true
	}
	for _, limit := range []int{1, 7, 32, 100} {
		seen := map[string]bool{}
		for cursor, first := "", true; first || cursor != ""; first = false {
			path := fmt.Sprintf("/servers/%s/members?limit=%d", w.public, limit)
			if cursor != "" {
				path += "&cursor=" + cursor
			}
			page := w.bob.Get(path).Must(200)
			for i := range page.Len("items") {
				id := page.Text(fmt.Sprintf("items.%d.user.id", i))
				if seen[id] {
					t.Errorf("limit %d: %s twice", limit, id)
				}
				seen[id] = true
			}
			if cursor = page.Text("next"); page.Len("items") > limit {
				t.Errorf("a page of %d", page.Len("items"))
			}
		}
		if fmt.Sprint(seen) != fmt.Sprint(want) {
			t.Errorf("limit %d: %d members, want %d", limit, len(seen), len(want))
		}
	}
}
