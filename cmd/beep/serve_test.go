package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/beep-chat/beep/cmd/beep/node"
)

// output collects what a node writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// running is a node started as `beep serve` starts it.
type running struct {
	t      *testing.T
	base   string
	cfg    Config
	out    output
	notes  output
	cancel context.CancelFunc
	ended  chan error
	once   sync.Once
	err    error
}

func testConfig(t *testing.T) Config {
	t.Helper()
	cfg := DefaultConfig()
	cfg.HTTP.Listen, cfg.Admin.Listen = "127.0.0.1:0", "127.0.0.1:0"
	cfg.DataDir = t.TempDir()
	cfg.Log.Format, cfg.Log.Level = "json", "debug"
	cfg.Store.MinFree = 0
	cfg.Plugins.Enabled = false // compiling them takes longer than most tests
	return cfg
}

func startServe(t *testing.T, cfg Config) *running {
	t.Helper()
	return startAdjusted(t, cfg, nil)
}

// startAdjusted is startServe with node options that the configuration does not name.
func startAdjusted(t *testing.T, cfg Config, adjust func(*node.Options)) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, cfg: cfg, cancel: cancel, ended: make(chan error, 1)}
	ready := make(chan string, 1)
	s := newService(cfg, &r.out, &r.notes)
	s.adjust = adjust
	go func() { r.ended <- s.run(ctx, func(addr string) { ready <- addr }) }()
	select {
	case addr := <-ready:
		r.base = "http://" + addr
	case err := <-r.ended:
		cancel()
		t.Fatalf("serve: %v", err)
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// stop does what SIGTERM does.
func (r *running) stop() error {
	r.once.Do(func() {
		r.cancel()
		r.err = <-r.ended
	})
	return r.err
}

func (r *running) post(path, token, body string) (int, map[string]any) {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.base+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "canaryagent/1.0")
	req.Header.Set("X-Forwarded-For", "203.0.113.77")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var out map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&out)
	return resp.StatusCode, out
}

func registration(username string) string {
	return `{"first_name":"Canaryfirst","last_name":"Canarylast","username":"` + username + `","email":"canarymail-` + username +
		`@canary.example","password":"canary password 1"}`
}

var setupLink = regexp.MustCompile(`/#/setup/(beep_setup_\S+)`)

