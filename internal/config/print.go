package config

import (
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"
)

// Mask is printed instead of a secret that is set; Load refuses it as a value.
const Mask = "********"

// docWidth is where comments are broken.
const docWidth = 110

// Print writes the tree that from points to as YAML with a comment above every setting: its doc, its variable and, when
// origins has one, where its value came from. What it writes can be loaded again, except for secrets, which are masked.
func Print(w io.Writer, from any, envPrefix string, origins Origins) error {
	t, err := newTree(from)
	if err != nil {
		return err
	}
	var b strings.Builder
	open := []string(nil) // the sections we are in
	for _, s := range t.settings {
		path := strings.Split(s.key, ".")
		open = t.openSections(&b, open, path[:len(path)-1])
		indent := strings.Repeat("  ", len(open))
		printDoc(&b, indent, s.comment(envPrefix, origins[s.key]))
		fmt.Fprintf(&b, "%s%s: %s\n", indent, path[len(path)-1], s.yaml())
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// openSections writes the headers of the sections that begin here.
func (t *tree) openSections(b *strings.Builder, open, want []string) []string {
	same := 0
	for same < len(open) && same < len(want) && open[same] == want[same] {
		same++
	}
	if same < len(open) && len(want) == same {
		b.WriteByte('\n') // a setting after a section stands apart from it
	}
	for depth := same; depth < len(want); depth++ {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		indent := strings.Repeat("  ", depth)
		printDoc(b, indent, t.sections[strings.Join(want[:depth+1], ".")])
		fmt.Fprintf(b, "%s%s:\n", indent, want[depth])
	}
	return want
}

// comment is the doc with the choices, the variable and the origin.
func (s *setting) comment(envPrefix, origin string) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(s.doc))
	if s.enum != nil {
		fmt.Fprintf(&b, " One of: %s.", strings.Join(s.enum, ", "))
	}
	fmt.Fprintf(&b, " [%s]", envName(envPrefix, s.key))
	if origin != "" && origin != OriginDefault {
		fmt.Fprintf(&b, " (set by %s)", origin)
	}
	return strings.TrimSpace(b.String())
}

func (s *setting) yaml() string {
	words := s.kind.format(s.field)
	if s.secret && joinWords(words) != "" {
		return `"` + Mask + `"`
	}
	if s.kind.list {
		for i, w := range words {
			words[i] = s.scalar(w)
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	return s.scalar(words[0])
}

func (s *setting) scalar(w string) string {
	if !s.kind.quote || s.enum != nil {
		return w
	}
	n := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: w, Style: yaml.DoubleQuotedStyle}
	out, err := yaml.Marshal(&n)
	if err != nil { // a string always has a YAML form
		return fmt.Sprintf("%q", w)
	}
	return strings.TrimRight(string(out), "\n")
}

func printDoc(b *strings.Builder, indent, doc string) {
	line := indent + "#"
	for word := range strings.FieldsSeq(doc) {
		if len(line)+1+len(word) > docWidth && len(line) > len(indent)+1 {
			b.WriteString(line + "\n")
			line = indent + "#"
		}
		line += " " + word
	}
	if len(line) > len(indent)+1 {
		b.WriteString(line + "\n")
	}
}
