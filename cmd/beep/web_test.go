package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/beep-chat/beep/api"
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

// builtClient is a built client as webHandler gets it.
func builtClient() fs.FS {
	return fstest.MapFS{
		"index.html":           {Data: []byte("<title>Beep</title>")},
		"index.html.gz":        {Data: []byte("gz of the page")},
		"theme.js":             {Data: []byte("theme")},
		"favicon.svg":          {Data: []byte("<svg/>")},
		"manifest.webmanifest": {Data: []byte("{}")},
		"assets/main-1a.js":    {Data: []byte("main script")},
		"assets/main-1a.js.gz": {Data: []byte("gz of the script")},
		"assets/main-1a.css":   {Data: []byte(".main{}")},
		"assets/font-1a.woff2": {Data: []byte("wOF2")},
	}
}

const html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" // what browsers accept for a page

func TestWebPages(t *testing.T) {
	h := newWebHandler(builtClient(), nil)
	cases := []struct {
		name, path, accept string
		status             int
		kind, has          string
	}{
		{"page", "/", html, 200, "text/html; charset=utf-8", "<title>Beep</title>"},
		{"page for anyone", "/", "", 200, "text/html; charset=utf-8", "<title>Beep</title>"},
		{"a place refreshed", "/s/1/2", html, 200, "text/html; charset=utf-8", "<title>Beep</title>"},
		{"a place with a slash", "/s/1/2/", html, 200, "text/html; charset=utf-8", "<title>Beep</title>"},
		{"an invite with a dot", "/invite/a.js", html, 200, "text/html; charset=utf-8", "<title>Beep</title>"},
		{"nothing a page is wanted for", "/s/1/2", "*/*", 404, "text/plain; charset=utf-8", "not found"},
		{"nothing said", "/s/1/2", "", 404, "text/plain; charset=utf-8", "not found"},
		{"script", "/assets/main-1a.js", "*/*", 200, "text/javascript; charset=utf-8", "main script"},
		{"style", "/assets/main-1a.css", "text/css,*/*", 200, "text/css; charset=utf-8", ".main"},
		{"font", "/assets/font-1a.woff2", "*/*", 200, "font/woff2", "wOF2"},
		{"manifest", "/manifest.webmanifest", "*/*", 200, "application/manifest+json", "{}"},
		{"icon", "/favicon.svg", "*/*", 200, "image/svg+xml", "<svg"},
		{"a script of yesterday", "/assets/main-0.js", html, 404, "text/plain; charset=utf-8", "not found"},
		{"the folder of scripts", "/assets/", html, 404, "text/plain; charset=utf-8", "not found"},
		{"the folder without slash", "/assets", html, 404, "text/plain; charset=utf-8", "not found"},
		{"a name that begins like it", "/assetsx", html, 200, "text/html; charset=utf-8", "<title>Beep</title>"},
		{"compressed by its own name", "/assets/main-1a.js.gz", "*/*", 404, "text/plain; charset=utf-8", "not found"},
		{"compressed page by its own name", "/index.html.gz", "*/*", 404, "text/plain; charset=utf-8", "not found"},
		{"the interface", "/api/v2/x", html, 404, "text/plain; charset=utf-8", "not found"},
		{"the interface itself", "/api", html, 404, "text/plain; charset=utf-8", "not found"},
		{"reference", "/docs/", html, 200, "text/html; charset=utf-8", "Beep API"},
		{"errors", "/docs/errors/", html, 200, "text/html; charset=utf-8", `id="rate_limited"`},
		{"reference without slash", "/docs", html, 308, "", ""},
		{"errors without slash", "/docs/errors", html, 308, "", ""},
		{"nothing in the reference", "/docs/none", html, 404, "text/plain; charset=utf-8", "not found"},
		{"above", "/docs/../../web.go", "*/*", 307, "", ""}, // to the cleaned path
		{"above, escaped", "/%2e%2e/%2e%2e/web.go", "*/*", 404, "text/plain; charset=utf-8", "not found"},
		{"above, slash escaped", "/..%2f..%2fweb.go", "*/*", 404, "text/plain; charset=utf-8", "not found"},
		{"above, for a page", "/..%2f..%2fweb.go", html, 200, "text/html; charset=utf-8", "<title>Beep</title>"},
		{"backslashes", `/..%5c..%5cweb.go`, "*/*", 404, "text/plain; charset=utf-8", "not found"},
		{"a null byte", "/theme.js%00.html", "*/*", 404, "text/plain; charset=utf-8", "not found"},
		{"no demo", "/demo.json", html, 200, "application/json", "null\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				answer := ask(t, h, method, c.path, "Accept", c.accept)
				body, _ := io.ReadAll(answer.Body)
				if answer.StatusCode != c.status || c.kind != "" && answer.Header.Get("Content-Type") != c.kind {
					t.Errorf("%s: %d %q %.80q", method, answer.StatusCode, answer.Header.Get("Content-Type"), body)
				}
				if method == "GET" && !strings.Contains(string(body), c.has) || strings.Contains(string(body), "package ") {
					t.Errorf("%.80q", body)
				}
			}
		})
	}
}

