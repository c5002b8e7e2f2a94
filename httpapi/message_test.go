package httpapi_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
	"github.com/beep-chat/beep/storage/wide"
)

func TestNonce(t *testing.T) {
	w := newWorld(t)
	path := "/channels/" + w.general + "/messages"
	send := func(p *apitest.Person, nonce string) *apitest.Answer {
		return p.Post(path, M{"content": "once", "nonce": nonce})
	}
	counts := atOnce(100, func(int) *apitest.Answer { return send(w.bob, "n") })
	if counts["201 "] < 1 || counts["201 "] > w.Size() || counts["200 "] != 100-counts["201 "] { // two nodes may store the one message at once
		t.Errorf("100 at once: %v", counts)
	}
	w.Events().Are("message.created")
	first := send(w.bob, "n").Is(200)
	id := first.Text("id")
	if n := w.bob.Get(path).Is(200).Len(""); n != 3 {
		t.Errorf("%d messages", n)
	}
	if other := send(w.ada, "n").Is(201); other.Text("id") == id {
		t.Error("a nonce is its author's")
	}
	if other := w.bob.Post("/channels/"+w.nested+"/messages", M{"content": "once", "nonce": "n"}).Is(201); other.Text("id") == id {
		t.Error("a nonce is its channel's")
	}
	w.bob.Post(path, M{"content": "another text", "nonce": "n"}).Is(200).Has("id", id).Has("content", "once")
	w.bob.Post(path, M{"content": " ", "nonce": "n"}).Is(422, "validation_failed")

	w.Restart()
	send(w.bob, "n").Is(200).Has("id", id)
	w.bob.Patch(path+"/"+id, M{"content": "edited"}).Is(200)
	send(w.bob, "n").Is(200).Has("id", id).Has("content", "edited")
	w.Events().Are("message.updated")

	if !w.Clock.Moves() {
		return
	}
	w.Advance(35 * time.Minute) // into the next hour, where a new window of nonces begins
	w.bob.Renew()
	send(w.bob, "n").Is(200).Has("id", id)
	w.bob.Delete(path + "/" + id).Is(204)
	send(w.bob, "n").Is(404, "not_found")
	w.Advance(3 * time.Hour)
	w.bob.Renew()
	send(w.bob, "n").Is(201)
}

// TestPanicFreesTheNonce: a send that a programmer's error cut short can be tried again.
func TestPanicFreesTheNonce(t *testing.T) {
	w := newWorld(t)
	send := func() *apitest.Answer {
		return w.ada.Post("/channels/"+w.general+"/messages", M{"content": "@everyone", "nonce": "n"})
	}
	w.Probe.Change(func(a apitest.Ask, p core.Permission) core.Permission {
		if a.Want == 0 { // asked for @everyone, after the nonce was claimed
			panic("a programmer's error")
		}
		return p
	})
	send().Is(500, "internal")
	w.Events().Are()
	w.Probe.Change(nil)
	send().Is(201)
}

func TestReplies(t *testing.T) {
	w := newWorld(t)
	path := "/channels/" + w.general + "/messages"
	for _, c := range []struct{ name, original, excerpt string }{
		{"short", "hello", "hello"},
		{"two lines", "first\nsecond", "first…"},
		{"120", strings.Repeat("é", 120), strings.Repeat("é", 120)},
		{"121", strings.Repeat("é", 121), strings.Repeat("é", 120) + "…"},
		{"spaces around", "  hello  ", "hello"},
	} {
		t.Run(c.name, func(t *testing.T) {
			original := w.ada.Post(path, M{"content": c.original}).Is(201).Text("id")
			reply := w.bob.Post(path, M{"content": "yes", "reply_to": original}).Is(201)
			reply.Has("reply_to.excerpt", c.excerpt).Has("reply_to.id", original).Has("reply_to.author_id", w.ada.ID)
			w.bob.Get(path+"/"+reply.Text("id")).Is(200).Has("reply_to.excerpt", c.excerpt)
		})
	}
	gone := w.ada.Post(path, M{"content": "x"}).Is(201).Text("id")
	w.ada.Delete(path + "/" + gone).Is(204)
	w.bob.Post(path, M{"content": "yes", "reply_to": gone}).Is(422, "validation_failed").HasProblems("/reply_to reply_not_found")
	w.ada.Post(path, M{"content": "yes", "reply_to": w.secret}).Is(422, "validation_failed").HasProblems("/reply_to reply_not_found")
}

