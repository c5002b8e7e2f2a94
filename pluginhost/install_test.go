package pluginhost

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost/meter"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
)

// module has nothing but sections as given; nil leaves one out.
func module(abi, manifest []byte) []byte {
	m := slices.Clone(hostile.Code(nil)[:8])
	if abi != nil {
		m = meter.AppendSection(m, abiSection, abi)
	}
	if manifest != nil {
		m = meter.AppendSection(m, manifestIn, manifest)
	}
	return m
}

const goodManifest = `{"id":"org.example.greeter","version":"1.0.0","abi":"beep/1","name":{"en":"Greeter"},"description":{"en":"Greets"},"hooks":{"message.moderate":{}}}`

func TestBadPackages(t *testing.T) {
	with := func(old, next string) []byte {
		return module([]byte("1.0"), []byte(strings.Replace(goodManifest, old, next, 1)))
	}
	cases := []struct {
		name string
		wasm []byte
		want string
	}{
		{"empty", nil, ""},
		{"no wasm", []byte("#!/bin/sh\necho hello"), ""},
		{"truncated", hostile.Loop(hostile.Manifest("com.example.x", "message.moderate"))[:60], ""},
		{"no ABI", module(nil, []byte(goodManifest)), "no section beep.abi"},
		{"another ABI", module([]byte("2.0"), []byte(goodManifest)), `speaks ABI "2.0"`},
		{"no manifest", module([]byte("1.0"), nil), "no section beep.manifest"},
		{"manifest is no JSON", module([]byte("1.0"), []byte("{")), "not valid JSON"},
		{"manifest of another shape", with(`"id":"org.example.greeter"`, `"id":5`), "not valid JSON of the right shape"},
		{"huge manifest", with(`"Greets"`, `"`+strings.Repeat("x", maxManifestBytes)+`"`), "are allowed"},
		{"id", with("org.example.greeter", "Greeter"), "id \"Greeter\" is no reverse DNS name"},
		{"id that is a path", with("org.example.greeter", "../../etc"), "reverse DNS"},
		{"long id", with("org.example.greeter", "org."+strings.Repeat("x", maxIDBytes)), "reverse DNS"},
		{"version", with(`"1.0.0"`, `"one"`), `version "one" is no version`},
		{"abi in the manifest", with(`"beep/1"`, `"beep/9"`), `abi "beep/9"`},
		{"state", with(`"abi"`, `"state":"global","abi"`), `state "global"`},
		{"no English name", with(`{"en":"Greeter"}`, `{"fr":"Salut"}`), "name has no text in English"},
		{"long name", with(`"Greeter"`, `"`+strings.Repeat("x", maxTextRunes+1)+`"`), "name.en is longer"},
		{"no hooks", with(`{"message.moderate":{}}`, `{}`), "hooks is empty"},
		{"unknown hook", with(`message.moderate`, `message.burn`), `no hook "message.burn"`},
		{"unknown field", with(`{"message.moderate":{}}`, `{"message.moderate":{"input":["password"]}}`), `hooks.message.moderate.input: there is no field "password"`},
		{"unknown prefilter", with(`{"message.moderate":{}}`, `{"message.moderate":{"prefilter":["moon"]}}`), `there is no condition "moon"`},
		{"renderer without version", with(`{"message.moderate":{}}`, `{"markdown.render":{}}`), "hooks.markdown.render.version must be"},
		{"schema with words a form cannot show", with(`"hooks"`, `"config":{"type":"object","properties":{"a":{"$ref":"http://x"}}},"hooks"`), "/properties/a/$ref is not one of the words"},
		{"schema of another type", with(`"hooks"`, `"config":{"type":"array"},"hooks"`), `must have the type "object"`},
		{"schema against its own defaults", with(`"hooks"`, `"config":{"type":"object","properties":{"a":{"type":"integer","default":"x"}}},"hooks"`), "does not accept its own defaults"},
		{"schema too deep", with(`"hooks"`, `"config":`+strings.Repeat(`{"type":"object","properties":{"a":`, 10)+`{}`+strings.Repeat(`}}`, 10)+`,"hooks"`), "nested deeper"},
	}
	w := newWorld(t, nil)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.Install(Package{Wasm: c.wasm})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	if got := w.Installed(); len(got) != 0 {
		t.Errorf("installed: %+v", got)
	}
}

