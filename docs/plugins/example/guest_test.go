package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
)

// TestTheBuiltPlugin builds the plugin and runs it in WebAssembly, as a node does.
func TestTheBuiltPlugin(t *testing.T) {
	i := guesttest.Start(t, guesttest.ForTest(t, "."))
	i.Config = config
	cases := map[string]string{
		`{"server":"1","config":"7","content":"Did you see this?"}`: ``,
		`{"server":"1","config":"7","content":"DID YOU SEE THIS?"}`: `{"action":"reject","reason":{"en":"Please do not write in capital letters.",` +
			`"fr":"Merci de ne pas écrire en majuscules."},"rule":"capitals","excerpt":"DID YOU SEE THIS?"}`,
	}
	for input, want := range cases {
		out, code, err := i.Call(guesttest.Moderate, []byte(input))
		if err != nil || code != 0 || string(out) != want {
			t.Errorf("%s: code %d, %v, output %s", input, code, err, out)
		}
	}
	if len(i.Log) > 0 || i.Stderr.Len() > 0 {
		t.Errorf("log %q, printed %q", i.Log, i.Stderr.String())
	}
}

// TestManifest: the defaults in plugin.json are rules that this plugin takes.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile("plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Config struct {
			Properties map[string]struct{ Default any }
		}
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	defaults := map[string]any{}
	for name, p := range m.Config.Properties {
		if p.Default != nil {
			defaults[name] = p.Default
		}
	}
	raw, err := json.Marshal(defaults)
	if err != nil {
		t.Fatal(err)
	}
	r, err := read(raw)
	if err != nil || r.Percent != 70 || r.Letters != 12 || r.Action != "reject" {
		t.Errorf("%s gives %+v, %v", raw, r, err)
	}
}
