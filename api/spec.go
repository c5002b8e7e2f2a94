package api

import _ "embed"

//go:embed openapi.yaml
var spec []byte

// Spec is the contract, openapi.yaml, as it is served at /api/openapi.yaml. The caller must not change it.
func Spec() []byte { return spec }
