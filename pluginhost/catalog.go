package pluginhost

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/beep-chat/beep/core"
)

// WithDefaults fills a configuration with the defaults of the plugin's schema.
func (h *Host) WithDefaults(id core.PluginID, config json.RawMessage) json.RawMessage {
	v := h.find(id).acquire()
	if v == nil {
		return config
	}
	defer v.release()
	return v.schema.withDefaults(config)
}

// CheckConfig tells whether a configuration may be stored: by the plugin's schema, then by the plugin itself. Pointers of the
// problems are relative to the configuration.
func (h *Host) CheckConfig(ctx context.Context, server core.ServerID, id core.PluginID, config json.RawMessage) error {
	v := h.find(id).acquire()
	if v == nil {
		return unavailable(id, core.HookConfigChanged, nil)
	}
	defer v.release()
	if v.schema == nil {
		return core.Invalid(checkOp, "", core.CodeUnknownField, nil)
	}
	config = v.schema.withDefaults(config)
	if err := v.schema.check(config); err != nil {
		return err
	}
	if _, ok := v.Hooks[core.HookConfigChanged]; !ok {
		return nil
	}
	return h.askPlugin(v, server, config)
}

// askPlugin lets the plugin look at a configuration that its schema accepts.
func (h *Host) askPlugin(v *version, server core.ServerID, config json.RawMessage) error {
	input := append([]byte(`{"server":"`), strconv.FormatInt(int64(server), 10)...)
	input = append(append(append(input, `","config":`...), config...), '}')
	var out struct {
		Errors []struct {
			Pointer string    `json:"pointer"`
			Message core.Text `json:"message"`
		} `json:"errors"`
	}
	_, err := v.do(request{hook: core.HookConfigChanged, server: server, input: input, read: func(b []byte) error {
		if err := unmarshal(b, &out); err != nil {
			return fmt.Errorf("the output is not JSON with errors: %w", err)
		}
		return nil
	}})
	if err != nil {
		h.o.Logger.Warn("plugin failed", "plugin", v.ID, "hook", core.HookConfigChanged, "error", err)
		return unavailable(v.ID, core.HookConfigChanged, err)
	}
	e := &core.Error{Code: core.CodeValidationFailed, Op: checkOp}
	for i, problem := range out.Errors {
		if i == maxFieldErrors {
			break
		}
		text := core.Text{}
		for language, s := range problem.Message {
			text[tidy(language, 8)] = tidy(s, core.MaxVerdictReason)
		}
		e.Fields = append(e.Fields, core.FieldError{Pointer: tidy(problem.Pointer, maxPointerRunes), Code: core.CodeRefusedByPlugin,
			Params: map[string]any{"message": text, "plugin": string(v.ID), "hook": string(core.HookConfigChanged)}})
	}
	if e.Fields == nil {
		return nil
	}
	return e
}

const maxPointerRunes = 300

func unavailable(id core.PluginID, hook core.Hook, cause error) error {
	return core.E(core.CodePluginUnavailable, "ask plugin").With("plugin", string(id)).With("hook", string(hook)).Because(cause)
}

// Try tells what a plugin would do with a message under settings that need not be stored; their version names the configuration, so it
// must be nobody else's. Nothing is recorded.
func (h *Host) Try(_ context.Context, d core.Draft, s core.PluginSettings) (core.Verdict, error) {
	v := h.find(s.Plugin).acquire()
	if v == nil {
		return core.Verdict{}, unavailable(s.Plugin, core.HookModerate, nil)
	}
	defer v.release()
	if _, ok := v.Hooks[core.HookModerate]; !ok {
		return core.Verdict{}, core.E(core.CodeNotFound, "try plugin")
	}
	s.DryRun = false
	verdict, err := h.judge(step{settings: s, version: v}, d, time.Time{})
	if err != nil {
		return verdict, unavailable(s.Plugin, core.HookModerate, err)
	}
	if verdict.Action == core.ActionReject && verdict.Reason["en"] == "" {
		verdict.Reason = reasonMissing
	}
	return verdict, nil
}

// resting are the hooks that are not called at the moment.
func (v *version) resting() []core.Hook {
	var out []core.Hook
	now := time.Now()
	for _, name := range v.sortedHooks() {
		if v.breakers[name].resting(now) {
			out = append(out, name)
		}
	}
	return out
}

// Stats are the figures of one plugin at a moment.
type Stats struct {
	Plugin    core.PluginID
	Version   string
	State     core.PluginState
	Instances int
	Idle      int
	Resting   []core.Hook
}

// Stats tells of every plugin, by id, and what memory all instances use together.
func (h *Host) Stats() (plugins []Stats, memoryBytes int64) {
	for _, d := range h.Installed() {
		s := Stats{Plugin: d.ID, Version: d.Version, State: d.State, Resting: d.Resting}
		if v := h.find(d.ID).acquire(); v != nil {
			s.Instances, s.Idle = v.pool.numbers()
			v.release()
		}
		plugins = append(plugins, s)
	}
	return plugins, h.memory.used.Load()
}
