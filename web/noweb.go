//go:build noweb

package web

import "embed"

// dist is empty: this binary is built without the client.
var dist embed.FS
