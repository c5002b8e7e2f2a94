package beep

import (
	"runtime"
	"strconv"
	"strings"

	"github.com/beep-chat/beep/pluginsdk/internal/port"
	"github.com/beep-chat/beep/pluginsdk/internal/wire"
)

// handle answers one call: it reads the input, calls the hook and appends the answer to out. A panic of the hook is logged and
// ends as a fault.
func handle(p *Plugin, host port.Host, hook Hook, input, out []byte) (output []byte, code int32) {
	defer func() {
		if panicked := recover(); panicked != nil {
			host.Log(int32(LevelError), cutBytes("panic in "+hook.String()+": "+describe(panicked)+origin(), MaxLogLine))
			output, code = out, port.Fault
		}
	}()
	if p == nil {
		return out, port.NotImplemented
	}
	ctx := &Context{host: host}
	var err error
	switch {
	case hook == HookMessageWillBeSent && p.MessageWillBeSent != nil:
		output, err = p.judge(ctx, input, out)
	case hook == HookRender && p.Render != nil:
		output, err = p.render(ctx, input, out)
	case hook == HookConfigWillChange && p.ConfigWillChange != nil:
		output, err = p.check(ctx, input, out)
	default:
		return out, port.NotImplemented
	}
	if err != nil {
		return appendError(out, err), port.Failed
	}
	return output, port.Done
}

func (p *Plugin) judge(ctx *Context, input, out []byte) ([]byte, error) {
	m, err := readMessage(ctx, string(input))
	if err != nil {
		return out, err
	}
	verdict, err := p.MessageWillBeSent(ctx, m)
	if err != nil {
		return out, err
	}
	return appendVerdict(out, verdict), nil
}

func (p *Plugin) render(ctx *Context, input, out []byte) ([]byte, error) {
	m, err := readMessage(ctx, string(input))
	if err != nil {
		return out, err
	}
	html, err := p.Render(ctx, m.Content)
	if err != nil {
		return out, err
	}
	out = wire.AppendString(append(out, `{"html":`...), html)
	return append(out, '}'), nil
}

func (p *Plugin) check(ctx *Context, input, out []byte) ([]byte, error) {
	var change ConfigChange
	r := wire.Read(string(input))
	for r.Next() {
		switch r.Name() {
		case "server":
			change.Server = r.String()
		case "config":
			change.Config = []byte(r.Raw())
		default:
			r.Skip()
		}
	}
	if err := r.Err(); err != nil {
		return out, invalidInput(err)
	}
	ctx.server = change.Server
	problems, err := p.ConfigWillChange(ctx, change)
	if err != nil {
		return out, err
	}
	return appendProblems(out, problems), nil
}

// readMessage reads the input of the hooks that are about a message. The strings are parts of input.
func readMessage(ctx *Context, input string) (Message, error) {
	var m Message
	r := wire.Read(input)
	for r.Next() {
		switch r.Name() {
		case "server":
			m.Server = r.String()
		case "channel":
			m.Channel = r.String()
		case "author":
			m.Author = r.String()
		case "message":
			m.ID = r.String()
		case "edit":
			m.Edit = r.Bool()
		case "content":
			m.Content = r.String()
		case "config":
			ctx.config = r.String()
		default:
			r.Skip()
		}
	}
	ctx.server = m.Server
	return m, invalidInput(r.Err())
}

func invalidInput(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: CodeInvalidInput, Message: err.Error()}
}

// describe says what a panic was called with, without package fmt.
func describe(panicked any) string {
	switch v := panicked.(type) {
	case error:
		return v.Error()
	case interface{ String() string }:
		return v.String()
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	return "a value that is neither an error nor a string"
}

// origin says where the present panic began: the first function on the stack, below the panic, that is not the runtime's.
func origin() string {
	var stack [32]uintptr
	frames := runtime.CallersFrames(stack[:runtime.Callers(2, stack[:])])
	below := false
	for {
		frame, more := frames.Next()
		if below && !strings.HasPrefix(frame.Function, "runtime.") {
			return " (" + frame.Function + ", " + frame.File + ":" + strconv.Itoa(frame.Line) + ")"
		}
		below = below || frame.Function == "runtime.gopanic"
		if !more {
			return ""
		}
	}
}
