package core

import (
	"encoding/json"
)

// PluginID names a plugin in reverse DNS, for example chat.beep.moderation.
type PluginID string

// Text is one text in several languages, by language code; "en" is always there.
type Text map[string]string

// In gives the text in a language, else in English.
func (t Text) In(language string) string {
	if s, ok := t[language]; ok {
		return s
	}
	return t["en"]
}

// PluginState says whether an installed plugin can be called.
type PluginState string

// A plugin that is compiling will be ready; one that failed stays so until another version is installed.
const (
	PluginCompiling PluginState = "compiling"
	PluginReady     PluginState = "ready"
	PluginFailed    PluginState = "failed"
)

// Plugin is what a node tells about an installed plugin.
type Plugin struct {
	ID          PluginID
	Version     string
	Name        Text
	Description Text
	Hooks       []Hook
	PerServer   bool            // whether a server enables and configures it
	Schema      json.RawMessage // JSON Schema of its configuration; nil: it takes none
	State       PluginState
	Problem     string // why it failed, for operators
	// Resting are the hooks whose breaker is open: they failed too often and are not called for a while.
	Resting []Hook
}

// Hook is a place in Beep's work where plugins are called.
type Hook string

// The hooks of this version.
const (
	HookModerate      Hook = "message.moderate"
	HookRender        Hook = "markdown.render"
	HookConfigChanged Hook = "lifecycle.config_changed"
)

// OnFailure says what happens to a message when the plugin that should judge it fails.
type OnFailure string

// Open lets the message pass and flags it; closed refuses it until the plugin works again.
const (
	FailOpen   OnFailure = "open"
	FailClosed OnFailure = "closed"
)

// PluginSettings are a server's choices for one plugin.
type PluginSettings struct {
	Server    ServerID
	Plugin    PluginID
	Enabled   bool
	DryRun    bool // judge and record, but act on nothing
	OnFailure OnFailure
	Config    json.RawMessage // valid by the plugin's schema; nil: its defaults
	// Version grows with every change and names the configuration to the plugin. 0: never set.
	Version int64
}

// Action is what a plugin wants done with a message.
type Action string

// The actions of moderation. Flag lets the message pass and tells moderators; replace puts other content in its place.
const (
	ActionAllow   Action = "allow"
	ActionReject  Action = "reject"
	ActionReplace Action = "replace"
	ActionFlag    Action = "flag"
)

// Verdict is a plugin's judgement of a message.
type Verdict struct {
	Plugin  PluginID
	Action  Action
	Reason  Text   // for the author of a rejected message, and for moderators
	Content string // with ActionReplace: the new content
	Rule    string // which rule, in the plugin's own words: "words[0]"
	Excerpt string // what the rule met, for moderators
	DryRun  bool   // it was not acted on
	Failed  bool   // not the plugin's own: it failed, and this is what was done instead
}

// VerdictRecord is a verdict as it is kept for the moderators of a server.
type VerdictRecord struct {
	ID      EventID // orders the records by time
	Server  ServerID
	Channel ChannelID
	Author  UserID
	Message MessageID // a rejected message was never stored under it
	Edit    bool
	Verdict
}

// Limits of what plugins say, in characters; longer texts are cut.
const (
	MaxVerdictReason  = 500
	MaxVerdictRule    = 100
	MaxVerdictExcerpt = 200
)

// MaxPluginConfigBytes bounds a server's configuration of one plugin.
const MaxPluginConfigBytes = 64 << 10

// ServerPlugin is a plugin as it works in one server: what people who manage plugins see.
type ServerPlugin struct {
	ID          PluginID        `json:"plugin_id"`
	Version     string          `json:"version"`
	Name        Text            `json:"name"`
	Description Text            `json:"description"`
	Hooks       []Hook          `json:"hooks"`
	State       PluginState     `json:"state"`
	Resting     []Hook          `json:"resting"`
	Enabled     bool            `json:"enabled"`
	DryRun      bool            `json:"dry_run"`
	OnFailure   OnFailure       `json:"on_failure"`
	Config      json.RawMessage `json:"config"`        // with the defaults of what was left out
	Schema      json.RawMessage `json:"config_schema"` // null where there is nothing to configure
	Revision    int64           `json:"revision"`      // of the settings
}

// PluginTrial is what a plugin would do with a message.
type PluginTrial struct {
	Action  Action `json:"action"`
	Reason  Text   `json:"reason,omitempty"`
	Content string `json:"content,omitempty"`
	Rule    string `json:"rule,omitempty"`
	Excerpt string `json:"excerpt,omitempty"`
}

// PluginVerdict is a VerdictRecord as moderators see it.
type PluginVerdict struct {
	ID        EventID    `json:"id"`
	CreatedAt Time       `json:"created_at"`
	ChannelID ChannelID  `json:"channel_id"`
	Author    PublicUser `json:"author"`
	MessageID MessageID  `json:"message_id"`
	Edit      bool       `json:"edit"`
	Action    Action     `json:"action"`
	Reason    Text       `json:"reason"`
	Rule      string     `json:"rule"`
	Excerpt   string     `json:"excerpt"`
	DryRun    bool       `json:"dry_run"`
	Failed    bool       `json:"failed"`
}
