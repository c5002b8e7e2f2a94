package plugins

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/beep-chat/beep/core"
)

// maxNumber is how many characters a number of a configuration may have; together with the ban on exponents it keeps exact
// arithmetic on them cheap.
const maxNumber = 24

// canonical gives the form in which a configuration is stored and given to plugins: one object without needless bytes. Its
// problems have pointers below /config.
func canonical(op string, raw json.RawMessage) (json.RawMessage, error) {
	var value map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil || value == nil {
		return nil, core.Invalid(op, "/config", core.CodeWrongType, map[string]any{"want": "object"})
	}
	var c core.Checks
	checkNumbers(&c, "/config", value)
	if err := c.Err(op); err != nil {
		return nil, below("", err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, core.E(core.CodeInternal, op).Because(err)
	}
	config := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if n := len(config); n > core.MaxPluginConfigBytes {
		return nil, core.Invalid(op, "/config", core.CodeTooLong, map[string]any{"max": core.MaxPluginConfigBytes, "length": n})
	}
	return config, nil
}

// checkNumbers refuses numbers that only a program would write.
func checkNumbers(c *core.Checks, at string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			checkNumbers(c, at+"/"+pointerEscape.Replace(name), member)
		}
	case []any:
		for i, item := range v {
			checkNumbers(c, at+"/"+strconv.Itoa(i), item)
		}
	case json.Number:
		if len(v) > maxNumber || strings.ContainsAny(string(v), "eE") {
			c.Add(at, core.CodeWrongType, map[string]any{"want": "number without exponent"})
		}
	}
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// checkConfig asks whether a plugin can work with a configuration.
func (s *Service) checkConfig(ctx context.Context, server core.ServerID, p core.Plugin, config json.RawMessage) error {
	if p.Schema == nil {
		if string(config) == "{}" {
			return nil
		}
		return core.Invalid("check configuration", "/config", core.CodeUnknownField, nil)
	}
	return below("/config", s.Catalog.CheckConfig(ctx, server, p.ID, config))
}

// maxProblems bounds the problems told of one configuration; one of 64 KiB could have thousands.
const maxProblems = 100

// below moves the pointers of a validation failure below a member of the body, and puts them in order.
func below(member string, err error) error {
	var e *core.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	moved := *e
	moved.Fields = make([]core.FieldError, len(e.Fields))
	for i, f := range e.Fields {
		f.Pointer = member + f.Pointer
		moved.Fields[i] = f
	}
	slices.SortStableFunc(moved.Fields, func(a, b core.FieldError) int { return strings.Compare(a.Pointer, b.Pointer) })
	moved.Fields = moved.Fields[:min(len(moved.Fields), maxProblems)]
	return &moved
}
