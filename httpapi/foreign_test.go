package httpapi_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/beep-chat/beep/httpapi/apitest"
)

// malformed are path segments that are no ids.
var malformed = map[string]string{
	"word": "abc", "zero": "0", "negative": "-1", "plus": "+1", "leading zero": "01", "fraction": "1.5", "exponent": "1e3",
	"beyond 63 bits": "9223372036854775808", "huge": strings.Repeat("9", 40), "space": "%20", "spaced": "%201", "null byte": "1%00",
	"other digits": "%D9%A1", "bad UTF-8": "%FF", "quote": "%27", "hex": "0x10", "dots": "1..2", "me": "@me",
}

// TestForeignIDs puts ids that are not the actor's to see into every path of the contract: the answer is 404.
func TestForeignIDs(t *testing.T) {
	w := newWorld(t)
	ids := map[string]map[string]string{
		"server_id":  {"private server": w.private, "public server": w.public, "a channel's": w.den, "a message's": w.secret, "a person's": w.ada.ID},
		"channel_id": {"private server's": w.den, "public server's": w.general, "a server's": w.public, "a message's": w.secret},
		"message_id": {"private channel's": w.secret, "a server's": w.public, "a channel's": w.general},
		"user_id":    {"a server's": w.public, "a message's": w.message},
		"session_id": {"somebody's": session(w.ada), "a person's": w.eve.ID},
		"plugin_id":  {"a server's": w.public, "another one": "chat.beep.plain"},
		"code":       {"other word": "chess", "id": w.public, "long": strings.Repeat("a", 65), "very long": strings.Repeat("a", 5000)},
	}
	for name, kinds := range ids {
		if kinds["unknown"] = nothing; name == "code" {
			kinds["unknown"] = "zzzzzzzzzz"
		}
		kinds["largest"] = "9223372036854775807"
		for kind, id := range malformed {
			kinds["malformed: "+kind] = id
		}
	}
	rows := w.Rows()
	for _, o := range w.Contract().Operations() {
		for _, name := range parameters(o.Path) {
			for kind, id := range ids[name] {
				t.Run(o.ID+"/"+name+"/"+kind, func(t *testing.T) { w.foreign(t, o, name, id) })
			}
		}
	}
	w.Events().Are()
	if changed := w.Changed(rows); len(changed) > 0 {
		t.Errorf("rows changed: %q", changed)
	}
}

func parameters(path string) []string {
	var names []string
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// foreign calls an operation with one foreign id; where that is a message's, the actor is a member of the channel.
func (w *world) foreign(t *testing.T, o apitest.Operation, name, id string) {
	actor := w.eve
	if name == "message_id" {
		actor = w.bob
	}
	values := w.fill()
	values["session_id"] = nothing
	values[name] = id
	if id == w.public && slices.Contains([]string{"getServer", "joinServer"}, o.ID) {
		return // the card and the door of a public server
	}
	if o.ID == "leaveServer" && id == "@me" || o.ID == "getUser" && id == "@me" {
		return // another route
	}
	body := any(nil)
	if o.Body != nil {
		body = o.Body
	}
	a := actor.Do(o.Method, o.Fill(values), body)
	if a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed {
		t.Errorf("%s", a)
	}
	if plain, _ := url.PathUnescape(id); plain != "" && strings.Contains(string(a.Body), "Den") {
		t.Errorf("tells of the private server: %s", a)
	}
}

// TestCard: of a public server one who is no member sees the card, and nothing else.
func TestCard(t *testing.T) {
	w := newWorld(t)
	a := w.eve.Get("/servers/" + w.public).Is(200)
	card, _ := a.At("").(map[string]any)
	for name := range card {
		if !slices.Contains([]string{"id", "name", "description", "visibility", "member_count", "channel_count"}, name) {
			t.Errorf("the card has %s", name)
		}
	}
	if a.Header.Get("ETag") != "" {
		t.Error("a card has no version to change")
	}
}
