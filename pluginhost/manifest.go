package pluginhost

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/beep-chat/beep/core"
)

// ABI is the contract between node and plugin that this host speaks: docs/plugins/abi.md.
const (
	ABI        = "beep/1"
	abiSection = "beep.abi"
	abiVersion = "1.0"
	manifestIn = "beep.manifest"
)

// State says how far the memory of an instance reaches.
type State string

// StateNone lets an instance serve one server after another, StateServer gives each server its own, StateCall makes a new
// one for every call.
const (
	StateNone   State = "none"
	StateServer State = "server"
	StateCall   State = "call"
)

// Manifest is what a plugin says of itself, in its section beep.manifest.
type Manifest struct {
	ID          core.PluginID              `json:"id"`
	Version     string                     `json:"version"`
	ABI         string                     `json:"abi"`
	Name        core.Text                  `json:"name"`
	Description core.Text                  `json:"description"`
	State       State                      `json:"state"`
	Hooks       map[core.Hook]HookManifest `json:"hooks"`
	Config      json.RawMessage            `json:"config"`
}

// HookManifest is what a plugin says of one hook.
type HookManifest struct {
	Input     []string `json:"input"`     // the fields it wants; empty: all
	Prefilter []string `json:"prefilter"` // conditions of which one must hold; empty: always called
	Order     *int     `json:"order"`     // among plugins, lower first; nil: defaultOrder
	Version   int      `json:"version"`   // of markdown.render: grows when the same content may give other HTML
}

const (
	defaultOrder     = 100
	maxManifestBytes = 128 << 10
	maxIDBytes       = 64
	maxTextRunes     = 1000
)

var (
	idPattern      = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*){1,5}$`)
	versionPattern = regexp.MustCompile(`^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})(-[0-9A-Za-z.-]{1,40})?$`)
)

// parseManifest reads and checks the sections that can be read without running code. Every problem is told at once.
func parseManifest(sections map[string][]byte) (Manifest, error) {
	var m Manifest
	version, ok := sections[abiSection]
	if !ok {
		return m, errors.New("the module has no section beep.abi: it was not built as a plugin; build it with the SDK's builder")
	}
	if v := string(bytes.TrimSpace(version)); v != abiVersion {
		return m, fmt.Errorf("the module speaks ABI %.20q and this node %q: use a build of the plugin for beep/1", v, abiVersion)
	}
	raw, ok := sections[manifestIn]
	if !ok {
		return m, errors.New("the module has no section beep.manifest: add its plugin.json with the SDK's builder")
	}
	if len(raw) > maxManifestBytes {
		return m, fmt.Errorf("the manifest has %d bytes, %d are allowed", len(raw), maxManifestBytes)
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("the manifest is not valid JSON of the right shape: %w", err)
	}
	if m.State == "" {
		m.State = StateNone
	}
	return m, errors.Join(m.problems()...)
}

func (m Manifest) problems() []error {
	var out []error
	wrong := func(field, what string) { out = append(out, fmt.Errorf("manifest: %s %s", field, what)) }
	if !idPattern.MatchString(string(m.ID)) || len(m.ID) > maxIDBytes {
		wrong("id", fmt.Sprintf("%.80q is no reverse DNS name such as org.example.greeter", m.ID))
	}
	if !versionPattern.MatchString(m.Version) {
		wrong("version", fmt.Sprintf("%.80q is no version such as 1.0.0", m.Version))
	}
	if m.ABI != ABI {
		wrong("abi", fmt.Sprintf("%.20q is not %q", m.ABI, ABI))
	}
	if !slices.Contains([]State{StateNone, StateServer, StateCall}, m.State) {
		wrong("state", fmt.Sprintf("%.20q is none of none, server and call", m.State))
	}
	for field, text := range map[string]core.Text{"name": m.Name, "description": m.Description} {
		if text["en"] == "" {
			wrong(field, "has no text in English (en)")
		}
		for language, s := range text {
			if len([]rune(s)) > maxTextRunes {
				wrong(field+"."+language, fmt.Sprintf("is longer than %d characters", maxTextRunes))
			}
		}
	}
	out = append(out, m.hookProblems()...)
	if _, err := compileSchema(m.Config); err != nil {
		wrong("config", err.Error())
	}
	return out
}

func (m Manifest) hookProblems() []error {
	if len(m.Hooks) == 0 {
		return []error{errors.New("manifest: hooks is empty: name at least one, for example message.moderate")}
	}
	var out []error
	for name, h := range m.Hooks {
		if _, ok := hooks[name]; !ok {
			out = append(out, fmt.Errorf("manifest: hooks: this node has no hook %.40q", name))
		}
		for _, p := range h.Prefilter {
			if _, ok := prefilters[p]; !ok {
				out = append(out, fmt.Errorf("manifest: hooks.%s.prefilter: there is no condition %.40q", name, p))
			}
		}
		for _, f := range h.Input {
			if !slices.Contains(hooks[name].fields, f) {
				out = append(out, fmt.Errorf("manifest: hooks.%s.input: there is no field %.40q", name, f))
			}
		}
		if name == core.HookRender && h.Version <= 0 {
			out = append(out, fmt.Errorf("manifest: hooks.%s.version must be 1 or more", name))
		}
	}
	return out
}

func (h HookManifest) order() int {
	if h.Order == nil {
		return defaultOrder
	}
	return *h.Order
}

// wants tells whether the plugin asked for a field of the input.
func (h HookManifest) wants(field string) bool {
	return len(h.Input) == 0 || slices.Contains(h.Input, field)
}
