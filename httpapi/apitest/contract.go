package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/beep-chat/beep/api"
)

// Contract is api/openapi.yaml with what tests ask of it.
type Contract struct {
	validator  *api.Validator
	operations []Operation
}

// Operation is one operation of the contract.
type Operation struct {
	ID      string
	Method  string
	Path    string            // with {parameters}, without the base
	Body    []byte            // the example of the request body as JSON; nil: it takes none
	Query   string            // the examples of query parameters, encoded; "" where it has none
	Headers map[string]string // the examples of header parameters
	Success []int
}

// loadContract reads the contract once a test binary: it is large, and it does not change.
var loadContract = sync.OnceValues(func() (*Contract, error) {
	validator, err := api.NewValidator()
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(api.Spec())
	if err != nil {
		return nil, err
	}
	c := &Contract{validator: validator}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			o, err := operation(method, path, op)
			if err != nil {
				return nil, err
			}
			c.operations = append(c.operations, o)
		}
	}
	sort.Slice(c.operations, func(i, j int) bool { return c.operations[i].ID < c.operations[j].ID })
	return c, nil
})

// LoadContract gives the contract.
func LoadContract(t testing.TB) *Contract {
	t.Helper()
	c, err := loadContract()
	if err != nil {
		t.Fatalf("load the contract: %v", err)
	}
	return c
}

func operation(method, path string, op *openapi3.Operation) (Operation, error) {
	o := Operation{ID: op.OperationID, Method: method, Path: path}
	for status := range op.Responses.Map() {
		if n, err := strconv.Atoi(status); err == nil && n < 300 {
			o.Success = append(o.Success, n)
		}
	}
	sort.Ints(o.Success)
	o.Headers = map[string]string{}
	query := url.Values{}
	for _, p := range op.Parameters {
		switch v := p.Value; {
		case v.Example == nil:
		case v.In == openapi3.ParameterInQuery:
			query.Set(v.Name, fmt.Sprint(v.Example))
		case v.In == openapi3.ParameterInHeader:
			o.Headers[v.Name] = fmt.Sprint(v.Example)
		}
	}
	o.Query = query.Encode()
	if op.RequestBody == nil {
		return o, nil
	}
	body, err := json.Marshal(op.RequestBody.Value.GetMediaType("application/json").Example)
	o.Body = body
	return o, err
}

// Operations lists the operations by their names.
func (c *Contract) Operations() []Operation { return c.operations }

// Operation finds an operation by its name.
func (c *Contract) Operation(id string) (Operation, bool) {
	for _, o := range c.operations {
		if o.ID == id {
			return o, true
		}
	}
	return Operation{}, false
}

// Match finds the operation of a request; path is without the base. A literal segment wins over a parameter.
func (c *Contract) Match(method, path string) (Operation, bool) {
	var best Operation
	found, literals := false, -1
	for _, o := range c.operations {
		if n, ok := matchPath(o.Path, path); ok && o.Method == method && n > literals {
			best, found, literals = o, true, n
		}
	}
	return best, found
}

func matchPath(pattern, path string) (literals int, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return 0, false
	}
	for i, segment := range want {
		switch {
		case strings.HasPrefix(segment, "{"):
			if got[i] == "" {
				return 0, false
			}
		case segment != got[i]:
			return 0, false
		default:
			literals++
		}
	}
	return literals, true
}

// check holds an answer to the contract. Requests that no operation matches must be refused as such.
func (c *Contract) check(t testing.TB, method, path string, a *Answer) {
	t.Helper()
	o, ok := c.Match(method, path)
	if !ok {
		if a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s: no operation, but the answer is %d", method, path, a.Status)
		}
		return
	}
	if err := c.validator.Response(o.ID, a.Status, a.Header, a.Body); err != nil {
		t.Errorf("%s %s breaks the contract: %v\n%s", method, path, err, bytes.TrimSpace(a.Body))
	}
}

// Fill puts values into the {parameters} of an operation's path; what has no value stays.
func (o Operation) Fill(values map[string]string) string {
	path := o.Path
	for name, value := range values {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	return path
}
