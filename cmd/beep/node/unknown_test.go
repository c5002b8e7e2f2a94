package node_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core/jobs"
	"github.com/beep-chat/beep/storage/wide"
)

// doubtful is an engine that, once armed, does the next commit on a table and says that its outcome is unknown.
type doubtful struct {
	wide.Engine
	table   atomic.Pointer[string]
	late    atomic.Bool                 // the armed commit lands only just before the next one on its table
	kept    atomic.Pointer[wide.Commit] // that waits to land
	watcher atomic.Pointer[func(context.Context)]
}

// watch calls fn with the context of the next commit.
func (d *doubtful) watch(fn func(context.Context)) { d.watcher.Store(&fn) }

// Commit implements wide.Engine.
func (d *doubtful) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if fn := d.watcher.Swap(nil); fn != nil {
		(*fn)(ctx)
	}
	armed := d.table.Load()
	hit := armed != nil && len(c.Writes) > 0 && c.Writes[0].Meta.Name == *armed
	if hit && d.late.Load() {
		d.table.Store(nil)
		d.kept.Store(&c)
		return false, fmt.Errorf("%w: injected", wide.ErrUnknownOutcome)
	}
	if kept := d.kept.Load(); kept != nil && len(c.Writes) > 0 && c.Writes[0].Meta == kept.Writes[0].Meta {
		d.kept.Store(nil)
		if _, err := d.Engine.Commit(ctx, *kept); err != nil {
			return false, err
		}
	}
	ok, err := d.Engine.Commit(ctx, c)
	if err != nil || !hit {
		return ok, err
	}
	d.table.Store(nil)
	return false, fmt.Errorf("%w: injected", wide.ErrUnknownOutcome)
}

func openDoubtful(t *testing.T) (*world, *doubtful) {
	t.Helper()
	d := &doubtful{}
	return open(t, func(o *node.Options) {
		o.Wrap = func(e wide.Engine) wide.Engine { d.Engine = e; return d }
	}), d
}

func (d *doubtful) arm(table string) { d.table.Store(&table) }

func TestACreationOfUnknownOutcomeIsNotRepeated(t *testing.T) {
	w, d := openDoubtful(t)
	ann := w.register("ann")
	ann.key = "once"
	d.arm("server_layout")
	body := map[string]any{"name": "Maybe", "visibility": "private"}
	if err := ann.call("POST", "/servers", body, nil); err == nil || !strings.Contains(err.Error(), "503") {
		t.Fatalf("want 503, got %v", err)
	}
	ann.must("POST", "/servers", body, nil)
	var list struct {
		Items []struct{ ID string }
	}
	ann.must("GET", "/users/@me/servers", nil, &list)
	if len(list.Items) != 1 {
		t.Fatalf("%d servers, want 1", len(list.Items))
	}
}

func TestARenameOfUnknownOutcomeLocksNobodyOut(t *testing.T) {
	w, d := openDoubtful(t)
	ann, bob := w.register("ann"), w.register("bob")
	d.arm("users")
	if err := ann.call("PATCH", "/users/@me", map[string]any{"username": "anna"}, nil); err == nil || !strings.Contains(err.Error(), "503") {
		t.Fatalf("want 503, got %v", err)
	}
	ann.must("POST", "/auth/login", map[string]any{"login": "anna", "password": "correct horse battery"}, nil)
	if err := bob.call("PATCH", "/users/@me", map[string]any{"username": "anna"}, nil); err == nil || !strings.Contains(err.Error(), "username_taken") {
		t.Fatalf("a name that is in use was given away: %v", err)
	}
}

func TestASendOfUnknownOutcomeIsOneMessage(t *testing.T) {
	w, d := openDoubtful(t)
	ann := w.register("ann")
	ch := ann.channel(ann.server("Doubt"), "talk")
	path := "/channels/" + ch.String() + "/messages"
	body := map[string]any{"content": "once", "nonce": "n"}
	d.late.Store(true)
	d.arm("messages")
	if err := ann.call("POST", path, body, nil); err == nil || !strings.Contains(err.Error(), "503") {
		t.Fatalf("want 503, got %v", err)
	}
	ann.must("POST", path, body, nil)
	var page []struct{ ID string }
	ann.must("GET", path, nil, &page)
	if len(page) != 1 {
		t.Fatalf("%d messages, want 1", len(page))
	}
}

// discard is an answer nobody reads.
type discard struct{}

// Header implements http.ResponseWriter.
func (discard) Header() http.Header { return http.Header{} }

// Write implements http.ResponseWriter.
func (discard) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (discard) WriteHeader(int) {}

func TestAHangUpDoesNotMakeAnOutcomeUnknown(t *testing.T) {
	w, d := openDoubtful(t)
	ann := w.register("ann")
	ch := ann.channel(ann.server("Gone"), "talk")
	req := httptest.NewRequest(http.MethodPost, "/api/v1/channels/"+ch.String()+"/messages", strings.NewReader(`{"content":"said and gone","nonce":"n"}`))
	req.Header.Set("Authorization", "Bearer "+ann.token)
	req.Header.Set("Content-Type", "application/json")
	ctx, cancel := context.WithCancel(req.Context())
	seen := make(chan error, 1)
	d.watch(func(ctx context.Context) { // in the middle of the commit the client hangs up
		cancel()
		seen <- ctx.Err()
	})
	w.node.Handler().ServeHTTP(discard{}, req.WithContext(ctx))
	if err := <-seen; err != nil {
		t.Fatalf("the commit heard of the hang-up: %v", err)
	}
}

func TestASetUpThatDiedHalfwayStaysOpen(t *testing.T) {
	w, d := openDoubtful(t)
	token, err := w.node.Accounts.NewSetupToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	body := map[string]any{"token": token, "first_name": "A", "last_name": "B", "username": "boss", "email": "boss@example.org", "password": "correct horse battery"}
	d.late.Store(true)
	d.arm("users") // the account never lands
	nobody := &person{w: w, name: "nobody"}
	if err := nobody.call("POST", "/setup", body, nil); err == nil || !strings.Contains(err.Error(), "503") {
		t.Fatalf("want 503, got %v", err)
	}
	d.kept.Store(nil)
	if pending, err := w.node.Accounts.SetupPending(t.Context()); err != nil || !pending {
		t.Fatalf("the set-up counts as done without an administrator (%v)", err)
	}
	again, err := w.node.Accounts.NewSetupToken(t.Context())
	if err != nil || again == "" {
		t.Fatalf("no new link: %q, %v", again, err)
	}
	body["token"], body["username"], body["email"] = again, "boss2", "boss2@example.org"
	nobody.must("POST", "/setup", body, nil)
	if pending, _ := w.node.Accounts.SetupPending(t.Context()); pending {
		t.Fatal("the set-up is still open")
	}
}

func TestANewerPlanSurvivesTheEndOfAnOlderOne(t *testing.T) {
	w, _ := openDoubtful(t)
	store := w.node.Stores.Jobs
	plan := jobs.Job{Kind: "none", Subject: 7} // of a kind that nobody runs
	put := func() jobs.Job {
		if err := store.PutJob(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
		list, err := store.ListJobs(t.Context(), 10)
		if err != nil || len(list) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
		return list[0]
	}
	old := put()
	for put().Planned.Equal(old.Planned) { // the next millisecond
	}
	if err := store.DeleteJob(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if list, err := store.ListJobs(t.Context(), 10); err != nil || len(list) != 1 {
		t.Fatalf("the newer plan went with the older one: %v, %v", list, err)
	}
}
