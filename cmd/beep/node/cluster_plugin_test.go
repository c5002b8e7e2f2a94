package node_test

import (
	"testing"

	"github.com/beep-chat/beep/core"
)

// TestClusterPlugins: settings changed at one node are those of the other when a stream of it hears of the change.
func TestClusterPlugins(t *testing.T) {
	c := openCluster(t, 2)
	in := newPlace(c, "ada")
	bob := in.member(c, "bob")
	server, err := core.ParseID[any](in.server)
	if err != nil {
		t.Fatal(err)
	}
	settings := func() []core.PluginSettings {
		list, err := c.On(2).Plugins.Settings(t.Context(), core.ServerID(server))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	s := bob.On(2).Stream("")
	path := "/servers/" + in.server + "/plugins/chat.beep.moderation"
	if list := settings(); len(list) != 0 {
		t.Errorf("at first %+v", list)
	}
	for version := int64(1); version <= 5; version++ {
		soon(t, "the change of a plugin", func() {
			in.ada.On(1).Patch(path, M{"enabled": true, "dry_run": version%2 == 0}).Is(200)
		}, func() { s.Until("plugin.updated", nil) })
		if list := settings(); len(list) != 1 || list[0].Version != version || list[0].DryRun != (version%2 == 0) {
			t.Errorf("change %d: the other node has %+v", version, list)
		}
	}
	in.ada.On(2).Get(path).Is(200).Has("revision", 5)
	in.ada.On(2).Patch(path, M{"enabled": false}).Is(200).Has("revision", 6)
	s.Until("plugin.updated", nil)
	if list := settings(); len(list) != 0 {
		t.Errorf("switched off: %+v", list)
	}
}
