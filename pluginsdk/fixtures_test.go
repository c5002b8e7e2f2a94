package beep

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/beep-chat/beep/pluginsdk/internal/port"
)

// fixture is a file of testdata/plugins/abi, which the node's tests read too.
type fixture struct {
	Number  Hook
	Hook    string
	Inputs  []input
	Outputs []output
}

type input struct {
	Name, Wire string
	Means      map[string]any
	Invalid    bool
}

type output struct {
	Name, Wire string
	Means      json.RawMessage
	FromSDK    bool `json:"from_sdk"`
}

func readFixture(t *testing.T, name string) fixture {
	t.Helper()
	text, err := os.ReadFile("../testdata/plugins/abi/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	if f.Hook != "" && f.Number.String() != f.Hook {
		t.Errorf("hook %d is %q here and %q in %s.json", f.Number, f.Number, f.Hook, name)
	}
	return f
}

// means decodes what an output stands for.
func means[T any](t *testing.T, o output) (value T) {
	t.Helper()
	if len(o.Means) > 0 {
		if err := json.Unmarshal(o.Means, &value); err != nil {
			t.Fatalf("%s: %v", o.Name, err)
		}
	}
	return value
}

// testHost is a node without a configuration, unless config is set.
type testHost struct {
	config string
	asked  int
	lines  []string
}

func (h *testHost) Call(op int32, _, buf []byte) ([]byte, int32) {
	h.asked++
	if op != port.OpConfigGet {
		return buf, port.Unknown
	}
	if h.config == "" {
		return buf, port.NotFound
	}
	return append(buf, h.config...), 0
}

func (h *testHost) Log(_ int32, line string) { h.lines = append(h.lines, line) }
func (h *testHost) LeftMS() int32            { return 50 }

// ask calls a plugin and gives output and code.
func ask(p Plugin, hook Hook, input string) (string, int32) {
	out, code := handle(&p, &testHost{}, hook, []byte(input), nil)
	return string(out), code
}

func TestInputsMean(t *testing.T) {
	var got map[string]any
	p := Plugin{
		MessageWillBeSent: func(ctx *Context, m Message) (Verdict, error) {
			got = map[string]any{"server": m.Server, "channel": m.Channel, "author": m.Author, "message": m.ID, "edit": m.Edit, "content": m.Content, "config": ctx.config}
			return Allow(), nil
		},
		Render: func(_ *Context, content string) (string, error) {
			got = map[string]any{"content": content}
			return content, nil
		},
		ConfigWillChange: func(_ *Context, c ConfigChange) (Problems, error) {
			got = map[string]any{"server": c.Server, "config": string(c.Config)}
			return nil, nil
		},
	}
	for _, name := range []string{"moderate", "render", "config_changed"} {
		f := readFixture(t, name)
		for _, in := range f.Inputs {
			got = nil
			out, code := ask(p, f.Number, in.Wire)
			if in.Invalid {
				var e struct{ Code string }
				if err := json.Unmarshal([]byte(out), &e); err != nil || code != port.Failed || e.Code != CodeInvalidInput || got != nil {
					t.Errorf("%s, %s: code %d, output %s", name, in.Name, code, out)
				}
				continue
			}
			for field, value := range got { // what is not sent is empty
				if value == "" || value == false {
					delete(got, field)
				}
			}
			for field, value := range in.Means {
				if value == "" || value == false {
					delete(in.Means, field)
				}
			}
			if code != port.Done || got == nil || len(got)+len(in.Means) > 0 && !reflect.DeepEqual(got, in.Means) {
				t.Errorf("%s, %s: code %d, %v, want %v", name, in.Name, code, got, in.Means)
			}
		}
	}
}

func TestOutputsOfTheSDK(t *testing.T) {
	checked := 0
	check := func(o output, hook Hook, p Plugin, wantCode int32) {
		if !o.FromSDK {
			return
		}
		checked++
		if out, code := ask(p, hook, `{}`); out != o.Wire || code != wantCode {
			t.Errorf("%s: code %d, output\n%s\nwant\n%s", o.Name, code, out, o.Wire)
		}
	}
	for _, o := range readFixture(t, "moderate").Outputs {
		check(o, HookMessageWillBeSent, Plugin{MessageWillBeSent: func(*Context, Message) (Verdict, error) {
			return means[Verdict](t, o), nil
		}}, port.Done)
	}
	for _, o := range readFixture(t, "render").Outputs {
		check(o, HookRender, Plugin{Render: func(*Context, string) (string, error) {
			return means[struct{ HTML string }](t, o).HTML, nil
		}}, port.Done)
	}
	for _, o := range readFixture(t, "config_changed").Outputs {
		check(o, HookConfigWillChange, Plugin{ConfigWillChange: func(*Context, ConfigChange) (Problems, error) {
			return means[Problems](t, o), nil
		}}, port.Done)
	}
	for _, o := range readFixture(t, "errors").Outputs {
		check(o, HookRender, Plugin{Render: func(*Context, string) (string, error) {
			e := means[Error](t, o)
			return "", &e
		}}, port.Failed)
	}
	if checked < 12 {
		t.Errorf("only %d outputs are the SDK's", checked)
	}
}
