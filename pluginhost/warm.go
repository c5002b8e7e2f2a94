package pluginhost

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
)

// warmWall is what an instance has to take in a configuration beside the messages: twice the time of a message, whose fuel it has. A
// plugin that hangs would use all of it, so it is no more, and counts for its breaker.
const warmWall = 2 * moderateWall

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
		if !s.version.breakers[core.HookModerate].resting(time.Now()) {
			s.version.takeIn(s.settings)
		}
		s.version.release()
	}
}

// takeIn judges a message of one letter by each idle instance, and forgets the verdict.
func (v *version) takeIn(s core.PluginSettings) {
	_, idle := v.pool.numbers()
	if v.State != StateNone {
		return // instances of this server alone are made when they are needed
	}
	for range idle {
		if !v.slots.take(time.Now().Add(warmWall)) {
			return
		}
		in := v.pool.oldest()
		if in != nil {
			v.show(in, s)
		}
		v.slots.give()
	}
}

// show lets one instance see a configuration and puts it into the pool. One that fails at it is thrown away.
func (v *version) show(in *instance, s core.PluginSettings) {
	now := time.Now()
	limits := hooks[core.HookModerate]
	limits.wall = warmWall * v.factor
	in.server, in.settings = s.Server, s
	in.call.begin(now, core.HookModerate, limits, now.Add(limits.wall))
	in.call.input = moderateInput(nil, v.Hooks[core.HookModerate], core.Draft{Server: s.Server, Content: "a"}, configName(s))
	in.call.config = func() []byte { return v.schema.withDefaults(s.Config) }
	if _, fault := in.run(limits.number); fault != nil {
		v.discard(in)
		if opened, off := v.breakers[core.HookModerate].done(time.Now(), fault.Fault); opened {
			v.rested(core.HookModerate, off)
		}
		return
	}
	v.put(in, now)
}
