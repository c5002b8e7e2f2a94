package core

import (
	"errors"
	"fmt"
)

// Code names a failure people or programs can meet. The catalogue with texts and HTTP statuses is api/errors.yaml; the
// constants in codes.gen.go are made from it.
type Code string

// Error is a failure with a code from the catalogue. Params fill the catalogue's text and travel to the client; Err is
// the cause for the log and never leaves the node.
type Error struct {
	Code   Code
	Op     string         // short operation, e.g. "send message"; for the log
	Params map[string]any // values of the catalogue text, and machine-readable hints such as retry_after_ms
	Fields []FieldError   // for validation: every problem at once
	Err    error
}

// FieldError is one problem of a request body. Pointer is a JSON pointer (RFC 6901) into it.
type FieldError struct {
	Pointer string         `json:"pointer"`
	Code    Code           `json:"code"`
	Detail  string         `json:"detail"`
	Params  map[string]any `json:"-"`
}

// E makes an error of the catalogue.
func E(code Code, op string) *Error { return &Error{Code: code, Op: op} }

// With returns a copy that carries one more parameter.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Params = make(map[string]any, len(e.Params)+1)
	for k, v := range e.Params {
		c.Params[k] = v
	}
	c.Params[name] = value
	return &c
}

// Because returns a copy that wraps a cause.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Error implements error; the text is for logs, not for people.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Err != nil {
		s = fmt.Sprintf("%s: %v", s, e.Err)
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf gives the code of an error: "" for nil, CodeInternal for an error without one.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Invalid is a validation failure of one field.
func Invalid(op, pointer string, code Code, params map[string]any) *Error {
	return &Error{Code: CodeValidationFailed, Op: op, Fields: []FieldError{{Pointer: pointer, Code: code, Params: params}}}
}

// ErrNotYet is returned by work that was planned for something which has not happened so far.
var ErrNotYet = errors.New("not yet")
