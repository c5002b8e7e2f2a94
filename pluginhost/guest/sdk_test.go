package guest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
)

// These tests run the SDK where it counts, in WebAssembly; its own tests run it natively.

func parrot(t *testing.T) *guesttest.Instance {
	return guesttest.Start(t, guesttest.ForTest(t, "testdata/parrot"))
}

// tell sends a message and gives code and output.
func tell(t *testing.T, i *guesttest.Instance, content string) string {
	t.Helper()
	return call(t, i, guesttest.Moderate, `{"server":"1","channel":"2","author":"3","message":"4","edit":true,"content":"`+content+`","config":"17"}`)
}

func call(t *testing.T, i *guesttest.Instance, hook int32, input string) string {
	t.Helper()
	out, code, err := i.Call(hook, []byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", code, out))
}

func said(s string) string { return `0 {"action":"flag","reason":{"en":"` + s + `"}}` }

func TestSDKAnswers(t *testing.T) {
	i := parrot(t)
	for _, c := range []struct{ content, want string }{
		{"hi", "0"},
		{"fields", said("1 2 3 4 true")},
		{"left", said("50ms")},
		{"calls", said("4")},
		{"fail", `1 {"code":"busy","message":"later","retryable":true}`},
		{"log", "0"},
		{"large", `1 {"code":"output_too_large","message":"the answer is larger than the node takes"}`},
		{"hi", "0"},
	} {
		if got := tell(t, i, c.content); got != c.want {
			t.Errorf("%s: %s, want %s", c.content, got, c.want)
		}
	}
	if !slices.Equal(i.Log, []string{"2 a line"}) || i.Stderr.String() != "a printed line\n" {
		t.Errorf("log %q, printed %q", i.Log, i.Stderr.String())
	}
	if got := call(t, i, guesttest.Render, `{"content":""}`); got != "-2" {
		t.Errorf("a hook it does not have: %s", got)
	}
}

func TestSDKReadsTheConfigurationOnce(t *testing.T) {
	i := parrot(t)
	if got, want := tell(t, i, "config"), `1 {"code":"failed","message":"the node does not have it"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	i.Config, i.Asked = `{"say":"`+strings.Repeat("é", 200)+`"}`, 0
	for range 3 {
		if got, want := tell(t, i, "config"), said(strings.Repeat("é", 200)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if i.Asked != 1 {
		t.Errorf("the node was asked %d times", i.Asked)
	}
	if got := call(t, i, guesttest.ConfigChanged, `{"server":"1","config":{"say":"x"}}`); got != "0" {
		t.Error(got)
	}
	if got := call(t, i, guesttest.ConfigChanged, `{"server":"1","config":{"say":1}}`); !strings.HasPrefix(got, `0 {"errors":[{"pointer":"","message":{"en":"json: `) {
		t.Error(got)
	}
}

// TestSDKTrustsNothingAfterAPanic: a node throws the instance away; should one not, it gets no answers of a broken plugin.
func TestSDKTrustsNothingAfterAPanic(t *testing.T) {
	i := parrot(t)
	if got := tell(t, i, "panic"); got != "-1" {
		t.Errorf("a panic answers %s", got)
	}
	if len(i.Log) != 1 || !strings.HasPrefix(i.Log[0], "3 panic in message.moderate: runtime error: index out of range [1]") || !strings.Contains(i.Log[0], "main.parrot, ") {
		t.Errorf("the log says %q", i.Log)
	}
	if got := tell(t, i, "calls"); got != "-1" {
		t.Errorf("after a panic: %s", got)
	}
}

func TestSDKBoundsItsInput(t *testing.T) {
	i := parrot(t)
	const most = 1 << 20 // pluginsdk.MaxInput
	pad := func(n int) string { return `{"content":"calls"}` + strings.Repeat(" ", n-len(`{"content":"calls"}`)) }
	if got := call(t, i, guesttest.Moderate, pad(most)); got != said("1") {
		t.Error(got)
	}
	if got := call(t, i, guesttest.Moderate, pad(most+1)); !strings.HasPrefix(got, `1 {"code":"invalid_input"`) {
		t.Error(got)
	}
}

// TestGoroutinesStandStill: what docs/plugins/writing-a-plugin.md says of them.
func TestGoroutinesStandStill(t *testing.T) {
	i := parrot(t)
	tell(t, i, "goroutine")
	if got := tell(t, i, "wait"); got != said("1") && got != said("2") {
		t.Error(got)
	}
}

func TestTooMuchMemoryTraps(t *testing.T) {
	i := parrot(t)
	if _, code, err := i.Call(guesttest.Moderate, []byte(`{"content":"hoard"}`)); err == nil {
		t.Errorf("it answered %d with %d bytes of memory", code, i.MemoryBytes())
	}
}
