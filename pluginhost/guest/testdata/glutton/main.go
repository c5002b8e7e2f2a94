// Package main is a plugin that holds some 12 MB and makes about 2 KB of garbage with every call.
package main

import (
	"strings"

	beep "github.com/beep-chat/beep/pluginsdk"
)

// node is a piece of what the plugin holds, as the compiled rules of many servers would be.
type node struct {
	left, right *node
	text        string
}

func grow(depth int) *node {
	if depth == 0 {
		return &node{text: strings.Repeat("x", 8)}
	}
	return &node{left: grow(depth - 1), right: grow(depth - 1)}
}

// last keeps the garbage of a call from being optimised away.
var (
	held *node
	last []string
)

func init() {
	held = grow(17)
	beep.Register(beep.Plugin{MessageWillBeSent: func(_ *beep.Context, m beep.Message) (beep.Verdict, error) {
		last = append([]string(nil), strings.Repeat(m.Content+" ", 8), strings.ToUpper(m.Content), strings.Repeat("x", 512))
		if held.left == nil {
			return beep.Flag(beep.Text{"en": "What was held is gone."}), nil
		}
		return beep.Allow(), nil
	}})
}

func main() {}
