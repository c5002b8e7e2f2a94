package plugins_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/plugins"
	"github.com/beep-chat/beep/core/plugins/plugintest"
	"github.com/beep-chat/beep/internal/cache"
)

func (r *rig) settings(t *testing.T) []core.PluginSettings {
	t.Helper()
	list, err := r.Settings(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestConfigurations: what is stored is one object of at most 64 KiB, in as few bytes as it needs.
func TestConfigurations(t *testing.T) {
	sized := func(n int) string { return `{"words":["` + strings.Repeat("x", n-len(`{"words":[""]}`)) + `"]}` }
	for _, c := range []struct {
		name, config string
		want         string // what is stored
		problem      string // pointer and code
	}{
		{"nothing", `{}`, `{}`, ""},
		{"spaces and signs", ` { "words" : [ "<a> & b" ] } `, `{"words":["<a> & b"]}`, ""},
		{"escapes", `{"words":["\u00e9\u003c"]}`, `{"words":["é<"]}`, ""},
		{"largest", sized(core.MaxPluginConfigBytes), sized(core.MaxPluginConfigBytes), ""},
		{"larger", sized(core.MaxPluginConfigBytes + 1), "", "/config too_long"},
		{"list", `[]`, "", "/config wrong_type"},
		{"null", `null`, "", "/config wrong_type"},
		{"no JSON", `{`, "", "/config wrong_type"},
		{"exponent", `{"a":{"b~/":1E5}}`, "", "/config/a/b~0~1 wrong_type"},
		{"long number", `{"a":[0.` + strings.Repeat("1", 23) + `]}`, "", "/config/a/0 wrong_type"},
		{"refused by the schema", `{"a":1.5}`, "", "/config/a unknown_field"},
		{"refused by the plugin", `{"words":["` + plugintest.Refused + `"]}`, "", "/config/words/0 refused_by_plugin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			_, err := r.Update(t.Context(), ada, server, plugintest.Moderation, plugins.Update{Enabled: yes(), Config: json.RawMessage(c.config)})
			if got := problem(err); got != c.problem {
				t.Fatalf("%q, want %q (%v)", got, c.problem, err)
			}
			_, tried := r.Try(t.Context(), ada, server, plugintest.Moderation, plugins.Trial{Content: "a", Config: json.RawMessage(c.config)})
			if got := problem(tried); got != c.problem {
				t.Errorf("tried: %q, want %q", got, c.problem)
			}
			switch list := r.settings(t); {
			case c.problem != "" && len(list) > 0:
				t.Errorf("stored %+v", list)
			case c.problem == "" && (len(list) != 1 || string(list[0].Config) != c.want):
				t.Errorf("stored %+v", list)
			}
		})
	}
}

// TestManyProblems: of a configuration that is all wrong, a hundred problems are told, in order.
func TestManyProblems(t *testing.T) {
	for name, item := range map[string]string{"numbers": "1e1", "words": `"` + plugintest.Refused + `"`} {
		config := `{"words":[` + strings.Repeat(item+",", 2_000) + item + `]}`
		_, err := newRig(t).Update(t.Context(), ada, server, plugintest.Moderation, plugins.Update{Config: json.RawMessage(config)})
		var e *core.Error
		if !errors.As(err, &e) || len(e.Fields) != 100 || e.Fields[0].Pointer != "/config/words/0" {
			t.Errorf("%s: %v", name, err)
		}
		for i := range e.Fields[1:] {
			if e.Fields[i].Pointer >= e.Fields[i+1].Pointer {
				t.Errorf("%s: %s before %s", name, e.Fields[i].Pointer, e.Fields[i+1].Pointer)
			}
		}
	}
}

func problem(err error) string {
	var e *core.Error
	if !errors.As(err, &e) {
		return ""
	}
	if len(e.Fields) != 1 {
		return fmt.Sprintf("%s with %d fields", e.Code, len(e.Fields))
	}
	return e.Fields[0].Pointer + " " + string(e.Fields[0].Code)
}

// TestSettingsAreThoseEnabled: only they, each as it was stored, and from memory.
func TestSettingsAreThoseEnabled(t *testing.T) {
	r := newRig(t)
	closed := core.FailClosed
	for id, in := range map[core.PluginID]plugins.Update{
		plugintest.Plain: {Enabled: yes()}, plugintest.Slow: {DryRun: yes()},
		plugintest.Moderation: {Enabled: yes(), DryRun: yes(), OnFailure: &closed, Config: json.RawMessage(`{"strict":true}`)},
	} {
		if _, err := r.Update(t.Context(), ada, server, id, in); err != nil {
			t.Fatal(err)
		}
	}
	list := r.settings(t)
	if len(list) != 2 || list[0].Plugin != plugintest.Moderation || list[1].Plugin != plugintest.Plain || list[1].Config != nil {
		t.Fatalf("%+v", list)
	}
	if s := list[0]; !s.DryRun || s.OnFailure != closed || string(s.Config) != `{"strict":true}` || s.Version != 1 || s.Server != server {
		t.Errorf("%+v", s)
	}
	before := r.store.lists.Load()
	for range 100 {
		r.settings(t)
	}
	if n := r.store.lists.Load() - before; n != 0 {
		t.Errorf("the store was asked %d times", n)
	}
	for name, forget := range map[string]func(){"this server": func() { r.Forget(server) }, "all": r.ForgetAll} {
		before := r.store.lists.Load()
		if forget(); len(r.settings(t)) != 2 || r.store.lists.Load() == before {
			t.Errorf("%s: still from memory", name)
		}
	}
}

// TestSettingsAreDoubted: a node that may not hear of changes asks again after a second, and every node after 30.
func TestSettingsAreDoubted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			asked   int
			trusted atomic.Bool
		)
		trusted.Store(true)
		s := plugins.New(plugins.Options{Store: storeOf(func() { asked++ }), Trusted: trusted.Load})
		ask := func(want int) {
			t.Helper()
			if _, err := s.Settings(t.Context(), server); err != nil || asked != want {
				t.Errorf("asked %d times, want %d (%v)", asked, want, err)
			}
		}
		ask(1)
		time.Sleep(20 * time.Second)
		ask(1)
		trusted.Store(false)
		ask(2)
		ask(2)
		time.Sleep(cache.DoubtLife)
		ask(3)
		trusted.Store(true)
		time.Sleep(29 * time.Second)
		ask(3)
		time.Sleep(time.Second)
		ask(4)
	})
}

