package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// schemaList is what the TypeScript types are made from: the contract as a tree that keeps the order of the file.
type schemaList struct{ doc *yaml.Node }

// readSchemas reads openapi.yaml.
func readSchemas(path string) (schemaList, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return schemaList{}, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return schemaList{}, fmt.Errorf("%s: %w", path, err)
	}
	return schemaList{doc.Content[0]}, nil
}

// typeScript makes api/ts/types.gen.ts: a type for each schema and one entry for each operation.
func (l schemaList) typeScript() (output, error) {
	var b bytes.Buffer
	b.WriteString("// Code generated from api/openapi.yaml; DO NOT EDIT.\n\n")
	schemas := member(member(l.doc, "components"), "schemas")
	for i := 0; i+1 < len(schemas.Content); i += 2 {
		name, schema := schemas.Content[i].Value, schemas.Content[i+1]
		b.WriteString(docLine("", schema))
		t, err := tsSchema(schema, "")
		if err != nil {
			return output{}, fmt.Errorf("schema %s: %w", name, err)
		}
		fmt.Fprintf(&b, "export type %s = %s\n\n", name, t)
	}
	if err := l.operations(&b); err != nil {
		return output{}, err
	}
	return output{"api/ts/types.gen.ts", b.Bytes()}, nil
}

// operation is what a caller needs of one operation.
type operation struct {
	id, method, path, params, query, headers, body, answer string
}

func (l schemaList) operations(b *bytes.Buffer) error {
	var ops []operation
	paths := member(l.doc, "paths")
	for i := 0; i+1 < len(paths.Content); i += 2 {
		item := paths.Content[i+1]
		for j := 0; j+1 < len(item.Content); j += 2 {
			op, err := l.operation(paths.Content[i].Value, item.Content[j].Value, item.Content[j+1])
			if err != nil {
				return err
			}
			ops = append(ops, op)
		}
	}
	b.WriteString("/** Where each operation lives, under /api/v1. */\nexport const routes = {\n")
	for _, op := range ops {
		fmt.Fprintf(b, "  %s: { method: '%s', path: '%s' },\n", op.id, op.method, op.path)
	}
	b.WriteString("} as const\n\n/** What each operation takes and answers; void is an answer without a body. */\nexport interface Operations {\n")
	for _, op := range ops {
		fmt.Fprintf(b, "  %s: { params: %s; query: %s; headers: %s; body: %s; answer: %s }\n",
			op.id, op.params, op.query, op.headers, op.body, op.answer)
	}
	b.WriteString("}\n")
	return nil
}

func (l schemaList) operation(path, method string, n *yaml.Node) (operation, error) {
	op := operation{id: member(n, "operationId").Value, method: strings.ToUpper(method), path: path, body: "undefined", answer: "void"}
	var err error
	for where, field := range map[string]*string{"path": &op.params, "query": &op.query, "header": &op.headers} {
		if *field, err = l.parameters(n, where); err != nil {
			return op, fmt.Errorf("%s: %w", op.id, err)
		}
	}
	if body := member(n, "requestBody"); body != nil {
		if op.body, err = tsContent(body); err != nil {
			return op, fmt.Errorf("%s: %w", op.id, err)
		}
		if member(body, "required").Value != "true" {
			op.body += " | undefined"
		}
	}
	responses := member(n, "responses")
	for i := 0; i+1 < len(responses.Content); i += 2 {
		if responses.Content[i].Value[0] == '2' {
			op.answer, err = tsContent(responses.Content[i+1])
			break
		}
	}
	return op, err
}

