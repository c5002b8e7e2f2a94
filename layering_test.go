// Package beep_test holds what is true of the whole repository: who may import whom.
package beep_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/beep-chat/beep"

// layers is what the non-test files below one top-level folder may import of Beep's own packages. A prefix with "/..."
// allows everything below it too. Test files may also import the contract, core and its areas, internal, the store with
// its embedded engine (testLayer), and any conformance suite (a package whose name ends in "test"): a fake of our own store
// would only test itself.
var layers = map[string][]string{
	"core":       {"internal/..."}, // core/<area> also imports core; see allowed
	"api":        {"core"},         // its generated types use core's
	"authz":      {"core/...", "internal/..."},
	"identity":   {"core/...", "internal/..."},
	"storage":    {"core/...", "internal/..."},
	"render":     {"core/...", "internal/..."},
	"ratelimit":  {"core/...", "internal/..."},
	"realtime":   {"core/...", "internal/..."},
	"voice":      {"core/...", "internal/..."},
	"pluginhost": {"core/...", "internal/..."},
	"httpapi":    {"api/...", "core/...", "internal/..."},
	"compat":     {"api/...", "core/...", "internal/..."},
	"internal":   {"internal/..."},
	"cmd":        {"..."},                              // the wiring knows everything
	"web":        {},                                   // the client and its embedding
	"pluginsdk":  {},                                   // and nothing but the standard library; see checkImport
	"plugins":    {"pluginsdk/...", "render/markdown"}, // guests: what they share with the node is Markdown's syntax
	"deploy":     {"internal/..."},                     // its tests check the manifests
	"docs":       {"pluginsdk/..."},                    // the example that authors read
	"testdata":   {},
	"bench":      {"..."}, // a module of its own: it measures from outside and may look inside
}

// testLayer is what any test file may import besides its folder's layer.
var testLayer = []string{"api/...", "core/...", "internal/...", "storage/..."}

// guestLayer is what tests of guests may import besides: what builds and runs them.
var guestLayer = []string{"pluginhost/...", "render/markdown/..."}

// kits are packages that only tests import, and what they may import besides their folder's layer: they start whole nodes.
var kits = map[string][]string{
	"httpapi/apitest": {"cmd/beep/node", "identity/local", "storage/..."},
}

// forbiddenNames say nothing about what is inside.
var forbiddenNames = []string{"util", "utils", "common", "helper", "helpers", "base", "misc", "pkg", "models", "types", "manager"}

// skipped are folders without Go of ours.
var skipped = []string{"node_modules", "bin", "vendor"}

func TestLayering(t *testing.T) {
	for _, v := range violations(os.DirFS(".")) {
		t.Error(v)
	}
}

// violations reads the imports of every Go file and tells what breaks a rule.
func violations(repo fs.FS) []string {
	var out []string
	err := fs.WalkDir(repo, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && file != "." && (strings.HasPrefix(name, ".") || slices.Contains(skipped, name)) {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		found, err := checkFile(repo, file)
		out = append(out, found...)
		return err
	})
	if err != nil {
		out = append(out, err.Error())
	}
	return out
}

func checkFile(repo fs.FS, file string) ([]string, error) {
	text, err := fs.ReadFile(repo, file)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	if strings.Contains(file, "/testdata/") {
		return nil, nil
	}
	var out []string
	dir := path.Dir(file)
	top, _, _ := strings.Cut(dir, "/")
	if _, known := layers[top]; !known && dir != "." {
		return []string{file + ": unknown top-level folder " + top + "; give it a line in layering_test.go"}, nil
	}
	name := strings.TrimSuffix(parsed.Name.Name, "_test")
	for _, n := range []string{name, path.Base(dir)} {
		if slices.Contains(forbiddenNames, n) {
			out = append(out, file+": a package named "+n+" says nothing about what is inside")
			break
		}
	}
	for _, imp := range parsed.Imports {
		if v := checkImport(file, dir, top, imp); v != "" {
			out = append(out, v)
		}
	}
	return out, nil
}

func checkImport(file, dir, top string, imp *ast.ImportSpec) string {
	target, err := strconv.Unquote(imp.Path.Value)
	if err != nil {
		return file + ": " + err.Error()
	}
	isTest := strings.HasSuffix(file, "_test.go")
	own, ours := strings.CutPrefix(target+"/", module+"/")
	own = strings.TrimSuffix(own, "/")
	switch {
	case !ours && top == "pluginsdk" && strings.Contains(strings.SplitN(target, "/", 2)[0], "."):
		return file + ": pluginsdk imports the standard library only, not " + target
	case !ours || dir == ".":
		return ""
	case allowed(dir, top, own):
		return ""
	case isTest && (top == "plugins" || top == "docs") && matches(guestLayer, own):
		return ""
	case isTest && top != "pluginsdk" && top != "plugins" && (matches(testLayer, own) || strings.HasSuffix(own, "test")):
		return ""
	}
	return fmt.Sprintf("%s: %s may not import %s", file, dir, target)
}

