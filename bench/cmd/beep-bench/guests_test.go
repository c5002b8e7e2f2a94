package main

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/pluginhost/meter"
	"github.com/beep-chat/beep/plugins/builtin"
)

// TestGuests measures for next to no time: every figure there is comes out, with its goal.
func TestGuests(t *testing.T) {
	if os.Getenv("BEEP_TIMING") == "" {
		t.Skip("BEEP_TIMING=1 measures; it compiles the guests several times, which takes half a minute or more")
	}
	if packages, err := builtin.All(); err != nil || len(packages) == 0 {
		t.Skipf("the guests are not built: make guests (%v)", err)
	}
	texts, err := realTexts()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{options: options{duration: 50 * time.Millisecond}, root: t.TempDir(), texts: texts[:2000]}
	if err := measureGuests(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range b.report.Figures {
		if f.Part != "guests" || f.Value < 0 || names[f.Name] {
			t.Errorf("%+v", f)
		}
		names[f.Name] = true
	}
	goals := 0
	for _, f := range b.report.Figures {
		if strings.HasPrefix(f.Note, "goal ") {
			goals++
		}
	}
	if want := 2 + 2 + 1 + 2 + 2*len(runaways); goals != want {
		t.Errorf("%d figures have goals, want %d: %+v", goals, want, b.report.Figures)
	}
	for _, name := range []string{"bare call, 2 KB in and out, Extism", "markdown, real texts: engine's own switch", "moderation, empty configuration: metered", "collection with no guest"} {
		if !names[name] {
			t.Errorf("there is no figure %q", name)
		}
	}
}

// TestEcho calls the bench's own guest, and takes notice when it is no echo.
func TestEcho(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a guest, the first time with the standard library")
	}
	wasm, err := buildEcho(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{root: t.TempDir()}
	h, err := b.host(t.Context(), "", nil, wasm)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for _, n := range []int{1, 2 << 10, 64 << 10} {
		if _, err := race(t.Context(), 0, beepEcho(h, bytes.Repeat([]byte("x"), n))); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := race(t.Context(), 0, beepEcho(h, make([]byte, 64<<10+1))); err == nil {
		t.Error("more than the guest takes was echoed")
	}
}

// TestRunaways stops each of them, and says so twice.
func TestRunaways(t *testing.T) {
	b := &bench{options: options{duration: time.Millisecond}, root: t.TempDir()}
	if err := b.measureRunaways(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := 1 + 2*len(runaways); len(b.report.Figures) != want {
		t.Errorf("%d figures, want %d: %+v", len(b.report.Figures), want, b.report.Figures)
	}
	for _, f := range b.report.Figures {
		if f.Value <= 0 {
			t.Errorf("%+v", f)
		}
	}
}

// TestPerServer changes what a module promises and nothing else.
func TestPerServer(t *testing.T) {
	manifest := `{"id":"a.b","state":"none","description":{"en":"some text to make room"}}`
	code := []byte("\x00asm\x01\x00\x00\x00")
	wasm := meter.AppendSection(meter.AppendSection(code, "beep.abi", []byte("1.0")), manifestSection, []byte(manifest))
	m, err := inspect("x", wasm)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := m.perServer()
	if err != nil || len(changed) != len(wasm) || !bytes.HasPrefix(changed, wasm[:len(wasm)-len(manifest)]) {
		t.Fatalf("%q, %v", changed, err)
	}
	if m, err = inspect("x", changed); err != nil || m.manifest.State != pluginhost.StateServer || m.manifest.ID != "a.b" {
		t.Errorf("%+v, %v", m.manifest, err)
	}
}

// TestModerateInput holds that a guest is given what its manifest asks for, and always server and configuration.
func TestModerateInput(t *testing.T) {
	var m module
	m.manifest.Hooks = map[core.Hook]pluginhost.HookManifest{core.HookModerate: {Input: []string{"channel", "content"}}}
	if in, err := m.moderateInput("hi"); err != nil || string(in) != `{"channel":"2","config":"17","content":"hi","server":"1"}` {
		t.Errorf("%s, %v", in, err)
	}
	m.manifest.Hooks[core.HookModerate] = pluginhost.HookManifest{}
	if in, err := m.moderateInput("hi"); err != nil || !strings.Contains(string(in), `"config":"17"`) {
		t.Errorf("%s, %v", in, err)
	}
}

// TestRace has contenders take turns, leaves the first round out and ends with an error.
func TestRace(t *testing.T) {
	var order []string
	turn := func(name string, sleep time.Duration) contender {
		return contender{name, 10, func() error {
			order = append(order, name)
			time.Sleep(sleep)
			return nil
		}}
	}
	all, err := race(t.Context(), 0, turn("a", 10*time.Millisecond), turn("b", 0))
	if err != nil || strings.Join(order, "") != strings.Repeat("ab", minRounds+1) || len(all[0].calls) != minRounds {
		t.Fatalf("%q, %+v, %v", order, all, err)
	}
	if m := all[0].median(); m < 1000 { // 10 ms for 10 calls
		t.Errorf("a call takes %v µs", m)
	}
	if all[0].over(all[1]) <= 1 {
		t.Errorf("%v to %v", all[0], all[1])
	}
	broken := errors.New("broken")
	if _, err := race(t.Context(), 0, turn("a", 0), contender{"c", 1, func() error { return broken }}); !errors.Is(err, broken) || !strings.Contains(err.Error(), "c:") {
		t.Errorf("%v", err)
	}
}

// TestModerationConfig is as large as it says, the same each time, and meets nobody's texts.
func TestModerationConfig(t *testing.T) {
	one, err := moderationConfig()
	if err != nil {
		t.Fatal(err)
	}
	two, err := moderationConfig()
	if err != nil || !bytes.Equal(one, two) || len(one) > core.MaxPluginConfigBytes {
		t.Fatalf("%d bytes and %d bytes, %v", len(one), len(two), err)
	}
	judge, err := compileRules(one)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := realTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if v := judge.Judge("2", text); v.Action != "" {
			t.Fatalf("%q: %+v", text, v)
		}
	}
	if v := judge.Judge("2", "ABC"+strings.Repeat("1", 15)+"ABC123"); v.Action == "" {
		t.Error("nothing is met at all")
	}
}

// TestSample takes texts from everywhere.
func TestSample(t *testing.T) {
	texts := []string{"a", "b!", "c", "d!", "e", "f!", "g!"}
	if got := sample(texts, 2, readsMarkdown); !slices.Equal(got, []string{"b!", "f!"}) {
		t.Errorf("%q", got)
	}
	if got := sample(texts, 20, readsMarkdown); len(got) != 4 {
		t.Errorf("%q", got)
	}
}

// TestGoals says of each figure with a goal whether it was met.
func TestGoals(t *testing.T) {
	var r report
	r.atMost("p", "time", 1.6, 1.5, "µs", "pooled")
	r.atMost("p", "time", 1.5, 1.5, "µs", "")
	r.atLeast("p", "rate", 6000, 6000, "/s", "")
	r.atLeast("p", "rate", 5999, 6000, "/s", "")
	want := []string{"goal <= 1.50 µs: NOT MET; pooled", "goal <= 1.50 µs: met", "goal >= 6000 /s: met", "goal >= 6000 /s: NOT MET"}
	for i, f := range r.Figures {
		if f.Note != want[i] {
			t.Errorf("%q, want %q", f.Note, want[i])
		}
	}
}

// TestOutputsAreLookedAt: a guest that answers something else is not measured.
func TestOutputsAreLookedAt(t *testing.T) {
	if err := sameHTML("*hi*", []byte(`{"html":"<p><em>hi</em></p>"}`)); err != nil {
		t.Error(err)
	}
	if sameHTML("*hi*", []byte(`{"html":"hi"}`)) == nil || sameHTML("*hi*", nil) == nil {
		t.Error("other HTML passes for the same")
	}
	if passes("hi", nil) != nil || passes("hi", []byte(`{"action":"allow"}`)) != nil {
		t.Error("what passes does not")
	}
	if passes("hi", []byte(`{"action":"reject"}`)) == nil || passes("hi", []byte("x")) == nil {
		t.Error("what is refused passes")
	}
}
