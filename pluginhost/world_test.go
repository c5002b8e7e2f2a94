package pluginhost

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "pluginhost-test-")
	if err != nil {
		panic(err)
	}
	sharedCache = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			_, _ = os.Stderr.WriteString(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

// sharedCache keeps the guests of all tests compiled.
var sharedCache string

// native stands for the renderer: its HTML and its sanitising can be told from those of guests.
type native struct{}

const nativeVersion = 7

func (native) MessageWillBeSent(_ context.Context, d core.Draft) (string, error) {
	return d.Content, nil
}

func (native) Render(_ context.Context, _ core.ServerID, content string) core.Rendered {
	return core.Rendered{HTML: "native " + content, Version: nativeVersion}
}
func (native) RenderIsCurrent(v int64) bool { return v == nativeVersion }
func (native) Plain(content string) (string, bool) {
	return "native " + content, !strings.Contains(content, "*")
}
func (native) Sanitize(html string) string { return strings.ReplaceAll(html, " onclick=x", "") }

// book is the settings of servers, and what was recorded.
type book struct {
	mu      sync.Mutex
	list    map[core.ServerID][]core.PluginSettings
	records []core.VerdictRecord
}

func (b *book) Settings(_ context.Context, s core.ServerID) ([]core.PluginSettings, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.list[s], nil
}

func (b *book) Record(v core.VerdictRecord) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.records) < 10_000 {
		b.records = append(b.records, v)
	}
}

// enable puts a plugin in a server's list, in the place of what it had of it.
func (b *book) enable(server core.ServerID, s core.PluginSettings) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.list == nil {
		b.list = map[core.ServerID][]core.PluginSettings{}
	}
	s.Server, s.Enabled = server, true
	if s.Version == 0 {
		s.Version = 1
	}
	next := []core.PluginSettings{s}
	for _, other := range b.list[server] {
		if other.Plugin != s.Plugin {
			next = append(next, other)
		}
	}
	b.list[server] = next
}

// last is the newest record; it fails the test when there is none.
func (b *book) last(t testing.TB) core.VerdictRecord {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.records) == 0 {
		t.Fatal("nothing was recorded")
	}
	return b.records[len(b.records)-1]
}

func (b *book) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.records)
}

// world is a host with what it works on.
type world struct {
	*Host
	*book
	mu    sync.Mutex
	calls []Call
}

func newWorld(t testing.TB, adjust func(*Options), packages ...[]byte) *world {
	t.Helper()
	w := &world{book: &book{}}
	o := Options{CacheDir: filepath.Join(sharedCache, "native"), Native: native{}, Settings: w.book, OnCall: w.onCall, MessageCharacters: 4000}
	if os.Getenv("BEEP_TIMING") == "" {
		o.TimeFactor = 6 // what these tests are about does not depend on how busy the machine is
	}
	if adjust != nil {
		adjust(&o)
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Host = h
	t.Cleanup(h.Close)
	for _, p := range packages {
		if _, err := h.InstallNow(t.Context(), Package{Wasm: p}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) onCall(c Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.calls) < 10_000 {
		w.calls = append(w.calls, c)
	}
}

func (w *world) lastCall(t testing.TB) Call {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.calls) == 0 {
		t.Fatal("no call was made")
	}
	return w.calls[len(w.calls)-1]
}

const (
	judgeID   core.PluginID = "com.example.judge"
	theServer core.ServerID = 1
)

func judgeWasm(t testing.TB) []byte { return guesttest.ForTest(t, "testdata/judge") }

// withJudge is a world whose server 1 has the plugin judge.
func withJudge(t testing.TB) *world {
	w := newWorld(t, nil, judgeWasm(t))
	w.enable(theServer, core.PluginSettings{Plugin: judgeID})
	return w
}

func (w *world) send(content string) (string, error) {
	return w.MessageWillBeSent(context.Background(), core.Draft{Server: theServer, Channel: 2, Author: 3, Message: 4, Content: content})
}

// mustPass sends what has to pass unchanged.
func (w *world) mustPass(t testing.TB, content string) {
	t.Helper()
	if got, err := w.send(content); err != nil || got != content {
		t.Errorf("%q became %q, %v", content, got, err)
	}
}

func object(s string) json.RawMessage { return json.RawMessage(s) }
