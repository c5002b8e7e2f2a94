package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
)

// The operator sees a plugin load, and what becomes of its calls.
func TestServeTellsOfPlugins(t *testing.T) {
	const id = "com.example.flags"
	cfg := testConfig(t)
	cfg.Plugins.Enabled = true
	cfg.Admin.Listen = freeAddress(t)
	r := startAdjusted(t, cfg, func(o *node.Options) {
		o.Plugins.Packages = []pluginhost.Package{{Wasm: hostile.Echo(hostile.Manifest(id, string(core.HookModerate)), `{"action":"flag"}`)},
			{Wasm: []byte("no plugin")}}
	})
	metrics := func() string {
		resp, err := http.Get("http://" + cfg.Admin.Listen + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for !strings.Contains(metrics(), `beep_plugin_ready{plugin="com.example.flags",version="1.0.0"} 1`) {
		time.Sleep(10 * time.Millisecond)
	}
	_, out := r.post("/auth/register", "", registration("owner"))
	token := out["access_token"].(string)
	_, server := r.post("/servers", token, `{"name":"Den","visibility":"private"}`)
	_, channel := r.post("/servers/"+server["id"].(string)+"/channels", token, `{"name":"talk","type":"text"}`)
	req, err := http.NewRequest(http.MethodPatch, r.base+"/api/v1/servers/"+server["id"].(string)+"/plugins/"+id, strings.NewReader(`{"enabled":true}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	if status, out := r.post("/channels/"+channel["id"].(string)+"/messages", token, `{"content":"hello"}`); status != http.StatusCreated {
		t.Fatal(status, out)
	}
	text := metrics()
	for _, want := range []string{`beep_plugin_calls_total{hook="message.moderate",outcome="answer",plugin="com.example.flags"} 1`,
		`beep_plugin_call_duration_seconds_count{hook="message.moderate",plugin="com.example.flags"} 1`, `beep_plugin_fuel_total{hook="message.moderate"`,
		`beep_plugin_instances{plugin="com.example.flags"} 1`, `beep_plugin_memory_bytes 65536`, `beep_plugin_verdicts_total{result="kept"}`} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"plugin is in service", "plugin cannot be installed"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}
