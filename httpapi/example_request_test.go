package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/beep-chat/beep/httpapi/apitest"
)

// TestContractExamples executes the example of every operation, with the ids of a prepared world in the place of its own,
// and expects one of the documented successes.
func TestContractExamples(t *testing.T) {
	for _, o := range apitest.LoadContract(t).Operations() {
		t.Run(o.ID, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			e := w.example(t, o)
			var status int
			if o.ID == "events" {
				ctx, cancel := context.WithCancel(t.Context())
				answer := w.ada.Dial(ctx, e.path, e.headers...)
				cancel()
				_ = answer.Body.Close()
				status = answer.StatusCode
			} else {
				status = e.as.Do(o.Method, e.path, e.body, e.headers...).Status
			}
			if !slices.Contains(o.Success, status) {
				t.Errorf("%s %s with %s answers %d, want one of %v", o.Method, e.path, e.body, status, o.Success)
			}
		})
	}
}

// example is an operation's example, ready to be sent.
type example struct {
	as      *apitest.Person
	path    string
	body    any
	headers []apitest.With
}

func (w *world) example(t *testing.T, o apitest.Operation) example {
	t.Helper()
	e := example{as: w.ada}
	switch o.ID {
	case "joinServer", "joinInvite":
		e.as = w.eve
	case "leaveServer":
		e.as = w.bob
	case "register", "setup": // its ada is a person of her own
		w = &world{Kit: start(t)}
		e.as = w.Guest()
	}
	values := M{}
	if w.ada != nil {
		values = w.values()
	}
	paths := map[string]string{}
	for name, v := range values {
		if s, ok := v.(string); ok {
			paths[name] = s
		}
	}
	e.path = o.Fill(paths)
	if o.Query != "" {
		e.path += "?" + o.Query
	}
	for name, value := range o.Headers {
		e.headers = append(e.headers, apitest.Header(name, value))
	}
	if o.Body == nil {
		return e
	}
	var body M
	if err := json.Unmarshal(o.Body, &body); err != nil || body == nil {
		t.Fatalf("%s has a body but no example of one: %s %v", o.ID, o.Body, err)
	}
	switch o.ID {
	case "setup":
		token, err := w.Node.Accounts.NewSetupToken(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		body["token"] = token
	case "refresh":
		body["refresh_token"] = w.ada.Refresh
	case "markRead":
		body["message_id"] = w.message
	case "setInterest":
		body["session_id"] = w.ada.Stream("").Ready["session_id"]
		body["servers"] = M{w.public: "active"}
	}
	e.body = body
	return e
}

// values are what stands for the ids of the contract's examples.
func (w *world) values() M {
	v := M{"session_id": session(w.ada)}
	for name, id := range w.fill() {
		v[name] = id
	}
	return v
}

// TestUnknownRoutes: what is no operation is refused as such.
func TestUnknownRoutes(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name, method, path, code string
		status                   int
	}{
		{"no such path", "GET", "/nowhere", "route_not_found", 404},
		{"the base", "GET", "/", "route_not_found", 404},
		{"trailing slash", "GET", "/sync/", "route_not_found", 404},
		{"other method", "DELETE", "/sync", "method_not_allowed", 405},
		{"other method of a server", "PUT", "/servers/" + w.public, "method_not_allowed", 405},
		{"members of a person", "GET", "/users/@me/members", "route_not_found", 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.ada.Do(c.method, c.path, nil).Is(c.status, c.code)
			if c.status == http.StatusMethodNotAllowed {
				a.Has("params.method", c.method)
				if a.Header.Get("Allow") == "" {
					t.Error("405 without Allow")
				}
			}
		})
	}
}
