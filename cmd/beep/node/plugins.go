package node

import (
	"context"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/render"
	"github.com/beep-chat/beep/render/markdown"
)

// Plugins are the plugins of a node and what its host works with.
type Plugins struct {
	Packages    []pluginhost.Package
	CacheDir    string // of compiled plugins; "": none is kept
	MemoryBytes int64  // 0: the host's default
	TimeFactor  int    // multiplies the time limits; 0: 1
	OnCall      func(pluginhost.Call)
	OnProgress  func(pluginhost.Progress)
}

// openGuests makes the plugin host, if the node has one, and the hooks of messages. The packages come later, when the node
// answers: nothing waits for a compiler.
func (n *Node) openGuests(o *Options) (core.MessageHooks, error) {
	native := render.New(render.Options{})
	if o.Plugins == nil {
		return native, nil
	}
	p := o.Plugins
	host, err := pluginhost.New(pluginhost.Options{CacheDir: p.CacheDir, Native: native, Syntax: markdown.Version, Settings: lateSettings{n},
		MessageCharacters: o.Limits.MessageCharacters, MemoryBytes: p.MemoryBytes, TimeFactor: p.TimeFactor, Logger: o.Logger, OnCall: p.OnCall, OnProgress: p.OnProgress})
	if err != nil {
		return nil, err
	}
	n.Guests, o.Catalog = host, host
	return host, nil
}

// installGuests gives the packages to the host, which compiles them in the background. One that cannot be used does not keep the
// node from serving: its servers are told by their settings.
func (n *Node) installGuests(o Options) {
	if o.Plugins == nil {
		return
	}
	for _, p := range o.Plugins.Packages {
		if id, err := n.Guests.Install(p); err != nil {
			o.Logger.Error("plugin cannot be installed", "plugin", id, "error", err)
		}
	}
}

// lateSettings are the settings of servers: the host is made before the service that knows them, since each needs the other.
type lateSettings struct{ n *Node }

// Settings implements pluginhost.Settings.
func (l lateSettings) Settings(ctx context.Context, server core.ServerID) ([]core.PluginSettings, error) {
	return l.n.Plugins.Settings(ctx, server)
}

// Record implements pluginhost.Settings.
func (l lateSettings) Record(v core.VerdictRecord) { l.n.Plugins.Record(v) }
