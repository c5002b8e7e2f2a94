package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/render"
	"github.com/beep-chat/beep/render/markdown"
)

// Goals of the plugin host, and what a fifth of the time is given to: each race of contenders.
const (
	bareCallGoal  = 1.5  // µs, 2 KB in and 2 KB out
	meteredGoal   = 1.3  // times the unmetered guest
	coldStartGoal = 10   // s, all built-in guests with nothing compiled
	warmStartGoal = 300  // ms, again
	guestSizeGoal = 3    // MB compressed, each
	stoppedGoal   = 70.0 // ms
	pauseGoal     = 50.0 // ms
	sampleTexts   = 200
	races         = 5
	// unhurried multiplies the time limits of the hosts whose speed is measured: on a busy machine a figure is large, and no
	// fault. What is stopped is measured with the real limits.
	unhurried = 100
)

// noSettings are those of a host that is only asked directly.
type noSettings struct{}

// Settings implements pluginhost.Settings.
func (noSettings) Settings(context.Context, core.ServerID) ([]core.PluginSettings, error) {
	return nil, nil
}

// Record implements pluginhost.Settings.
func (noSettings) Record(core.VerdictRecord) {}

// host makes a plugin host as a node does, with guests in service.
func (b *bench) host(ctx context.Context, cache string, adjust func(*pluginhost.Options), guests ...[]byte) (*pluginhost.Host, error) {
	o := pluginhost.Options{CacheDir: cache, Native: render.New(render.Options{}), Syntax: markdown.Version, Settings: noSettings{},
		TimeFactor: unhurried, Logger: slog.New(slog.DiscardHandler)}
	if adjust != nil {
		adjust(&o)
	}
	h, err := pluginhost.New(o)
	if err != nil {
		return nil, err
	}
	for _, wasm := range guests {
		if _, err := h.InstallNow(ctx, pluginhost.Package{Wasm: wasm}); err != nil {
			h.Close()
			return nil, err
		}
	}
	return h, nil
}

// measureGuests measures the plugin host in this process, without a node around it.
func measureGuests(ctx context.Context, b *bench) error {
	guests, err := builtins()
	if err != nil {
		return err
	}
	if err := b.measureStarts(ctx, guests); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	words, err := moderationConfig()
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name   string
		guest  core.PluginID
		config []byte
	}{{"markdown", markdownGuest, nil}, {"moderation, empty", moderationGuest, []byte("{}")}, {"moderation, " + rulesName, moderationGuest, words}} {
		if err := b.measureInstances(ctx, c.name, guests[c.guest], c.config); err != nil {
			return fmt.Errorf("instances of %s: %w", c.name, err)
		}
	}
	if err := b.measureEcho(ctx); err != nil {
		return fmt.Errorf("bare call: %w", err)
	}
	if err := b.measureMarkdown(ctx, guests[markdownGuest]); err != nil {
		return fmt.Errorf("markdown: %w", err)
	}
	if err := b.measureModeration(ctx, guests[moderationGuest]); err != nil {
		return fmt.Errorf("moderation: %w", err)
	}
	if err := b.measureRunaways(ctx); err != nil {
		return fmt.Errorf("runaways: %w", err)
	}
	return nil
}

// raceTime is what one race may take.
func (b *bench) raceTime() time.Duration { return b.duration / races }

// guestCache is the folder of native code that the parts of this measurement share.
func (b *bench) guestCache() string { return b.data("guests-native") }
