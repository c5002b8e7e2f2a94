package cql_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/cql/cqltest"
	"github.com/beep-chat/beep/storage/storetest"
)

// TestLargeLayout makes a server with 900 channels in one conditional batch and moves them all in another: the largest
// commits the stores make under a condition.
func TestLargeLayout(t *testing.T) {
	const channels = 900
	stores := storage.New(cqltest.Open(t, storage.Schema()), time.Now)
	ctx := t.Context()
	l := core.Layout{Server: core.Server{ID: 1 << 40, Name: "large", OwnerID: 7, Version: 1}, Epoch: 1}
	for i := range channels {
		l.Channels = append(l.Channels, core.Channel{ID: core.ChannelID(1<<41 + i), ServerID: l.Server.ID, Type: "text",
			Name: "a channel with a name of some length", Topic: "and a topic", Position: i, Version: 1})
	}
	if err := stores.Servers.CreateLayout(ctx, l); err != nil {
		t.Fatal(err)
	}
	for i := range l.Channels {
		l.Channels[i].Position = channels - i
		l.Channels[i].Version++
	}
	if ok, err := stores.Servers.PutChannels(ctx, l.Server.ID, l.Channels, 1); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if ok, err := stores.Servers.PutChannels(ctx, l.Server.ID, l.Channels[:1], 1); err != nil || ok {
		t.Fatal("a change of an old epoch:", ok, err)
	}
	got, err := stores.Servers.Layout(ctx, l.Server.ID)
	if err != nil || got.Epoch != 2 || len(got.Channels) != channels {
		t.Fatal(got.Epoch, len(got.Channels), err)
	}
	slices.Reverse(l.Channels)
	for i, c := range got.Channels {
		if c.ID != l.Channels[i].ID || c.Version != 2 {
			t.Fatalf("channel %d is %+v", i, c)
		}
	}
	server, err := stores.Servers.ServerOf(ctx, l.Channels[0].ID)
	if err != nil || server != l.Server.ID {
		t.Error(server, err)
	}
}

// TestPlugins holds the store of plugins to its word on a cluster, and stores a configuration of the largest size, with its
// event, under a condition.
func TestPlugins(t *testing.T) {
	store := storage.New(cqltest.Open(t, storage.Schema()), time.Now).Plugins
	storetest.Plugins(t, store, time.Now)
	config := `{"x":"` + strings.Repeat("x", core.MaxPluginConfigBytes-8) + `"}`
	set := core.PluginSettings{Server: 1 << 40, Plugin: "a.b", OnFailure: core.FailOpen, Config: []byte(config), Version: 1}
	if ok, err := store.Put(t.Context(), set, 0); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if list, err := store.List(t.Context(), set.Server); err != nil || len(list) != 1 || string(list[0].Config) != config {
		t.Errorf("%d settings, %v", len(list), err)
	}
}
