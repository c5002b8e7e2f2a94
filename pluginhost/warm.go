package pluginhost

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
)

// warmWall and warmFuel are what an instance has to take in a configuration.
const (
	warmWall = configWall
	warmFuel = longFuel
)

// Warm has the idle instances take in a server's configurations, in the background. Compiling many expressions may take a large part
// of the time a message has; so it need not be the first message that waits for it. It is called after a change.
func (h *Host) Warm(server core.ServerID) {
	select {
	case h.cold <- server:
	default: // the first message does it then
	}
}

func (h *Host) warm(ctx context.Context, server core.ServerID) {
	settings, err := h.o.Settings.Settings(ctx, server)
	if err != nil {
		return
	}
	for _, s := range h.round(settings) {
		if s.version == nil {
			continue
		}
		s.version.takeIn(s.settings)
		s.version.release()
	}
}

// takeIn judges a message of one letter by each idle instance, and forgets the verdict.
func (v *version) takeIn(s core.PluginSettings) {
	_, idle := v.pool.numbers()
	if v.State != StateNone {
		return // instances of this server alone are made when they are needed
	}
	input := moderateInput(nil, v.Hooks[core.HookModerate], core.Draft{Server: s.Server, Content: "a"}, configName(s))
	for range idle {
		if !v.slots.take(time.Now().Add(warmWall)) {
			return
		}
		in := v.pool.oldest()
		if in != nil {
			v.show(in, s, input)
		}
		v.slots.give()
	}
}

// show lets one instance see a configuration. One that fails at it is thrown away: the next message meets a new one, and if that
// fails too it is the breaker's business.
func (v *version) show(in *instance, s core.PluginSettings, input []byte) {
	now := time.Now()
	limits := hooks[core.HookModerate]
	limits.fuel = warmFuel
	in.server = s.Server
	in.call.begin(now, core.HookModerate, limits, now.Add(warmWall*v.factor))
	in.call.input, in.call.config = input, func() []byte { return v.schema.withDefaults(s.Config) }
	_, fault := in.run(limits.number)
	in.call.input, in.call.config = nil, nil
	if fault != nil {
		v.discard(in)
		return
	}
	v.put(in, now)
}