// What only the verifier sees fails in the background, and the version before it stays in service.
func TestBadUpdateLeavesTheOldVersion(t *testing.T) {
	good := hostile.Echo(hostile.Manifest(string(hostileID), string(core.HookModerate)), `{"action":"flag"}`)
	bad := module([]byte("1.0"), []byte(strings.Replace(string(hostile.Manifest(string(hostileID), string(core.HookModerate))), "1.0.0", "2.0.0", 1)))
	w := newWorld(t, nil, good)
	w.enable(theServer, core.PluginSettings{Plugin: hostileID})
	if _, err := w.InstallNow(t.Context(), Package{Wasm: bad}); err == nil || !strings.Contains(err.Error(), "install plugin "+string(hostileID)) {
		t.Errorf("the update: %v", err)
	}
	d := w.Installed()[0]
	if d.Version != "1.0.0" || d.State != core.PluginReady || d.Problem == "" {
		t.Errorf("after a bad update: %+v", d)
	}
	w.mustPass(t, "hello")
	if r := w.last(t); r.Failed {
		t.Errorf("the old version did not judge: %+v", r)
	}
}

func TestProgress(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []bool{false, true} {
		var seen []Progress
		w := newWorld(t, func(o *Options) {
			o.CacheDir = dir
			o.OnProgress = func(p Progress) { seen = append(seen, p) }
		})
		id, err := w.InstallNow(t.Context(), Package{Wasm: hostileWasm(hostile.Trap)})
		if err != nil || id != hostileID {
			t.Fatal(id, err)
		}
		if len(seen) != 2 || seen[0].State != core.PluginCompiling || seen[1].State != core.PluginReady || seen[1].Cached != want {
			t.Errorf("progress %+v, want cached %v", seen, want)
		}
		w.Close()
	}
	for _, path := range []string{dir, filepath.Dir(files(t, dir)[0])} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v, %v", path, info.Mode(), err)
		}
	}
}

// files lists all below a folder.
func files(t *testing.T, dir string) (found []string) {
	t.Helper()
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if len(found) < 2 { // the rewritten module and its native code
		t.Fatalf("kept: %v", found)
	}
	return found
}

// A cache that was harmed is not believed.
func TestHarmedCacheIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	install := func() error {
		w := newWorld(t, func(o *Options) { o.CacheDir = dir })
		defer w.Close()
		_, err := w.InstallNow(t.Context(), Package{Wasm: hostileWasm(hostile.NotImplemented)})
		return err
	}
	if err := install(); err != nil {
		t.Fatal(err)
	}
	for _, file := range files(t, dir) {
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, harmed := range map[string][]byte{"truncated": whole[:len(whole)/2], "empty": {}, "garbage": []byte(strings.Repeat("beep", 1000)),
			"one bit": flip(whole, len(whole)/2)} {
			if err := os.WriteFile(file, harmed, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := install(); err != nil {
				t.Errorf("%s, %s: %v", filepath.Base(file), name, err)
			}
		}
	}
}

func flip(b []byte, at int) []byte {
	b = slices.Clone(b)
	b[at] ^= 1
	return b
}

