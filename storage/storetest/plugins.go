package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/plugins"
)

// PluginStore is the store of plugins with what the deletion of a server asks of it.
type PluginStore interface {
	plugins.Store
	DropPlugins(ctx context.Context, server core.ServerID) error
}

// Plugins holds the store of plugins, over some engine, to its word. clock is the one the store was made with.
func Plugins(t *testing.T, store PluginStore, clock core.Clock) {
	t.Run("settings", func(t *testing.T) { testSettings(t, store) })
	t.Run("one of twenty writers wins", func(t *testing.T) { testSettingsRace(t, store) })
	t.Run("settings of a deleted server", func(t *testing.T) { testDropPlugins(t, store) })
	t.Run("verdicts", func(t *testing.T) { testVerdicts(t, store, clock()) })
	t.Run("what a verdict says", func(t *testing.T) { testVerdictFields(t, store, clock()) })
}

func putSettings(t *testing.T, store PluginStore, s core.PluginSettings, was int64) bool {
	t.Helper()
	ok, err := store.Put(t.Context(), s, was)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func listSettings(t *testing.T, store PluginStore, server core.ServerID) []core.PluginSettings {
	t.Helper()
	list, err := store.List(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func testSettings(t *testing.T, store PluginStore) {
	server := core.ServerID(fresh())
	if list := listSettings(t, store, server); len(list) != 0 {
		t.Errorf("before anything is set: %+v", list)
	}
	first := core.PluginSettings{Server: server, Plugin: "b.c", Enabled: true, DryRun: true, OnFailure: core.FailClosed,
		Config: json.RawMessage(`{"a":"é <b>"}`), Version: 1}
	second := core.PluginSettings{Server: server, Plugin: "a.b", OnFailure: core.FailOpen, Version: 1}
	other := core.PluginSettings{Server: core.ServerID(fresh()), Plugin: "b.c", OnFailure: core.FailOpen, Version: 1}
	for _, s := range []core.PluginSettings{first, second, other} {
		if !putSettings(t, store, s, 0) {
			t.Errorf("not stored: %+v", s)
		}
	}
	if list, want := listSettings(t, store, server), []core.PluginSettings{second, first}; !reflect.DeepEqual(list, want) {
		t.Errorf("got  %+v\nwant %+v", list, want)
	}
	next := first
	next.Enabled, next.Config, next.Version = false, nil, 2
	for _, was := range []int64{0, 2, 7} {
		if putSettings(t, store, next, was) {
			t.Errorf("version %d was taken for 1", was)
		}
	}
	if !putSettings(t, store, next, 1) {
		t.Error("the change was not stored")
	}
	if list, want := listSettings(t, store, server), []core.PluginSettings{second, next}; !reflect.DeepEqual(list, want) {
		t.Errorf("got  %+v\nwant %+v", list, want)
	}
}

func testSettingsRace(t *testing.T, store PluginStore) {
	server := core.ServerID(fresh())
	for was := range int64(3) {
		var (
			wg   sync.WaitGroup
			wins atomic.Int64
		)
		for range 20 {
			wg.Go(func() {
				s := core.PluginSettings{Server: server, Plugin: "a.b", OnFailure: core.FailOpen, Version: was + 1}
				if ok, err := store.Put(t.Context(), s, was); err != nil {
					t.Error(err)
				} else if ok {
					wins.Add(1)
				}
			})
		}
		wg.Wait()
		if wins.Load() != 1 {
			t.Errorf("%d of 20 changed version %d", wins.Load(), was)
		}
	}
}

func testDropPlugins(t *testing.T, store PluginStore) {
	gone, kept := core.ServerID(fresh()), core.ServerID(fresh())
	for _, server := range []core.ServerID{gone, kept} {
		for _, plugin := range []core.PluginID{"a.b", "b.c"} {
			putSettings(t, store, core.PluginSettings{Server: server, Plugin: plugin, OnFailure: core.FailOpen, Version: 1}, 0)
		}
	}
	for range 2 { // a job that was cut short begins again
		if err := store.DropPlugins(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := listSettings(t, store, gone), listSettings(t, store, kept); len(a) != 0 || len(b) != 2 {
		t.Errorf("%d left of the one that is gone, %d of the other", len(a), len(b))
	}
}

// testVerdicts writes over several days, so that pages go from one partition into the next.
func testVerdicts(t *testing.T, store PluginStore, now time.Time) {
	server := core.ServerID(fresh())
	var want []core.EventID
	for i := range 12 {
		id := core.EventID(core.FirstIDAt[any](now.Add(-time.Duration(i) * 10 * time.Hour)))
		want = append(want, id)
		v := core.VerdictRecord{ID: id, Server: server, Verdict: core.Verdict{Plugin: "a.b", Action: core.ActionFlag}}
		if err := store.AppendVerdict(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		v.Plugin = "b.c"
		v.ID++
		if i == 3 {
			if err := store.AppendVerdict(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, limit := range []int{1, 3, 5, 12, 100} {
		var got []core.EventID
		for before := core.EventID(0); ; {
			page, err := store.ListVerdicts(t.Context(), server, "a.b", before, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page {
				got = append(got, v.ID)
				before = v.ID
			}
			if len(page) < limit || len(got) > len(want) {
				break
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("by %d:\ngot  %v\nwant %v", limit, got, want)
		}
	}
	if list, err := store.ListVerdicts(t.Context(), server, "b.c", 0, 100); err != nil || len(list) != 1 {
		t.Errorf("of the other plugin: %+v %v", list, err)
	}
}

func testVerdictFields(t *testing.T, store PluginStore, now time.Time) {
	server := core.ServerID(fresh())
	full := core.VerdictRecord{ID: core.EventID(core.FirstIDAt[any](now)) + 1, Server: server, Channel: 2, Author: 3, Message: 4, Edit: true,
		Verdict: core.Verdict{Plugin: "a.b", Action: core.ActionReject, Reason: core.Text{"en": "No.", "fr": "Non."}, Rule: "r[0]", Excerpt: "é\n",
			DryRun: true, Failed: true}}
	bare := core.VerdictRecord{ID: full.ID - 1, Server: server, Verdict: core.Verdict{Plugin: "a.b", Action: core.ActionFlag}}
	for _, v := range []core.VerdictRecord{full, bare} {
		if err := store.AppendVerdict(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	got, err := store.ListVerdicts(t.Context(), server, "a.b", 0, 10)
	if want := []core.VerdictRecord{full, bare}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
	}
}
