package pluginhost

import (
	"github.com/beep-chat/beep/core"
)

// Question is a call of one hook of one plugin outside of the road of messages: for benchmarks, and for what authors try.
type Question struct {
	Plugin core.PluginID
	Hook   core.Hook
	Server core.ServerID
	Input  []byte // as docs/plugins/abi.md says
	Config []byte // what config.get answers; nil: there is none
	// Read takes the output, which it must not keep; an error makes the call a fault.
	Read func(output []byte) error
}

// Ask makes a call with all that a call has: slot, breaker, pool, limits. The error is a *FaultError or a *Failure.
func (h *Host) Ask(q Question) (Outcome, error) {
	v := h.find(q.Plugin).acquire()
	if v == nil {
		return Faulted, &FaultError{Plugin: q.Plugin, Hook: q.Hook, Fault: FaultNotReady}
	}
	defer v.release()
	if _, ok := v.Hooks[q.Hook]; !ok {
		return NoChange, nil
	}
	r := request{hook: q.Hook, server: q.Server, input: q.Input, read: q.Read}
	if q.Config != nil {
		r.settings = &core.PluginSettings{Server: q.Server, Config: q.Config}
	}
	return v.do(r)
}
