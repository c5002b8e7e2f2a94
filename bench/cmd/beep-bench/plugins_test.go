package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
)

const someMetrics = `# HELP beep_plugin_calls_total Calls of plugins, by how they ended.
# TYPE beep_plugin_calls_total counter
beep_plugin_calls_total{hook="message.moderate",outcome="no_change",plugin="a.b"} 40
beep_plugin_calls_total{hook="message.moderate",outcome="fault",plugin="a.b"} 12
beep_plugin_calls_total{hook="markdown.render",outcome="answer",plugin="c.d"} 1e+03
beep_plugin_faults_total{fault="resting",hook="message.moderate",plugin="a.b"} 7
beep_plugin_faults_total{fault="busy",hook="message.moderate",plugin="a.b"} 2
beep_plugin_faults_total{fault="deadline",hook="message.moderate",plugin="a.b"} 3
beep_plugin_memory_bytes 5.5
`

// TestCallCounts tells calls that reached a guest from those that did not.
func TestCallCounts(t *testing.T) {
	all := parseMetrics(someMetrics)
	if got := all["beep_plugin_memory_bytes"]; len(got) != 1 || got[0].value != 5.5 {
		t.Errorf("%+v", got)
	}
	c := countsOf(all)
	if c.reached["a.b"] != 43 || c.failed["a.b"] != 3 || c.refused["a.b"] != 9 || c.reached["c.d"] != 1000 {
		t.Errorf("%+v", c)
	}
	if d := c.since(callCounts{reached: map[string]float64{"a.b": 3}}); d.reached["a.b"] != 40 || d.failed["a.b"] != 3 {
		t.Errorf("%+v", d)
	}
}

// TestCallTable writes what is read of a real node.
func TestCallTable(t *testing.T) {
	var table callTable
	for i := range 3 {
		table.add(pluginhost.Call{Plugin: "a.b", Hook: core.HookModerate, Outcome: pluginhost.Answered, Fuel: int64(i), Wall: time.Second})
	}
	table.add(pluginhost.Call{Plugin: "a.b", Outcome: pluginhost.Faulted, Fault: pluginhost.FaultResting})
	b := &bench{root: t.TempDir()}
	h, err := b.host(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	w := httptest.NewRecorder()
	table.write(w, h)
	if c := countsOf(parseMetrics(w.Body.String())); c.reached["a.b"] != 3 || c.refused["a.b"] != 1 {
		t.Errorf("%+v of %s", c, w.Body)
	}
}

// TestNewTexts holds that no two senders send the same, and that plain texts stay plain.
func TestNewTexts(t *testing.T) {
	b := &bench{texts: []string{"hello there", "a *b* c"}}
	seen := map[string]bool{}
	for sender := range 100 {
		for _, text := range b.newTexts(sender) {
			if seen[text] || readsMarkdown(text) != strings.Contains(text, "*") {
				t.Errorf("sender %d: %q", sender, text)
			}
			seen[text] = true
		}
	}
	if len(seen) != 200 {
		t.Errorf("%d texts", len(seen))
	}
}

// TestSchedule gives each moment to one sender, evenly, until the end.
func TestSchedule(t *testing.T) {
	began := time.Unix(1000, 0)
	seen := map[time.Duration]int{}
	for i := range 4 {
		s := schedule{began: began, first: i, step: 4, rate: 10, length: time.Second}
		for n := 0; ; n++ {
			at, more := s.at(n)
			if !more {
				break
			}
			seen[at.Sub(began)]++
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d moments, want 10: %v", len(seen), seen)
	}
	for n := range 10 {
		if seen[time.Duration(n)*100*time.Millisecond] != 1 {
			t.Errorf("moment %d is taken %d times", n, seen[time.Duration(n)*100*time.Millisecond])
		}
	}
}

// TestHarmful holds that there is a module for each name.
func TestHarmful(t *testing.T) {
	for _, name := range append(harmful, runaways...) {
		if _, err := runaway(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := runaway("Kind"); err == nil {
		t.Error("there is a module Kind")
	}
}

// TestReached is an error when most messages passed the guest by: then something else was measured.
func TestReached(t *testing.T) {
	var b bench
	judged := callCounts{reached: map[string]float64{string(moderationGuest): 90}, refused: map[string]float64{string(moderationGuest): 10}}
	if err := b.reportReached(judged, "x: ", 100, ""); err != nil || b.report.Figures[0].Value != 90 {
		t.Errorf("%v, %+v", err, b.report.Figures)
	}
	judged.reached, judged.refused = judged.refused, judged.reached
	if err := b.reportReached(judged, "x: ", 100, ""); err == nil {
		t.Error("a run without moderation passes for one with it")
	}
	if err := b.reportReached(callCounts{}, "x: ", 100, ""); err == nil {
		t.Error("a run in which moderation was never asked passes for one with it")
	}
}

// TestMetricsAreBounded reads no more of a node than it needs.
func TestMetricsAreBounded(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first 1\n"+strings.Repeat("x", maxMetrics)+"\nlast 1\n")
	}))
	defer s.Close()
	all, err := readMetrics(t.Context(), s.URL)
	if err != nil || len(all["first"]) != 1 || len(all["last"]) != 0 {
		t.Errorf("%d of the first, %d of the last, %v", len(all["first"]), len(all["last"]), err)
	}
}

// TestTimeFactor is what a node takes.
func TestTimeFactor(t *testing.T) {
	for factor, ok := range map[string]bool{"1": true, "100": true, "0": false, "101": false} {
		if _, err := parseFlags([]string{"-timefactor", factor}); (err == nil) != ok {
			t.Errorf("%s: %v", factor, err)
		}
	}
}
