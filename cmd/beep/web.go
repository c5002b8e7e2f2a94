package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/web"
)

// webPolicy is the Content-Security-Policy of Beep's own pages: nothing but our own files, and no script or style in a page.
const webPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// demoGuest is what /demo.json tells the page: whom a visitor of the demo may be.
type demoGuest struct {
	Server   string `json:"server"`
	Login    string `json:"login"`
	Password string `json:"password"`
}

// webHandler serves what is not the API: the page at /, the API reference at /docs and, in a demo, /demo.json. guest is nil
// outside of a demo.
func webHandler(guest *demoGuest) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/docs/", http.StripPrefix("/docs", withPolicy(api.DocsPolicy, newFiles(api.DocsFS()))))
	mux.Handle("/docs", redirectTo("/docs/"))
	mux.Handle("/docs/errors", redirectTo("/docs/errors/"))
	mux.Handle("/", withPolicy(webPolicy, newFiles(web.FS())))
	mux.Handle("/favicon.ico", redirectTo("/favicon.svg"))
	if guest != nil {
		mux.HandleFunc("GET /demo.json", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			_ = json.NewEncoder(w).Encode(guest) // the visitor has gone
		})
	}
	return harden(mux)
}

// harden sets what holds for every answer: types are as declared, no address leaks to other sites, nobody frames us. The
// pages replace the policy by their own.
func harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func withPolicy(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r)
	})
}

func redirectTo(target string) http.Handler {
	return http.RedirectHandler(target, http.StatusPermanentRedirect)
}

// files serves an embedded folder. Names do not change with their content, so a browser asks each time and is told by the
// content's hash that nothing changed.
type files struct {
	fs   fs.FS
	tags map[string]string
}

func newFiles(fsys fs.FS) files {
	f := files{fsys, map[string]string{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		sum := sha256.Sum256(b)
		f.tags[name] = `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		return err
	})
	if err != nil {
		panic(err) // the folder is in the binary
	}
	return f
}

// ServeHTTP implements http.Handler.
func (f files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	tag, ok := f.tags[name]
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	b, err := fs.ReadFile(f.fs, name)
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", contentType(name))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
}

// contentType does not ask the machine's own table for what a page needs, since a browser that may not sniff refuses a
// script of a wrong type.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}
