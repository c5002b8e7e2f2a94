package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/beep-chat/beep/pluginhost/guest"
	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
)

// guideFile finds a line with `NAME` that ends in a colon, and the block that follows it.
var guideFile = regexp.MustCompile("(?m)^.*`(go\\.mod|main\\.go|plugin\\.json|main_test\\.go)`.*:\n```[a-z]*\n((?s).*?)\n```")

// TestTheGuideWorks does what docs/plugins/writing-a-plugin.md tells a newcomer to do: it writes the files, tests, builds and runs.
func TestTheGuideWorks(t *testing.T) {
	text, err := os.ReadFile("../writing-a-plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	sdk, err := filepath.Abs("../../../pluginsdk")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := guideFile.FindAllStringSubmatch(string(text), -1)
	if len(files) != 4 {
		t.Fatalf("the guide has %d files, 4 were expected", len(files))
	}
	for _, f := range files {
		content := strings.Replace(f[2], "../beep/pluginsdk", sdk, 1)
		if err := os.WriteFile(filepath.Join(dir, f[1]), []byte(content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", ".")
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("its test: %v\n%s", err, said)
	}
	wasm, err := guest.Build(t.Context(), guest.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	i := guesttest.Start(t, wasm)
	for content, want := range map[string]string{"WHY DOES NOBODY ANSWER": "reject", "Why does nobody answer?": "", "1234567890123": "reject"} {
		out, code, err := i.Call(guesttest.Moderate, fmt.Appendf(nil, `{"server":"1","config":"0","content":%q}`, content))
		if err != nil || code != 0 || strings.Contains(string(out), "reject") != (want == "reject") {
			t.Errorf("%s: code %d, %v, output %s", content, code, err, out)
		}
	}
}

// TestGuideLinks: what the pages of this folder point to is there.
func TestGuideLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, page := range []string{"README.md", "writing-a-plugin.md"} {
		text, err := os.ReadFile(filepath.Join("..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join("..", l[1])); err != nil {
				t.Errorf("%s points to %s, which is not there", page, l[1])
			}
		}
	}
}