func TestWebHeaders(t *testing.T) {
	h := newWebHandler(builtClient(), &demoGuest{})
	for _, path := range []string{"/", "/s/1/2", "/theme.js", "/assets/main-1a.js", "/assets/none", "/docs/", "/docs/errors/", "/docs", "/api/x", "/demo.json", "/favicon.ico"} {
		t.Run(path, func(t *testing.T) {
			head := ask(t, h, "GET", path, "Accept", html).Header
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
}

// TestWebPolicy: a client's page runs our files only, and turns no string into markup by itself; the reference has a policy of
// its own.
func TestWebPolicy(t *testing.T) {
	h := newWebHandler(builtClient(), nil)
	for _, path := range []string{"/", "/s/1/2", "/theme.js"} {
		policy := ask(t, h, "GET", path, "Accept", html).Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'", "connect-src 'self'",
			"manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "require-trusted-types-for 'script'", "trusted-types svelte-trusted-html beep-rich"} {
			name, _, _ := strings.Cut(want, " ")
			if got := directive(policy, name); got != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
	}
	if policy := ask(t, h, "GET", "/docs/").Header.Get("Content-Security-Policy"); policy != api.DocsPolicy {
		t.Errorf("reference: %q", policy)
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

// TestWebCaching: what has a hash in its name is kept, the rest is asked for each time, and asking again costs no body.
func TestWebCaching(t *testing.T) {
	h := newWebHandler(builtClient(), nil)
	for path, want := range map[string]string{"/": "no-cache", "/s/1/2": "no-cache", "/theme.js": "no-cache", "/docs/": "no-cache",
		"/assets/main-1a.js": "public, max-age=31536000, immutable"} {
		for _, encoding := range []string{"", "gzip"} {
			first := ask(t, h, "GET", path, "Accept", html, "Accept-Encoding", encoding)
			tag := first.Header.Get("ETag")
			if first.Header.Get("Cache-Control") != want || len(tag) < 10 {
				t.Errorf("%s: %q %q", path, first.Header.Get("Cache-Control"), tag)
			}
			for _, known := range []string{tag, "W/" + tag, `"other", ` + tag} {
				again := ask(t, h, "GET", path, "Accept", html, "Accept-Encoding", encoding, "If-None-Match", known)
				if body, _ := io.ReadAll(again.Body); again.StatusCode != 304 || len(body) != 0 || again.Header.Get("ETag") != tag {
					t.Errorf("%s again with %s: %d, %d bytes", path, known, again.StatusCode, len(body))
				}
			}
			if changed := ask(t, h, "GET", path, "Accept", html, "If-None-Match", `"other"`); changed.StatusCode != 200 {
				t.Errorf("%s changed: %d", path, changed.StatusCode)
			}
		}
	}
	if missing := ask(t, h, "GET", "/assets/none.js"); missing.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a missing file is kept: %q", missing.Header.Get("Cache-Control"))
	}
}

func TestWebCompression(t *testing.T) {
	h := newWebHandler(builtClient(), nil)
	cases := []struct {
		name, path, accept string
		encoding, body     string
	}{
		{"taken", "/assets/main-1a.js", "gzip", "gzip", "gz of the script"},
		{"as browsers ask", "/assets/main-1a.js", "gzip, deflate, br, zstd", "gzip", "gz of the script"},
		{"the page", "/", "gzip", "gzip", "gz of the page"},
		{"a place", "/s/1", "deflate, GZip;q=0.5", "gzip", "gz of the page"},
		{"refused", "/assets/main-1a.js", "br, gzip;q=0", "", "main script"},
		{"refused, zeros", "/assets/main-1a.js", "gzip; q=0.000", "", "main script"},
		{"nonsense", "/assets/main-1a.js", "gzip;q=x", "", "main script"},
		{"another", "/assets/main-1a.js", "br", "", "main script"},
		{"a name like it", "/assets/main-1a.js", "x-gzip", "", "main script"},
		{"nothing said", "/assets/main-1a.js", "", "", "main script"},
		{"none made", "/theme.js", "gzip", "", "theme"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			answer := ask(t, h, "GET", c.path, "Accept", html, "Accept-Encoding", c.accept)
			body, _ := io.ReadAll(answer.Body)
			if answer.Header.Get("Content-Encoding") != c.encoding || string(body) != c.body || answer.Header.Get("Content-Length") != strconv.Itoa(len(c.body)) {
				t.Errorf("%q %q, %s bytes", answer.Header.Get("Content-Encoding"), body, answer.Header.Get("Content-Length"))
			}
			if vary := slices.Contains(answer.Header.Values("Vary"), "Accept-Encoding"); vary != (c.path != "/theme.js") {
				t.Errorf("Vary %q", answer.Header.Values("Vary"))
			}
			part := ask(t, h, "GET", c.path, "Accept", html, "Accept-Encoding", c.accept, "Range", "bytes=0-1")
			if part.StatusCode != 200 {
				t.Errorf("a part of it: %d", part.StatusCode)
			}
			head := ask(t, h, "HEAD", c.path, "Accept", html, "Accept-Encoding", c.accept)
			if left, _ := io.ReadAll(head.Body); len(left) != 0 || head.Header.Get("Content-Length") != answer.Header.Get("Content-Length") {
				t.Errorf("HEAD: %d bytes, says %s", len(left), head.Header.Get("Content-Length"))
			}
		})
	}
	plain, packed := ask(t, h, "GET", "/"), ask(t, h, "GET", "/", "Accept-Encoding", "gzip")
	if plain.Header.Get("ETag") == packed.Header.Get("ETag") {
		t.Error("two encodings share an ETag")
	}
	if mixed := ask(t, h, "GET", "/", "Accept-Encoding", "gzip", "If-None-Match", plain.Header.Get("ETag")); mixed.StatusCode != 200 {
		t.Errorf("the plain page counts as the compressed one: %d", mixed.StatusCode)
	}
}

// TestWebServesWhatIsInTheBinary: the client, or the page that stands in for it, each with all it names.
func TestWebServesWhatIsInTheBinary(t *testing.T) {
	h := webHandler(nil)
	body, _ := io.ReadAll(ask(t, h, "GET", "/").Body)
	named := regexp.MustCompile(`(?:src|href)="(/[^"#]+\.[a-z0-9]+)"`).FindAllSubmatch(body, -1)
	if len(named) < 2 {
		t.Fatalf("%s", body)
	}
	for _, m := range named {
		if answer := ask(t, h, "GET", string(m[1])); answer.StatusCode != 200 {
			t.Errorf("%s: %d", m[1], answer.StatusCode)
		}
	}
	if place, _ := io.ReadAll(ask(t, h, "GET", "/s/1/2", "Accept", html).Body); !bytes.Equal(place, body) {
		t.Error("a place gets another page")
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