// storeOf is a store without settings that counts.
func storeOf(list func()) plugins.Store { return empty{list: list} }

type empty struct {
	plugins.Store
	list func()
}

// List implements plugins.Store.
func (e empty) List(context.Context, core.ServerID) ([]core.PluginSettings, error) {
	e.list()
	return nil, nil
}

// TestAnUnknownOutcomeIsRead: where nobody can tell whether a change was stored, the next message asks.
func TestAnUnknownOutcomeIsRead(t *testing.T) {
	r := newRig(t)
	if len(r.settings(t)) != 0 {
		t.Fatal("enabled at first")
	}
	r.store.before = func(context.Context) error { return core.E(core.CodeUnavailable, "store plugin settings") }
	if _, err := r.Update(t.Context(), ada, server, plugintest.Plain, plugins.Update{Enabled: yes()}); core.CodeOf(err) != core.CodeUnavailable {
		t.Fatal(err)
	}
	if len(r.settings(t)) != 1 {
		t.Error("the old settings are still believed")
	}
}

// TestContention: who never gets a turn is told so.
func TestContention(t *testing.T) {
	r := newRig(t)
	r.store.lost = true
	if _, err := r.Update(t.Context(), ada, server, plugintest.Plain, plugins.Update{Enabled: yes()}); core.CodeOf(err) != core.CodeBusy {
		t.Error(err)
	}
	if n := r.store.lists.Load(); n != 64 {
		t.Errorf("%d tries", n)
	}
}

// TestUnknownWayToFail: callers besides REST are held to it too.
func TestUnknownWayToFail(t *testing.T) {
	ajar := core.OnFailure("ajar")
	_, err := newRig(t).Update(t.Context(), ada, server, plugintest.Plain, plugins.Update{OnFailure: &ajar})
	if got := problem(err); got != "/on_failure not_allowed_value" {
		t.Error(got, err)
	}
}

// TestNothingInstalled: a node without plugins has none to show.
func TestNothingInstalled(t *testing.T) {
	r := newRig(t, func(o *plugins.Options) { o.Catalog = nil })
	if list, err := r.List(t.Context(), ada, server); err != nil || list == nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
	for name, err := range map[string]error{
		"get":      second(r.Get(t.Context(), ada, server, plugintest.Plain)),
		"update":   second(r.Update(t.Context(), ada, server, plugintest.Plain, plugins.Update{Enabled: yes()})),
		"try":      second(r.Try(t.Context(), ada, server, plugintest.Plain, plugins.Trial{Content: "x"})),
		"verdicts": second(r.Verdicts(t.Context(), ada, server, plugintest.Plain, 0, 10)),
	} {
		if core.CodeOf(err) != core.CodeNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
