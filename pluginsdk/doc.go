// Package beep is the SDK for plugins of Beep in Go. A plugin is a program that a node runs as WebAssembly: it looks at
// messages before they are stored, renders their Markdown, and checks its own configuration. This is a whole one:
//
//	package main
//
//	import (
//		"strings"
//
//		beep "github.com/beep-chat/beep/pluginsdk"
//	)
//
//	func init() {
//		beep.Register(beep.Plugin{MessageWillBeSent: noSpoilers})
//	}
//
//	func noSpoilers(ctx *beep.Context, m beep.Message) (beep.Verdict, error) {
//		if strings.Contains(m.Content, "the butler did it") {
//			return beep.Reject(beep.Text{"en": "No spoilers, please.", "fr": "Pas de révélations, merci."}), nil
//		}
//		return beep.Allow(), nil
//	}
//
//	func main() {}
//
// Beside it stands plugin.json, which says what the plugin is called and which hooks it has. Beep's builder
// (go run github.com/beep-chat/beep/pluginhost/guest/build) makes one .wasm of both; docs/plugins/writing-a-plugin.md goes
// from nothing to a plugin that runs.
//
// # Hooks
//
// Each hook is a function in Plugin; those left nil are not implemented. A hook answers (a Verdict, HTML, Problems), or
// returns an error when it cannot: an *Error says its code, any other has the code "failed". What then becomes of the message
// is the server's choice, not the plugin's. A panic is a fault: it is logged, the instance is thrown away and the next call
// meets a new one.
//
// # Configuration
//
// A server configures a plugin in a form made of the schema in plugin.json. Decode it once, not with every message: see
// Config.
//
// # What a plugin may rely on
//
// Hooks of one instance are called one after the other. A node runs several instances of a plugin and ends them when it
// likes, so package variables are caches, not storage. With "state": "none" in plugin.json one instance serves many servers,
// and a plugin must not let what it learnt of one show in another.
//
// A call has 50 ms, 32 MiB of memory and about five million loop turns; ConfigWillChange has 1 s and a hundred million. A
// goroutine that outlives its call stands still until the next one. There are no files, sockets, arguments or environment
// variables; the clock and crypto/rand work; sleeping returns at once. What is printed goes to the plugin's log.
//
// # Tests
//
// On other systems than wasip1 this package runs against a host in the same process, so a plugin is tested with plain go test:
// see package sdktest.
//
// # Size
//
// This package imports the standard library only, and of that little. The smallest plugin has 2.4 MB (0.7 MB compressed, as a
// node keeps it), of which Go's runtime is 1.8; one that uses encoding/json has 3.4.
package beep
