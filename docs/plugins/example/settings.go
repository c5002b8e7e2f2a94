package main

import (
	"encoding/json"
	"strconv"
	"strings"

	beep "github.com/beep-chat/beep/pluginsdk"
)

// rules are what a server has set, by the schema in plugin.json, and what is made of it once instead of with every message.
type rules struct {
	Percent int         `json:"percent"`
	Letters int         `json:"letters"`
	Action  beep.Action `json:"action"`
	Allowed []string    `json:"allowed"`

	allowed map[string]bool
}

// settings keeps the rules of the servers that were seen last.
var settings = beep.NewConfig(read)

// read decodes a configuration. The node holds it to the schema and puts in the defaults; what is left to check is what a schema
// cannot say.
func read(raw []byte) (*rules, error) {
	r := &rules{allowed: map[string]bool{}}
	if err := json.Unmarshal(raw, r); err != nil {
		return nil, err
	}
	var problems beep.Problems
	for i, word := range r.Allowed {
		if strings.ContainsFunc(word, notALetter) {
			problems = append(problems, beep.Problem{
				Pointer: "/allowed/" + strconv.Itoa(i),
				Message: beep.Text{"en": "One word, of letters only.", "fr": "Un seul mot, de lettres uniquement."},
			})
		}
		r.allowed[word] = true
	}
	if problems != nil {
		return nil, problems
	}
	return r, nil
}
