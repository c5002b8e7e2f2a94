// Package plugintest holds a catalog of plugins for tests that need no WebAssembly: what it says is plain Go, chosen so that
// every answer a Catalog may give can be had.
//
// It refuses to be more than that: it has no limits and no isolation. A Catalog is safe for concurrent use.
//
//	service := plugins.New(plugins.Options{Catalog: plugintest.New(), ...})
package plugintest

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/plugins"
)

// The plugins of a Catalog.
const (
	Moderation core.PluginID = "chat.beep.moderation" // its configuration is {"strict": bool, "words": [text]}
	Slow       core.PluginID = "chat.beep.slow"       // still being compiled
	Plain      core.PluginID = "chat.beep.plain"      // takes no configuration
	Markdown   core.PluginID = "chat.beep.markdown"   // no server's business
)

// Schema is that of Moderation and Slow; its properties are not in alphabetical order.
const Schema = `{"type":"object","properties":{"words":{"type":"array","items":{"type":"string"}},"strict":{"type":"boolean","default":false}}}`

// Refused is a word that Moderation itself refuses in its configuration, with RefusedText.
const Refused = "unspeakable"

// RefusedText tells why.
var RefusedText = core.Text{"en": "This word cannot be met.", "fr": "Ce mot ne peut pas être détecté."}

// Reason is why Moderation rejects a message that has one of the words.
var Reason = core.Text{"en": "This word is not welcome here.", "fr": "Ce mot n’est pas le bienvenu ici."}

// Asked is what a Catalog was asked to try.
type Asked struct {
	Draft    core.Draft
	Settings core.PluginSettings
}

// Catalog implements plugins.Catalog.
type Catalog struct {
	mu    sync.Mutex
	asked []Asked
}

var _ plugins.Catalog = (*Catalog)(nil)

// New makes a Catalog.
func New() *Catalog { return &Catalog{} }

// Asked gives what was tried so far.
func (c *Catalog) Asked() []Asked {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

// Installed implements plugins.Catalog.
func (c *Catalog) Installed() []core.Plugin {
	moderate, render := []core.Hook{core.HookModerate}, []core.Hook{core.HookRender}
	name := func(s string) core.Text { return core.Text{"en": s, "fr": s} }
	return []core.Plugin{
		{ID: Moderation, Version: "1.0.0", Name: name("Moderation"), Description: name("Judges."), Hooks: moderate, PerServer: true,
			Schema: json.RawMessage(Schema), State: core.PluginReady, Resting: moderate},
		{ID: Markdown, Version: "1.0.0", Name: name("Markdown"), Description: name("Renders."), Hooks: render, State: core.PluginReady},
		{ID: Plain, Version: "0.1.0", Name: name("Plain"), Hooks: render, PerServer: true, State: core.PluginReady},
		{ID: Slow, Version: "2.0.0", Name: name("Slow"), Description: name("Takes long."), Hooks: moderate, PerServer: true,
			Schema: json.RawMessage(Schema), State: core.PluginCompiling},
	}
}

// CheckConfig implements plugins.Catalog.
func (c *Catalog) CheckConfig(_ context.Context, _ core.ServerID, id core.PluginID, config json.RawMessage) error {
	if id == Slow {
		return unavailable(id, core.HookConfigChanged)
	}
	var members map[string]any
	if err := json.Unmarshal(config, &members); err != nil {
		return err
	}
	var checks core.Checks
	for name, value := range members {
		switch name {
		case "strict":
			if _, ok := value.(bool); !ok {
				checks.Add("/strict", core.CodeWrongType, map[string]any{"want": "boolean"})
			}
		case "words":
			checkWords(&checks, id, value)
		default:
			checks.Add("/"+name, core.CodeUnknownField, nil)
		}
	}
	return checks.Err("check configuration")
}

func checkWords(c *core.Checks, id core.PluginID, value any) {
	list, ok := value.([]any)
	if !ok {
		c.Add("/words", core.CodeWrongType, map[string]any{"want": "array"})
	}
	for i, word := range list {
		at := "/words/" + strconv.Itoa(i)
		switch word {
		case Refused:
			c.Add(at, core.CodeRefusedByPlugin, map[string]any{"message": RefusedText, "plugin": string(id), "hook": string(core.HookConfigChanged)})
		case "":
			c.Add(at, core.CodeTooShort, map[string]any{"min": 1})
		}
	}
}

// WithDefaults implements plugins.Catalog.
func (c *Catalog) WithDefaults(id core.PluginID, config json.RawMessage) json.RawMessage {
	if id != Moderation && id != Slow {
		return config
	}
	members := map[string]json.RawMessage{"strict": json.RawMessage("false")}
	if config != nil {
		_ = json.Unmarshal(config, &members) // it was stored, so it is an object
	}
	filled, _ := json.Marshal(members) // of valid parts
	return filled
}

// Try implements plugins.Catalog: a word of the configuration is rejected; in other messages "swap" is replaced, "odd" is
// flagged and "broken" breaks the plugin.
func (c *Catalog) Try(_ context.Context, d core.Draft, s core.PluginSettings) (core.Verdict, error) {
	c.mu.Lock()
	c.asked = append(c.asked, Asked{d, s})
	c.mu.Unlock()
	if s.Plugin == Slow {
		return core.Verdict{}, unavailable(Slow, core.HookModerate)
	}
	var config struct{ Words []string }
	if err := json.NewDecoder(bytes.NewReader(c.WithDefaults(s.Plugin, s.Config))).Decode(&config); err != nil {
		return core.Verdict{}, err
	}
	v := core.Verdict{Plugin: s.Plugin, Action: core.ActionAllow}
	for i, word := range config.Words {
		if strings.Contains(d.Content, word) {
			v.Action, v.Reason, v.Rule, v.Excerpt = core.ActionReject, Reason, "words["+strconv.Itoa(i)+"]", word
			return v, nil
		}
	}
	switch {
	case strings.Contains(d.Content, "swap"):
		v.Action, v.Content = core.ActionReplace, strings.ReplaceAll(d.Content, "swap", "****")
	case strings.Contains(d.Content, "odd"):
		v.Action, v.Rule = core.ActionFlag, "odd"
	case strings.Contains(d.Content, "broken"):
		v.Action, v.Failed = core.ActionFlag, true
	}
	return v, nil
}

func unavailable(id core.PluginID, hook core.Hook) error {
	return core.E(core.CodePluginUnavailable, "ask plugin").With("plugin", string(id)).With("hook", string(hook))
}
