package main

import "strings"

// initialisms are written in capitals, as Go names them.
var initialisms = map[string]string{"id": "ID", "ids": "IDs", "json": "JSON", "utf8": "UTF8", "ms": "MS", "url": "URL", "html": "HTML"}

// camel turns message.created, read_state and bad_json into MessageCreated, ReadState and BadJSON.
func camel(s string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '_' }) {
		if up, ok := initialisms[part]; ok {
			b.WriteString(up)
			continue
		}
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
