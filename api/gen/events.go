package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// event is one entry of events.yaml.
type event struct {
	Type       string
	Audience   string
	Need       string
	Doc        string
	EndsAccess bool `yaml:"ends_access"`
	Ephemeral  bool
	Internal   bool
	Fields     fields
	control    bool
}

// fields keeps the order of the file.
type fields []field

type field struct{ name, kind string }

// UnmarshalYAML reads a mapping of name to type.
func (f *fields) UnmarshalYAML(n *yaml.Node) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		*f = append(*f, field{n.Content[i].Value, n.Content[i+1].Value})
	}
	return nil
}

// eventList is events.yaml.
type eventList struct {
	Events  []event
	Control []event
}

func (l eventList) all() []event { return append(append([]event(nil), l.Events...), l.Control...) }

// readEvents reads and checks events.yaml.
func readEvents(path string) (eventList, error) {
	var list eventList
	b, err := os.ReadFile(path)
	if err != nil {
		return list, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&list); err != nil {
		return list, fmt.Errorf("%s: %w", path, err)
	}
	for i := range list.Control {
		list.Control[i].control = true
	}
	seen := map[string]bool{}
	for _, e := range list.all() {
		if seen[e.Type] || e.Doc == "" || e.Type == "" {
			return list, fmt.Errorf("%s: %q appears twice or lacks type or doc", path, e.Type)
		}
		seen[e.Type] = true
		for _, f := range e.Fields {
			if _, err := tsType(f.kind); err != nil {
				return list, fmt.Errorf("%s: %s: %w", path, e.Type, err)
			}
		}
	}
	return list, nil
}

// eventsGo makes core/events.gen.go.
func (l eventList) eventsGo() (output, error) {
	var b bytes.Buffer
	b.WriteString("// Code generated from api/events.yaml; DO NOT EDIT.\n\npackage core\n\nimport \"encoding/json\"\n\n")
	b.WriteString("// The events of the log and of the stream; audiences and meanings are in docs/reference/events.md.\nconst (\n")
	for _, e := range l.Events {
		fmt.Fprintf(&b, "Event%s EventType = %q\n", camel(e.Type), e.Type)
	}
	b.WriteString(")\n\n// The control events, which a node sends to one stream; they are not in the log.\nconst (\n")
	for _, e := range l.Control {
		fmt.Fprintf(&b, "Event%s EventType = %q\n", camel(e.Type), e.Type)
	}
	b.WriteString(")\n\n")
	for _, e := range l.all() {
		writePayload(&b, e)
	}
	writeEventSet(&b, "EndsAccess", "tells of events that end access to something: they carry ids only and pass the permission filter.",
		l.Events, func(e event) bool { return e.EndsAccess })
	writeEventSet(&b, "IsEphemeral", "tells of events that are never stored, have no position and are dropped first.",
		l.Events, func(e event) bool { return e.Ephemeral })
	writeEventSet(&b, "IsInternal", "tells of events that are for nodes and never leave towards clients.",
		l.Events, func(e event) bool { return e.Internal })
	writeEventSet(&b, "IsControl", "tells of events that a node sends to one stream.", l.Control, func(event) bool { return true })
	b.WriteString("// AllEvents lists the events of api/events.yaml in its order, without the control events.\n")
	b.WriteString("func AllEvents() []EventType {\nreturn []EventType{\n")
	for _, e := range l.Events {
		fmt.Fprintf(&b, "Event%s,\n", camel(e.Type))
	}
	b.WriteString("}\n}\n")
	src, err := format.Source(b.Bytes())
	return output{"core/events.gen.go", src}, err
}

func writePayload(b *bytes.Buffer, e event) {
	name := camel(e.Type)
	fmt.Fprintf(b, "// %s is the payload of %s: %s\n", name, e.Type, e.Doc)
	fmt.Fprintf(b, "type %s struct{", name)
	if len(e.Fields) > 0 {
		b.WriteString("\n")
	}
	var lists []string
	for _, f := range e.Fields {
		fmt.Fprintf(b, "%s %s `json:%q`\n", camel(f.name), f.kind, f.name)
		if strings.HasPrefix(f.kind, "[]") {
			lists = append(lists, camel(f.name))
		}
	}
	fmt.Fprintf(b, "}\n\n// EventType implements Payload.\nfunc (%s) EventType() EventType { return Event%s }\n\n", name, name)
	if len(lists) == 0 {
		return
	}
	fmt.Fprintf(b, "// MarshalJSON writes an absent list as [].\nfunc (p %s) MarshalJSON() ([]byte, error) {\ntype plain %s\n", name, name)
	for _, f := range e.Fields {
		if strings.HasPrefix(f.kind, "[]") {
			fmt.Fprintf(b, "if p.%s == nil { p.%s = %s{} }\n", camel(f.name), camel(f.name), f.kind)
		}
	}
	b.WriteString("return json.Marshal(plain(p))\n}\n\n")
}

func writeEventSet(b *bytes.Buffer, name, doc string, list []event, in func(event) bool) {
	var names []string
	for _, e := range list {
		if in(e) {
			names = append(names, "Event"+camel(e.Type))
		}
	}
	fmt.Fprintf(b, "// %s %s\nfunc %s(t EventType) bool {\nswitch t {\ncase %s:\nreturn true\n}\nreturn false\n}\n\n",
		name, doc, name, strings.Join(names, ", "))
}

