package main

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/web"
)

// webPolicy is the Content-Security-Policy of the client: nothing but our own files, no script or style in a page, and no
// string becomes markup but through the two named ways. svelte-trusted-html is Svelte's, for the templates compiled into its
// scripts; beep-rich is the client's allow-list for the text of messages.
const webPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; " +
	"trusted-types svelte-trusted-html beep-rich"

// demoGuest is what /demo.json tells the client: whom a visitor of the demo may be.
type demoGuest struct {
	Server   string `json:"server"`
	Login    string `json:"login"`
	Password string `json:"password"`
}

// webHandler serves what is not the API: the client at /, the API reference at /docs, and /demo.json. guest is nil outside of a
// demo; the client is told so by null, since a browser would write an error to its console for a 404.
func webHandler(guest *demoGuest) http.Handler {
	return newWebHandler(web.FS(), guest)
}

func newWebHandler(client fs.FS, guest *demoGuest) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/docs/", http.StripPrefix("/docs", withPolicy(api.DocsPolicy, newFiles(api.DocsFS()))))
	mux.Handle("/docs", redirectTo("/docs/"))
	mux.Handle("/docs/errors", redirectTo("/docs/errors/"))
	mux.Handle("/", withPolicy(webPolicy, singlePage(newFiles(client))))
	mux.Handle("/favicon.ico", redirectTo("/favicon.svg"))
	mux.HandleFunc("/demo.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(guest) // the visitor has gone
	})
	return harden(mux)
}

// singlePage answers with the client's page where a person opens or refreshes one of its addresses, such as /s/1/2. A script
// or picture that is not there stays a 404, since a page in its place would only hide what is missing.
func singlePage(client files) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := client.find(r.URL.Path)
		if !ok && !isFolderOfFiles(r.URL.Path) {
			w.Header().Add("Vary", "Accept")
			if strings.Contains(r.Header.Get("Accept"), "text/html") {
				name, ok = client.find("/")
			}
		}
		if !ok {
			notFound(w)
			return
		}
		client.send(w, r, name)
	})
}

// isFolderOfFiles tells whether a path lies where the client has no places.
func isFolderOfFiles(path string) bool {
	for _, folder := range []string{"/api", "/docs", "/assets"} {
		if path == folder || strings.HasPrefix(path, folder+"/") {
			return true
		}
	}
	return false
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

func notFound(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store") // it may be there after the next start
	http.Error(w, "not found", http.StatusNotFound)
}
