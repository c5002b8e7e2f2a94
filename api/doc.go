// Package api is the REST contract: openapi.yaml, events.yaml and errors.yaml, what is generated from them, and the checks
// that hold requests and responses to it.
//
// It owns the wire forms, the validation of request bodies and parameters by the contract, and the text of errors in
// English and French. It refuses to decide anything about a community: rules are in core/<area>, routing and
// authentication in httpapi. A Validator and everything else here is immutable once made and safe for concurrent use.
//
//	v, err := api.NewValidator()
//	value, problem := v.Body("sendMessage", raw)
//	if problem != nil {
//		body, status := api.Problem(problem, api.AcceptLanguage(header), requestID)
//		...
//	}
//
// The generated files follow the contract by "go generate ./api"; "go run ./api/gen -check" fails when they do not.
package api

//go:generate go run ./gen -root ..
