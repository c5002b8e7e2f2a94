package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
)

// The four outcomes, and what each makes of a message.
func TestOutcomes(t *testing.T) {
	w := withJudge(t)
	cases := []struct {
		name, content string
		want          string // "": it is refused
		outcome       Outcome
		fault         Fault
		action        core.Action // recorded; "": nothing is
		failed        bool
	}{
		{"allowed", "hello", "hello", NoChange, "", "", false},
		{"rejected", "reject because", "", Answered, "", core.ActionReject, false},
		{"replaced", "replace by this", "by this", Answered, "", core.ActionReplace, false},
		{"flagged", "flag it", "flag it", Answered, "", core.ActionFlag, false},
		{"the plugin's own error", "fail now", "fail now", PluginError, "", core.ActionFlag, true},
		{"an action there is not", "other", "other", Faulted, FaultOutput, core.ActionFlag, true},
		{"an empty replacement", "replace  ", "replace  ", Faulted, FaultOutput, core.ActionFlag, true},
		{"a panic", "panic", "panic", Faulted, FaultResult, core.ActionFlag, true},
		{"out of memory", "eat", "eat", Faulted, FaultTrap, core.ActionFlag, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before := w.count()
			got, err := w.send(c.content)
			if got != c.want || (err != nil) != (c.want == "") {
				t.Errorf("it became %q, %v", got, err)
			}
			if call := w.lastCall(t); call.Outcome != c.outcome || call.Fault != c.fault {
				t.Errorf("the call was %s %s", call.Outcome, call.Fault)
			}
			if (w.count() > before) != (c.action != "") {
				t.Fatalf("%d records more", w.count()-before)
			}
			if c.action == "" {
				return
			}
			if r := w.last(t); r.Action != c.action || r.Failed != c.failed || r.Message != 4 || r.Author != 3 || r.Channel != 2 || r.Server != theServer {
				t.Errorf("recorded %+v", r)
			}
		})
	}
}

func TestRejectionTellsTheReason(t *testing.T) {
	w := withJudge(t)
	_, err := w.send("reject mind your words")
	var e *core.Error
	if !errors.As(err, &e) || e.Code != core.CodeMessageRejected {
		t.Fatal(err)
	}
	if reason, _ := e.Params["reason"].(core.Text); reason["en"] != "mind your words" || reason["fr"] != "fr mind your words" {
		t.Errorf("reason %v", e.Params)
	}
	_, err = w.send("reject")
	if errors.As(err, &e); e.Params["reason"].(core.Text)["fr"] != reasonMissing["fr"] {
		t.Errorf("without a reason: %v", e.Params)
	}
}

func TestTextsAreCutAndTidied(t *testing.T) {
	w := withJudge(t)
	w.mustPass(t, "flag "+strings.Repeat("é", 600))
	r := w.last(t)
	if got := len([]rune(r.Reason["en"])); got != core.MaxVerdictReason {
		t.Errorf("the reason has %d characters", got)
	}
	if len(r.Rule) != core.MaxVerdictRule || r.Excerpt != "ab" {
		t.Errorf("rule of %d bytes, excerpt %q", len(r.Rule), r.Excerpt)
	}
}

func TestInputHasWhatTheABISays(t *testing.T) {
	w := withJudge(t)
	content := "whole \"\\\n\t é \u2028 😀 <@5> \u0001"
	if _, err := w.MessageWillBeSent(context.Background(), core.Draft{Server: 1, Channel: 22, Author: 333, Message: 4444, Edit: true, Content: content}); err != nil {
		t.Fatal(err)
	}
	want := tidy(fmt.Sprintf("{Server:1 Channel:22 Author:333 ID:4444 Edit:true Content:%s}", content), core.MaxVerdictReason)
	if got := w.last(t).Reason["en"]; got != want {
		t.Errorf("the guest saw %q, want %q", got, want)
	}
}

