package main

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// files serves an embedded folder from a table made at the start, so no path leads out of it. Where NAME.gz lies beside NAME,
// it is what a browser that takes gzip gets for NAME; it has no address of its own.
type files struct {
	fs    fs.FS
	table map[string]file
}

// file is one embedded file; its ETag is a hash of its content.
type file struct {
	tag  string
	size int64
}

func newFiles(fsys fs.FS) files {
	f := files{fsys, map[string]file{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		sum := sha256.Sum256(b)
		f.table[name] = file{`"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, int64(len(b))}
		return err
	})
	if err != nil {
		panic(err) // the folder is in the binary
	}
	return f
}

// ServeHTTP implements http.Handler.
func (f files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := f.find(r.URL.Path)
	if !ok {
		notFound(w)
		return
	}
	f.send(w, r, name)
}

// find gives the file at a path.
func (f files) find(path string) (name string, ok bool) {
	name = strings.TrimPrefix(path, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	_, ok = f.table[name]
	return name, ok && !strings.HasSuffix(name, ".gz")
}

// send answers with a file that find gave. What lies in assets has a hash in its name and is kept for a year; the rest is
// asked for each time, and told by its ETag that nothing changed.
func (f files) send(w http.ResponseWriter, r *http.Request, name string) {
	h, stored := w.Header(), name
	h.Set("Content-Type", contentType(name))
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if _, ok := f.table[name+".gz"]; ok {
		h.Add("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Values("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			stored += ".gz"
		}
	}
	opened, err := f.fs.Open(stored)
	if err != nil {
		notFound(w)
		return
	}
	defer opened.Close()
	content, ok := opened.(io.ReadSeeker)
	if !ok {
		panic("embedded files can seek")
	}
	h.Set("ETag", f.table[stored].tag)
	// ServeContent leaves the length of an encoded body to its caller.
	h.Set("Content-Length", strconv.FormatInt(f.table[stored].size, 10))
	whole := r.Clone(r.Context())
	whole.Header.Del("Range") // a part of a compressed script is of no use
	http.ServeContent(w, whole, "", time.Time{}, content)
}

// takesGzip reads Accept-Encoding (RFC 9110, 12.5.3). "*" alone gets the plain file, which everybody takes.
func takesGzip(accept []string) bool {
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		coding, weight, weighted := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
			return !weighted || err == nil && q > 0
		}
	}
	return false
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
	case ".json":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}
