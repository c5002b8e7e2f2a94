package plugins

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/beep-chat/beep/core"
)

// List gives the plugins a server may enable, with its settings. It reads the store, so that a change made at another node is
// seen at once.
func (s *Service) List(ctx context.Context, actor core.Actor, server core.ServerID) ([]core.ServerPlugin, error) {
	if err := s.Access.Require(ctx, actor, server, 0, core.ManagePlugins); err != nil {
		return nil, err
	}
	stored, err := s.Store.List(ctx, server)
	if err != nil {
		return nil, err
	}
	list := []core.ServerPlugin{}
	for _, p := range s.Catalog.Installed() {
		if p.PerServer {
			list = append(list, s.view(p, of(stored, server, p.ID)))
		}
	}
	return list, nil
}

// Get gives one plugin.
func (s *Service) Get(ctx context.Context, actor core.Actor, server core.ServerID, id core.PluginID) (core.ServerPlugin, error) {
	p, err := s.installed(ctx, actor, server, id)
	if err != nil {
		return core.ServerPlugin{}, err
	}
	stored, err := s.Store.List(ctx, server)
	return s.view(p, of(stored, server, id)), err
}

// installed requires the right to manage plugins, then finds one that a server may enable; the order keeps foreign servers
// at 404.
func (s *Service) installed(ctx context.Context, actor core.Actor, server core.ServerID, id core.PluginID) (core.Plugin, error) {
	if err := s.Access.Require(ctx, actor, server, 0, core.ManagePlugins); err != nil {
		return core.Plugin{}, err
	}
	for _, p := range s.Catalog.Installed() {
		if p.ID == id && p.PerServer {
			return p, nil
		}
	}
	return core.Plugin{}, core.E(core.CodeNotFound, "find plugin")
}

// of finds the settings of a plugin among those of its server; what was never set is off.
func of(list []core.PluginSettings, server core.ServerID, id core.PluginID) core.PluginSettings {
	for _, s := range list {
		if s.Plugin == id {
			return s
		}
	}
	return core.PluginSettings{Server: server, Plugin: id, OnFailure: core.FailOpen}
}

// view has empty lists and objects where there is nothing, so that clients never meet null.
func (s *Service) view(p core.Plugin, set core.PluginSettings) core.ServerPlugin {
	config := s.Catalog.WithDefaults(p.ID, set.Config)
	if len(config) == 0 {
		config = json.RawMessage("{}")
	}
	return core.ServerPlugin{ID: p.ID, Version: p.Version, Name: p.Name, Description: orEmpty(p.Description), Hooks: orNone(p.Hooks),
		State: p.State, Resting: orNone(p.Resting), Enabled: set.Enabled, DryRun: set.DryRun,
		OnFailure: cmp.Or(set.OnFailure, core.FailOpen), Config: config, Schema: p.Schema, Revision: set.Version}
}

func orNone(list []core.Hook) []core.Hook {
	if list == nil {
		return []core.Hook{}
	}
	return slices.Clone(list)
}

func orEmpty(t core.Text) core.Text {
	if t == nil {
		return core.Text{"en": ""}
	}
	return t
}

// Verdicts gives what a plugin did, newest first, as far back as it is kept.
func (s *Service) Verdicts(ctx context.Context, actor core.Actor, server core.ServerID, id core.PluginID, before core.EventID, limit int) ([]core.PluginVerdict, error) {
	if _, err := s.installed(ctx, actor, server, id); err != nil {
		return nil, err
	}
	records, err := s.Store.ListVerdicts(ctx, server, id, before, min(limit, core.MaxPage))
	if err != nil {
		return nil, err
	}
	list := make([]core.PluginVerdict, 0, len(records))
	for _, v := range records {
		author, err := s.People.Face(ctx, v.Author)
		if core.CodeOf(err) == core.CodeNotFound {
			author, err = core.PublicUser{ID: v.Author}, nil // the account is gone, what was done is not
		}
		if err != nil {
			return nil, err
		}
		list = append(list, core.PluginVerdict{ID: v.ID, CreatedAt: core.Time{Time: v.ID.Time()}, ChannelID: v.Channel, Author: author,
			MessageID: v.Message, Edit: v.Edit, Action: v.Action, Reason: v.Reason, Rule: v.Rule, Excerpt: v.Excerpt,
			DryRun: v.DryRun, Failed: v.Failed})
	}
	return list, nil
}