// An instance that failed may not serve again: its memory is in an unknown state.
func TestInstanceIsDiscardedAfterAFault(t *testing.T) {
	w := withJudge(t)
	w.mustPass(t, "served")
	w.mustPass(t, "served")
	if got := w.last(t).Reason["en"]; got != "2" {
		t.Fatalf("one instance served %s of two calls", got)
	}
	w.mustPass(t, "panic")
	w.mustPass(t, "served")
	if got := w.last(t).Reason["en"]; got != "1" {
		t.Errorf("after a fault the instance counts %s calls", got)
	}
}

func TestSleepAndTimeLeft(t *testing.T) {
	w := withJudge(t)
	w.mustPass(t, "sleep")
	if r := w.last(t); r.Failed || r.Reason["en"] != "slept" {
		t.Errorf("a minute of sleep: %+v", r)
	}
	w.mustPass(t, "left")
	if got := w.last(t).Reason["en"]; got != "true" {
		t.Errorf("time left: %s", got)
	}
}

func TestConfigurationComesWithTheCall(t *testing.T) {
	w := withJudge(t)
	for version, config := range []string{`{"word":"a"}`, `{"word":"b","mode":"loud"}`, ``} {
		w.enable(theServer, core.PluginSettings{Plugin: judgeID, Config: object(config), Version: int64(version + 1)})
		w.mustPass(t, "config")
		got := w.last(t).Reason["en"]
		want := map[int]string{0: `{"count":1,"word":"a"}`, 1: `{"count":1,"mode":"loud","word":"b"}`, 2: `{"count":1,"word":"none"}`}[version]
		if got != want {
			t.Errorf("version %d: %s, want %s", version+1, got, want)
		}
	}
}

// After a change the idle instance has seen the new configuration before a message comes.
func TestWarming(t *testing.T) {
	w := withJudge(t)
	v := w.find(judgeID).acquire()
	defer v.release()
	w.mustPass(t, "served") // 1
	calls := len(w.calls)
	w.Warm(theServer)
	for {
		v.pool.mu.Lock()
		seen := len(v.pool.idle) == 1 && v.pool.idle[0].calls == 2
		v.pool.mu.Unlock()
		if seen {
			break
		}
		time.Sleep(time.Millisecond)
	}
	w.mustPass(t, "served") // 3: the one before was the host's own
	if got := w.last(t).Reason["en"]; got != "3" || len(w.calls) != calls+1 || w.count() != 2 {
		t.Errorf("the instance counts %s calls; %d were told, %d verdicts recorded", got, len(w.calls)-calls, w.count())
	}
}

// A plugin that hangs while it is warmed is on its way to rest.
func TestWarmingCountsFaults(t *testing.T) {
	w := newWorld(t, nil, hostileWasm(hostile.Loop))
	w.enable(theServer, core.PluginSettings{Plugin: hostileID})
	v := w.find(hostileID).acquire()
	defer v.release()
	w.Warm(theServer)
	b := v.breakers[core.HookModerate]
	for counted := 0; counted == 0; time.Sleep(time.Millisecond) {
		b.mu.Lock()
		counted = b.timeouts
		b.mu.Unlock()
	}
	for range breakerTimeouts - 1 {
		w.mustPass(t, "hello")
	}
	if !b.resting(time.Now()) {
		t.Error("it does not rest")
	}
}

func TestDryRunActsOnNothing(t *testing.T) {
	w := withJudge(t)
	w.enable(theServer, core.PluginSettings{Plugin: judgeID, DryRun: true, OnFailure: core.FailClosed})
	for _, content := range []string{"reject this", "replace that", "flag it", "panic"} {
		w.mustPass(t, content)
		if r := w.last(t); !r.DryRun {
			t.Errorf("%q was recorded as %+v", content, r)
		}
	}
}