func TestEdits(t *testing.T) {
	w := newWorld(t, func(o *apitest.Options) { o.Limits.MessageRate = core.Rate{Count: 30, Per: time.Minute} })
	path := "/channels/" + w.general + "/messages/" + w.message
	edit := func(content string) *apitest.Answer { return w.ada.Patch(path, M{"content": content}) }
	for range 5 { // costs nothing
		edit(" ").Is(422, "validation_failed")
		w.bob.Patch(path, M{"content": "x"}).Is(403, "message_not_editable")
	}
	w.Advance(time.Second)
	expectCounts(t, "20 edits at once", atOnce(20, func(i int) *apitest.Answer { return edit(fmt.Sprint("v", i)) }), "200 ", 20)
	var versions []int
	last := ""
	for _, e := range w.Events().Take() {
		m := apitest.DataOf(e)
		versions = append(versions, int(apitest.Dig(m, "message.version").(float64)))
		last = apitest.Dig(m, "message.content").(string)
	}
	want := make([]int, 20)
	for i := range want {
		want[i] = i + 2
	}
	if !slices.Equal(versions, want) {
		t.Errorf("versions %v", versions)
	}
	a := w.bob.Get(path).Is(200).Has("version", 21).Has("content", last).Has("created_at", "2026-03-02T09:30:00.000Z")
	if a.Text("html") != "<p>"+last+"</p>" || !strings.HasPrefix(a.Text("edited_at"), "2026-03-02T09:30:01.") {
		t.Errorf("%s", a)
	}
	expectCounts(t, "as many more", atOnce(20, func(i int) *apitest.Answer { return edit("x") }), "200 ", 10, limited, 10)
	w.Advance(time.Minute)
	w.ada.Delete(path).Is(204)
	edit("x").Is(404, "not_found")
	w.bob.Get(path).Is(404, "not_found")
	w.ada.Delete(path).Is(404, "not_found")
}

// TestEditsAndDeletion: whatever comes first, a deleted message stays deleted.
func TestEditsAndDeletion(t *testing.T) {
	w := newWorld(t)
	path := "/channels/" + w.general + "/messages"
	for range 5 {
		id := w.ada.Post(path, M{"content": "x"}).Is(201).Text("id")
		atOnce(10, func(i int) *apitest.Answer {
			if i == 5 {
				return w.ada.Delete(path + "/" + id).Is(204)
			}
			return w.ada.Patch(path+"/"+id, M{"content": fmt.Sprint(i)})
		})
		w.ada.Get(path+"/"+id).Is(404, "not_found")
		types := apitest.TypesOf(w.Events().Take())
		if at := slices.Index(types, "message.deleted"); at < 0 || at < len(types)-1 && !clustered(t) { // clients keep tombstones
			t.Errorf("events %q", types)
		}
	}
}

