package main

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
	"github.com/beep-chat/beep/pluginhost/hosttest"
	"github.com/beep-chat/beep/plugins/moderation/rules"
	"github.com/beep-chat/beep/plugins/moderation/rules/rulestest"
)

// maxFuel is four fifths of what a node gives a call (docs/plugins/abi.md).
const maxFuel = 5_000_000 * 4 / 5

// No message costs the plugin more than that, whatever the configuration: otherwise anybody could have it fail, and rest, by sending
// one.
func TestFuel(t *testing.T) {
	var last pluginhost.Call
	host := hosttest.Start(t, func(c pluginhost.Call) { last = c })
	id, err := host.InstallNow(context.Background(), pluginhost.Package{Wasm: guesttest.ForTest(t, ".")})
	if err != nil {
		t.Fatal(err)
	}
	most, at := int64(0), ""
	for name, config := range map[string]rules.Config{"largest": rulestest.Largest(rules.Redact), "nested": rulestest.Nested(rules.MatchAnywhere)} {
		raw, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		for kind, content := range rulestest.Hostile {
			input, err := json.Marshal(map[string]string{"server": "1", "channel": "2", "content": content, "config": name})
			if err != nil {
				t.Fatal(err)
			}
			_, err = host.Ask(pluginhost.Question{Plugin: id, Hook: "message.moderate", Server: 1, Input: input, Config: raw,
				Read: func([]byte) error { return nil }})
			if err != nil || last.Fuel > maxFuel {
				t.Errorf("%s, %s: %d points, want %d at most; %v", name, kind, last.Fuel, maxFuel, err)
			}
			if last.Fuel > most {
				most, at = last.Fuel, name+", "+kind
			}
		}
	}
	t.Logf("the most: %d points, at %s", most, at)
}
