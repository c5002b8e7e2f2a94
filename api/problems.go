package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/beep-chat/beep/core"
)

// maxProblems bounds the problems told of one body; a body of 64 KiB could make thousands.
const maxProblems = 100

// schemaProblems turns what the schema found, and then what the scanner found in fields that the schema did not complain
// about, into the catalogue's words: sorted by pointer, each pointer and code once.
func schemaProblems(list []core.FieldError, err error, scanned []core.FieldError) []core.FieldError {
	list = appendSchemaErrors(list, err)
	for _, p := range scanned {
		if !slices.ContainsFunc(list, func(q core.FieldError) bool { return q.Pointer == p.Pointer }) {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b core.FieldError) int { return strings.Compare(a.Pointer, b.Pointer) })
	list = slices.CompactFunc(list, func(a, b core.FieldError) bool { return a.Pointer == b.Pointer && a.Code == b.Code })
	return list[:min(len(list), maxProblems)]
}

func appendSchemaErrors(list []core.FieldError, err error) []core.FieldError {
	var many openapi3.MultiError
	var one *openapi3.SchemaError
	switch {
	case err == nil:
	case errors.As(err, &many) && len(many) > 0:
		for _, e := range many {
			list = appendSchemaErrors(list, e)
		}
	case errors.As(err, &one):
		list = append(list, fieldErrors(one)...)
	default: // a value no schema can judge, such as a number beyond float64
		list = append(list, core.FieldError{Code: core.CodeWrongType, Params: map[string]any{"want": "object"}})
	}
	return list
}

// fieldErrors translates one finding; it is more than one only for members the schema does not know.
func fieldErrors(e *openapi3.SchemaError) []core.FieldError {
	at := pointer(e.JSONPointer())
	one := func(code core.Code, name string, value any) []core.FieldError {
		f := core.FieldError{Pointer: at, Code: code}
		if name != "" {
			f.Params = map[string]any{name: value}
		}
		return []core.FieldError{f}
	}
	switch s := e.Schema; e.SchemaField {
	case "required":
		return one(core.CodeRequired, "", nil)
	case "properties":
		return unknownFields(e, at)
	case "minLength":
		return one(core.CodeTooShort, "min", s.MinLength)
	case "maxLength":
		return one(core.CodeTooLong, "max", *s.MaxLength)
	case "minItems":
		return one(core.CodeTooShort, "min", s.MinItems)
	case "maxItems":
		return one(core.CodeTooLong, "max", *s.MaxItems)
	case "minProperties":
		return one(core.CodeTooShort, "min", s.MinProps)
	case "maxProperties":
		return one(core.CodeTooLong, "max", *s.MaxProps)
	case "minimum":
		return one(core.CodeTooSmall, "min", *s.Min)
	case "maximum":
		return one(core.CodeTooLarge, "max", *s.Max)
	case "enum":
		return one(core.CodeNotAllowedValue, "allowed", allowed(s))
	case "type", "nullable":
		return one(core.CodeWrongType, "want", strings.Join(s.Type.Slice(), ", "))
	}
	return one(core.CodeBadFormat, "", nil)
}

// unknownFields names every member of the value that its schema does not.
func unknownFields(e *openapi3.SchemaError, at string) []core.FieldError {
	value, ok := e.Value.(map[string]any)
	if !ok {
		return []core.FieldError{{Pointer: at, Code: core.CodeUnknownField}}
	}
	var list []core.FieldError
	for name := range value {
		if e.Schema.Properties[name] == nil {
			list = append(list, core.FieldError{Pointer: at + pointer([]string{name}), Code: core.CodeUnknownField})
		}
	}
	return list
}

func allowed(s *openapi3.Schema) []string {
	var values []string
	for _, v := range s.Enum {
		values = append(values, fmt.Sprint(v))
	}
	return values
}

// ValidBody is a request body that passed Body. Put in place of the request's body it spares the generated handlers a
// second decoding: they bind the value that was checked.
type ValidBody struct {
	*bytes.Reader
	value any
}

var _ io.ReadCloser = ValidBody{}

// NewValidBody joins a body and the value Body gave for it.
func NewValidBody(raw []byte, value any) ValidBody { return ValidBody{bytes.NewReader(raw), value} }

// ValidatedValue gives the value to the generated handlers.
func (b ValidBody) ValidatedValue() any { return b.value }

// Digest is the SHA-256 of the body; it does not move the reader.
func (b ValidBody) Digest() []byte {
	h := sha256.New()
	_, _ = io.Copy(h, io.NewSectionReader(b.Reader, 0, b.Reader.Size())) // neither side fails
	return h.Sum(nil)
}

// Close implements io.Closer.
func (ValidBody) Close() error { return nil }
