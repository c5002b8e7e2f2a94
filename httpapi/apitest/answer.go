package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Answer is an answer to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	t    testing.TB
	what string
}

// Is checks the status and, where given, the code of a problem.
func (a *Answer) Is(status int, code ...string) *Answer {
	a.t.Helper()
	got := a.Code()
	if a.Status != status || len(code) > 0 && got != code[0] {
		a.t.Errorf("%s: answered %d %s, want %d %s\n%s", a.what, a.Status, got, status, strings.Join(code, ""), bytes.TrimSpace(a.Body))
	}
	return a
}

// Must is Is for what the rest of the test needs: another answer ends it.
func (a *Answer) Must(status int) *Answer {
	a.t.Helper()
	if a.Is(status); a.Status != status {
		a.t.FailNow()
	}
	return a
}

// Code is the code of a problem, "" in an answer that is none.
func (a *Answer) Code() string {
	if a.Status < http.StatusBadRequest {
		return ""
	}
	return a.Text("code")
}

// At gives a value of the JSON body by a path such as items.0.id; nil where there is none.
func (a *Answer) At(path string) any {
	var v any
	if json.Unmarshal(a.Body, &v) != nil {
		return nil
	}
	return Dig(v, path)
}

// Dig gives a value inside a JSON value by a path such as items.0.id, nil where there is none; "" is the value itself.
func Dig(v any, path string) any {
	for segment := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			if segment != "" {
				v = x[segment]
			}
		case []any:
			if segment == "" {
				continue
			}
			i, err := strconv.Atoi(segment)
			if err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// Text is At for a text, "" where there is none.
func (a *Answer) Text(path string) string {
	s, _ := a.At(path).(string)
	return s
}

// Len is the number of items of a list, -1 where there is none.
func (a *Answer) Len(path string) int {
	list, ok := a.At(path).([]any)
	if !ok {
		return -1
	}
	return len(list)
}

// Has checks a value of the body; it is compared by how it prints.
func (a *Answer) Has(path string, want any) *Answer {
	a.t.Helper()
	if got := a.At(path); fmt.Sprint(got) != fmt.Sprint(want) {
		a.t.Errorf("%s: %s is %v, want %v", a.what, path, got, want)
	}
	return a
}

// Problems are the problems of single fields, as "pointer code", in order.
func (a *Answer) Problems() []string {
	var out []string
	list, _ := a.At("errors").([]any)
	for _, p := range list {
		out = append(out, fmt.Sprintf("%v %v", Dig(p, "pointer"), Dig(p, "code")))
	}
	return out
}

// HasProblems checks the problems of single fields, all of them, in order.
func (a *Answer) HasProblems(want ...string) *Answer {
	a.t.Helper()
	if got := a.Problems(); !slices.Equal(got, want) {
		a.t.Errorf("%s: problems %q, want %q", a.what, got, want)
	}
	return a
}

// String names the request and its answer.
func (a *Answer) String() string {
	return fmt.Sprintf("%s: %d %s", a.what, a.Status, bytes.TrimSpace(a.Body))
}