func TestFailClosedRefuses(t *testing.T) {
	w := withJudge(t)
	w.enable(theServer, core.PluginSettings{Plugin: judgeID, OnFailure: core.FailClosed})
	_, err := w.send("panic")
	var e *core.Error
	if !errors.As(err, &e) || e.Code != core.CodePluginUnavailable || e.Params["plugin"] != string(judgeID) || e.Params["hook"] != "message.moderate" {
		t.Errorf("%v", err)
	}
	if r := w.last(t); r.Action != core.ActionReject || !r.Failed {
		t.Errorf("recorded %+v", r)
	}
}

// What one plugin puts in place the next one sees; the first that rejects ends the round.
func TestRoundOfPlugins(t *testing.T) {
	first := hostile.Echo([]byte(strings.Replace(string(hostile.Manifest("com.example.first", "message.moderate")),
		`"message.moderate": {}`, `"message.moderate": {"order": 1}`, 1)), `{"action":"replace","content":"reject from the first"}`)
	w := newWorld(t, nil, judgeWasm(t), first)
	w.enable(theServer, core.PluginSettings{Plugin: judgeID})
	w.enable(theServer, core.PluginSettings{Plugin: "com.example.first"})
	_, err := w.send("hello")
	var e *core.Error
	if !errors.As(err, &e) || e.Params["reason"].(core.Text)["en"] != "from the first" {
		t.Errorf("%v", err)
	}
	if got := w.count(); got != 2 {
		t.Errorf("%d records, want one of each plugin", got)
	}
}

func TestPrefilterSparesTheGuest(t *testing.T) {
	m := strings.Replace(string(hostile.Manifest("com.example.links", "message.moderate")), `"message.moderate": {}`,
		`"message.moderate": {"prefilter": ["link", "upper"]}`, 1)
	w := newWorld(t, nil, hostile.Echo([]byte(m), `{"action":"reject"}`))
	w.enable(theServer, core.PluginSettings{Plugin: "com.example.links"})
	for content, passes := range map[string]bool{"hello": true, "HEY": true, "see https://x.example": false, "wWw.x.example": false, "ÉCRIT": false} {
		if _, err := w.send(content); (err == nil) != passes {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// What a condition of its manifest lets pass, the native renderer renders.
func TestPlainTextNeedsNoGuest(t *testing.T) {
	m := strings.Replace(string(hostile.Manifest("com.example.marks", "markdown.render")), `"version": 1`, `"version": 1, "prefilter": ["mark"]`, 1)
	w := newWorld(t, nil, hostile.Echo([]byte(m), `{"html":"by the guest"}`))
	if got := w.Render(t.Context(), 1, "plain"); got.HTML != "native plain" {
		t.Errorf("plain text: %+v", got)
	}
	if got := w.Render(t.Context(), 1, "*marked*"); got.HTML != "by the guest" {
		t.Errorf("marked text: %+v", got)
	}
}

func TestStates(t *testing.T) {
	for state, want := range map[State][]string{StateNone: {"1", "2", "3"}, StateServer: {"1", "1", "2"}, StateCall: {"1", "1", "1"}} {
		t.Run(string(state), func(t *testing.T) {
			w := withJudge(t)
			w.enable(2, core.PluginSettings{Plugin: judgeID})
			v := w.find(judgeID).acquire()
			v.State = state
			v.release()
			for i, server := range []core.ServerID{1, 2, 1} {
				if _, err := w.MessageWillBeSent(t.Context(), core.Draft{Server: server, Content: "served"}); err != nil {
					t.Fatal(err)
				}
				if got := w.last(t).Reason["en"]; got != want[i] {
					t.Errorf("call %d, for server %d: the instance counts %s, want %s", i, server, got, want[i])
				}
			}
		})
	}
}

func TestRecycling(t *testing.T) {
	w := withJudge(t)
	v := w.find(judgeID).acquire()
	defer v.release()
	w.mustPass(t, "served")
	v.pool.mu.Lock()
	v.pool.idle[0].calls = maxRecycle - 1
	v.pool.mu.Unlock()
	w.mustPass(t, "served") // its last, unless more come before the next is ready
	for !v.pool.fresh() {
		time.Sleep(time.Millisecond) // it is made in the background
	}
	for live, idle := v.pool.numbers(); live != 1 || idle != 1; live, idle = v.pool.numbers() {
		time.Sleep(time.Millisecond)
	}
	w.mustPass(t, "served")
	if got := w.last(t).Reason["en"]; got != "2" { // the first showed it the configuration
		t.Errorf("after %d calls the instance counts %s", maxRecycle, got)
	}
}

func TestGuestLogIsTidyAndBounded(t *testing.T) {
	var out strings.Builder
	w := newWorld(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&out, nil)) }, judgeWasm(t))
	w.enable(theServer, core.PluginSettings{Plugin: judgeID})
	for range 20 {
		w.mustPass(t, "log")
	}
	lines := strings.Count(out.String(), "plugin says")
	if lines != maxLinesAMinute {
		t.Errorf("%d lines of 2,000 were logged, want %d", lines, maxLinesAMinute)
	}
	if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), "plugin=com.example.judge") {
		t.Errorf("the log has %.300s", out.String())
	}
}