// typeScript makes api/ts/events.gen.ts.
func (l eventList) typeScript() (output, error) {
	var b bytes.Buffer
	b.WriteString("// Code generated from api/events.yaml; DO NOT EDIT.\n\n")
	fmt.Fprintf(&b, "import type { %s } from './types.gen'\n\n", strings.Join(l.imports(), ", "))
	b.WriteString("/** What every event of the log carries; ids are decimal strings. */\nexport interface Envelope {\n" +
		"  v: 1\n  id: string\n  server_id?: string\n  channel_id?: string\n  actor_id?: string\n  at: string\n}\n\n")
	var union, control []string
	for _, e := range l.all() {
		if e.Internal {
			continue
		}
		name := camel(e.Type) + "Event"
		base := " extends Envelope"
		if e.control {
			base, control = "", append(control, name)
		} else {
			union = append(union, name)
		}
		fmt.Fprintf(&b, "/** %s */\nexport interface %s%s {\n  type: '%s'\n", e.Doc, name, base, e.Type)
		for _, f := range e.Fields {
			t, err := tsType(f.kind)
			if err != nil {
				return output{}, err
			}
			fmt.Fprintf(&b, "  %s: %s\n", f.name, t)
		}
		b.WriteString("}\n\n")
	}
	fmt.Fprintf(&b, "/** Any event of the log, told apart by type. */\nexport type BeepEvent =\n  | %s\n\n", strings.Join(union, "\n  | "))
	fmt.Fprintf(&b, "/** Any control event of a stream, told apart by type. */\nexport type ControlEvent =\n  | %s\n\n", strings.Join(control, "\n  | "))
	b.WriteString("/** The types of the log's events. */\nexport const eventTypes = [\n")
	for _, e := range l.Events {
		if !e.Internal {
			fmt.Fprintf(&b, "  '%s',\n", e.Type)
		}
	}
	b.WriteString("] as const\n")
	return output{"api/ts/events.gen.ts", b.Bytes()}, nil
}

// imports lists the schema types that events carry, in order of first use.
func (l eventList) imports() []string {
	var names []string
	seen := map[string]bool{}
	for _, e := range l.all() {
		for _, f := range e.Fields {
			t, _ := tsType(f.kind)
			if t[0] >= 'A' && t[0] <= 'Z' && !seen[t] && !e.Internal {
				seen[t] = true
				names = append(names, t)
			}
		}
	}
	return names
}

// tsType translates a field type; ids and times are strings on the wire.
func tsType(kind string) (string, error) {
	if rest, ok := strings.CutPrefix(kind, "[]"); ok {
		t, err := tsType(rest)
		return t + "[]", err
	}
	switch kind {
	case "string", "Time", "MessageID", "UserID", "ServerID", "ChannelID", "SessionID", "RoleID", "EventID", "PluginID":
		return "string", nil
	case "int64", "int":
		return "number", nil
	case "bool":
		return "boolean", nil
	case "Message", "Channel", "Server", "Member", "Invite", "ReadState", "SelfUser", "PublicUser":
		return kind, nil
	}
	return "", fmt.Errorf("unknown field type %q", kind)
}

// reference makes docs/reference/events.md.
func (l eventList) reference() (output, error) {
	var b bytes.Buffer
	b.WriteString(`<!-- Generated from api/events.yaml; do not edit. -->
# Events

Every event of the log arrives on ` + "`GET /api/v1/events`" + ` as

` + "```" + `
id: EPOCH.POSITION
event: message.created
data: {"v":1,"id":"...","type":"message.created","server_id":"...","channel_id":"...","actor_id":"...","at":"...", ...fields}
` + "```" + `

with the fields below beside the envelope's. Ids are decimal strings, times RFC 3339 in UTC with milliseconds. Ids that do
not apply are left out. Clients ignore types they do not know, drop objects whose ` + "`version`" + ` is not higher than the one they
hold, and remember deletions.

Audiences: **channel** is the members of the server who may view the channel, **server** its members, **users** the people
named when the event was written.

| event | audience | fields | meaning |
|---|---|---|---|
`)
	for _, e := range l.Events {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.Type, audience(e), fieldList(e.Fields), e.Doc+traits(e))
	}
	b.WriteString("\n## Control events\n\nSent by a node to one stream; they are not in the log.\n\n| event | fields | meaning |\n|---|---|---|\n")
	for _, e := range l.Control {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", e.Type, fieldList(e.Fields), e.Doc)
	}
	return output{"docs/reference/events.md", b.Bytes()}, nil
}

func audience(e event) string {
	if e.Need != "" {
		return e.Audience + " (with `" + e.Need + "`)"
	}
	return e.Audience
}

func fieldList(list fields) string {
	var names []string
	for _, f := range list {
		names = append(names, "`"+f.name+"`: "+f.kind)
	}
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, ", ")
}

func traits(e event) string {
	s := ""
	if e.EndsAccess {
		s += " Ends access: passes the permission filter and carries ids only."
	}
	if e.Ephemeral {
		s += " Ephemeral: not stored, no position, no `id:` line of its own; the first to be dropped."
	}
	if e.Internal {
		s += " Internal: between nodes only, never sent to clients."
	}
	return s
}
