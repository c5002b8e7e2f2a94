package pluginhost

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/beep-chat/beep/core"
)

// schemaWords are the words of JSON Schema a configuration may use: what the generated form can show.
var schemaWords = []string{"type", "properties", "required", "additionalProperties", "items", "enum", "minimum", "maximum",
	"minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "pattern", "default", "title", "description", "x-beep"}

const (
	maxSchemaBytes = 64 << 10
	maxSchemaDepth = 8
	maxFieldErrors = 50
)

// schema checks configurations of one plugin.
type schema struct {
	compiled *jsonschema.Schema
	defaults map[string]json.RawMessage // of the top-level properties
}

// compileSchema reads a plugin's schema; nil for a plugin without configuration.
func compileSchema(raw json.RawMessage) (*schema, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if len(raw) > maxSchemaBytes {
		return nil, fmt.Errorf("has %d bytes, %d are allowed", len(raw), maxSchemaBytes)
	}
	if err := onlyKnownWords(raw, "", 0); err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("is not valid JSON: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", doc); err != nil {
		return nil, fmt.Errorf("is no JSON Schema: %w", err)
	}
	compiled, err := c.Compile("config.json")
	if err != nil {
		return nil, fmt.Errorf("is no JSON Schema: %w", err)
	}
	s := &schema{compiled: compiled, defaults: topDefaults(raw)}
	if err := s.check(s.withDefaults(nil)); err != nil {
		return nil, fmt.Errorf("does not accept its own defaults: %w", err)
	}
	return s, nil
}

// onlyKnownWords keeps out what the form cannot show and what reaches outside ($ref).
func onlyKnownWords(raw json.RawMessage, at string, depth int) error {
	var node map[string]json.RawMessage
	if err := json.Unmarshal(raw, &node); err != nil {
		return fmt.Errorf("%s/ is not an object", at)
	}
	if depth > maxSchemaDepth {
		return fmt.Errorf("%s is nested deeper than %d", at, maxSchemaDepth)
	}
	if t := string(node["type"]); at == "" && t != `"object"` {
		return errors.New(`must have the type "object"`)
	}
	for word := range node {
		if !slices.Contains(schemaWords, word) {
			return fmt.Errorf("%s/%s is not one of the words a form can show: %s", at, word, strings.Join(schemaWords, ", "))
		}
	}
	if items, ok := node["items"]; ok {
		if err := onlyKnownWords(items, at+"/items", depth+1); err != nil {
			return err
		}
	}
	var properties map[string]json.RawMessage
	if p, ok := node["properties"]; ok {
		if err := json.Unmarshal(p, &properties); err != nil {
			return fmt.Errorf("%s/properties is not an object", at)
		}
	}
	for name, p := range properties {
		if err := onlyKnownWords(p, at+"/properties/"+name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func topDefaults(raw json.RawMessage) map[string]json.RawMessage {
	var top struct {
		Properties map[string]struct {
			Default json.RawMessage `json:"default"`
		} `json:"properties"`
	}
	_ = json.Unmarshal(raw, &top) // its shape was checked
	out := map[string]json.RawMessage{}
	for name, p := range top.Properties {
		if p.Default != nil {
			out[name] = p.Default
		}
	}
	return out
}

// withDefaults fills in what a server left out. A configuration that is no object is given back as it is.
func (s *schema) withDefaults(config json.RawMessage) json.RawMessage {
	if s == nil {
		return config
	}
	given := map[string]json.RawMessage{}
	if len(config) > 0 && json.Unmarshal(config, &given) != nil {
		return config
	}
	if given == nil { // the text null
		given = map[string]json.RawMessage{}
	}
	for name, value := range s.defaults {
		if _, ok := given[name]; !ok {
			given[name] = value
		}
	}
	out, err := json.Marshal(given)
	if err != nil {
		return config
	}
	return out
}

// check gives every problem of a configuration as a validation failure; pointers are relative to the configuration.
func (s *schema) check(config json.RawMessage) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return core.Invalid(checkOp, "", core.CodeWrongType, map[string]any{"want": "object"}).Because(err)
	}
	err = s.compiled.Validate(value)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	e := &core.Error{Code: core.CodeValidationFailed, Op: checkOp, Err: err}
	collect(invalid, &e.Fields)
	slices.SortFunc(e.Fields, func(a, b core.FieldError) int { return strings.Compare(a.Pointer, b.Pointer) })
	if len(e.Fields) > maxFieldErrors {
		e.Fields = e.Fields[:maxFieldErrors]
	}
	return e
}

const checkOp = "check plugin configuration"

// collect walks to the leaves, which are the problems.
func collect(v *jsonschema.ValidationError, out *[]core.FieldError) {
	for _, cause := range v.Causes {
		collect(cause, out)
	}
	if len(v.Causes) > 0 {
		return
	}
	at := pointer(v.InstanceLocation)
	add := func(pointer string, code core.Code, params map[string]any) {
		*out = append(*out, core.FieldError{Pointer: pointer, Code: code, Params: params})
	}
	switch k := v.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			add(at+"/"+escape(name), core.CodeRequired, nil)
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			add(at+"/"+escape(name), core.CodeUnknownField, nil)
		}
	case *kind.Type:
		add(at, core.CodeWrongType, map[string]any{"want": strings.Join(k.Want, ", ")})
	case *kind.Enum:
		add(at, core.CodeNotAllowedValue, map[string]any{"allowed": allowed(k.Want)})
	case *kind.MinLength:
		add(at, core.CodeTooShort, map[string]any{"min": k.Want, "length": k.Got})
	case *kind.MaxLength:
		add(at, core.CodeTooLong, map[string]any{"max": k.Want, "length": k.Got})
	case *kind.MinItems:
		add(at, core.CodeTooShort, map[string]any{"min": k.Want, "length": k.Got})
	case *kind.MaxItems:
		add(at, core.CodeTooLong, map[string]any{"max": k.Want, "length": k.Got})
	case *kind.Minimum:
		add(at, core.CodeTooSmall, map[string]any{"min": number(k.Want.Float64())})
	case *kind.Maximum:
		add(at, core.CodeTooLarge, map[string]any{"max": number(k.Want.Float64())})
	default:
		add(at, core.CodeBadFormat, nil)
	}
}

func number(f float64, _ bool) any {
	if f == float64(int64(f)) {
		return int64(f)
	}
	return f
}

func allowed(values []any) string {
	texts := make([]string, 0, len(values))
	for _, v := range values {
		texts = append(texts, fmt.Sprint(v))
	}
	return strings.Join(texts, ", ")
}

// pointer makes a JSON pointer (RFC 6901) of the names on the way.
func pointer(names []string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteByte('/')
		b.WriteString(escape(name))
	}
	return b.String()
}

func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// sortedHooks are the hooks of a manifest, by name.
func (m Manifest) sortedHooks() []core.Hook { return slices.Sorted(maps.Keys(m.Hooks)) }
