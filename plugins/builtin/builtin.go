// Package builtin holds the plugins that come with Beep, built, inside the binary.
//
// It owns the folder dist, which `go run ./pluginhost/guest/build -out plugins/builtin/dist ./plugins/moderation ./plugins/markdown`
// fills and the repository does not keep. It refuses to run them: the plugin host verifies and compiles them as any other. A
// binary that was built without them has none, and works: Markdown is rendered natively and nothing is moderated.
//
// All decompresses at each call, a few megabytes and some ten milliseconds a plugin, and keeps nothing; it is safe for concurrent
// use. A module of more than MaxWasmBytes is an error.
//
//	packages, err := builtin.All()
//	for _, p := range packages {
//		host.Install(ctx, p.Name, p.Wasm)
//	}
package builtin

import (
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// MaxWasmBytes bounds a decompressed module; a node takes no larger one.
const MaxWasmBytes = 16 << 20

// suffix of the built plugins in dist.
const suffix = ".wasm.gz"

//go:embed all:dist
var dist embed.FS

// Package is one plugin: the name of its folder, and its module with the manifest inside.
type Package struct {
	Name string
	Wasm []byte
}

// All gives the plugins this binary was built with, by name; none if they were not built.
func All() ([]Package, error) {
	return all(dist)
}

func all(files fs.FS) ([]Package, error) {
	names, err := fs.Glob(files, "dist/*"+suffix)
	if err != nil {
		return nil, err
	}
	var packages []Package
	for _, name := range names {
		wasm, err := decompress(files, name)
		if err != nil {
			return nil, fmt.Errorf("built-in plugin %s: %w; build it again", name, err)
		}
		packages = append(packages, Package{Name: strings.TrimSuffix(path.Base(name), suffix), Wasm: wasm})
	}
	return packages, nil
}

func decompress(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	wasm, err := io.ReadAll(io.LimitReader(z, MaxWasmBytes+1))
	if err != nil {
		return nil, err
	}
	if len(wasm) > MaxWasmBytes {
		return nil, fmt.Errorf("it has more than %d bytes", MaxWasmBytes)
	}
	return wasm, nil
}
