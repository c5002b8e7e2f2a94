package plugins

import (
	"context"
	"encoding/json"

	"github.com/beep-chat/beep/core"
)

// Update is the request to change settings; nil leaves a field as it is. A configuration replaces the one before as a whole.
// IfVersion, when set, must be the current one; 0 is that of settings that were never set.
type Update struct {
	Enabled   *bool
	DryRun    *bool
	OnFailure *core.OnFailure
	Config    json.RawMessage
	IfVersion *int64
}

// maxTries bounds the contention on the settings of one plugin.
const maxTries = 64

// Update changes the settings of a plugin. A configuration is asked about before anything is stored, so it may be refused
// with plugin_unavailable while the others can be changed; switching a plugin off always works.
func (s *Service) Update(ctx context.Context, actor core.Actor, server core.ServerID, id core.PluginID, in Update) (core.ServerPlugin, error) {
	const op = "update plugin"
	p, err := s.installed(ctx, actor, server, id)
	if err != nil {
		return core.ServerPlugin{}, err
	}
	if f := in.OnFailure; f != nil && *f != core.FailOpen && *f != core.FailClosed {
		return core.ServerPlugin{}, core.Invalid(op, "/on_failure", core.CodeNotAllowedValue, map[string]any{"allowed": []string{"open", "closed"}})
	}
	if in.Config != nil {
		if in.Config, err = s.newConfig(ctx, actor, server, p, in); err != nil {
			return core.ServerPlugin{}, err
		}
	}
	defer s.Forget(server) // whatever is answered: the outcome of a write may be unknown
	for range maxTries {
		next, stored, err := s.tryUpdate(ctx, actor, server, id, in)
		if err != nil {
			return core.ServerPlugin{}, err
		}
		if stored {
			s.audit(ctx, actor, next, in)
			return s.view(p, next), nil
		}
	}
	return core.ServerPlugin{}, core.E(core.CodeBusy, op+": too many writers")
}

// newConfig gives the form of a configuration that is stored, once everybody agrees to it.
func (s *Service) newConfig(ctx context.Context, actor core.Actor, server core.ServerID, p core.Plugin, in Update) (json.RawMessage, error) {
	config, err := canonical("update plugin", in.Config)
	if err != nil {
		return nil, err
	}
	if err := s.limit(ctx, actor, "plugin_update"); err != nil {
		return nil, err
	}
	return config, s.checkConfig(ctx, server, p, config)
}

// tryUpdate is one compare-and-set; false when another writer was first.
func (s *Service) tryUpdate(ctx context.Context, actor core.Actor, server core.ServerID, id core.PluginID, in Update) (core.PluginSettings, bool, error) {
	list, err := s.Store.List(ctx, server)
	if err != nil {
		return core.PluginSettings{}, false, err
	}
	was := of(list, server, id)
	if in.IfVersion != nil && *in.IfVersion != was.Version {
		return was, false, core.E(core.CodeVersionConflict, "update plugin").With("version", was.Version)
	}
	next := in.apply(was)
	event, err := s.Events.New(core.Audience{Server: server}, actor.User, core.PluginUpdated{PluginID: id, Version: next.Version})
	if err != nil {
		return was, false, err
	}
	stored, err := s.Store.Put(ctx, next, was.Version, event)
	return next, stored, err
}

func (u Update) apply(s core.PluginSettings) core.PluginSettings {
	if u.Enabled != nil {
		s.Enabled = *u.Enabled
	}
	if u.DryRun != nil {
		s.DryRun = *u.DryRun
	}
	if u.OnFailure != nil {
		s.OnFailure = *u.OnFailure
	}
	if u.Config != nil {
		s.Config = u.Config
	}
	s.Version++
	return s
}

// audit tells which settings were changed, and never what a configuration says.
func (s *Service) audit(ctx context.Context, actor core.Actor, now core.PluginSettings, in Update) {
	changed := []string{}
	for _, c := range []struct {
		name  string
		given bool
	}{{"enabled", in.Enabled != nil}, {"dry_run", in.DryRun != nil}, {"on_failure", in.OnFailure != nil}, {"config", in.Config != nil}} {
		if c.given {
			changed = append(changed, c.name)
		}
	}
	s.Audit.Record(ctx, core.AuditEntry{Action: "PLUGIN_CONFIGURED", User: actor.User, Target: "server:" + now.Server.String(),
		Details: map[string]any{"plugin": string(now.Plugin), "changed": changed, "enabled": now.Enabled, "dry_run": now.DryRun,
			"on_failure": string(now.OnFailure), "version": now.Version}})
}

// limit bounds how often a person makes plugins work outside of a send.
func (s *Service) limit(ctx context.Context, actor core.Actor, policy string) error {
	return core.Limit(ctx, s.Limiter, policy, actor.User, s.Limits.PluginRate)
}
