// Package hosttest runs plugins in tests as a node runs them, metered and bounded, without a node: nothing is rendered natively, no
// server has settings, and time limits are wide, since tests run beside each other. Fuel is exact.
//
//	host := hosttest.Start(t, func(c pluginhost.Call) { fuel = c.Fuel })
//	id, err := host.InstallNow(ctx, pluginhost.Package{Wasm: guesttest.ForTest(t, ".")})
//	outcome, err := host.Ask(pluginhost.Question{Plugin: id, ...})
package hosttest

import (
	"context"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
)

// patience multiplies the time limits.
const patience = 100

// Start makes a host that ends with the test. onCall is told of each call.
func Start(t testing.TB, onCall func(pluginhost.Call)) *pluginhost.Host {
	t.Helper()
	host, err := pluginhost.New(pluginhost.Options{Native: text{}, Settings: none{}, TimeFactor: patience, OnCall: onCall})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(host.Close)
	return host
}

type text struct{}

// MessageWillBeSent implements core.MessageHooks.
func (text) MessageWillBeSent(_ context.Context, d core.Draft) (string, error) { return d.Content, nil }

// Render implements core.MessageHooks.
func (text) Render(_ context.Context, _ core.ServerID, content string) core.Rendered {
	return core.Rendered{HTML: content}
}

// RenderIsCurrent implements core.MessageHooks.
func (text) RenderIsCurrent(int64) bool { return true }

// Plain implements pluginhost.Renderer.
func (text) Plain(content string) (string, bool) { return content, false }

// Sanitize implements pluginhost.Renderer.
func (text) Sanitize(html string) string { return html }

type none struct{}

// Settings implements pluginhost.Settings.
func (none) Settings(context.Context, core.ServerID) ([]core.PluginSettings, error) { return nil, nil }

// Record implements pluginhost.Settings.
func (none) Record(core.VerdictRecord) {}
