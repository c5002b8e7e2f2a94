// Package main is the smallest plugin: what it weighs is the SDK and Go's runtime.
package main

import beep "github.com/beep-chat/beep/pluginsdk"

func init() {
	beep.Register(beep.Plugin{MessageWillBeSent: func(ctx *beep.Context, m beep.Message) (beep.Verdict, error) {
		if m.Content == "no" {
			return beep.Reject(beep.Text{"en": "No."}), nil
		}
		return beep.Allow(), nil
	}})
}

func main() {}