func TestServeGreetsAndMakesTheFirstAdministrator(t *testing.T) {
	r := startServe(t, testConfig(t))
	link := setupLink.FindStringSubmatch(r.notes.String())
	if link == nil {
		t.Fatalf("no set-up link in:\n%s", r.notes.String())
	}
	body := strings.Replace(registration("boss"), "{", `{"token":"`+link[1]+`",`, 1)
	status, out := r.post("/setup", "", body)
	if status != http.StatusCreated {
		t.Fatalf("set-up: %d %v", status, out)
	}
	if role := out["user"].(map[string]any)["platform_role"]; role != "application_administrator" {
		t.Fatalf("platform role %v", role)
	}
	if status, _ := r.post("/setup", "", strings.Replace(body, "boss", "boss2", 2)); status != http.StatusForbidden {
		t.Fatalf("the link worked twice: %d", status)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	again := startServe(t, r.cfg)
	if strings.Contains(again.notes.String(), "/#/setup/") {
		t.Fatal("a set-up link although there is an administrator")
	}
}

func TestServeTellsStreamsToComeBack(t *testing.T) {
	r := startServe(t, testConfig(t))
	_, out := r.post("/auth/register", "", registration("ann"))
	req, _ := http.NewRequest(http.MethodGet, r.base+"/api/v1/events", nil)
	req.Header.Set("Authorization", "Bearer "+out["access_token"].(string))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() && lines.Text() != "event: ready" {
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	rest, err := io.ReadAll(io.MultiReader(strings.NewReader(lines.Text()), resp.Body))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(rest), "event: bye") || !strings.Contains(string(rest), `"reconnect":true`) {
		t.Fatalf("the stream ended with:\n%s", rest)
	}
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
}

func TestServeRefusesADataFolderInUse(t *testing.T) {
	r := startServe(t, testConfig(t))
	cfg := r.cfg
	err := serve(t.Context(), cfg, io.Discard, io.Discard, nil)
	if err == nil || !strings.Contains(err.Error(), "data_dir") {
		t.Fatalf("want an error that names data_dir, got %v", err)
	}
}

func TestServeNamesTheSettingOfATakenPort(t *testing.T) {
	r := startServe(t, testConfig(t))
	cfg := testConfig(t)
	cfg.HTTP.Listen = strings.TrimPrefix(r.base, "http://")
	err := serve(t.Context(), cfg, io.Discard, io.Discard, nil)
	if err == nil || !strings.Contains(err.Error(), "BEEP_HTTP_LISTEN") {
		t.Fatalf("want advice about BEEP_HTTP_LISTEN, got %v", err)
	}
}

// TestNothingPersonalLeaks is the canary: everything a person types is marked, and no mark may appear in logs or metrics.
func TestNothingPersonalLeaks(t *testing.T) {
	cfg := testConfig(t)
	_ = cfg.HTTP.TrustedProxies // nobody: the forged address below must not be believed, nor logged
	r := startServe(t, cfg)
	_, out := r.post("/auth/register", "", registration("canaryuser"))
	token := out["access_token"].(string)
	r.post("/auth/register", "", registration("canaryuser")) // taken
	r.post("/auth/register", "", strings.Replace(registration("canaryuser2"), "canary password 1", "canaryshort", 1))
	r.post("/auth/login", "", `{"login":"canaryuser","password":"canary wrong password"}`)
	r.post("/auth/login", "", `{"login":"canarymail-canaryuser@canary.example","password":"canary password 1"}`)
	_, server := r.post("/servers", token, `{"name":"Canaryserver","description":"canarytext","visibility":"private"}`)
	id := server["id"].(string)
	_, channel := r.post("/servers/"+id+"/channels", token, `{"name":"canarychannel","type":"text","topic":"canarytopic"}`)
	r.post("/channels/"+channel["id"].(string)+"/messages", token, `{"content":"canarycontent @canaryuser","nonce":"canarynonce"}`)
	r.post("/channels/"+channel["id"].(string)+"/messages?canaryquery=canaryvalue", token, `{"content":"\u0000canarybad"}`)
	r.post("/servers/"+id+"/invites", token, `{"max_uses":3}`)
	r.post("/canarypath/canaryuser", token, `{}`)
	metrics, err := http.Get("http://" + adminAddress(t, r) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	scraped, _ := io.ReadAll(metrics.Body)
	metrics.Body.Close()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"log": r.out.String(), "metrics": string(scraped)} {
		if text == "" {
			t.Fatalf("%s is empty", name)
		}
		for line := range strings.Lines(text) {
			low := strings.ToLower(line)
			if strings.Contains(low, "canary") || strings.Contains(low, "203.0.113.77") || strings.Contains(low, "127.0.0.1") ||
				strings.Contains(line, token) || strings.Contains(line, "beep_at_") {
				t.Errorf("%s leaks: %s", name, line)
			}
		}
	}
}

var healthLine = regexp.MustCompile(`http://(\S+)/readyz`)

func adminAddress(t *testing.T, r *running) string {
	t.Helper()
	m := healthLine.FindStringSubmatch(r.notes.String())
	if m == nil {
		t.Fatalf("no admin address in:\n%s", r.notes.String())
	}
	return m[1]
}

func TestHealth(t *testing.T) {
	r := startServe(t, testConfig(t))
	for _, path := range []string{"/livez", "/readyz"} {
		resp, err := http.Get("http://" + adminAddress(t, r) + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

func TestOperatorCommandsReachARunningNodeAndAStoppedOne(t *testing.T) {
	r := startServe(t, testConfig(t))
	r.post("/auth/register", "", registration("ann"))
	reset := func(password string) error {
		root := newRootCommand([]string{"BEEP_DATA_DIR=" + r.cfg.DataDir, "BEEP_STORE_MIN_FREE=16MB"})
		root.SetArgs([]string{"admin", "user", "reset-password", "ann"})
		root.SetIn(strings.NewReader(password + "\n"))
		root.SetOut(io.Discard)
		return root.Execute()
	}
	signIn := func(r *running, password string) int {
		status, _ := r.post("/auth/login", "", `{"login":"ann","password":"`+password+`"}`)
		return status
	}
	if err := reset("short"); err == nil || !strings.Contains(err.Error(), "10") {
		t.Fatalf("a short password: want an error that tells the length, got %v", err)
	}
	if err := reset("while it is running"); err != nil {
		t.Fatal(err)
	}
	if got := signIn(r, "while it is running"); got != http.StatusOK {
		t.Fatalf("sign in after the reset: %d", got)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if err := reset("while it is stopped"); err != nil {
		t.Fatal(err)
	}
	again := startServe(t, r.cfg)
	if got := signIn(again, "while it is stopped"); got != http.StatusOK {
		t.Fatalf("sign in after the second reset: %d", got)
	}
}

// TestATraceReachesFromTheRequestToTheCommit sends traces to a collector of our own: in the protocol's bytes the names of
// spans and the id of the trace can be read as they are.
func TestATraceReachesFromTheRequestToTheCommit(t *testing.T) {
	var received output
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { _, _ = io.Copy(&received, req.Body) }))
	defer collector.Close()
	cfg := testConfig(t)
	cfg.Trace.Endpoint, cfg.Trace.Sample = collector.URL, 0 // the caller decides
	r := startServe(t, cfg)
	trace := []byte{0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36}
	req, _ := http.NewRequest(http.MethodPost, r.base+"/api/v1/auth/register", strings.NewReader(registration("traced")))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("traceparent", "00-"+hex.EncodeToString(trace)+"-00f067aa0ba902b7-01")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := r.stop(); err != nil { // flushes
		t.Fatal(err)
	}
	got := received.String()
	for _, want := range []string{"POST /api/v1/auth/register", "store.commit", string(trace)} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q among %d bytes of traces", want, len(got))
		}
	}
}
