package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/cmd/beep/demo"
	"github.com/beep-chat/beep/internal/config"
)

// TestFillingIsPrivate: the node without limits is reached from this machine only, whatever the configuration says.
func TestFillingIsPrivate(t *testing.T) {
	cfg := DefaultConfig()
	cfg.HTTP.Listen, cfg.Accounts.Registration, cfg.Accounts.RequireValidation = "0.0.0.0:8080", "closed", "always"
	got := fillingConfig(cfg)
	if got.HTTP.Listen != "127.0.0.1:0" || got.Accounts.Registration != "open" || got.Accounts.RequireValidation != "never" {
		t.Errorf("%+v %+v", got.HTTP, got.Accounts)
	}
	if got.Limits.MessageRate != (config.Rate{}) || got.Limits.RegisterRate != (config.Rate{}) {
		t.Errorf("limits %+v", got.Limits)
	}
	if cfg.Limits.MessageRate != DefaultConfig().Limits.MessageRate {
		t.Error("the demo's own limits changed")
	}
}

func TestDemoDataStandApart(t *testing.T) {
	cfg := DefaultConfig()
	cfg.DataDir = "/var/lib/beep"
	if got := demoConfig(cfg, config.Origins{"log.access": config.OriginDefault}, demoOptions{dataDir: demoDataDir}); got.DataDir != "./beep-demo" || got.Log.Access {
		t.Errorf("%q, access log %v", got.DataDir, got.Log.Access)
	}
	if got := demoConfig(cfg, config.Origins{"log.access": "BEEP_LOG_ACCESS"}, demoOptions{}); !got.Log.Access {
		t.Error("an access log that was asked for is off")
	}
}

// notes collects what a person would read.
type notes struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.buf.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.buf.String()
}

// TestDemo runs the command as it is, looks around as the guest, and runs it again.
func TestDemo(t *testing.T) {
	cfg := DefaultConfig()
	cfg.DataDir = filepath.Join(t.TempDir(), "d")
	cfg.Plugins.Enabled = false
	cfg.HTTP.Listen, cfg.Admin.Listen = freeAddress(t), "127.0.0.1:0"
	for _, want := range []string{"33 messages sent", "The demo is complete: 33 messages in 11 channels"} {
		ctx, cancel := context.WithCancel(t.Context())
		read, write := io.Pipe()
		told := &notes{}
		ended := make(chan error, 1)
		go func() {
			err := runDemo(ctx, cfg, demoOptions{messages: 33}, io.Discard, io.MultiWriter(told, write))
			_ = write.CloseWithError(io.EOF)
			ended <- err
		}()
		waitFor(t, read, "Data source")
		go func() { _, _ = io.Copy(io.Discard, read) }()
		lookAround(t, "http://"+cfg.HTTP.Listen)
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if text := told.String(); !strings.Contains(text, want) || !strings.Contains(text, "demo, password "+demoPassword) {
			t.Errorf("told %q, want %q", text, want)
		}
	}
}

// freeAddress finds a port that is free now.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// waitFor reads until a text came.
func waitFor(t *testing.T, r io.Reader, text string) {
	t.Helper()
	var got strings.Builder
	buf := make([]byte, 4096)
	for !strings.Contains(got.String(), text) {
		n, err := r.Read(buf)
		got.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v after %q", err, got.String())
		}
	}
}

// lookAround signs in as the page does, and finds that the ordinary limits hold.
func lookAround(t *testing.T, base string) {
	t.Helper()
	client := &http.Client{Timeout: 20 * time.Second}
	var guest demoGuest
	getJSON(t, client, base+"/demo.json", "", &guest)
	if guest.Server != demo.ServerName || guest.Login != demo.GuestUsername {
		t.Errorf("guest %+v", guest)
	}
	body, _ := json.Marshal(map[string]string{"login": guest.Login, "password": guest.Password})
	answer, err := client.Post(base+"/api/v1/auth/login", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&grant); err != nil || grant.AccessToken == "" {
		t.Fatal("no session", err, answer.Status)
	}
	var servers struct{ Items []struct{ Name string } }
	limits := getJSON(t, client, base+"/api/v1/users/@me/servers", grant.AccessToken, &servers)
	if len(servers.Items) != 1 || servers.Items[0].Name != demo.ServerName {
		t.Errorf("servers %+v", servers)
	}
	if !strings.Contains(limits, "request_rate") {
		t.Errorf("the filled node limits nothing: RateLimit %q", limits)
	}
}

func getJSON(t *testing.T, client *http.Client, url, token string, into any) (rateLimit string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatal(url, answer.Status, err)
	}
	return answer.Header.Get("RateLimit")
}
