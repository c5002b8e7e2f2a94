package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/api/client"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/config"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/backup"
	"github.com/beep-chat/beep/storage/embedded"
)

const backupSecret = "0123456789abcdef0123456789abcdef"

// beep runs a command as the shell would and gives what it printed.
func beep(t *testing.T, dataDir string, args ...string) (string, error) {
	t.Helper()
	env := []string{"BEEP_DATA_DIR=" + dataDir, "BEEP_STORE_MIN_FREE=16MB", envBackupKey + "=" + backupSecret}
	var out bytes.Buffer
	cmd := newRootCommand(env)
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// unlimited lifts the rates that a load test would meet.
func unlimited(cfg Config) Config {
	cfg.Limits.MessageRate, cfg.Limits.RequestRate, cfg.Limits.RegisterRate = config.Rate{}, config.Rate{}, config.Rate{}
	return cfg
}

func (r *running) get(path, token string, header http.Header) *http.Response {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.base+"/api/v1"+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp
}

func (r *running) history(channel, token string) []core.Message {
	r.t.Helper()
	var all []core.Message
	for before := ""; ; before = "&before=" + all[len(all)-1].ID.String() {
		resp := r.get("/channels/"+channel+"/messages?limit=100"+before, token, nil)
		var page []core.Message
		err := json.NewDecoder(resp.Body).Decode(&page)
		if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK {
			r.t.Fatalf("history: %d, %v", resp.StatusCode, err)
		}
		if all = append(all, page...); len(page) < 100 {
			return all
		}
	}
}

// chatter has writers fill a channel until it is stopped.
type chatter struct {
	r       *running
	token   string
	channel string
	stop    atomic.Bool
	acked   sync.Map // nonce to content
	count   atomic.Int64
	group   sync.WaitGroup
}

func (c *chatter) start(writers int) {
	for w := range writers {
		c.group.Go(func() {
			for i := 0; !c.stop.Load(); i++ {
				nonce := fmt.Sprintf("w%d-%d", w, i)
				content := contentOf(nonce)
				status, out := c.r.post("/channels/"+c.channel+"/messages", c.token, fmt.Sprintf(`{"content":%q,"nonce":%q}`, content, nonce))
				if status != http.StatusCreated {
					c.r.t.Errorf("send %s: %d %v", nonce, status, out)
					return
				}
				c.acked.Store(nonce, content)
				c.count.Add(1)
			}
		})
	}
}

func contentOf(nonce string) string { return strings.Repeat("have you tried "+nonce+"? ", 10) + "end" }

func newChatter(r *running) *chatter {
	r.t.Helper()
	_, account := r.post("/auth/register", "", registration("writer"))
	token, _ := account["access_token"].(string)
	status, server := r.post("/servers", token, `{"name":"Study room","visibility":"public"}`)
	if status != http.StatusCreated {
		r.t.Fatalf("create server: %d %v", status, server)
	}
	id, _ := server["id"].(string)
	status, channel := r.post("/servers/"+id+"/channels", token, `{"name":"talk","type":"text"}`)
	if status != http.StatusCreated {
		r.t.Fatalf("create channel: %d %v, account %v", status, channel, account)
	}
	return &chatter{r: r, token: token, channel: channel["id"].(string)}
}

// TestBackupUnderLoad makes a backup of a node that people write on, and restores it.
func TestBackupUnderLoad(t *testing.T) {
	r := startServe(t, unlimited(testConfig(t)))
	c := newChatter(r)
	c.start(4)
	for c.count.Load() < 100 {
		if t.Failed() {
			t.FailNow()
		}
	}
	before := map[string]string{}
	c.acked.Range(func(k, v any) bool { before[k.(string)] = v.(string); return true })
	file := filepath.Join(t.TempDir(), "backup")
	text, err := beep(t, r.cfg.DataDir, "backup", "create", "--output", file)
	if err != nil || strings.Contains(text, "NOT encrypted") {
		t.Fatalf("%v\n%s", err, text)
	}
	after := c.count.Load()
	c.stop.Store(true)
	c.group.Wait()
	cursor := cursorOf(r, c.token)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if text, err := beep(t, "nowhere", "backup", "verify", file, "--temp-dir", t.TempDir()); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	restored := filepath.Join(t.TempDir(), "new", "data")
	if text, err := beep(t, "nowhere", "backup", "restore", file, "--data-dir", restored); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	cfg := r.cfg
	cfg.DataDir = restored
	again := startServe(t, cfg)
	found := map[string]bool{}
	for _, m := range again.history(c.channel, c.token) {
		if m.Content != strings.TrimSpace(contentOf(m.Nonce)) || found[m.Nonce] {
			t.Errorf("message %d is torn or there twice: %q", m.ID, m.Content)
		}
		found[m.Nonce] = true
	}
	for nonce := range before {
		if !found[nonce] {
			t.Errorf("%s was acknowledged before the backup and is not in it", nonce)
		}
	}
	t.Logf("%d acknowledged before the backup, %d after it, %d in it", len(before), after, len(found))
	resyncs(t, again, c.token, cursor)
	key := func(dir string) []byte { b, _ := os.ReadFile(filepath.Join(dir, pseudonymKeyFile)); return b }
	if k := key(restored); len(k) == 0 || !bytes.Equal(k, key(r.cfg.DataDir)) {
		t.Error("the pseudonym key is not in the backup")
	}
}

// cursorOf is where a client of the node stands.
func cursorOf(r *running, token string) string {
	r.t.Helper()
	resp := r.get("/sync", token, nil)
	defer resp.Body.Close()
	var snapshot struct {
		Cursor string `json:"cursor"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&snapshot); err != nil || snapshot.Cursor == "" {
		r.t.Fatalf("no cursor in the snapshot: %v", err)
	}
	return snapshot.Cursor
}

// resyncs asks for a stream with a cursor of before the restore: going on from there would be a silent hole.
func resyncs(t *testing.T, r *running, token, cursor string) {
	t.Helper()
	resp := r.get("/events", token, http.Header{"Last-Event-Id": {cursor}, "Accept": {"text/event-stream"}})
	defer resp.Body.Close()
	blocks := client.NewBlockReader(resp.Body)
	for {
		b, err := blocks.Next()
		if err != nil {
			t.Fatalf("no resync: %v", err)
		}
		if core.EventType(b.Event) == core.EventResync {
			return
		}
		if b.HasID && !strings.HasPrefix(b.ID, strings.Split(cursor, ".")[0]) && core.EventType(b.Event) != core.EventReady {
			t.Fatalf("got %s instead of a resync", b.Event)
		}
	}
}

// smallData is a data folder with something in it, of a store of the given version, and no node.
func smallData(t *testing.T, schema uint64) string {
	t.Helper()
	dir := t.TempDir()
	e, err := embedded.Open(embedded.Options{Dir: filepath.Join(dir, storeDir), Schema: storage.Schema(), SchemaVersion: schema})
	if err == nil {
		err = e.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestBackupOfStoppedNode(t *testing.T) {
	data := smallData(t, storage.SchemaVersion)
	file := filepath.Join(t.TempDir(), "backup")
	if text, err := beep(t, data, "backup", "create", "-o", file); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	left, err := filepath.Glob(filepath.Join(data, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left in the data folder: %v, %v", left, err)
	}
	into := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(filepath.Join(into, restoreStaging, "leftover"), 0o700); err != nil {
		t.Fatal(err)
	}
	text, err := beep(t, into, "backup", "restore", file)
	if err != nil || !strings.Contains(text, "Restored into "+into) {
		t.Fatalf("%v\n%s", err, text)
	}
	if was, is := epochIn(t, data), epochIn(t, into); was == is {
		t.Error("the restored store has the epoch of the old one")
	}
}

func epochIn(t *testing.T, dir string) string {
	t.Helper()
	epoch, _, err := lookInside(filepath.Join(dir, storeDir))
	if err != nil {
		t.Fatal(err)
	}
	return epoch
}

func TestBackupCreateRefuses(t *testing.T) {
	data := smallData(t, storage.SchemaVersion)
	taken, short, long := filepath.Join(t.TempDir(), "taken"), filepath.Join(t.TempDir(), "short"), filepath.Join(t.TempDir(), "long")
	if err := errors.Join(os.WriteFile(taken, nil, 0o600), os.WriteFile(short, []byte("short\n"), 0o600),
		os.WriteFile(long, make([]byte, maxKeyFile+1), 0o600)); err != nil {
		t.Fatal(err)
	}
	fresh := func() string { return filepath.Join(t.TempDir(), "b") }
	for _, c := range []struct {
		name string
		data string
		args []string
		want string
	}{
		{"no data", t.TempDir(), []string{"-o", fresh()}, "no Beep data"},
		{"a name that is taken", data, []string{"-o", taken}, "exists already"},
		{"a folder that is not there", data, []string{"-o", filepath.Join(taken, "no", "b")}, "no such"},
		{"a short key", data, []string{"-o", fresh(), "--key-file", short}, "too short"},
		{"a file that is no key", data, []string{"-o", fresh(), "--key-file", long}, "larger than a key"},
		{"no key file", data, []string{"-o", fresh(), "--key-file", fresh()}, "no such file"},
	} {
		if text, err := beep(t, c.data, append([]string{"backup", "create"}, c.args...)...); err == nil || !strings.Contains(err.Error(), c.want) &&
			!strings.Contains(err.Error(), "not a directory") {
			t.Errorf("%s: %v\n%s", c.name, err, text)
		}
	}
	if _, err := backupKey([]string{envBackupKey + "="}, ""); err == nil {
		t.Error("an empty key counts as none")
	}
	workspace := filepath.Join(data, backupWorkspace)
	if err := os.MkdirAll(workspace, 0o700); err != nil {
		t.Fatal(err)
	}
	lock, err := vfs.Default.Lock(filepath.Join(workspace, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	if _, err := beep(t, data, "backup", "create", "-o", fresh()); err == nil || !strings.Contains(err.Error(), "another backup") {
		t.Errorf("two backups at once: %v", err)
	}
}

// TestRestoreRefuses checks that nothing is left where a restore went wrong.
func TestRestoreRefuses(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole")
	if text, err := beep(t, smallData(t, storage.SchemaVersion), "backup", "create", "-o", whole); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	file := func(b []byte) string {
		path := filepath.Join(t.TempDir(), "b")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	otherKey := file([]byte("another key that nobody has used so far\n"))
	cases := []struct {
		name string
		args []string
		want error
	}{
		{"another key", []string{whole, "--key-file", otherKey}, backup.ErrWrongKey},
		{"a cut file", []string{file(text[:len(text)-100])}, backup.ErrDamaged},
		{"a text", []string{file([]byte("hello, this is no backup"))}, backup.ErrNotABackup},
		{"no file", []string{filepath.Join(t.TempDir(), "none")}, os.ErrNotExist},
		{"a newer store", []string{file(archiveOf(t, smallData(t, 99), backup.About{Engine: "embedded"}))}, embedded.ErrNewerFormat},
		{"a store that the description does not fit", []string{file(archiveOf(t, smallData(t, 1), backup.About{Engine: "embedded", Epoch: "X"}))}, backup.ErrDamaged},
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 20 {
		flipped := bytes.Clone(text)
		at := len(text)/2 + rng.IntN(len(text)/2)
		flipped[at] ^= 1 << rng.IntN(8)
		cases = append(cases, struct {
			name string
			args []string
			want error
		}{fmt.Sprintf("flipped bit %d at %d", i, at), []string{file(flipped)}, backup.ErrDamaged})
	}
	for _, c := range cases {
		missing, empty := filepath.Join(t.TempDir(), "data"), t.TempDir()
		for _, dir := range []string{missing, empty} {
			if out, err := beep(t, "nowhere", append([]string{"backup", "restore", "--data-dir", dir}, c.args...)...); !errors.Is(err, c.want) {
				t.Errorf("%s: %v\n%s", c.name, err, out)
			}
		}
		left, _ := filepath.Glob(filepath.Join(empty, "*"))
		hidden, _ := filepath.Glob(filepath.Join(empty, ".*"))
		if _, err := os.Stat(missing); err == nil || len(left)+len(hidden) != 0 {
			t.Errorf("%s: something was left behind: %v %v %v", c.name, err, left, hidden)
		}
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "letter"), []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := beep(t, "nowhere", "backup", "restore", whole, "--data-dir", full); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("a full folder: %v", err)
	}
	if _, err := os.Stat(filepath.Join(full, "letter")); err != nil {
		t.Error(err)
	}
}

// archiveOf makes a backup with a description of the test's choice.
func archiveOf(t *testing.T, dir string, about backup.About) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := backup.Write(t.Context(), &b, backup.Source{Dir: dir, About: about}, backup.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPlainBackupSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b")
	m, err := createBackup(t.Context(), with(func(c *Config) { c.DataDir = smallData(t, storage.SchemaVersion) }), path, nil, newByteProgress(io.Discard, ""))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := reportCreated(&out, path, m, false); err != nil || !strings.Contains(out.String(), "NOT encrypted") {
		t.Errorf("%v: %s", err, out.String())
	}
	text, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(text, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		t.Errorf("not a zstd file: %v", err)
	}
}
