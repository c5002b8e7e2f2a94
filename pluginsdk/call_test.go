package beep

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/beep-chat/beep/pluginsdk/internal/port"
)

func judge(verdict Verdict, err error) Plugin {
	return Plugin{MessageWillBeSent: func(*Context, Message) (Verdict, error) { return verdict, err }}
}

func TestTheFourOutcomes(t *testing.T) {
	boom := Plugin{MessageWillBeSent: func(*Context, Message) (Verdict, error) { panic("boom") }}
	cases := map[string]struct {
		plugin   Plugin
		hook     Hook
		wantOut  string
		wantCode int32
	}{
		"no change":       {judge(Allow(), nil), HookMessageWillBeSent, "", port.Done},
		"the zero value":  {judge(Verdict{}, nil), HookMessageWillBeSent, "", port.Done},
		"a verdict":       {judge(Flag(Text{"en": "x"}).Because("r", "e"), nil), HookMessageWillBeSent, `{"action":"flag","reason":{"en":"x"},"rule":"r","excerpt":"e"}`, port.Done},
		"an Error":        {judge(Allow(), &Error{Code: "c", Message: "m", Retryable: true}), HookMessageWillBeSent, `{"code":"c","message":"m","retryable":true}`, port.Failed},
		"a wrapped Error": {judge(Allow(), fmt.Errorf("read: %w", &Error{Message: "m"})), HookMessageWillBeSent, `{"code":"failed","message":"m"}`, port.Failed},
		"any error":       {judge(Allow(), errors.New("m")), HookMessageWillBeSent, `{"code":"failed","message":"m"}`, port.Failed},
		"a panic":         {boom, HookMessageWillBeSent, "", port.Fault},
		"another hook":    {judge(Allow(), nil), HookRender, "", port.NotImplemented},
		"an unknown hook": {judge(Allow(), nil), 99, "", port.NotImplemented},
	}
	for name, c := range cases {
		if out, code := ask(c.plugin, c.hook, `{}`); out != c.wantOut || code != c.wantCode {
			t.Errorf("%s: code %d, output %s", name, code, out)
		}
	}
	if _, code := handle(nil, &testHost{}, HookRender, []byte(`{}`), nil); code != port.NotImplemented {
		t.Errorf("no plugin: code %d", code)
	}
}

var fallen byte

func fallOver(m Message) { fallen = m.Content[len(m.Channel)] }

func TestPanicsAreLoggedWithTheirPlace(t *testing.T) {
	panics := map[string]func(m Message){
		"boom":                 func(Message) { panic("boom") },
		"index out of range":   func(m Message) { fallOver(m) },
		"told":                 func(Message) { panic(errors.New("told")) },
		"1h0m0s":               func(Message) { panic(stringer{}) },
		"42":                   func(Message) { panic(42) },
		"neither an error":     func(Message) { panic(struct{}{}) },
		strings.Repeat("x", 9): func(Message) { panic(strings.Repeat("x", 10_000)) },
	}
	for want, f := range panics {
		h := &testHost{}
		p := Plugin{MessageWillBeSent: func(_ *Context, m Message) (Verdict, error) { f(m); return Allow(), nil }}
		out, code := handle(&p, h, HookMessageWillBeSent, []byte(`{}`), []byte("kept"))
		if code != port.Fault || string(out) != "kept" || len(h.lines) != 1 {
			t.Errorf("%s: code %d, output %s, log %q", want, code, out, h.lines)
			continue
		}
		line := h.lines[0]
		if !strings.HasPrefix(line, "panic in message.moderate: ") || !strings.Contains(line, want) || len(line) > MaxLogLine {
			t.Errorf("%s: the log says %.200s", want, line)
		}
		if len(line) < MaxLogLine && !strings.Contains(line, "call_test.go:") {
			t.Errorf("%s: the log does not say where: %s", want, line)
		}
	}
}

type stringer struct{}

func (stringer) String() string { return "1h0m0s" }