func TestRender(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	if got := w.Render(ctx, 1, "x"); got.HTML != "native x" || !w.RenderIsCurrent(nativeVersion) {
		t.Errorf("without a guest: %+v", got)
	}
	if _, err := w.InstallNow(ctx, Package{Wasm: judgeWasm(t)}); err != nil {
		t.Fatal(err)
	}
	got := w.Render(ctx, 1, "x")
	if got.HTML != "<p>x</p>" || got.Version == nativeVersion || !w.RenderIsCurrent(got.Version) || w.RenderIsCurrent(nativeVersion) {
		t.Errorf("by a guest: %+v", got)
	}
	calls := len(w.calls)
	if again := w.Render(ctx, 1, "x"); again != got || len(w.calls) != calls {
		t.Errorf("again: %+v after %d calls, want it from the cache", again, len(w.calls)-calls)
	}
	if got := w.Render(ctx, 1, "fail"); got.HTML != "native fail" || got.Version != nativeVersion {
		t.Errorf("by a guest that fails: %+v", got)
	}
}

// A version that renders no more leaves it to the native renderer.
func TestUpdateThatRendersNoMore(t *testing.T) {
	const id = "com.example.marks"
	w := newWorld(t, nil, hostile.Echo(hostile.Manifest(id, "markdown.render"), `{"html":"by the guest"}`))
	old := w.Render(t.Context(), 1, "x")
	if old.HTML != "by the guest" {
		t.Fatalf("%+v", old)
	}
	if _, err := w.InstallNow(t.Context(), Package{Wasm: hostile.Echo(hostile.Manifest(id, "message.moderate"), `{"action":"flag"}`)}); err != nil {
		t.Fatal(err)
	}
	if got := w.Render(t.Context(), 1, "x"); got.HTML != "native x" || !w.RenderIsCurrent(got.Version) || w.RenderIsCurrent(old.Version) {
		t.Errorf("%+v", got)
	}
}

func TestRenderCacheIsBounded(t *testing.T) {
	c := newRenderCache()
	for i := range 2000 {
		c.put(1, fmt.Sprint(i), strings.Repeat("x", 60<<10))
	}
	c.put(1, "huge", strings.Repeat("x", maxCachedBytes))
	if c.bytes > renderCacheBytes || len(c.known) != c.order.Len() || len(c.known) == 0 {
		t.Errorf("%d bytes in %d entries", c.bytes, len(c.known))
	}
	if _, ok := c.get(1, "1999"); !ok {
		t.Error("the newest entry is gone")
	}
	if _, ok := c.get(2, "1999"); ok {
		t.Error("another version gave it")
	}
	if _, ok := c.get(1, "huge"); ok {
		t.Error("what is too large was kept")
	}
}