// allowed tells whether non-test code in dir may import own, a path below the module.
func allowed(dir, top, own string) bool {
	ownTop, _, _ := strings.Cut(own, "/")
	switch {
	case matches(layers[top], own), matches(kits[dir], own):
		return true
	case top == "core" && strings.HasPrefix(dir, "core/"): // an area: core, and what is inside the area itself
		return own == "core" || sameArea(dir, own)
	case top == "core", top == "internal", top == "cmd":
		return false
	}
	return ownTop == top // the parts of one folder
}

// sameArea tells whether two packages stand below the same core/<area>.
func sameArea(a, b string) bool {
	partsA, partsB := strings.Split(a, "/"), strings.Split(b, "/")
	return len(partsA) > 1 && len(partsB) > 1 && partsB[0] == "core" && partsA[1] == partsB[1]
}

func matches(patterns []string, own string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if p == "..." {
			return true
		}
		prefix, below := strings.CutSuffix(p, "/...")
		return own == prefix || below && strings.HasPrefix(own, prefix+"/")
	})
}

// TestLayeringRulesBite plants one violation of each rule and the nearest thing that is allowed.
func TestLayeringRulesBite(t *testing.T) {
	cases := []struct {
		name, file, pkg, imports string
		want                     bool // whether it is a violation
	}{
		{"core imports internal", "core/a.go", "core", module + "/internal/clock", false},
		{"core imports an adapter", "core/a.go", "core", module + "/storage", true},
		{"core imports an area", "core/a.go", "core", module + "/core/messages", true},
		{"area imports core", "core/messages/a.go", "messages", module + "/core", false},
		{"area imports its own part", "core/messages/a.go", "messages", module + "/core/messages/hooks", false},
		{"area imports an area", "core/messages/a.go", "messages", module + "/core/channels", true},
		{"area imports the contract", "core/messages/a.go", "messages", module + "/api", true},
		{"contract imports core", "api/a.go", "api", module + "/core", false},
		{"contract imports an area", "api/a.go", "api", module + "/core/messages", true},
		{"adapter imports an area", "storage/a.go", "storage", module + "/core/messages", false},
		{"adapter imports its part", "storage/a.go", "storage", module + "/storage/wide", false},
		{"adapter imports an adapter", "realtime/a.go", "realtime", module + "/storage/embedded", true},
		{"adapter imports the contract", "render/a.go", "render", module + "/api", true},
		{"adapter's test opens the embedded store", "realtime/a_test.go", "realtime", module + "/storage/embedded", false},
		{"adapter's test runs a suite", "httpapi/a_test.go", "httpapi", module + "/realtime/logtest", false},
		{"adapter's test imports another adapter", "realtime/a_test.go", "realtime", module + "/authz", true},
		{"httpapi imports the contract", "httpapi/a.go", "httpapi", module + "/api", false},
		{"httpapi imports an adapter", "httpapi/a.go", "httpapi", module + "/realtime", true},
		{"a test kit starts a node", "httpapi/apitest/a.go", "apitest", module + "/cmd/beep/node", false},
		{"a test kit imports the command", "httpapi/apitest/a.go", "apitest", module + "/cmd/beep", true},
		{"compat imports httpapi", "compat/discord/a.go", "discord", module + "/httpapi", true},
		{"internal imports internal", "internal/jsonlog/a.go", "jsonlog", module + "/internal/pii", false},
		{"internal imports core", "internal/jsonlog/a.go", "jsonlog", module + "/core", true},
		{"command imports everything", "cmd/beep/a.go", "main", module + "/storage", false},
		{"web imports core", "web/embed.go", "web", module + "/core", true},
		{"sdk imports a library", "pluginsdk/a.go", "pluginsdk", "golang.org/x/text", true},
		{"sdk imports the standard library", "pluginsdk/a.go", "pluginsdk", "encoding/json", false},
		{"sdk imports core", "pluginsdk/a.go", "pluginsdk", module + "/core", true},
		{"plugin imports the sdk", "plugins/markdown/a.go", "main", module + "/pluginsdk", false},
		{"plugin imports the syntax of Markdown", "plugins/markdown/a.go", "main", module + "/render/markdown", false},
		{"plugin imports the renderer", "plugins/markdown/a.go", "main", module + "/render", true},
		{"plugin imports its host", "plugins/markdown/a.go", "main", module + "/pluginhost", true},
		{"plugin's test builds the guest", "plugins/markdown/a_test.go", "main", module + "/pluginhost/guest/guesttest", false},
		{"the example imports the sdk", "docs/plugins/example/a.go", "main", module + "/pluginsdk", false},
		{"the example imports the host", "docs/plugins/example/a.go", "main", module + "/pluginhost", true},
		{"plugin's test imports core", "plugins/markdown/a_test.go", "main", module + "/core", true},
		{"unknown folder", "database/a.go", "database", "fmt", true},
		{"forbidden folder", "core/util/a.go", "strings", "fmt", true},
		{"forbidden package", "core/text/a.go", "helpers", "fmt", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			repo := fstest.MapFS{c.file: {Data: []byte("package " + c.pkg + "\n\nimport _ " + strconv.Quote(c.imports) + "\n")}}
			if got := violations(repo); (len(got) > 0) != c.want {
				t.Errorf("violations %q, want one: %v", got, c.want)
			}
		})
	}
}
