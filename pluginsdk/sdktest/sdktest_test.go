package sdktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	beep "github.com/beep-chat/beep/pluginsdk"
)

// failing is a testing.TB that is not told of failures but keeps the first.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	panic(f)
}

func (f *failing) Fatal(args ...any) { f.Fatalf("%s", fmt.Sprint(args...)) }

// fails gives what a test would have been failed with.
func fails(t *testing.T, run func(tb testing.TB)) (said string) {
	t.Helper()
	f := &failing{TB: t}
	defer func() {
		if p := recover(); p != nil && p != any(f) {
			panic(p)
		}
		said = f.said
	}()
	run(f)
	return ""
}

// example answers by what it is sent.
var example = beep.Plugin{
	MessageWillBeSent: func(ctx *beep.Context, m beep.Message) (beep.Verdict, error) {
		switch m.Content {
		case "who":
			return beep.Flag(beep.Text{"en": m.Server + " " + m.Channel + " " + m.Author + " " + m.ID}), nil
		case "config":
			raw, err := ctx.RawConfig()
			return beep.Replace(string(raw), nil), err
		case "log":
			for n := range MaxLogLines + 5 {
				ctx.Logf(beep.LevelWarning, "line %d", n)
			}
		case "fail":
			return beep.Verdict{}, &beep.Error{Code: "busy", Message: "later", Retryable: true}
		case "panic":
			panic("boom")
		case "large":
			return beep.Replace(strings.Repeat("x", MaxOutput), nil), nil
		}
		return beep.Allow(), nil
	},
	ConfigWillChange: func(_ *beep.Context, c beep.ConfigChange) (beep.Problems, error) {
		if !json.Valid(c.Config) {
			return nil, errors.New("no JSON")
		}
		if string(c.Config) == "{}" {
			return nil, nil
		}
		return beep.Problems{{Pointer: "/x", Message: beep.Text{"en": "It is not empty."}}}, nil
	},
}

func TestSend(t *testing.T) {
	p := Of(t, example)
	if v := p.Send(beep.Message{}); v.Action != beep.ActionAllow {
		t.Errorf("%+v", v)
	}
	if v := p.Send(beep.Message{Content: "who"}); v.Action != beep.ActionFlag || v.Reason["en"] != "1 2 3 4" {
		t.Errorf("%+v", v)
	}
	if v := p.Send(beep.Message{Server: "9", Channel: "8", Author: "7", ID: "6", Content: "who"}); v.Reason["en"] != "9 8 7 6" {
		t.Errorf("%+v", v)
	}
}

func TestConfigurationsAreAServersOwn(t *testing.T) {
	p := Of(t, example)
	p.Configure(`{"a":1}`)
	p.ConfigureServer("9", `{"a":9}`)
	for server, want := range map[string]string{"": `{"a":1}`, "9": `{"a":9}`, "5": `{}`} {
		if v := p.Send(beep.Message{Server: server, Content: "config"}); v.Content != want {
			t.Errorf("server %q has %s, want %s", server, v.Content, want)
		}
	}
}

// TestConfigurationsHaveNames: a Config must see every change, and every test its own.
func TestConfigurationsHaveNames(t *testing.T) {
	c := beep.NewConfig(func(raw []byte) (string, error) { return string(raw), nil })
	plugin := beep.Plugin{MessageWillBeSent: func(ctx *beep.Context, _ beep.Message) (beep.Verdict, error) {
		raw, err := c.Get(ctx)
		return beep.Replace(raw, nil), err
	}}
	p := Of(t, plugin)
	for n, config := range []string{`{"a":1}`, `{"a":2}`, `{"a":1}`, `{"a":3}`} {
		if n == 3 { // another test of the same package
			p = Of(t, plugin)
		}
		p.Configure(config)
		if v := p.Send(beep.Message{}); v.Content != config {
			t.Errorf("%s, want %s", v.Content, config)
		}
	}
}

func TestCheck(t *testing.T) {
	p := Of(t, example)
	if problems := p.Check(`{}`); problems != nil {
		t.Errorf("%v", problems)
	}
	if problems := p.Check(`{"x":1}`); len(problems) != 1 || problems.Error() != "/x: It is not empty." {
		t.Errorf("%v", problems)
	}
}

func TestRender(t *testing.T) {
	p := Of(t, beep.Plugin{Render: func(_ *beep.Context, content string) (string, error) { return "<p>" + content + "</p>", nil }})
	if html := p.Render("a \"b\"\n"); html != "<p>a \"b\"\n</p>" {
		t.Error(html)
	}
}

func TestLog(t *testing.T) {
	p := Of(t, example)
	p.Send(beep.Message{Content: "log"})
	log := p.Log()
	if len(log) != MaxLogLines || !HasLine(log, beep.LevelWarning, "line 0") || HasLine(log, beep.LevelInfo, "line 0") {
		t.Errorf("%d lines: %v", len(log), log)
	}
	if log = p.Log(); len(log) != 0 {
		t.Errorf("asked again: %v", log)
	}
}

func TestOutcomes(t *testing.T) {
	p := Of(t, example)
	call := func(content string) Answer { return p.Call(beep.HookMessageWillBeSent, `{"content":"`+content+`"}`) }
	if a := call("hi"); a.Outcome != Done || a.Output != "" {
		t.Errorf("%+v", a)
	}
	if a := call("fail"); a.Outcome != Failed || *a.Err != (beep.Error{Code: "busy", Message: "later", Retryable: true}) {
		t.Errorf("%+v", a)
	}
	if a := call("panic"); a.Outcome != Fault {
		t.Errorf("%+v", a)
	}
	if a := call("large"); a.Outcome != Failed || a.Err.Code != beep.CodeOutputTooLarge {
		t.Errorf("%+v", a)
	}
	if a := p.Call(beep.HookRender, `{}`); a.Outcome != NotImplemented {
		t.Errorf("%+v", a)
	}
}

func TestAnswersThatFailATest(t *testing.T) {
	cases := map[string]struct {
		run  func(p *Plugin)
		want string
	}{
		"an error":              {func(p *Plugin) { p.Send(beep.Message{Content: "fail"}) }, "busy: later"},
		"a panic":               {func(p *Plugin) { p.Send(beep.Message{Content: "panic"}) }, "panic in message.moderate: boom"},
		"no such hook":          {func(p *Plugin) { p.Render("x") }, "registered no function"},
		"a large answer":        {func(p *Plugin) { p.Send(beep.Message{Content: "large"}) }, beep.CodeOutputTooLarge},
		"a bad configuration":   {func(p *Plugin) { p.Configure(`{`) }, "not JSON"},
		"a check of what is no": {func(p *Plugin) { p.Check(`{`) }, beep.CodeInvalidInput},
	}
	for name, c := range cases {
		if said := fails(t, func(tb testing.TB) { c.run(Of(tb, example)) }); !strings.Contains(said, c.want) {
			t.Errorf("%s: %q, want %q", name, said, c.want)
		}
	}
	if said := fails(t, func(tb testing.TB) { New(tb) }); !strings.Contains(said, "no plugin is registered") {
		t.Errorf("New: %q", said)
	}
}
