//go:build !noweb

package web

import "embed"

// dist always has a README.md, so that Go builds before the client does; the client is there after "make build".
//
//go:embed all:dist
var dist embed.FS
