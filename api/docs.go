package api

import (
	"embed"
	"io/fs"
)

// dist always has index.html, the error page and their style; the bundle of the reference is there after "make docs".
//
//go:embed docs/dist
var dist embed.FS

// DocsFS is what is served under /docs/: the API reference and, at errors/, the page that problem types link to.
func DocsFS() fs.FS {
	sub, err := fs.Sub(dist, "docs/dist")
	if err != nil {
		panic(err) // the folder is named in the embed line above
	}
	return sub
}

// DocsPolicy is the Content-Security-Policy of the pages in DocsFS. Scripts are our own files only; the reference's bundle
// writes styles into the page.
const DocsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
