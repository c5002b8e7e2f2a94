package config

import (
	"fmt"
	"reflect"
)

// Source says where values come from besides the defaults that are already in the tree. Later wins: defaults, file,
// environment.
type Source struct {
	File      string   // path of a YAML file; "" when there is none
	Env       []string // "NAME=value" pairs, as of os.Environ
	EnvPrefix string   // variables that begin with it are ours, for example "APP_"
	// Ignore lets variables with the prefix through that are not settings; nil ignores none.
	Ignore func(name, value string) bool
}

// Checker is implemented by trees that know more than their tags say: values that must agree, addresses that must parse.
// Check reports every problem it finds, by the dotted key of the setting.
type Checker interface {
	Check(report func(key, what, do string))
}

// Origins tells for each dotted key where its value came from: "default", "file.yaml:12" or a variable's name.
type Origins map[string]string

// OriginDefault is the origin of a value nobody set.
const OriginDefault = "default"

// Load fills the tree that into points to, which holds the defaults. The error is Problems, or the failure to read the
// file. When it fails the tree is half filled and must not be used.
func Load(into any, src Source) (Origins, error) {
	tree, err := newTree(into)
	if err != nil {
		return nil, err
	}
	l := &loader{tree: tree, origins: Origins{}}
	for _, s := range tree.settings {
		l.origins[s.key] = OriginDefault
	}
	if src.File != "" {
		if err := l.readFile(src.File); err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
	}
	l.readEnv(src)
	if c, ok := into.(Checker); ok && len(l.problems) == 0 {
		// A tree whose values did not parse would only make Check repeat the same problems in other words.
		c.Check(l.reportCheck)
	}
	if len(l.problems) > 0 {
		return l.origins, l.problems
	}
	return l.origins, nil
}

type loader struct {
	tree     *tree
	origins  Origins
	problems Problems
}

func (l *loader) add(p Problem) { l.problems = append(l.problems, p) }

func (l *loader) reportCheck(key, what, do string) {
	where, known := l.origins[key]
	if !known {
		where = "configuration"
	}
	l.add(Problem{Key: key, Where: where, What: what, Do: do})
}

// set parses the words of one setting and stores them; where is told in problems and kept as the origin.
func (l *loader) set(s *setting, words []string, where string) {
	for _, w := range words {
		if s.secret && w == Mask {
			l.add(Problem{Key: s.key, Where: where, What: "is the mask that is printed instead of the secret",
				Do: "give the secret itself, or remove the line to keep the default"})
			return
		}
	}
	v, err := s.kind.parse(s.field.Type(), words)
	if err == nil {
		err = s.inRange(v)
	}
	if err != nil {
		l.add(Problem{Key: s.key, Where: where, What: s.describe(words, err), Do: s.advice()})
		return
	}
	s.field.Set(v)
	l.origins[s.key] = where
}

// describe words a value that was refused; a secret is never repeated.
func (s *setting) describe(words []string, err error) string {
	if s.secret {
		return err.Error()
	}
	return fmt.Sprintf("%q %v", clip(joinWords(words), 60), err)
}

func (s *setting) inRange(v reflect.Value) error {
	for _, w := range s.enum {
		if w == v.String() {
			return nil
		}
	}
	if s.enum != nil {
		return fmt.Errorf("is not one of %s", orList(s.enum))
	}
	if s.min.IsValid() && s.kind.compare(v, s.min) < 0 {
		return fmt.Errorf("is less than %s", joinWords(s.kind.format(s.min)))
	}
	if s.max.IsValid() && s.kind.compare(v, s.max) > 0 {
		return fmt.Errorf("is more than %s", joinWords(s.kind.format(s.max)))
	}
	return nil
}
