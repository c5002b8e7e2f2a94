package storage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/embedded"
	"github.com/beep-chat/beep/storage/storetest"
)

// TestPlugins holds the store of plugins to its word on the embedded engine; storage/cql does so on a cluster.
func TestPlugins(t *testing.T) {
	now := time.Date(2026, 3, 2, 0, 30, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	db, err := embedded.Open(embedded.Options{Dir: "store", FS: vfs.NewMem(), Schema: storage.Schema(), SchemaVersion: storage.SchemaVersion, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	stores := storage.New(db, clock)
	storetest.Plugins(t, stores.Plugins, clock)

	t.Run("verdicts are kept for 30 days", func(t *testing.T) {
		const server = core.ServerID(77)
		add := func(at time.Time) {
			v := core.VerdictRecord{ID: core.EventID(core.FirstIDAt[any](at)), Server: server, Verdict: core.Verdict{Plugin: "a.b", Action: core.ActionFlag}}
			if err := stores.Plugins.AppendVerdict(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		kept := func(want int) {
			t.Helper()
			list, err := stores.Plugins.ListVerdicts(t.Context(), server, "a.b", 0, 100)
			if err != nil || len(list) != want {
				t.Errorf("%s: %d kept, want %d (%v)", now.Format(time.DateTime), len(list), want, err)
			}
		}
		add(now)
		now = now.Add(29*24*time.Hour + 23*time.Hour)
		add(now)
		kept(2)
		now = now.Add(2 * time.Hour)
		kept(1)
	})
}

// TestLargestConfiguration: a configuration of the largest size can be stored, and read back as it was.
func TestLargestConfiguration(t *testing.T) {
	db, err := embedded.Open(embedded.Options{Dir: "store", FS: vfs.NewMem(), Schema: storage.Schema(), SchemaVersion: storage.SchemaVersion})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := storage.New(db, time.Now).Plugins
	config := fmt.Sprintf(`{"x":%q}`, strings.Repeat("x", core.MaxPluginConfigBytes-8))
	set := core.PluginSettings{Server: 1, Plugin: "a.b", Enabled: true, OnFailure: core.FailOpen, Config: []byte(config), Version: 1}
	if ok, err := s.Put(t.Context(), set, 0); !ok || err != nil || len(config) != core.MaxPluginConfigBytes {
		t.Fatal(len(config), ok, err)
	}
	if list, err := s.List(t.Context(), 1); err != nil || len(list) != 1 || string(list[0].Config) != config {
		t.Errorf("%d %v", len(list), err)
	}
}
