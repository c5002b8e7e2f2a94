package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// badBody is a body no operation accepts.
type badBody struct {
	name    string
	body    string
	status  int
	code    string
	pointer string // of a problem that must be among those told; "" asks for none
	problem string
}

// TestBadBodies sends every operation with a body what it must not accept: each is refused by the catalogue, and nothing is
// written.
func TestBadBodies(t *testing.T) {
	w := newWorld(t)
	for _, o := range w.Contract().Operations() {
		if o.Body == nil {
			continue
		}
		t.Run(o.ID, func(t *testing.T) {
			e := w.example(t, o)
			k := e.as.Kit
			rows := k.Rows()
			k.Events().Take()
			for _, c := range badBodies(t, e.body.(M)) {
				a := e.as.Do(o.Method, e.path, c.body, e.headers...).Is(c.status, c.code)
				if c.pointer != "" && !slices.Contains(a.Problems(), c.pointer+" "+c.problem) {
					t.Errorf("%s: %s, want a problem %s %s", c.name, a, c.pointer, c.problem)
				}
			}
			e.as.Do(o.Method, e.path, []byte(`{}`), apitest.Header("Content-Type", "text/plain")).Is(415, "unsupported_media_type")
			e.as.Do(o.Method, e.path, []byte(`{}`), apitest.Header("Content-Type", "")).Is(415, "unsupported_media_type")
			k.Events().Are()
			if changed := k.Changed(rows); len(changed) > 0 {
				t.Errorf("rows changed: %q", changed)
			}
		})
	}
}

// badBodies spoils a good body in every way.
func badBodies(t *testing.T, good M) []badBody {
	t.Helper()
	list := []badBody{
		{name: "cut off", body: `{"a": `, status: 400, code: "bad_json"},
		{name: "word", body: `hello`, status: 400, code: "bad_json"},
		{name: "comment", body: `{} // x`, status: 400, code: "bad_json"},
		{name: "two values", body: `{}{}`, status: 400, code: "bad_json"},
		{name: "member twice", body: `{"a": 1, "a": 1}`, status: 400, code: "bad_json"},
		{name: "lone surrogate", body: `{"a": "\ud800"}`, status: 400, code: "bad_json"},
		{name: "raw control character", body: "{\"a\": \"\x01\"}", status: 400, code: "bad_json"},
		{name: "bad UTF-8", body: "{\"a\": \"\xff\"}", status: 400, code: "bad_utf8"},
		{name: "bad UTF-8 outside of a text", body: "{\xc3}", status: 400, code: "bad_utf8"},
		{name: "UTF-16 in UTF-8", body: "{\"a\": \"\xed\xa0\x80\"}", status: 400, code: "bad_utf8"},
		{name: "deep", body: strings.Repeat(`[`, 30_000), status: 400, code: "bad_json"},
		{name: "list", body: `[]`, status: 422, code: "validation_failed"},
		{name: "text", body: `"x"`, status: 422, code: "validation_failed"},
		{name: "number", body: `1e999`, status: 422, code: "validation_failed"},
		{name: "too large", body: strings.Repeat(" ", api.MaxBodyBytes-1) + "{}", status: 413, code: "body_too_large"},
		{name: "unknown member", body: spoiled(t, good, "zz~/top", 1), status: 422, code: "validation_failed", pointer: "/zz~0~1top", problem: "unknown_field"},
	}
	for _, name := range slices.Sorted(maps.Keys(good)) {
		list = append(list, badMember(t, good, name)...)
	}
	return list
}

// badMember spoils one member of a good body.
func badMember(t *testing.T, good M, name string) []badBody {
	t.Helper()
	at := "/" + name
	bad := func(how string, value any) badBody {
		return badBody{name: name + " " + how, body: spoiled(t, good, name, value), status: 422, code: "validation_failed"}
	}
	kind := "wrong_type"
	if slices.Contains([]string{"type", "template", "visibility", "session", "locale"}, name) {
		kind = "not_allowed_value"
	}
	wrong := bad("is a list", []int{1})
	wrong.pointer, wrong.problem = at, kind
	list := []badBody{wrong}
	if _, text := good[name].(string); !text {
		return list
	}
	number := bad("is a number", 17)
	number.pointer, number.problem = at, kind
	escaped := bad("has a control character", "x\x00y")
	if name == "content" || name == "description" || name == "topic" {
		escaped.pointer, escaped.problem = at, "control_character"
	}
	return append(list, number, escaped, bad("is too long", strings.Repeat("x", 60_000)), bad("is an escape sequence", "\x1b[31m"))
}

