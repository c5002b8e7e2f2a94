package guest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/beep-chat/beep/pluginhost/meter"
)

// ABI is what the builder writes into the section beep.abi, and ManifestABI how plugin.json calls it.
const (
	ABI         = "1.0"
	ManifestABI = "beep/1"
)

// Limits of what is built. A node refuses a larger module.
const (
	MaxModuleBytes   = 16 << 20
	MaxManifestBytes = 128 << 10
)

// Options say what to build.
type Options struct {
	// Dir is the folder of the plugin: a package main, and plugin.json.
	Dir string
	// Tags are build tags, if any.
	Tags []string
	// Overlay is a file of the go command's -overlay, which replaces sources; empty: none.
	Overlay string
}

// flags make the same bytes of the same source, wherever it lies: no paths, no build id, no version control, and no symbols
// that only a debugger reads.
var flags = []string{"build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="}

// Build compiles a plugin and puts its manifest into it. An error of the compiler carries what the compiler said.
func Build(ctx context.Context, o Options) ([]byte, error) {
	manifest, err := readManifest(filepath.Join(o.Dir, "plugin.json"))
	if err != nil {
		return nil, err
	}
	wasm, err := compile(ctx, o)
	if err != nil {
		return nil, err
	}
	wasm = meter.AppendSection(wasm, "beep.abi", []byte(ABI))
	wasm = meter.AppendSection(wasm, "beep.manifest", manifest)
	if len(wasm) > MaxModuleBytes {
		return nil, fmt.Errorf("%s: the module has %d bytes, a node takes %d: import fewer packages", o.Dir, len(wasm), MaxModuleBytes)
	}
	return wasm, nil
}

// compile runs the Go toolchain and gives the module it makes.
func compile(ctx context.Context, o Options) ([]byte, error) {
	dir, err := os.MkdirTemp("", "beep-guest-")
	if err != nil {
		return nil, fmt.Errorf("make a folder to build in: %w", err)
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "plugin.wasm")
	args := append(slices.Clone(flags), "-o", out)
	if o.Overlay != "" {
		args = append(args, "-overlay="+o.Overlay)
	}
	if len(o.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(o.Tags, ","))
	}
	cmd := exec.CommandContext(ctx, "go", append(args, ".")...)
	cmd.Dir = o.Dir
	cmd.Env = environment(os.Environ())
	said, err := cmd.CombinedOutput()
	if err != nil {
		return nil, buildError(ctx, o.Dir, err, said)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("build %s: is it a package main? %w", o.Dir, err)
	}
	return wasm, nil
}

func buildError(ctx context.Context, dir string, err error, said []byte) error {
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("build %s: there is no go command; install Go 1.26 or newer", dir)
	case ctx.Err() != nil:
		return fmt.Errorf("build %s: %w", dir, ctx.Err())
	}
	return fmt.Errorf("build %s: %w\n%s", dir, err, bytes.TrimSpace(said))
}

// Sources gives the files that a plugin is built of, outside of the standard library: for those who keep what they built.
func Sources(ctx context.Context, o Options) ([]string, error) {
	const format = `{{if not .Standard}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{end}}`
	args := []string{"list", "-deps", "-f", format}
	if len(o.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(o.Tags, ","))
	}
	cmd := exec.CommandContext(ctx, "go", append(args, ".")...)
	cmd.Dir = o.Dir
	cmd.Env = environment(os.Environ())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	list, err := cmd.Output()
	if err != nil {
		return nil, buildError(ctx, o.Dir, err, stderr.Bytes())
	}
	return append(strings.Split(strings.TrimSpace(string(list)), "\n"), filepath.Join(o.Dir, "plugin.json")), nil
}

// environment is the caller's without what would make other bytes of the same source.
func environment(env []string) []string {
	ours := []string{"GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=", "GOWASM=", "GOEXPERIMENT=", "GOFIPS140=off"}
	env = slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.ContainsFunc(ours, func(o string) bool { return strings.HasPrefix(o, name+"=") })
	})
	return append(env, ours...)
}

// readManifest gives plugin.json without its blanks. Whether a node takes it is the node's to say; here it must be JSON, have an
// id and be for this ABI.
func readManifest(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("a plugin needs its manifest beside its code: %w", err)
	}
	if len(text) > MaxManifestBytes {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are allowed", file, len(text), MaxManifestBytes)
	}
	var known struct{ ID, ABI string }
	if err := json.Unmarshal(text, &known); err != nil {
		return nil, fmt.Errorf("%s is not JSON: %w", file, err)
	}
	if known.ID == "" {
		return nil, fmt.Errorf(`%s has no "id"; give it one in reverse DNS, like "org.example.shout"`, file)
	}
	if known.ABI != ManifestABI {
		return nil, fmt.Errorf(`%s is for the ABI %q; write "abi": %q`, file, known.ABI, ManifestABI)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return compact.Bytes(), nil
}
