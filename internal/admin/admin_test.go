package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/beep-chat/beep/internal/admin"
)

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

var errAway = errors.New("connection refused")

func check(name string, err error, degrades bool) admin.Check {
	return admin.Check{Name: name, Run: func(context.Context) error { return err }, Degrades: degrades}
}

func TestReady(t *testing.T) {
	panics := admin.Check{Name: "panics", Run: func(context.Context) error { panic("boom") }}
	for _, c := range []struct {
		name   string
		checks []admin.Check
		drain  bool
		code   int
		want   []string
	}{
		{"no checks", nil, false, 200, []string{`"status":"ready"`}},
		{"all well", []admin.Check{check("store", nil, false)}, false, 200, []string{`"status":"ready"`, `"name":"store","status":"ok"`}},
		{"one fails", []admin.Check{check("store", errAway, false), check("log", nil, false)}, false, 503,
			[]string{`"status":"unready"`, `"name":"store","status":"failed","error":"connection refused"`, `"name":"log","status":"ok"`}},
		{"one that we can do without", []admin.Check{check("store", nil, false), check("redis", errAway, true)}, false, 200,
			[]string{`"status":"degraded"`, `"name":"redis","status":"degraded"`}},
		{"degraded and failed", []admin.Check{check("redis", errAway, true), check("store", errAway, false)}, false, 503, []string{`"status":"unready"`}},
		{"draining", []admin.Check{check("store", nil, false)}, true, 503, []string{`"status":"draining"`}},
		{"a check panics", []admin.Check{panics}, false, 503, []string{"check panicked: boom"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := admin.New(admin.Options{Checks: c.checks})
			if c.drain {
				s.Drain()
			}
			code, body := get(t, s.Handler(), "/readyz")
			if code != c.code || !json.Valid([]byte(body)) {
				t.Errorf("%d %s", code, body)
			}
			for _, part := range c.want {
				if !strings.Contains(body, part) {
					t.Errorf("%s lacks %s", body, part)
				}
			}
			if code, _ := get(t, s.Handler(), "/livez"); code != 200 {
				t.Errorf("livez %d", code)
			}
		})
	}
}

func TestHangingCheckFailsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := admin.New(admin.Options{Checks: []admin.Check{{Name: "store", Run: func(context.Context) error { <-release; return nil }}}})
		start := time.Now()
		code, body := get(t, s.Handler(), "/readyz")
		if code != 503 || !strings.Contains(body, "no answer in time") || time.Since(start) > 3*time.Second {
			t.Errorf("%d %s after %s", code, body, time.Since(start))
		}
		close(release)
	})
}

func TestProbeStormRunsChecksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		s := admin.New(admin.Options{Checks: []admin.Check{{Name: "store", Run: func(context.Context) error { runs.Add(1); return nil }}}})
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() { get(t, s.Handler(), "/readyz") })
		}
		wait.Wait()
		if n := runs.Load(); n != 1 {
			t.Errorf("%d runs for one storm", n)
		}
		time.Sleep(time.Second) // of the bubble's clock
		get(t, s.Handler(), "/readyz")
		if n := runs.Load(); n != 2 {
			t.Errorf("%d runs after a second; the result is too old", n)
		}
	})
}

func TestMetricsAndProfiles(t *testing.T) {
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "things_total", Help: "Things."})
	registry.MustRegister(counter)
	counter.Add(3)
	plain := admin.New(admin.Options{Metrics: registry}).Handler()
	if code, body := get(t, plain, "/metrics"); code != 200 || !strings.Contains(body, "things_total 3") {
		t.Errorf("metrics %d %s", code, body)
	}
	for path, want := range map[string]int{"/debug/pprof/": 404, "/debug/pprof/heap": 404, "/debug/pprof/cmdline": 404, "/": 404} {
		if code, _ := get(t, plain, path); code != want {
			t.Errorf("%s without Pprof: %d", path, code)
		}
	}
	with := admin.New(admin.Options{Pprof: true}).Handler()
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/goroutine", "/debug/pprof/cmdline"} {
		if code, _ := get(t, with, path); code != 200 {
			t.Errorf("%s with Pprof: %d", path, code)
		}
	}
}

func TestStartAndClose(t *testing.T) {
	s := admin.New(admin.Options{Listen: "127.0.0.1:0", Name: "app/1"})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get("http://" + s.Addr().String() + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != 200 || resp.Header.Get("Server") != "app/1" || strings.TrimSpace(string(body)) != `{"status":"ok"}` {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, body)
	}
	second := admin.New(admin.Options{Listen: s.Addr().String()})
	if err := second.Start(); err == nil {
		t.Error("two servers on one port")
	}
	if err := second.Close(t.Context()); err != nil {
		t.Errorf("close of one that never started: %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
