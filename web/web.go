// Package web holds what a browser gets at /: the client, a single page that is built from src/ into dist/client (make build).
//
// It owns the files. It refuses to serve them, since headers and caching are the node's business. Go needs neither Node nor a
// built client: without one, or with the build tag noweb, there is a small page instead that says how to build it. Everything
// here is constant and safe for concurrent use.
//
//	http.FileServerFS(web.FS())
package web

import (
	"embed"
	"io/fs"
)

//go:embed unbuilt
var unbuilt embed.FS

// FS is the files of the client, or of the page that stands in for it; index.html is the entry. A NAME.gz is the compressed
// form of NAME, and what lies in assets/ has a hash of its content in its name.
func FS() fs.FS {
	if Built() {
		return folder(dist, "dist/client")
	}
	return folder(unbuilt, "unbuilt")
}

// Built tells whether the client is in this binary.
func Built() bool {
	_, err := fs.Stat(dist, "dist/client/index.html")
	return err == nil
}

func folder(files fs.FS, name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // the folder is named in an embed line
	}
	return sub
}
