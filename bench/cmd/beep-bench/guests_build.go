package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/pluginhost/guest"
	"github.com/beep-chat/beep/pluginhost/meter"
	"github.com/beep-chat/beep/plugins/builtin"
)

// The guests that come with Beep.
const (
	markdownGuest   core.PluginID = "chat.beep.markdown"
	moderationGuest core.PluginID = "chat.beep.moderation"
	echoGuest       core.PluginID = "chat.beep.bench.echo"
)

// module is a guest with what it says of itself.
type module struct {
	name     string
	wasm     []byte
	manifest pluginhost.Manifest
}

// manifestSection is where a module keeps its manifest.
const manifestSection = "beep.manifest"

// builtins are the guests of this binary, by their ids.
func builtins() (map[core.PluginID]module, error) {
	packages, err := builtin.All()
	if err != nil {
		return nil, err
	}
	out := map[core.PluginID]module{}
	for _, p := range packages {
		m, err := inspect(p.Name, p.Wasm)
		if err != nil {
			return nil, err
		}
		out[m.manifest.ID] = m
	}
	for _, id := range []core.PluginID{markdownGuest, moderationGuest} {
		if _, ok := out[id]; !ok {
			return nil, fmt.Errorf("%s is not in this binary: make guests, then build it again", id)
		}
	}
	return out, nil
}

func inspect(name string, wasm []byte) (module, error) {
	m := module{name: name, wasm: wasm}
	sections, err := meter.Sections(wasm)
	if err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	return m, json.Unmarshal(sections[manifestSection], &m.manifest)
}

// perServer is the module with another promise in its manifest: an instance serves one server only. A host then makes an
// instance for each new server it is asked for, which is how their number is chosen from outside. The manifest keeps its length,
// so that nothing else of the module moves.
func (m module) perServer() ([]byte, error) {
	sections, err := meter.Sections(m.wasm)
	if err != nil {
		return nil, err
	}
	old := sections[manifestSection]
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(old, &fields); err != nil {
		return nil, err
	}
	fields["state"], fields["description"] = json.RawMessage(`"server"`), json.RawMessage(`{"en":"-"}`)
	changed, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	at := bytes.LastIndex(m.wasm, old)
	if at < 0 || len(changed) > len(old) {
		return nil, errors.New("the manifest does not fit in its place")
	}
	out := bytes.Clone(m.wasm)
	copy(out[at:], append(changed, bytes.Repeat([]byte(" "), len(old)-len(changed))...))
	return out, nil
}

// moderateInput is what a node hands to a moderation guest: the fields its manifest asks for.
func (m module) moderateInput(content string) ([]byte, error) {
	all := map[string]any{"server": "1", "channel": "2", "author": "3", "message": "4", "edit": false, "content": content, "config": "17"}
	if wanted := m.manifest.Hooks[core.HookModerate].Input; len(wanted) > 0 {
		some := map[string]any{"server": all["server"], "config": all["config"]} // they always come
		for _, field := range wanted {
			some[field] = all[field]
		}
		all = some
	}
	return json.Marshal(all)
}

func renderInput(content string) ([]byte, error) {
	return json.Marshal(map[string]string{"content": content})
}

// guestsDir is the folder of the bench's own guests.
func guestsDir(ctx context.Context) (string, error) {
	root, err := checkout(ctx)
	return filepath.Join(root, "bench", "guests"), err
}

func buildEcho(ctx context.Context) ([]byte, error) {
	dir, err := guestsDir(ctx)
	if err != nil {
		return nil, err
	}
	return guest.Build(ctx, guest.Options{Dir: filepath.Join(dir, "echo")})
}

// buildExtism builds the anchor with the toolchain and flags of our own guests.
func (b *bench) buildExtism(ctx context.Context) ([]byte, error) {
	dir, err := guestsDir(ctx)
	if err != nil {
		return nil, err
	}
	out := b.data("extism.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	cmd.Dir = filepath.Join(dir, "extism")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the Extism guest: %w\n%s", err, said)
	}
	return os.ReadFile(out)
}

// markBytes are those of which a content needs one for the markdown guest to be asked at all: docs/plugins/abi.md, "mark".
const markBytes = "*_~`[]()<>|#\\-+.:&!=0123456789\n"

// sample takes texts from all over the corpus; every run takes the same.
func sample(texts []string, count int, take func(string) bool) []string {
	var fit []string
	for _, t := range texts {
		if take(t) {
			fit = append(fit, t)
		}
	}
	count = min(count, len(fit))
	out := make([]string, count)
	for i := range out {
		out[i] = fit[i*len(fit)/count]
	}
	return out
}

// page is a message of two kilobytes with everything people use: bold, links, lists, mentions, code, a quotation.
func page() string {
	const notes = "**Release 1.4** is out, see https://example.org/notes/1.4 :\n- faster *search* and `beep doctor`\n" +
		"- thanks <@1234567890123456789> for the fix of the nasty thing from yesterday evening, it was a hard one!\n\n"
	const end = "```go\nfunc main() {\n\tfmt.Println(\"hello\", a < b && c > d)\n}\n```\n> quoted *text* of someone\n> who wrote [two](https://example.org) lines"
	return strings.Repeat(notes, 9) + end
}
