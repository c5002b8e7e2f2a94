// Package main is the plugin that renders messages: Beep's Markdown (package render/markdown) behind the hook
// markdown.render, so that an operator may put another in its place, and Beep's own runs as any other would.
//
// It owns nothing but that connection. It asks for the content only and keeps nothing between calls but the parser, which
// is immutable. The node renders without it what holds no Markdown (prefilter "mark"), and everything while it cannot be called; the
// HTML is the same. Bounds and refusals are those of render/markdown.
//
//	{"content": "**hi** <@42>"} -> {"html": "<p><strong>hi</strong> <span class=\"mention\" data-user=\"42\">@42</span></p>"}
package main

import (
	beep "github.com/beep-chat/beep/pluginsdk"
	"github.com/beep-chat/beep/render/markdown"
)

func init() {
	markdown.HTML("*") // makes the parser, so that the first message does not wait for it
	beep.Register(beep.Plugin{Render: render})
}

func render(_ *beep.Context, content string) (string, error) {
	return markdown.HTML(content), nil
}

func main() {}
