package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/beep-chat/beep/core"
)

// MaxBodyBytes bounds a JSON body; more is body_too_large.
const MaxBodyBytes = 64 << 10

// Validator holds requests, and in tests responses, to the contract. It is immutable and safe for concurrent use.
type Validator struct {
	ops     map[string]*operation
	answers func() (answers, error)
}

// operation is what the contract says of one operation.
type operation struct {
	id     string
	body   *openapi3.Schema // nil: takes none
	params []*openapi3.Parameter
	codes  []core.Code
}

// NewValidator gives the validator of the embedded contract, which is read once in a process; it fails only when the
// contract itself is broken.
func NewValidator() (*Validator, error) { return readOnce() }

var readOnce = sync.OnceValues(func() (*Validator, error) {
	requests, err := load()
	if err != nil {
		return nil, err
	}
	v := &Validator{ops: map[string]*operation{}, answers: sync.OnceValues(loadAnswers)}
	for _, item := range requests.Paths.Map() {
		for _, op := range item.Operations() {
			o := &operation{id: op.OperationID}
			if err := o.fill(op); err != nil {
				return nil, fmt.Errorf("contract: %s: %w", op.OperationID, err)
			}
			v.ops[o.id] = o
		}
	}
	return v, nil
})

// answers are the documented answers of each operation, by status.
type answers map[string]map[int]*openapi3.Response

// loadAnswers reads the contract once more, closed: only tests need it, so a node does not pay for it at its start.
func loadAnswers() (answers, error) {
	doc, err := load()
	if err != nil {
		return nil, err
	}
	closeObjects(doc)
	all := answers{}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			byStatus := map[int]*openapi3.Response{}
			for status, r := range op.Responses.Map() {
				n, err := strconv.Atoi(status)
				if err != nil {
					return nil, fmt.Errorf("%s: response %q: %w", op.OperationID, status, err)
				}
				byStatus[n] = r.Value
			}
			all[op.OperationID] = byStatus
		}
	}
	return all, nil
}

func load() (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(spec)
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	return doc, nil
}

// closeObjects refuses members that a schema does not name. Clients must ignore what they do not know, but Beep itself must
// not answer what the contract does not say.
func closeObjects(doc *openapi3.T) {
	closed := false
	for _, ref := range doc.Components.Schemas {
		s := ref.Value
		if s.Type.Is(openapi3.TypeObject) && len(s.Properties) > 0 {
			s.AdditionalProperties = openapi3.BoolSchema{Has: &closed}
		}
	}
}

func (o *operation) fill(op *openapi3.Operation) error {
	if op.RequestBody != nil {
		o.body = op.RequestBody.Value.GetMediaType("application/json").Schema.Value
	}
	for _, p := range op.Parameters {
		o.params = append(o.params, p.Value)
	}
	codes, ok := op.Extensions["x-error-codes"].([]any)
	if !ok {
		return fmt.Errorf("x-error-codes is missing")
	}
	for _, c := range codes {
		o.codes = append(o.codes, core.Code(fmt.Sprint(c)))
	}
	return nil
}

// Body checks the body of a request and gives its value: maps, slices, strings, booleans, json.Number and nil, never
// changed later. An empty body, and null, count as an object without members, so they pass where nothing is required.
// The error is bad_utf8, bad_json, body_too_large, or validation_failed with every problem at once.
func (v *Validator) Body(operationID string, raw []byte) (any, *core.Error) {
	op, ok := v.ops[operationID]
	if !ok {
		return nil, core.E(core.CodeInternal, "check body").Because(fmt.Errorf("no operation %q", operationID))
	}
	if len(raw) > MaxBodyBytes {
		return nil, core.E(core.CodeBodyTooLarge, "check body").With("limit", MaxBodyBytes)
	}
	value, problems, absent, failure := scan(raw)
	if failure != nil {
		return nil, failure
	}
	if absent || value == nil {
		value = map[string]any{}
	}
	schema := op.body
	if schema == nil {
		schema = nothing
	}
	problems = slices.DeleteFunc(problems, func(f core.FieldError) bool { return f.Code == core.CodeWrongType && open(schema, f.Pointer) })
	if len(problems) == 0 && schema.VisitJSON(value, openapi3.FailFast()) == nil {
		return value, nil
	}
	problems = schemaProblems(nil, schema.VisitJSON(value, openapi3.MultiErrors()), problems)
	return nil, &core.Error{Code: core.CodeValidationFailed, Op: "check body", Fields: problems}
}