func spoiled(t *testing.T, good M, name string, value any) string {
	t.Helper()
	raw, err := json.Marshal(with(good, name, value))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestEmptyBodies: no body, null and {} are the same, and fine where nothing is required.
func TestEmptyBodies(t *testing.T) {
	w := newWorld(t)
	free := []string{"createInvite", "updateMe", "updateServer", "updateChannel"}
	for _, o := range w.Contract().Operations() {
		if o.Body == nil {
			continue
		}
		t.Run(o.ID, func(t *testing.T) {
			e := w.example(t, o)
			for _, body := range []any{nil, "", "null", "{}"} {
				a := e.as.Do(o.Method, e.path, body)
				switch {
				case slices.Contains(free, o.ID) && !slices.Contains(o.Success, a.Status):
					t.Errorf("%v: %s", body, a)
				case !slices.Contains(free, o.ID):
					a.Is(422, "validation_failed")
				}
			}
		})
	}
}

// TestEveryProblemAtOnce: who has to correct a form is told everything that is wrong with it.
func TestEveryProblemAtOnce(t *testing.T) {
	w := newWorld(t)
	w.Guest().Post("/auth/register", M{"first_name": "", "username": "no spaces", "email": "nobody", "password": "short", "locale": "de", "age": 7}).
		Is(422, "validation_failed").HasProblems("/age unknown_field", "/email bad_format", "/first_name too_short", "/last_name required",
		"/locale not_allowed_value", "/password too_short", "/username bad_format")
	w.ada.Post("/servers", M{"name": 1, "description": "\x07", "visibility": "hidden", "x": 1}).
		Is(422, "validation_failed").HasProblems("/description control_character", "/name wrong_type", "/visibility not_allowed_value", "/x unknown_field")
	a := w.ada.Post("/servers", M{}, apitest.Header("Accept-Language", "fr-CA")).Is(422, "validation_failed")
	a.Has("title", "Certains champs sont à revoir").Has("errors.0.detail", "Ce champ est obligatoire.")
}

// TestTextKeepsLines: tabs and line breaks are text.
func TestTextKeepsLines(t *testing.T) {
	w := newWorld(t)
	const text = "a\n\tb\r\nc"
	a := w.bob.Post("/channels/"+w.general+"/messages", M{"content": "a\n\tb"}).Is(201)
	a.Has("content", "a\n\tb")
	w.ada.Post("/servers", M{"name": "a\nb", "visibility": "public"}).Is(422, "validation_failed")
	w.bob.Post("/channels/"+w.general+"/messages", M{"content": text}).Is(422, "validation_failed").HasProblems("/content control_character")
}

// TestLargeBodiesKeepTheConnection: the answer to a body that is a little too large comes on a connection that lives on;
// one that is far too large is not read to the end.
func TestLargeBodiesKeepTheConnection(t *testing.T) {
	w := newWorld(t)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	t.Cleanup(client.CloseIdleConnections)
	post := func(size int) (status int, reused, closing bool) {
		trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }}
		r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodPost, w.URL()+apitest.Base+"/servers",
			io.MultiReader(bytes.NewReader(bytes.Repeat([]byte(" "), size)), strings.NewReader(`{"name": "x", "visibility": "public"}`)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+w.ada.Token)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		_, _ = io.Copy(io.Discard, answer.Body)
		return answer.StatusCode, reused, answer.Close
	}
	if status, _, _ := post(0); status != 201 {
		t.Fatalf("a good body: %d", status)
	}
	if status, reused, closing := post(api.MaxBodyBytes); status != 413 || !reused || closing {
		t.Errorf("a little too large: %d reused %v closing %v", status, reused, closing)
	}
	if status, reused, _ := post(0); status != 201 || !reused {
		t.Errorf("after it: %d, connection reused %v", status, reused)
	}
	if status, _, closing := post(2 << 20); status != 413 || !closing {
		t.Errorf("far too large: %d closing %v", status, closing)
	}
}
