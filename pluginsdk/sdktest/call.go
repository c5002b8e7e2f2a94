package sdktest

import (
	"encoding/json"
	"slices"

	beep "github.com/beep-chat/beep/pluginsdk"
	"github.com/beep-chat/beep/pluginsdk/internal/port"
)

// Outcome is how a call ended.
type Outcome string

// The outcomes. A node never takes one for another.
const (
	Done           Outcome = "done"
	Failed         Outcome = "failed" // the hook returned an error
	Fault          Outcome = "fault"  // it panicked, or answered what a node does not take
	NotImplemented Outcome = "not implemented"
)

// Answer is what a call gave, as a node sees it.
type Answer struct {
	Outcome Outcome
	Output  string      // JSON; empty: no change
	Err     *beep.Error // with Failed
}

// Call calls a hook with the JSON of a node. The methods of Plugin for each hook are nicer; this one is for errors, and for
// inputs that they cannot make.
func (p *Plugin) Call(hook beep.Hook, input string) Answer {
	p.t.Helper()
	var about struct{ Server string }
	_ = json.Unmarshal([]byte(input), &about) // an input that is wrong on purpose has no server
	p.server, p.lines = about.Server, 0
	output, code := port.Handle(p.plugin, host{p}, int32(hook), []byte(input), nil)
	answer := Answer{Output: string(output)}
	switch code {
	case port.Done:
		answer.Outcome = Done
	case port.NotImplemented:
		answer.Outcome = NotImplemented
	case port.Failed:
		answer.Outcome, answer.Err = Failed, &beep.Error{}
		p.decode(answer.Output, answer.Err)
	default:
		answer.Outcome = Fault
	}
	limit := MaxOutput
	if hook == beep.HookRender {
		limit = MaxRenderOutput
	}
	if len(output) > limit { // what the SDK in WebAssembly answers when the node takes no more
		answer = Answer{Outcome: Failed, Err: &beep.Error{Code: beep.CodeOutputTooLarge, Message: "the answer is larger than a node takes"}}
	}
	return answer
}

// why says for a failed test what happened.
func (a Answer) why(log []Line) string {
	switch {
	case a.Err != nil:
		return a.Err.Error()
	case a.Outcome == Fault && len(log) > 0:
		return log[len(log)-1].Text
	case a.Outcome == NotImplemented:
		return "the plugin registered no function for it"
	}
	return a.Output
}

// host answers the plugin as a node would.
type host struct{ p *Plugin }

func (h host) Call(op int32, _, buf []byte) ([]byte, int32) {
	if op != port.OpConfigGet {
		return buf, port.Unknown
	}
	if c, ok := h.p.config[h.p.server]; ok {
		return append(buf, c.raw...), 0
	}
	return append(buf, "{}"...), 0
}

func (h host) Log(level int32, line string) {
	if h.p.lines++; h.p.lines <= MaxLogLines {
		h.p.log = append(h.p.log, Line{beep.Level(level), line})
	}
}

func (h host) LeftMS() int32 { return LeftMS }

// HasLine tells whether the log holds a line, for tests that care for no other.
func HasLine(log []Line, level beep.Level, text string) bool {
	return slices.Contains(log, Line{level, text})
}
