// Package sdktest calls a plugin in an ordinary Go test, without WebAssembly: the input goes through the same JSON as on a
// node, and the hooks run in the test's process, with its debugger, race detector and coverage.
//
// In the tests of a plugin's package main, New finds the plugin that its init registered:
//
//	func TestNoSpoilers(t *testing.T) {
//		p := sdktest.New(t)
//		p.Configure(`{"percent": 70}`)
//		v := p.Send(beep.Message{Content: "the butler did it"})
//		if v.Action != beep.ActionReject {
//			t.Errorf("got %q", v.Action)
//		}
//	}
//
// It owns a host that knows one server's configuration and holds an answer to the limits of a node that can be held here:
// the size of the output and the number of log lines. It refuses to judge time, fuel and memory, which are other ones in
// WebAssembly: run the built plugin for those. A Plugin is for one goroutine; hooks run on the caller's.
package sdktest

import (
	"encoding/json"
	"strconv"
	"sync/atomic"
	"testing"

	beep "github.com/beep-chat/beep/pluginsdk"
	"github.com/beep-chat/beep/pluginsdk/internal/port"
)

// What a node allows.
const (
	MaxOutput       = 64 << 10
	MaxRenderOutput = 512 << 10
	MaxLogLines     = 20 // of one call; further ones are dropped
	LeftMS          = 50 // what Context.Left begins and stays with
)

// Server is the server of calls whose message names none.
const Server = "1"

// Plugin is a plugin under test.
type Plugin struct {
	t      testing.TB
	plugin any
	config map[string]configured // by server
	log    []Line
	lines  int // of the present call
	server string
}

// configured is a server's configuration and its name.
type configured struct{ raw, name string }

// names counts the configurations of all Plugins: the plugin's package variables outlive a Plugin, and what they keep under a name
// must not come back under the same one.
var names atomic.Int64

// Line is a line of the plugin's log.
type Line struct {
	Level beep.Level
	Text  string
}

// New calls the plugin that the tested package registered.
func New(t testing.TB) *Plugin {
	t.Helper()
	registered := port.Registered()
	if registered == nil {
		t.Fatal("sdktest.New: no plugin is registered; call beep.Register in an init function of the tested package, or use sdktest.Of")
	}
	return &Plugin{t: t, plugin: registered, config: map[string]configured{}}
}

// Of calls a plugin that is not registered.
func Of(t testing.TB, p beep.Plugin) *Plugin {
	return &Plugin{t: t, plugin: &p, config: map[string]configured{}}
}

// Configure sets the configuration of Server, as JSON, from the next call on. Without it a server's configuration is {}.
func (p *Plugin) Configure(config string) { p.ConfigureServer(Server, config) }

// ConfigureServer sets the configuration of any server.
func (p *Plugin) ConfigureServer(server, config string) {
	p.t.Helper()
	if !json.Valid([]byte(config)) {
		p.t.Fatalf("sdktest: the configuration is not JSON: %s", config)
	}
	p.config[server] = configured{raw: config, name: strconv.FormatInt(names.Add(1), 10)}
}

// Send asks for the judgement of a message. Fields that tests seldom care for may be left empty; they get values. An error, a
// panic or an answer that a node would not take fails the test.
func (p *Plugin) Send(m beep.Message) beep.Verdict {
	p.t.Helper()
	input := p.messageInput(m)
	answer := p.must(p.Call(beep.HookMessageWillBeSent, input), beep.HookMessageWillBeSent)
	var v struct {
		Action                 beep.Action
		Reason                 beep.Text
		Content, Rule, Excerpt string
	}
	v.Action = beep.ActionAllow
	p.decode(answer.Output, &v)
	return beep.Verdict{Action: v.Action, Reason: v.Reason, Content: v.Content, Rule: v.Rule, Excerpt: v.Excerpt}
}

// Render asks for the HTML of a content.
func (p *Plugin) Render(content string) string {
	p.t.Helper()
	input, err := json.Marshal(map[string]string{"content": content})
	if err != nil {
		p.t.Fatalf("sdktest: %v", err)
	}
	answer := p.must(p.Call(beep.HookRender, string(input)), beep.HookRender)
	var out struct{ HTML string }
	p.decode(answer.Output, &out)
	return out.HTML
}

// Check asks what is wrong with a configuration of Server that is about to be stored.
func (p *Plugin) Check(config string) beep.Problems {
	p.t.Helper()
	answer := p.must(p.Call(beep.HookConfigWillChange, `{"server":"`+Server+`","config":`+config+`}`), beep.HookConfigWillChange)
	var out struct {
		Errors []struct {
			Pointer string
			Message beep.Text
		}
	}
	p.decode(answer.Output, &out)
	var problems beep.Problems
	for _, e := range out.Errors {
		problems = append(problems, beep.Problem{Pointer: e.Pointer, Message: e.Message})
	}
	return problems
}

// Log gives the lines the plugin wrote since the last time it was asked.
func (p *Plugin) Log() []Line {
	lines := p.log
	p.log = nil
	return lines
}

// messageInput is what a node sends for m.
func (p *Plugin) messageInput(m beep.Message) string {
	p.t.Helper()
	in := struct {
		Server  string `json:"server"`
		Channel string `json:"channel"`
		Author  string `json:"author"`
		Message string `json:"message"`
		Edit    bool   `json:"edit"`
		Content string `json:"content"`
		Config  string `json:"config"`
	}{or(m.Server, Server), or(m.Channel, "2"), or(m.Author, "3"), or(m.ID, "4"), m.Edit, m.Content, "0"}
	if c, ok := p.config[in.Server]; ok {
		in.Config = c.name
	}
	input, err := json.Marshal(in)
	if err != nil {
		p.t.Fatalf("sdktest: %v", err)
	}
	return string(input)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (p *Plugin) decode(output string, into any) {
	p.t.Helper()
	if output == "" {
		return
	}
	if err := json.Unmarshal([]byte(output), into); err != nil {
		p.t.Fatalf("sdktest: a node could not read the answer %s: %v", output, err)
	}
}

// must fails the test unless the plugin answered.
func (p *Plugin) must(a Answer, hook beep.Hook) Answer {
	p.t.Helper()
	if a.Outcome != Done {
		p.t.Fatalf("sdktest: %s: %s: %s", hook, a.Outcome, a.why(p.log))
	}
	return a
}
