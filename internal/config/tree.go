package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// tree is a struct taken apart: its settings in the order they are declared.
type tree struct {
	settings []*setting
	byKey    map[string]*setting
	sections map[string]string // dotted name of every section -> doc
}

// setting is one leaf.
type setting struct {
	key      string // dotted, "http.listen"
	doc      string
	enum     []string
	secret   bool
	min, max reflect.Value
	kind     kind
	field    reflect.Value
	def      []string // the default, as words
}

var errNotAStruct = errors.New("configuration must be a pointer to a struct")

func newTree(into any) (*tree, error) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil, errNotAStruct
	}
	t := &tree{byKey: map[string]*setting{}, sections: map[string]string{}}
	if err := t.walk("", v.Elem()); err != nil {
		return nil, fmt.Errorf("configuration tree: %w", err)
	}
	return t, nil
}

func (t *tree) walk(prefix string, v reflect.Value) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, tagged := f.Tag.Lookup("config")
		if !tagged {
			continue
		}
		key := prefix + name
		if name == "" || !f.IsExported() || t.byKey[key] != nil {
			return fmt.Errorf("field %s of %s: empty, doubled or unexported setting", f.Name, v.Type())
		}
		k, ok := kindOf(f.Type)
		if !ok && f.Type.Kind() == reflect.Struct {
			t.sections[key] = f.Tag.Get("doc")
			if err := t.walk(key+".", v.Field(i)); err != nil {
				return err
			}
			continue
		}
		if !ok {
			return fmt.Errorf("setting %s: no kind for %s", key, f.Type)
		}
		s, err := newSetting(key, f, k, v.Field(i))
		if err != nil {
			return err
		}
		t.settings = append(t.settings, s)
		t.byKey[key] = s
	}
	return nil
}

func newSetting(key string, f reflect.StructField, k kind, field reflect.Value) (*setting, error) {
	s := &setting{key: key, doc: f.Tag.Get("doc"), kind: k, field: field,
		secret: f.Tag.Get("secret") == "true", def: k.format(field)}
	if e := f.Tag.Get("enum"); e != "" {
		s.enum = strings.Split(e, "|")
	}
	for _, bound := range []struct {
		tag string
		to  *reflect.Value
	}{{"min", &s.min}, {"max", &s.max}} {
		text, ok := f.Tag.Lookup(bound.tag)
		if !ok {
			continue
		}
		v, err := k.parse(f.Type, []string{text})
		if err != nil || k.compare == nil {
			return nil, fmt.Errorf("setting %s: tag %s %q does not fit %s", key, bound.tag, text, f.Type)
		}
		*bound.to = v
	}
	return s, nil
}

// envName is the variable of a key: "http.listen" under "APP_" is APP_HTTP_LISTEN.
func envName(prefix, key string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// advice says what a good value looks like.
func (s *setting) advice() string {
	var b strings.Builder
	b.WriteString("use ")
	if s.enum != nil {
		b.WriteString(orList(s.enum))
	} else {
		b.WriteString(s.kind.example)
		if s.min.IsValid() {
			fmt.Fprintf(&b, ", at least %s", joinWords(s.kind.format(s.min)))
		}
		if s.max.IsValid() {
			fmt.Fprintf(&b, ", at most %s", joinWords(s.kind.format(s.max)))
		}
	}
	if !s.secret {
		fmt.Fprintf(&b, " (default %s)", quoted(joinWords(s.def)))
	}
	return b.String()
}

func quoted(s string) string {
	if s == "" {
		return `""`
	}
	return s
}