func TestCacheIsClosedToOthers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	newWorld(t, func(o *Options) { o.CacheDir = dir })
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v", info.Mode())
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	w := withJudge(t)
	cases := []struct {
		name, config string
		want         map[string]core.Code
	}{
		{"empty", ``, nil},
		{"good", `{"word":"x","count":5,"mode":"quiet","list":[{"name":"a"}]}`, nil},
		{"no object", `[]`, map[string]core.Code{"": core.CodeWrongType}},
		{"no JSON", `{"word":`, map[string]core.Code{"": core.CodeWrongType}},
		{"everything at once", `{"word":"much too long","count":9,"mode":"x","list":[{"name":1},{},{"name":"a"}],"moon":1}`, map[string]core.Code{
			"/word": core.CodeTooLong, "/count": core.CodeTooLarge, "/mode": core.CodeNotAllowedValue, "/moon": core.CodeUnknownField,
			"/list": core.CodeTooLong, "/list/0/name": core.CodeWrongType, "/list/1/name": core.CodeRequired}},
		{"what only the plugin knows", `{"word":"forbidden"}`, map[string]core.Code{"/word": core.CodeRefusedByPlugin}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := w.CheckConfig(t.Context(), theServer, judgeID, object(c.config))
			if c.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *core.Error
			if !errors.As(err, &e) || e.Code != core.CodeValidationFailed {
				t.Fatal(err)
			}
			got := map[string]core.Code{}
			for _, f := range e.Fields {
				got[f.Pointer] = f.Code
			}
			for pointer, code := range c.want {
				if got[pointer] != code {
					t.Errorf("%s: %s, want %s (all: %v)", pointer, got[pointer], code, got)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("problems %v, want %v", got, c.want)
			}
		})
	}
	for config, hook := range map[string]string{`{"word":"explode"}`: string(core.HookConfigChanged)} {
		var e *core.Error
		if err := w.CheckConfig(t.Context(), theServer, judgeID, object(config)); !errors.As(err, &e) || e.Code != core.CodePluginUnavailable || e.Params["hook"] != hook {
			t.Errorf("a plugin that fails: %v", err)
		}
	}
	if err := w.CheckConfig(t.Context(), theServer, "com.example.none", nil); core.CodeOf(err) != core.CodePluginUnavailable {
		t.Errorf("no such plugin: %v", err)
	}
}

func TestTry(t *testing.T) {
	w := withJudge(t)
	for content, want := range map[string]core.Action{"hello": core.ActionAllow, "reject it": core.ActionReject, "replace a": core.ActionReplace} {
		v, err := w.Try(t.Context(), core.Draft{Server: theServer, Content: content}, core.PluginSettings{Plugin: judgeID, DryRun: true})
		if err != nil || v.Action != want || v.DryRun {
			t.Errorf("%q: %+v, %v", content, v, err)
		}
	}
	if _, err := w.Try(t.Context(), core.Draft{Server: theServer, Content: "panic"}, core.PluginSettings{Plugin: judgeID}); core.CodeOf(err) != core.CodePluginUnavailable {
		t.Errorf("a plugin that fails: %v", err)
	}
	if w.count() != 0 {
		t.Errorf("%d verdicts were recorded", w.count())
	}
}

// All instances together stay within their memory, and a call that finds none is not the plugin's fault alone.
func TestMemoryBudget(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.MemoryBytes = 4 << 20 }, judgeWasm(t))
	w.enable(theServer, core.PluginSettings{Plugin: judgeID})
	v := w.find(judgeID).acquire()
	defer v.release()
	if _, err := v.fresh(); err == nil || !strings.Contains(err.Error(), "plugins.memory") {
		t.Errorf("a second instance of some 3 MB: %v", err)
	}
	in := v.pool.oldest() // at work elsewhere
	for range 2 * breakerFaults {
		w.mustPass(t, "hello")
	}
	if call := w.lastCall(t); call.Fault != FaultBusy || len(v.resting()) != 0 {
		t.Errorf("a call without memory for its instance: %+v", call)
	}
	v.pool.give(in, time.Now())
	w.mustPass(t, "eat")
	if call := w.lastCall(t); call.Fault != FaultTrap {
		t.Errorf("a guest that grows beyond it: %+v", call)
	}
	w.mustPass(t, "served")
	if got := w.memory.used.Load(); got <= 0 || got > 4<<20 {
		t.Errorf("%d bytes in use", got)
	}
}

func FuzzInstall(f *testing.F) {
	f.Add(hostile.Loop(hostile.Manifest("com.example.x", "message.moderate")))
	f.Add(module([]byte("1.0"), []byte(goodManifest)))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		m, err := inspect(wasm)
		if err == nil && m.ID == "" {
			t.Error("a plugin without an id")
		}
	})
}