// TestHistory compares pages with a plain list, over messages of many days: they lie in several buckets.
func TestHistory(t *testing.T) {
	w := newWorld(t)
	channel := core.ChannelID(number(w.nested))
	var all []core.MessageID // newest first
	now := w.Clock.Now()
	for _, days := range []int{0, 0, 3, 9, 10, 10, 11, 25, 25, 26, 300, 301} {
		at := now.Add(-time.Duration(days)*24*time.Hour - time.Duration(len(all))*time.Second)
		id := core.MessageID(core.FirstIDAt[any](at))
		all = append(all, id)
		err := w.Node.Stores.Messages.Put(t.Context(), core.StoredMessage{ID: id, Channel: channel, Author: core.UserID(number(w.ada.ID)),
			Type: core.MessageText, Content: fmt.Sprint(days), Version: 1})
		if err != nil {
			t.Fatal(err)
		}
	}
	page := func(query string) []core.MessageID {
		a := w.bob.Get("/channels/" + w.nested + "/messages?" + query).Must(200)
		var ids []core.MessageID
		for i := range a.Len("") {
			ids = append(ids, core.MessageID(number(a.Text(fmt.Sprint(i, ".id")))))
		}
		return ids
	}
	check := func(query string, want []core.MessageID) {
		t.Helper()
		if got := page(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	for _, limit := range []int{1, 2, 5, len(all), 100} {
		check(fmt.Sprint("limit=", limit), all[:min(limit, len(all))])
		for i, id := range all {
			check(fmt.Sprintf("before=%d&limit=%d", id, limit), all[i+1:min(i+1+limit, len(all))])
			check(fmt.Sprintf("after=%d&limit=%d", id, limit), all[max(0, i-limit):i])
			check(fmt.Sprintf("before=%d&limit=%d", id+1, limit), all[i:min(i+limit, len(all))])
			check(fmt.Sprintf("after=%d&limit=%d", id-1, limit), all[max(0, i+1-limit):i+1])
			around := page(fmt.Sprintf("around=%d&limit=%d", id, limit))
			at := slices.Index(all, around[0])
			if !slices.Contains(around, id) || len(around) > limit || !slices.Equal(around, all[at:at+len(around)]) ||
				i >= limit/2 && i+limit/2 < len(all) && len(around) != limit {
				t.Errorf("around %d, limit %d: %v", id, limit, around)
			}
		}
	}
	check("before=1", nil)
	check("after=8999999999999999999", nil)
	check("before=8999999999999999999", all)
	check("after=1&limit=100", all)
	if n := len(page("around=1")); n != len(all) {
		t.Errorf("around the beginning of time: %d", n)
	}
	check("around=8999999999999999999&limit=4", all[:4])
	if n := len(page("")); n != len(all) {
		t.Errorf("by default: %d", n)
	}
}

func TestReadMarker(t *testing.T) {
	w := newWorld(t)
	path := "/channels/" + w.general
	state := func() string {
		a := w.bob.Get("/sync").Is(200)
		return fmt.Sprintf("%v unread, %v mentions, read %v", a.At("servers.0.read_states.0.unread_count"),
			a.At("servers.0.read_states.0.mention_count"), a.At("servers.0.read_states.0.last_read_id"))
	}
	say := func(p *apitest.Person, text string) string {
		return p.Post(path+"/messages", M{"content": text}).Is(201).Text("id")
	}
	read := func(id string) *apitest.Answer { return w.bob.Put(path+"/read", M{"message_id": id}).Is(204) }
	one, two := say(w.ada, "one"), say(w.ada, "@bob two")
	say(w.bob, "mine")
	three := say(w.ada, "@everyone three")
	for _, c := range []struct {
		name string
		do   func()
		want string
		told bool
	}{
		{"nothing read", func() {}, "4 unread, 2 mentions, read 0", false},
		{"first", func() { read(one) }, "2 unread, 2 mentions, read " + one, true},
		{"backwards", func() { read(w.message) }, "2 unread, 2 mentions, read " + one, false},
		{"again", func() { read(one) }, "2 unread, 2 mentions, read " + one, false},
		{"an id of nobody between", func() { read(fmt.Sprint(number(two) + 1)) }, "1 unread, 1 mentions, read " + fmt.Sprint(number(two)+1), true},
		{"forged, beyond the last", func() { read("8999999999999999999") }, "0 unread, 0 mentions, read " + three, true},
		{"new message", func() { say(w.ada, "four") }, "1 unread, 0 mentions, read " + three, false},
		{"deleted", func() {
			a := w.bob.Get(path + "/messages?limit=1").Is(200)
			w.ada.Delete(path + "/messages/" + a.Text("0.id")).Is(204)
		}, "0 unread, 0 mentions, read " + three, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.Events().Take()
			c.do()
			if told := slices.Contains(apitest.TypesOf(w.Events().Take()), "read_state.updated"); told != c.told {
				t.Errorf("read_state.updated: %v", told)
			}
			if got := state(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	w.bob.Put("/channels/"+w.nested+"/read", M{"message_id": "17"}).Is(204) // holds nothing
	w.Events().Take()
	for range 120 {
		say(w.ada, "@bob")
	}
	if got, want := state(), "100 unread, 100 mentions, read "+three; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestReadMarkersAtOnce: the marker ends at the furthest message, whoever came last.
func TestReadMarkersAtOnce(t *testing.T) {
	w := newWorld(t)
	path := "/channels/" + w.general
	ids := make([]string, 20)
	for i := range ids {
		ids[i] = w.ada.Post(path+"/messages", M{"content": "x"}).Is(201).Text("id")
	}
	atOnce(20, func(i int) *apitest.Answer { return w.bob.Put(path+"/read", M{"message_id": ids[i]}).Is(204) })
	w.bob.Get("/sync").Is(200).Has("servers.0.read_states.0.last_read_id", ids[19]).Has("servers.0.read_states.0.unread_count", 0)
}

// TestTyping: the others hear of it, at most once in a while, and it is not kept.
func TestTyping(t *testing.T) {
	w := newWorld(t, func(o *apitest.Options) { o.Limits.TypingRate = core.DefaultLimits().TypingRate })
	stream := w.ada.Stream("?types=typing.started,message.created")
	typing := func() { w.bob.Post("/channels/"+w.general+"/typing", nil).Is(204) }
	typing()
	if e := stream.Until("typing.started", nil); e["user_id"] != w.bob.ID || e["channel_id"] != w.general {
		t.Errorf("%v", e)
	}
	passed := stream.Between(func() {
		typing()
		w.bob.Post("/channels/"+w.general+"/messages", M{"content": "x"}).Is(201)
	}, "message.created")
	if len(passed) > 0 {
		t.Errorf("%q", passed)
	}
	if w.Clock.Moves() {
		w.Advance(4 * time.Second)
	} else {
		time.Sleep(4 * time.Second)
	}
	typing()
	stream.Until("typing.started", nil)
}

// halves is an engine that, once asked, shows the nonce of a message before the message: the store was interrupted and will
// end the commit later.
type halves struct {
	wide.Engine
	once *atomic.Bool
}

// Commit implements wide.Engine.
func (h halves) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	of := func(w wide.Write) bool { return w.Meta.Name == "message_nonces" }
	if !slices.ContainsFunc(c.Writes, of) || !h.once.CompareAndSwap(true, false) {
		return h.Engine.Commit(ctx, c)
	}
	half := wide.Commit{Writes: slices.DeleteFunc(slices.Clone(c.Writes), func(w wide.Write) bool { return !of(w) })}
	if _, err := h.Engine.Commit(ctx, half); err != nil {
		return false, err
	}
	return false, fmt.Errorf("%w: interrupted", wide.ErrUnknownOutcome)
}

// TestHalfOfASend: a send whose nonce is seen before its message is sent on under the id that was begun. It is missing only
// once it was deleted, however often it is sent again.
func TestHalfOfASend(t *testing.T) {
	once := new(atomic.Bool)
	w := newWorld(t, func(o *apitest.Options) {
		o.Wrap = func(e wide.Engine) wide.Engine { return halves{e, once} }
	})
	path := "/channels/" + w.general + "/messages"
	send := func() *apitest.Answer { return w.bob.Post(path, M{"content": "hello", "nonce": "n"}) }
	w.Events()
	once.Store(true)
	send().Is(503, "unavailable")
	id := send().Is(201).Text("id")
	send().Is(200).Has("id", id)
	w.Events().Are("message.created")
	w.bob.Get(path+"?limit=1").Is(200).Has("0.id", id).Has("0.content", "hello")
	w.Restart() // nothing of a claim is left in memory
	send().Is(200).Has("id", id)
	w.bob.Delete(path + "/" + id).Is(204)
	send().Is(404, "not_found")
	send().Is(404, "not_found")
	w.Events().Are("message.deleted")
}