// open tells whether a place in a body lies in a value of which the contract says nothing: there numbers may have a fraction.
func open(s *openapi3.Schema, at string) bool {
	for _, part := range strings.Split(at, "/")[1:] {
		more := s.AdditionalProperties
		switch p := s.Properties[pointerUnescape.Replace(part)]; {
		case p != nil:
			s = p.Value
		case s.Type.Is(openapi3.TypeArray):
			s = s.Items.Value
		case more.Schema != nil:
			s = more.Schema.Value
		default:
			return more.Has != nil && *more.Has
		}
	}
	return false
}

// nothing is the body of operations that take none: {} at most.
var nothing = openapi3.NewObjectSchema().WithoutAdditionalProperties()

// Params checks query parameters and headers of a request, as far as the contract names them; path parameters are the
// router's, since a wrong id there is 404. The problems' pointers are ?name and the header's name.
func (v *Validator) Params(operationID string, query url.Values, header http.Header) *core.Error {
	op, ok := v.ops[operationID]
	if !ok {
		return core.E(core.CodeInternal, "check parameters").Because(fmt.Errorf("no operation %q", operationID))
	}
	var problems []core.FieldError
	for _, p := range op.params {
		var given []string
		at := p.Name
		switch p.In {
		case openapi3.ParameterInQuery:
			given, at = query[p.Name], "?"+p.Name
		case openapi3.ParameterInHeader:
			given = header.Values(p.Name)
		}
		problems = append(problems, paramProblems(p, at, given)...)
	}
	if len(problems) == 0 {
		return nil
	}
	return &core.Error{Code: core.CodeValidationFailed, Op: "check parameters", Fields: problems}
}

func paramProblems(p *openapi3.Parameter, at string, given []string) []core.FieldError {
	if len(given) == 0 || p.In == openapi3.ParameterInPath {
		return nil
	}
	if len(given) > 1 {
		return []core.FieldError{{Pointer: at, Code: core.CodeBadFormat}}
	}
	schema := p.Schema.Value
	var value any = given[0]
	switch {
	case schema.Type.Is(openapi3.TypeInteger):
		n, err := strconv.ParseInt(given[0], 10, 64)
		if err != nil {
			return []core.FieldError{{Pointer: at, Code: core.CodeWrongType, Params: map[string]any{"want": "integer"}}}
		}
		value = n
	case schema.Type.Is(openapi3.TypeBoolean):
		if given[0] != "true" && given[0] != "false" {
			return []core.FieldError{{Pointer: at, Code: core.CodeWrongType, Params: map[string]any{"want": "boolean"}}}
		}
		value = given[0] == "true"
	}
	problems := schemaProblems(nil, schema.VisitJSON(value, openapi3.MultiErrors()), nil)
	for i := range problems {
		problems[i].Pointer = at
	}
	return problems
}

// Response holds an answer to the contract; it is for tests. Beyond the shape it checks that errors carry a code which the
// operation lists and the catalogue gives this status.
func (v *Validator) Response(operationID string, status int, header http.Header, body []byte) error {
	op, ok := v.ops[operationID]
	if !ok {
		return fmt.Errorf("no operation %q", operationID)
	}
	all, err := v.answers()
	if err != nil {
		return err
	}
	answer, ok := all[operationID][status]
	if !ok {
		return fmt.Errorf("%s: the contract has no answer %d", operationID, status)
	}
	for name, h := range answer.Headers {
		if h.Value.Required && header.Get(name) == "" {
			return fmt.Errorf("%s %d: header %s is missing", operationID, status, name)
		}
	}
	if len(answer.Content) == 0 {
		if len(body) > 0 {
			return fmt.Errorf("%s %d: a body where the contract has none", operationID, status)
		}
		return nil
	}
	kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	media := answer.Content[kind]
	if media == nil {
		return fmt.Errorf("%s %d: content type %q is not in the contract", operationID, status, kind)
	}
	if !strings.HasSuffix(kind, "json") {
		return nil
	}
	var value any
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&value); err != nil {
		return fmt.Errorf("%s %d: %w", operationID, status, err)
	}
	if err := media.Schema.Value.VisitJSON(value, openapi3.MultiErrors()); err != nil {
		return fmt.Errorf("%s %d: %w", operationID, status, err)
	}
	if status >= 400 {
		return op.checkCode(status, value)
	}
	return nil
}

func (o *operation) checkCode(status int, problem any) error {
	code := core.Code(problem.(map[string]any)["code"].(string)) // the schema has been checked
	if !slices.Contains(o.codes, code) {
		return fmt.Errorf("%s: code %s is not among its x-error-codes", o.id, code)
	}
	if want := Status(code); want != status {
		return fmt.Errorf("%s: code %s answered with %d instead of %d", o.id, code, status, want)
	}
	return nil
}
