package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// TestIdempotencyKey: a creation with a key happens once, however often and however much at once it is asked for.
func TestIdempotencyKey(t *testing.T) {
	for _, c := range []struct {
		op, path    string
		body, other M
		table       string
	}{
		{"createServer", "/servers", M{"name": "Go", "visibility": "public"}, M{"name": "Go", "visibility": "private"}, "members_by_user +1"},
		{"createChannel", "/servers/{public}/channels", M{"name": "x", "type": "text"}, M{"name": "y", "type": "text"}, "channel_lookup +1"},
		{"createInvite", "/servers/{public}/invites", M{"max_uses": 2}, M{"max_uses": 3}, "invites +1"},
	} {
		t.Run(c.op, func(t *testing.T) {
			w := newWorld(t)
			path, key := w.expand(c.path), apitest.Header("Idempotency-Key", "k-1")
			rows := w.Rows()
			first := w.ada.Post(path, c.body, key).Is(201)
			again := w.ada.Post(path, c.body, key).Is(201)
			if string(first.Body) != string(again.Body) || again.Header.Get("Idempotency-Replayed") != "true" || first.Header.Get("Idempotency-Replayed") != "" {
				t.Errorf("%s then %s", first, again)
			}
			if n := len(w.Events().Take()); n != 1 {
				t.Errorf("%d events", n)
			}
			w.ada.Post(path, c.other, key).Is(422, "idempotency_mismatch")
			w.ada.Post(path, c.body, apitest.Header("Idempotency-Key", "k-2")).Is(201)
			w.ada.Post(path, `{`, key).Is(400, "bad_json")
			w.ada.Post(path, c.body, apitest.Header("Idempotency-Key", strings.Repeat("k", 256))).Is(422, "validation_failed")
			if n := len(w.Events().Take()); n != 1 {
				t.Errorf("%d events", n)
			}
			counts := atOnce(20, func(int) *apitest.Answer { return w.ada.Post(path, c.body, apitest.Header("Idempotency-Key", "k-3")) })
			if counts["201 "]+counts["503 busy"] != 20 || counts["201 "] < 1 {
				t.Errorf("20 at once: %v", counts)
			}
			if n := len(w.Events().Take()); n != 1 {
				t.Errorf("%d events", n)
			}
			w.ada.Post(path, c.body, apitest.Header("Idempotency-Key", "k-3")).Is(201)
			w.Restart()
			if a := w.ada.Post(path, c.body, key).Is(201); string(a.Body) != string(first.Body) {
				t.Errorf("after a restart: %s", a)
			}
			w.Events().Are()
			w.Advance(25 * time.Hour)
			w.ada.Renew()
			if a := w.ada.Post(path, c.body, key).Is(201); string(a.Body) == string(first.Body) {
				t.Error("remembered for longer than a day")
			}
			if changed := strings.Join(w.Changed(rows), " "); !strings.Contains(changed, strings.Replace(c.table, "+1", "+4", 1)) {
				t.Errorf("rows %s", changed)
			}
		})
	}
}

// TestIdempotencyKeyIsTheActors: another person's key, or another route's, is another key; a refusal frees it.
func TestIdempotencyKeyIsTheActors(t *testing.T) {
	w := newWorld(t, func(o *apitest.Options) { o.Limits.ChannelsPerServer = 5 })
	key := apitest.Header("Idempotency-Key", "k")
	one := w.ada.Post("/servers", M{"name": "Go", "visibility": "public"}, key).Is(201)
	two := w.bob.Post("/servers", M{"name": "Go", "visibility": "public"}, key).Is(201)
	if one.Text("id") == two.Text("id") {
		t.Error("one server for two people")
	}
	w.ada.Post("/servers/"+one.Text("id")+"/invites", nil, key).Is(201)
	w.ada.Post("/servers/"+w.public+"/invites", nil, key).Is(201)
	path := "/servers/" + w.public + "/channels"
	w.ada.Post(path, M{"name": "x", "type": "text"}, key).Is(201)
	refused := apitest.Header("Idempotency-Key", "refused")
	w.ada.Post(path, M{"name": "y", "type": "text"}, refused).Is(422, "channels_limit")
	w.ada.Delete("/channels/" + w.voice).Is(204)
	w.ada.Post(path, M{"name": "y", "type": "text"}, refused).Is(201)
	w.Probe.Change(func(_ apitest.Ask, p core.Permission) core.Permission { return p &^ core.ManageChannels })
	w.ada.Post(path, M{"name": "z", "type": "text"}, apitest.Header("Idempotency-Key", "forbidden")).Is(403, "forbidden")
}
