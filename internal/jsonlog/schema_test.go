package jsonlog_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"
)

// schema is the part of JSON Schema that testdata/logschema uses.
type schema struct {
	Type                 string             `json:"type"`
	Required             []string           `json:"required"`
	Properties           map[string]*schema `json:"properties"`
	AdditionalProperties *bool              `json:"additionalProperties"`
	Enum                 []string           `json:"enum"`
	Pattern              string             `json:"pattern"`
	MinLength            int                `json:"minLength"`
	Minimum              *float64           `json:"minimum"`
}

func readSchema(t *testing.T, kind string) *schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "logschema", kind+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// problems lists what is wrong with a value.
func (s *schema) problems(at string, v any) (out []string) {
	add := func(format string, args ...any) { out = append(out, at+": "+fmt.Sprintf(format, args...)) }
	switch s.Type {
	case "object":
		object, ok := v.(map[string]any)
		if !ok {
			add("is not an object")
			return out
		}
		for _, name := range s.Required {
			if _, ok := object[name]; !ok {
				add("lacks %s", name)
			}
		}
		for name, member := range object {
			if p := s.Properties[name]; p != nil {
				out = append(out, p.problems(at+"."+name, member)...)
			} else if s.AdditionalProperties != nil && !*s.AdditionalProperties {
				add("has %s, which the contract does not know", name)
			}
		}
	case "string":
		text, ok := v.(string)
		if !ok || utf8.RuneCountInString(text) < s.MinLength || s.Enum != nil && !slices.Contains(s.Enum, text) ||
			s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text) {
			add("%v does not fit", v)
		}
	case "integer", "number":
		n, ok := v.(float64)
		if !ok || s.Minimum != nil && n < *s.Minimum || s.Type == "integer" && n != math.Trunc(n) {
			add("%v does not fit", v)
		}
	default:
		add("the schema has a type this test does not know: %q", s.Type)
	}
	return out
}

// kindOf tells the kind of a line by the member that only it has.
func kindOf(line map[string]any) string {
	for _, k := range []struct{ member, kind string }{{"request_method", "access"}, {"action", "audit"}, {"stack_trace", "error"}} {
		if _, ok := line[k.member]; ok {
			return k.kind
		}
	}
	return "application"
}
