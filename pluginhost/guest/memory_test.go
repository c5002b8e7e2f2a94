package guest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beep-chat/beep/pluginhost/guest"
	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
)

// gluttonInput makes the plugin in testdata/glutton allocate about 2 KB.
var gluttonInput = []byte(`{"server":"1","channel":"2","author":"3","message":"4","edit":false,"content":"` + strings.Repeat("hello ", 20) + `","config":"1"}`)

// enough is what the plugin may grow to: the 20 MiB where the SDK lets the collector work hard, and what the runtime keeps beside.
const enough = 28 << 20

// TestAMillionCallsInLittleMemory is what the SDK's dispatcher yields for: Go's collector must keep up between calls, in an
// instance that may have 32 MiB and is only ever called.
func TestAMillionCallsInLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some twenty seconds")
	}
	i := guesttest.Start(t, guesttest.ForTest(t, "testdata/glutton"))
	before := i.MemoryBytes()
	for n := range calls {
		if out, code, err := i.Call(guesttest.Moderate, gluttonInput); err != nil || code != 0 || len(out) != 0 {
			t.Fatalf("call %d: code %d, output %q, memory %d, %.500v", n, code, out, i.MemoryBytes(), err)
		}
	}
	if i.MemoryBytes() > enough {
		t.Errorf("it has grown to %d bytes, more than %d", i.MemoryBytes(), enough)
	}
	t.Logf("%d bytes before, %d after", before, i.MemoryBytes())
}

// TestWithoutTheYieldAPluginDies shows that the test above can fail: the same plugin, with an SDK that does not yield.
func TestWithoutTheYieldAPluginDies(t *testing.T) {
	i := guesttest.Start(t, withoutYield(t, "testdata/glutton"))
	for n := range min(calls, 100_000) {
		if _, _, err := i.Call(guesttest.Moderate, gluttonInput); err != nil {
			t.Logf("it died at call %d with %d bytes", n, i.MemoryBytes())
			return
		}
	}
	t.Errorf("%d calls went well, with %d bytes: is the yield needed at all?", calls, i.MemoryBytes())
}

// withoutYield builds a plugin with the SDK's dispatcher but for its yield.
func withoutYield(t *testing.T, dir string) []byte {
	t.Helper()
	file, err := filepath.Abs("../../pluginsdk/guest_wasip1.go")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const yield = "\truntime.Gosched()\n"
	if !strings.Contains(string(source), yield) {
		t.Fatalf("%s does not yield", file)
	}
	other := filepath.Join(t.TempDir(), "guest_wasip1.go")
	text := strings.Replace(string(source), yield, "\t_ = runtime.NumCPU\n", 1)
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {file: other}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{other: text, overlay: string(replace)} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wasm, err := guest.Build(t.Context(), guest.Options{Dir: dir, Overlay: overlay})
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}
