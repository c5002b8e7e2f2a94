package guest_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beep-chat/beep/pluginhost/guest"
	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
	"github.com/beep-chat/beep/pluginhost/meter"
)

const withSDK = `module example.org/x

go 1.26.0

require github.com/beep-chat/beep/pluginsdk v0.0.0

replace github.com/beep-chat/beep/pluginsdk => ./pluginsdk
`

const manifest = `{ "id": "chat.beep.test.x", "abi": "beep/1" }`

// folder makes a module of a plugin's files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if _, ok := files["go.mod"]; !ok {
		files["go.mod"] = "module example.org/x\n\ngo 1.26.0\n"
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBuild(t *testing.T) {
	wasm := guesttest.ForTest(t, "testdata/minimal")
	sections, err := meter.Sections(wasm)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(sections["beep.abi"]); got != guest.ABI {
		t.Errorf("the section beep.abi says %q", got)
	}
	text, err := os.ReadFile("testdata/minimal/plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	got := string(sections["beep.manifest"])
	if want := strings.NewReplacer("\n", "", `": `, `":`, `", "`, `","`, `}, "`, `},"`).Replace(string(text)); got != want {
		t.Errorf("the section beep.manifest says\n%s\nwant\n%s", got, want)
	}
	const most = 2_600_000 // as the SDK's documentation says, 2.4 MB, and some air for newer toolchains
	if len(wasm) > most {
		t.Errorf("the smallest plugin has %d bytes, more than %d: what does the SDK import now?", len(wasm), most)
	}
	if bytes.Contains(wasm, []byte("encoding/json.")) {
		t.Error("the SDK links encoding/json into every plugin")
	}
	t.Logf("the smallest plugin has %d bytes", len(wasm))
}

// TestTheSameSourceGivesTheSameBytes builds the same module, with the SDK inside, in two folders.
func TestTheSameSourceGivesTheSameBytes(t *testing.T) {
	main, err := os.ReadFile("testdata/minimal/main.go")
	if err != nil {
		t.Fatal(err)
	}
	var built [2][]byte
	for i := range built {
		dir := folder(t, map[string]string{"main.go": string(main), "plugin.json": manifest, "go.mod": withSDK})
		if err := os.CopyFS(filepath.Join(dir, "pluginsdk"), os.DirFS("../../pluginsdk")); err != nil {
			t.Fatal(err)
		}
		if i == 1 { // nor does the caller's environment matter
			t.Setenv("GOFLAGS", "-tags=x")
		}
		if built[i], err = guest.Build(t.Context(), guest.Options{Dir: dir}); err != nil {
			t.Fatal(err)
		}
	}
	if bytes.Equal(built[0], built[1]) {
		return
	}
	at := 0
	for at < min(len(built[0]), len(built[1])) && built[0][at] == built[1][at] {
		at++
	}
	t.Errorf("%d and %d bytes, first difference at %d: %q and %q", len(built[0]), len(built[1]), at, near(built[0], at), near(built[1], at))
}

func near(b []byte, at int) []byte { return b[max(at-40, 0):min(at+40, len(b))] }

func TestWhatCannotBeBuilt(t *testing.T) {
	const empty = "package main\nfunc main() {}\n"
	cases := map[string]struct {
		files map[string]string
		want  string
	}{
		"no manifest":      {map[string]string{"main.go": empty}, "a plugin needs its manifest"},
		"no JSON":          {map[string]string{"main.go": empty, "plugin.json": `{"id"`}, "is not JSON"},
		"no id":            {map[string]string{"main.go": empty, "plugin.json": `{"abi": "beep/1"}`}, `has no "id"`},
		"another ABI":      {map[string]string{"main.go": empty, "plugin.json": `{"id": "a.b", "abi": "beep/2"}`}, `for the ABI "beep/2"`},
		"a large manifest": {map[string]string{"main.go": empty, "plugin.json": manifest + strings.Repeat(" ", guest.MaxManifestBytes)}, "at most"},
		"no Go":            {map[string]string{"plugin.json": manifest}, "no Go files"},
		"does not compile": {map[string]string{"main.go": empty + "var x int = nonsense\n", "plugin.json": manifest}, "undefined: nonsense"},
	}
	for name, c := range cases {
		dir := folder(t, c.files)
		_, err := guest.Build(t.Context(), guest.Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTooLargeAModule embeds more than a node takes.
func TestTooLargeAModule(t *testing.T) {
	large := make([]byte, guest.MaxModuleBytes)
	rand.NewChaCha8([32]byte{}).Read(large) // zeros would not be stored
	dir := folder(t, map[string]string{
		"main.go": "package main\n\nimport _ \"embed\"\n\n//go:embed large\nvar Large string\n\nfunc init() { println(Large) }\n\nfunc main() {}\n",
		"large":   string(large), "plugin.json": manifest,
	})
	if _, err := guest.Build(t.Context(), guest.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "a node takes") {
		t.Errorf("%v", err)
	}
}

func TestBuildEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := guest.Build(ctx, guest.Options{Dir: "testdata/minimal"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestSources(t *testing.T) {
	files, err := guest.Sources(t.Context(), guest.Options{Dir: "testdata/minimal"})
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(files, "\n")
	for _, want := range []string{"testdata/minimal/main.go", "testdata/minimal/plugin.json", "pluginsdk/guest_wasip1.go", "pluginsdk/internal/wire/reader.go"} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is not among the sources:\n%s", want, all)
		}
	}
}
