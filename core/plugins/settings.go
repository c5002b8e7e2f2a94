package plugins

import (
	"context"
	"slices"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/cache"
)

// How many servers' settings are kept, and for how long they are trusted without an event. Most servers have nothing enabled,
// and a configuration is some KB; if every one were of core.MaxPluginConfigBytes, they would take 256 MiB for each plugin.
const (
	maxServers   = 4_000
	settingsLife = 30 * time.Second
)

func newEnabled(store Store, trusted func() bool) *cache.Loading[core.ServerID, []core.PluginSettings] {
	return cache.New(maxServers, settingsLife, func(ctx context.Context, id core.ServerID) ([]core.PluginSettings, error) {
		list, err := store.List(ctx, id)
		if err != nil {
			return nil, err
		}
		return slices.Clip(slices.DeleteFunc(list, func(s core.PluginSettings) bool { return !s.Enabled })), nil
	}).While(trusted)
}

// Settings gives those of the plugins that a server has enabled, installed or not; the caller must not change them.
func (s *Service) Settings(ctx context.Context, server core.ServerID) ([]core.PluginSettings, error) {
	return s.enabled.Get(ctx, server)
}

// Forget drops what is cached of a server's settings; the event of a change calls it.
func (s *Service) Forget(server core.ServerID) { s.enabled.Forget(server) }

// ForgetAll drops everything cached: changes may have been missed.
func (s *Service) ForgetAll() { s.enabled.Clear() }