func (l schemaList) parameters(op *yaml.Node, where string) (string, error) {
	var members []string
	list := member(op, "parameters")
	if list == nil {
		return "{}", nil
	}
	for _, p := range list.Content {
		if r := member(p, "$ref"); r != nil {
			p = l.resolve(r.Value)
		}
		if p == nil || member(p, "in").Value != where {
			continue
		}
		t, err := tsSchema(member(p, "schema"), "")
		if err != nil {
			return "", err
		}
		mark := "?"
		if r := member(p, "required"); r != nil && r.Value == "true" {
			mark = ""
		}
		members = append(members, fmt.Sprintf("%s%s: %s", tsKey(member(p, "name").Value), mark, t))
	}
	if len(members) == 0 {
		return "{}", nil
	}
	return "{ " + strings.Join(members, "; ") + " }", nil
}

// resolve follows a reference inside the document.
func (l schemaList) resolve(ref string) *yaml.Node {
	n := l.doc
	for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		n = member(n, part)
	}
	return n
}

func tsContent(n *yaml.Node) (string, error) {
	json := member(member(n, "content"), "application/json")
	if json == nil {
		return "void", nil
	}
	return tsSchema(member(json, "schema"), "")
}

// tsSchema translates a schema; it fails on what the contract does not use, rather than guess.
func tsSchema(n *yaml.Node, indent string) (string, error) {
	t, err := tsBare(n, indent)
	if err == nil {
		if null := member(n, "nullable"); null != nil && null.Value == "true" {
			t += " | null"
		}
	}
	return t, err
}

func tsBare(n *yaml.Node, indent string) (string, error) {
	if r := member(n, "$ref"); r != nil {
		return strings.TrimPrefix(r.Value, "#/components/schemas/"), nil
	}
	if one := member(n, "oneOf"); one != nil {
		var parts []string
		for _, c := range one.Content {
			t, err := tsSchema(c, indent)
			if err != nil {
				return "", err
			}
			parts = append(parts, t)
		}
		return strings.Join(parts, " | "), nil
	}
	kind := member(n, "type")
	if kind == nil {
		return "", fmt.Errorf("line %d: a schema without type", n.Line)
	}
	switch kind.Value {
	case "string":
		return tsEnum(n), nil
	case "integer", "number":
		return "number", nil
	case "boolean":
		return "boolean", nil
	case "array":
		t, err := tsSchema(member(n, "items"), indent)
		if strings.Contains(t, " ") && !strings.HasPrefix(t, "{") {
			t = "(" + t + ")"
		}
		return t + "[]", err
	case "object":
		return tsObject(n, indent)
	}
	return "", fmt.Errorf("line %d: unknown type %q", n.Line, kind.Value)
}

func tsEnum(n *yaml.Node) string {
	enum := member(n, "enum")
	if enum == nil {
		return "string"
	}
	var values []string
	for _, v := range enum.Content {
		values = append(values, "'"+v.Value+"'")
	}
	return strings.Join(values, " | ")
}

func tsObject(n *yaml.Node, indent string) (string, error) {
	props := member(n, "properties")
	if props == nil {
		more := member(n, "additionalProperties")
		if more == nil || more.Kind != yaml.MappingNode {
			return "Record<string, unknown>", nil
		}
		t, err := tsSchema(more, indent)
		return "Record<string, " + t + ">", err
	}
	var required []string
	if r := member(n, "required"); r != nil {
		for _, v := range r.Content {
			required = append(required, v.Value)
		}
	}
	var b strings.Builder
	b.WriteString("{\n")
	inner := indent + "  "
	for i := 0; i+1 < len(props.Content); i += 2 {
		name, schema := props.Content[i].Value, props.Content[i+1]
		t, err := tsSchema(schema, inner)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		mark := "?"
		if slices.Contains(required, name) {
			mark = ""
		}
		b.WriteString(docLine(inner, schema))
		fmt.Fprintf(&b, "%s%s%s: %s\n", inner, tsKey(name), mark, t)
	}
	b.WriteString(indent + "}")
	return b.String(), nil
}

func docLine(indent string, n *yaml.Node) string {
	d := member(n, "description")
	if d == nil {
		return ""
	}
	return indent + "/** " + d.Value + " */\n"
}

func tsKey(name string) string {
	if strings.Contains(name, "-") {
		return "'" + name + "'"
	}
	return name
}