func TestTextsAreCut(t *testing.T) {
	long := strings.Repeat("é", 2000)
	out, code := ask(judge(Reject(Text{"en": long, "fr": "court"}).Because(long, long), nil), HookMessageWillBeSent, `{}`)
	var v struct {
		Reason        Text
		Rule, Excerpt string
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != port.Done {
		t.Fatal(code, err)
	}
	for name, c := range map[string]struct {
		text string
		want int
	}{"reason": {v.Reason["en"], MaxReason}, "rule": {v.Rule, MaxRule}, "excerpt": {v.Excerpt, MaxExcerpt}} {
		if n := utf8.RuneCountInString(c.text); n != c.want || !strings.HasPrefix(long, c.text) {
			t.Errorf("%s has %d characters, want %d", name, n, c.want)
		}
	}
	if v.Reason["fr"] != "court" {
		t.Errorf("a short text became %q", v.Reason["fr"])
	}
	out, _ = ask(judge(Allow(), errors.New(strings.Repeat("é", MaxErrorMessage))), HookMessageWillBeSent, `{}`)
	if want := `{"code":"failed","message":"` + strings.Repeat("é", MaxErrorMessage/2) + `"}`; out != want {
		t.Errorf("an error is not cut as it should: %d bytes, want %d", len(out), len(want))
	}
	if got := cutBytes("aé", 2); got != "a" {
		t.Errorf("half a character is left: %q", got)
	}
}

func TestProblemsAreBounded(t *testing.T) {
	many := make(Problems, MaxProblems+7)
	out, _ := ask(Plugin{ConfigWillChange: func(*Context, ConfigChange) (Problems, error) { return many, nil }}, HookConfigWillChange, `{}`)
	var v struct{ Errors []any }
	if err := json.Unmarshal([]byte(out), &v); err != nil || len(v.Errors) != MaxProblems {
		t.Errorf("%d problems, %v", len(v.Errors), err)
	}
}

func TestContext(t *testing.T) {
	h := &testHost{config: `{"a":1}`}
	p := Plugin{MessageWillBeSent: func(ctx *Context, _ Message) (Verdict, error) {
		ctx.Logf(LevelInfo, "%d left", ctx.Left().Milliseconds())
		ctx.Log(LevelDebug, strings.Repeat("é", MaxLogLine))
		raw, err := ctx.RawConfig()
		return Flag(Text{"en": string(raw)}), err
	}}
	out, code := handle(&p, h, HookMessageWillBeSent, []byte(`{}`), nil)
	if want := `{"action":"flag","reason":{"en":"{\"a\":1}"}}`; string(out) != want || code != port.Done {
		t.Errorf("code %d, output %s", code, out)
	}
	if len(h.lines) != 2 || h.lines[0] != "50 left" || len(h.lines[1]) != MaxLogLine {
		t.Errorf("the log is %.100q", h.lines)
	}
	h.config = ""
	if out, _ = handle(&p, h, HookMessageWillBeSent, []byte(`{}`), nil); !strings.Contains(string(out), ErrNotFound.Error()) {
		t.Errorf("without a configuration: %s", out)
	}
}

func TestRegisterRefuses(t *testing.T) {
	defer func(old *Plugin) { registered = old }(registered)
	registered = nil
	if port.Registered() != nil {
		t.Error("something is registered")
	}
	refused := func(p Plugin, want string) {
		t.Helper()
		defer func() {
			if got, _ := recover().(string); !strings.Contains(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		}()
		Register(p)
	}
	refused(Plugin{}, "no hook")
	Register(judge(Allow(), nil))
	refused(judge(Allow(), nil), "called before")
	if port.Registered() == nil {
		t.Error("nothing is registered")
	}
}

func TestErrnosHaveWords(t *testing.T) {
	seen := map[string]bool{}
	for e := ErrNotPermitted; e >= ErrUnknown-1; e-- {
		if s := e.Error(); seen[s] {
			t.Errorf("errno %d says what another says: %s", e, s)
		} else {
			seen[s] = true
		}
	}
}
