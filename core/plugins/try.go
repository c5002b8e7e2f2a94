package plugins

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

// Trial is a text to ask a plugin about: as if the actor sent it to a channel (0: none in particular), under the stored
// configuration or, when one is given, that.
type Trial struct {
	Content string
	Channel core.ChannelID
	Config  json.RawMessage
}

// Try tells what a plugin would do with a message, enabled or not; nothing is stored, told or recorded.
func (s *Service) Try(ctx context.Context, actor core.Actor, server core.ServerID, id core.PluginID, in Trial) (core.PluginTrial, error) {
	const op = "try plugin"
	p, err := s.installed(ctx, actor, server, id)
	if err != nil {
		return core.PluginTrial{}, err
	}
	if !slices.Contains(p.Hooks, core.HookModerate) {
		return core.PluginTrial{}, core.E(core.CodeNotFound, op) // it has nothing to say about messages
	}
	if err := s.checkDraft(ctx, actor, server, in); err != nil {
		return core.PluginTrial{}, err
	}
	if in.Config != nil {
		if in.Config, err = canonical(op, in.Config); err != nil {
			return core.PluginTrial{}, err
		}
	}
	if err := s.limit(ctx, actor, "plugin_try"); err != nil {
		return core.PluginTrial{}, err
	}
	return s.try(ctx, actor, server, p, in)
}

func (s *Service) try(ctx context.Context, actor core.Actor, server core.ServerID, p core.Plugin, in Trial) (core.PluginTrial, error) {
	stored, err := s.Store.List(ctx, server)
	if err != nil {
		return core.PluginTrial{}, err
	}
	message, err := core.NewMessageID(s.Events.IDs)
	if err != nil {
		return core.PluginTrial{}, err
	}
	set := of(stored, server, p.ID)
	set.Enabled, set.DryRun = true, false
	if in.Config != nil {
		if err := s.checkConfig(ctx, server, p, in.Config); err != nil {
			return core.PluginTrial{}, err
		}
		set.Config = in.Config
		set.Version = -int64(message) // a name that no other configuration has: plugins keep what they read under it
	}
	content, err := s.Texts.Stored(ctx, actor, server, in.Channel, in.Content)
	if err != nil {
		return core.PluginTrial{}, err
	}
	draft := core.Draft{Server: server, Channel: in.Channel, Author: actor.User, Message: message, Content: content}
	v, err := s.Catalog.Try(ctx, draft, set)
	if err != nil {
		return core.PluginTrial{}, err
	}
	if v.Failed {
		return core.PluginTrial{}, core.E(core.CodePluginUnavailable, "try plugin").With("plugin", string(p.ID)).With("hook", string(core.HookModerate))
	}
	v = clipped(v)
	trial := core.PluginTrial{Action: v.Action, Reason: v.Reason, Rule: v.Rule, Excerpt: v.Excerpt}
	if v.Action == core.ActionReplace {
		trial.Content = v.Content
	}
	return trial, nil
}

// checkDraft holds a text to the rules of messages, and its channel to those of the server that the actor may view.
func (s *Service) checkDraft(ctx context.Context, actor core.Actor, server core.ServerID, in Trial) error {
	var c core.Checks
	if strings.TrimSpace(in.Content) == "" {
		c.Add("/content", core.CodeEmpty, nil)
	}
	if limit, n := s.Limits.MessageCharacters, utf8.RuneCountInString(in.Content); limit > 0 && n > limit {
		c.Add("/content", core.CodeTooLong, map[string]any{"max": limit, "length": n})
	}
	if err := c.Err("try plugin"); err != nil || in.Channel == 0 {
		return err
	}
	return s.Access.Require(ctx, actor, server, in.Channel, core.ViewChannel)
}
