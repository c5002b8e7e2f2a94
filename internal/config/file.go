package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxFileBytes bounds the YAML file.
const maxFileBytes = 1 << 20

func (l *loader) readFile(path string) error {
	text, err := readBounded(path, maxFileBytes)
	if err != nil {
		return err
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil // an empty file, or one of comments only
	} else if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: one YAML document is wanted, there is something after it", path)
	}
	l.readMap(path, "", doc.Content[0])
	return nil
}

// readMap takes the settings of one section from a YAML mapping.
func (l *loader) readMap(path, prefix string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return // a section whose lines are all commented out
	}
	if n.Kind != yaml.MappingNode {
		l.add(Problem{Key: sectionName(prefix), Where: at(path, n), What: "is a section", Do: "put its settings below it, indented"})
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		key := prefix + k.Value
		if first, doubled := seen[key]; doubled {
			l.add(Problem{Key: key, Where: at(path, k), What: fmt.Sprintf("was already set on line %d", first), Do: "remove one of them"})
			continue
		}
		seen[key] = k.Line
		if v.Kind == yaml.AliasNode {
			v = v.Alias
		}
		l.readKey(path, key, k, v)
	}
}

func (l *loader) readKey(path, key string, k, v *yaml.Node) {
	if _, ok := l.tree.sections[key]; ok {
		l.readMap(path, key+".", v)
		return
	}
	s := l.tree.byKey[key]
	if s == nil {
		l.add(unknown(key, at(path, k), "is not a setting", l.names()))
		return
	}
	words, what := nodeWords(v, s.kind.list)
	if what != "" {
		l.add(Problem{Key: key, Where: at(path, v), What: what, Do: s.advice()})
		return
	}
	l.set(s, words, at(path, v))
}

// nodeWords gives the scalars of a node, or what is wrong with it.
func nodeWords(n *yaml.Node, list bool) (words []string, what string) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return nil, "has no value"
	case n.Kind == yaml.ScalarNode && list:
		return splitList(n.Value), ""
	case n.Kind == yaml.ScalarNode:
		return []string{n.Value}, ""
	case n.Kind == yaml.SequenceNode && list:
		for _, e := range n.Content {
			if e.Kind != yaml.ScalarNode || e.Tag == "!!null" {
				return nil, "has an entry that is not a plain value"
			}
			words = append(words, e.Value)
		}
		return words, ""
	case n.Kind == yaml.SequenceNode:
		return nil, "is a list; one value is wanted"
	}
	return nil, "is a section; a value is wanted"
}

// names lists every setting and section.
func (l *loader) names() []string {
	var names []string
	for _, s := range l.tree.settings {
		names = append(names, s.key)
	}
	for section := range l.tree.sections {
		names = append(names, section)
	}
	slices.Sort(names)
	return names
}

func at(path string, n *yaml.Node) string { return fmt.Sprintf("%s:%d", path, n.Line) }

func sectionName(prefix string) string {
	if prefix == "" {
		return "the file"
	}
	return strings.TrimSuffix(prefix, ".")
}
