// Package web holds what a browser gets at /: for now one small page, which says what this is, lets people in and follows the
// live stream.
//
// It owns the files, which have no build step: what is in page/ is what is served. It refuses to serve them, since headers and
// caching are the node's business, and to hold script or style inside a page, which the content policy forbids. The tokens
// (tokens.css) and fonts are those of the design; the fonts are under the SIL Open Font License, beside them. Everything here
// is constant and safe for concurrent use.
//
//	http.FileServerFS(web.FS())
package web

import (
	"embed"
	"io/fs"
)

//go:embed page
var page embed.FS

// FS is the files of the page; index.html is its entry.
func FS() fs.FS {
	sub, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // the folder is named in the embed line above
	}
	return sub
}
