package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// scenario is one request by somebody, with what must come of it: the answer, and the events that were logged, no others.
type scenario struct {
	name   string
	op     string // of the contract
	as     string // ada (owner), bob (member), eve (neither), guest
	path   string // {name} stands for a thing of the world; "" is the operation's own path
	body   any
	status int
	code   string
	has    M // values of the answer by path
	fires  []string
	later  core.EventType // one that comes after the answer, from a job
}

// scenarios cover every operation; TestEveryOperation says which one is missing.
func scenarios() []scenario {
	return slices.Concat(accountScenarios(), serverScenarios(), channelScenarios(), messageScenarios(), pluginScenarios())
}

func TestScenarios(t *testing.T) {
	w := newWorld(t)
	for _, s := range scenarios() { // first what leaves the world as it is
		if !s.changes() {
			t.Run(s.op+"/"+s.name, func(t *testing.T) { s.run(t, w) })
		}
	}
	for _, s := range scenarios() {
		if s.changes() {
			t.Run(s.op+"/"+s.name, func(t *testing.T) { s.run(t, newWorld(t)) })
		}
	}
}

// changes tells whether a scenario needs a world of its own.
func (s scenario) changes() bool {
	return s.status < 400 && !strings.HasPrefix(s.op, "get") && !strings.HasPrefix(s.op, "list")
}

func (s scenario) run(t *testing.T, w *world) {
	o, ok := w.Contract().Operation(s.op)
	if !ok {
		t.Fatalf("the contract has no operation %s", s.op)
	}
	path := s.path
	if path == "" {
		path = o.Path
	}
	path, body := w.expand(path), s.body
	if text, ok := body.(string); ok {
		body = w.expand(text)
	}
	rows := w.Rows()
	w.Events().Take()
	a := w.person(s.as).Do(o.Method, path, body)
	if s.op == "setInterest" && s.status == http.StatusNotFound && clustered(t) {
		a.Is(http.StatusNoContent) // another node may hold the stream
		return
	}
	a.Is(s.status, s.code)
	for at, want := range s.has {
		if text, ok := want.(string); ok {
			want = w.expand(text)
		}
		if w.exact(s, at) {
			a.Has(w.expand(at), want)
		}
	}
	if s.later != "" {
		w.Events().Await(s.later)
	} else {
		w.Events().Are(s.fires...)
	}
	if a.Status >= http.StatusBadRequest {
		if changed := w.Changed(rows); len(changed) > 0 {
			t.Errorf("refused, but rows changed: %q", changed)
		}
	}
	if s.status >= http.StatusBadRequest && s.code == "" {
		t.Errorf("a refusal without a code")
	}
}

// exact tells whether a value is the same on every kit: in a cluster times are real, and versions of messages go in leaps.
func (w *world) exact(s scenario, at string) bool {
	return w.Clock.Moves() || !strings.HasSuffix(at, "_at") && (at != "version" || s.op != "editMessage")
}

func (w *world) person(name string) *apitest.Person {
	switch name {
	case "ada":
		return w.ada
	case "bob":
		return w.bob
	case "eve":
		return w.eve
	}
	return w.Guest()
}

// expand puts the ids of the world into a text with {names}.
func (w *world) expand(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	pairs := []string{"{public}", w.public, "{private}", w.private, "{general}", w.general, "{voice}", w.voice, "{category}", w.category,
		"{nested}", w.nested, "{den}", w.den, "{message}", w.message, "{reply}", w.reply, "{secret}", w.secret, "{invite}", w.invite,
		"{private_invite}", w.privateInvite, "{ada}", w.ada.ID, "{bob}", w.bob.ID, "{eve}", w.eve.ID, "{refresh}", w.bob.Refresh,
		"{nothing}", nothing}
	if strings.Contains(text, "{session}") {
		pairs = append(pairs, "{session}", session(w.bob))
	}
	if strings.Contains(text, "{setup}") {
		token, err := w.Node.Accounts.NewSetupToken(context.Background())
		if err != nil {
			w.T.Fatal(err)
		}
		pairs = append(pairs, "{setup}", token)
	}
	for name, value := range w.fill() {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// nothing is an id that nobody has.
const nothing = "4242"

// TestEveryOperation fails when an operation of the contract has no route, or no scenario in which it succeeds.
func TestEveryOperation(t *testing.T) {
	w := newWorld(t)
	all := scenarios()
	for _, o := range w.Contract().Operations() {
		if err := missing(o, all); err != nil {
			t.Error(err)
		}
		a := w.Guest().Do(o.Method, o.Fill(w.fill()), nil)
		if code := a.Code(); code == "route_not_found" || code == "method_not_allowed" {
			t.Errorf("%s %s has no route: %s", o.Method, o.Path, code)
		}
	}
}

func missing(o apitest.Operation, all []scenario) error {
	if streamed[o.ID] {
		return nil
	}
	if !slices.ContainsFunc(all, func(s scenario) bool { return s.op == o.ID && s.status < 400 }) {
		return fmt.Errorf("%s has no scenario in which it succeeds", o.ID)
	}
	return nil
}

// streamed are operations whose scenarios need a stream; the flows and TestStreams hold them.
var streamed = map[string]bool{"events": true, "setInterest": true}

func TestEveryOperationBites(t *testing.T) {
	if err := missing(apitest.Operation{ID: "newOperation"}, scenarios()); err == nil {
		t.Error("an operation without a scenario passes")
	}
}
