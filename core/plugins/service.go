// Package plugins owns what servers decide about their plugins: which are enabled, with which configuration, and what becomes
// of a message when one fails. It also keeps the verdicts for the moderators.
//
// It refuses to know how a plugin is run: what is installed, whether a configuration is one, and what a plugin says of a text
// are questions to a Catalog. Who may look and change is who holds the right manage_plugins.
//
// A Service is safe for concurrent use. Settings is made for the path of every message: it is cached, costs nanoseconds and
// allocates nothing; the writer of a change drops the entry before it answers, the event plugin.updated drops it on every node,
// and entries are trusted for 30 s only (a second, while the node may not hear of changes). Record never waits: verdicts pass
// through a queue of 1,024 to one goroutine, which Start begins and Close ends; of a server at most 60 in a minute are kept,
// and what is left out is counted.
//
//	service := plugins.New(plugins.Options{Store: store, Catalog: host, ...})
//	service.Start()
//	defer service.Close(ctx)
//	p, err := service.Update(ctx, actor, server, "chat.beep.moderation", plugins.Update{Enabled: &yes})
//	enabled, err := service.Settings(ctx, server) // on every send
package plugins

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/cache"
)

// Store keeps settings and verdicts. What it acknowledges is durable, and its events with it.
type Store interface {
	// List gives the settings of a server's plugins, those that were never set being absent.
	List(ctx context.Context, server core.ServerID) ([]core.PluginSettings, error)
	// Put stores settings if the stored version is still wasVersion (0: never set); false when it is not.
	Put(ctx context.Context, s core.PluginSettings, wasVersion int64, events ...core.Event) (bool, error)
	// AppendVerdict keeps a verdict for 30 days.
	AppendVerdict(ctx context.Context, v core.VerdictRecord) error
	// ListVerdicts gives up to limit verdicts older than one (0: the newest), newest first.
	ListVerdicts(ctx context.Context, server core.ServerID, plugin core.PluginID, before core.EventID, limit int) ([]core.VerdictRecord, error)
}

// Catalog is what is installed on this node. The plugin host implements it.
type Catalog interface {
	// Installed lists the plugins in the order in which they are asked. It is quick.
	Installed() []core.Plugin
	// CheckConfig holds a configuration to the plugin's schema, then to the plugin itself: validation_failed with every problem
	// at once, the pointers being relative to the configuration, or plugin_unavailable.
	CheckConfig(ctx context.Context, server core.ServerID, plugin core.PluginID, config json.RawMessage) error
	// WithDefaults fills in what a configuration leaves out; nil is one that leaves out everything.
	WithDefaults(plugin core.PluginID, config json.RawMessage) json.RawMessage
	// Try asks a plugin about a draft under some settings, enabled or not, and acts on nothing.
	Try(ctx context.Context, draft core.Draft, s core.PluginSettings) (core.Verdict, error)
}

// People gives public faces.
type People interface {
	Face(ctx context.Context, id core.UserID) (core.PublicUser, error)
}

// Texts gives the form in which a text that somebody typed is stored, with the ids of whom it mentions.
type Texts interface {
	Stored(ctx context.Context, actor core.Actor, server core.ServerID, channel core.ChannelID, content string) (string, error)
}

// Options are what a Service works with.
type Options struct {
	Store   Store
	Catalog Catalog // nil: nothing is installed
	People  People
	Texts   Texts
	Access  core.Authorizer
	Limiter core.RateLimiter
	Audit   core.Auditor
	Events  core.EventMaker
	Limits  core.Limits
	Logger  *slog.Logger // nil: none
	// Trusted tells whether this node hears of every change; while it does not, nothing older than a second is believed. nil:
	// always.
	Trusted func() bool
}

// Service is the one way to a server's plugins.
type Service struct {
	Options
	enabled *cache.Loading[core.ServerID, []core.PluginSettings]
	records *recorder
}

// New makes a Service; Start begins its writer.
func New(o Options) *Service {
	if o.Catalog == nil {
		o.Catalog = nothing{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{Options: o, enabled: newEnabled(o.Store, o.Trusted), records: newRecorder(o.Store, o.Events, o.Logger)}
}

// nothing is a catalog without plugins.
type nothing struct{}

// Installed implements Catalog.
func (nothing) Installed() []core.Plugin { return nil }

// CheckConfig implements Catalog.
func (nothing) CheckConfig(context.Context, core.ServerID, core.PluginID, json.RawMessage) error {
	return core.E(core.CodeNotFound, "check configuration")
}

// WithDefaults implements Catalog.
func (nothing) WithDefaults(_ core.PluginID, config json.RawMessage) json.RawMessage { return config }

// Try implements Catalog.
func (nothing) Try(context.Context, core.Draft, core.PluginSettings) (core.Verdict, error) {
	return core.Verdict{}, core.E(core.CodeNotFound, "try plugin")
}
