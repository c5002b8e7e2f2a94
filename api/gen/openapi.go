package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// oapiCodegen is the generator of the REST interface and client; run as module@version, it stays out of go.mod.
const oapiCodegen = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"

// job is one run of oapi-codegen.
type job struct{ config, out string }

var jobs = []job{
	{"api/server.config.yaml", "api/server.gen.go"},
	{"api/client/config.yaml", "api/client/rest.gen.go"},
}

// stampPrefix begins the first line of what oapi-codegen made: a hash of everything it was made from and of itself, so
// that freshness can be checked without the generator and without a network.
const stampPrefix = "// contract "

// openAPI brings the outputs of oapi-codegen up to date and gives the paths that were stale.
func openAPI(root string, check bool) ([]string, error) {
	spec, err := os.ReadFile(filepath.Join(root, "api/openapi.yaml"))
	if err != nil {
		return nil, err
	}
	reduced, err := reduce(spec)
	if err != nil {
		return nil, err
	}
	var stale []string
	for _, j := range jobs {
		config, err := os.ReadFile(filepath.Join(root, j.config))
		if err != nil {
			return nil, err
		}
		if fresh(filepath.Join(root, j.out), reduced, config) {
			continue
		}
		stale = append(stale, j.out)
		if check {
			continue
		}
		if err := generate(root, j, reduced, config); err != nil {
			return nil, err
		}
	}
	return stale, nil
}

// fresh tells whether a file carries the stamp of these inputs and of its own body.
func fresh(path string, reduced, config []byte) bool {
	b, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	line, body, ok := bytes.Cut(b, []byte("\n"))
	return ok && string(line) == stamp(reduced, config, body)
}

func stamp(reduced, config, body []byte) string {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(oapiCodegen), reduced, config, body} {
		fmt.Fprintf(h, "%d:", len(part))
		h.Write(part)
	}
	return stampPrefix + hex.EncodeToString(h.Sum(nil)[:16])
}

// generate runs oapi-codegen on the reduced contract and stamps what it wrote.
func generate(root string, j job, reduced, config []byte) error {
	dir, err := os.MkdirTemp("", "beep-contract-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "openapi.yaml"), filepath.Join(dir, "out.go")
	if err := os.WriteFile(in, reduced, 0o600); err != nil {
		return err
	}
	cmd := exec.Command("go", "run", oapiCodegen, "-config", filepath.Join(root, j.config), "-o", out, in)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("oapi-codegen %s: %w", j.config, err)
	}
	body, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	body = unclaimed(body)
	stamped := append([]byte(stamp(reduced, config, body)+"\n"), body...)
	return os.WriteFile(filepath.Join(root, j.out), stamped, 0o644)
}

// unclaimed takes the generator's package comment away, so that doc.go alone speaks for the package.
func unclaimed(body []byte) []byte {
	at := bytes.Index(body, []byte("// Code generated"))
	if at < 0 {
		return body
	}
	return bytes.Replace(body[at:], []byte("\npackage "), []byte("\n\npackage "), 1)
}

// reduce leaves out of the contract what handlers and callers do not write per operation: problem responses, examples, and
// all headers but ETag. The stream goes too.
func reduce(spec []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(spec, &doc); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	walk(doc.Content[0], func(m *yaml.Node) {
		dropMembers(m, func(key string, value *yaml.Node) bool {
			switch key {
			case "example", "x-error-codes":
				return true
			case "headers":
				dropMembers(value, func(name string, _ *yaml.Node) bool { return name != "ETag" })
				return len(value.Content) == 0
			}
			ref := member(value, "$ref")
			return ref != nil && strings.HasPrefix(ref.Value, "#/components/responses/Problem")
		})
	})
	components := member(doc.Content[0], "components")
	dropMembers(components, func(key string, _ *yaml.Node) bool { return key == "responses" })
	return yaml.Marshal(&doc)
}

// walk calls fn with every mapping, parents first.
func walk(n *yaml.Node, fn func(*yaml.Node)) {
	if n.Kind == yaml.MappingNode {
		fn(n)
	}
	for _, c := range n.Content {
		walk(c, fn)
	}
}

// member finds a value of a mapping, or nil.
func member(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func dropMembers(n *yaml.Node, drop func(string, *yaml.Node) bool) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !drop(n.Content[i].Value, n.Content[i+1]) {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = kept
}
