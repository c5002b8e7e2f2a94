package pluginhost

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
)

const hostileID core.PluginID = "com.example.hostile"

func hostileWasm(make func([]byte) []byte) []byte {
	return make(hostile.Manifest(string(hostileID), string(core.HookModerate)))
}

// Whatever a guest does, the message passes, it is recorded, and the next plugin works.
func TestHostileGuests(t *testing.T) {
	judge := judgeWasm(t)
	for _, m := range hostile.All() {
		t.Run(m.Name, func(t *testing.T) {
			w := newWorld(t, nil, judge)
			if _, err := w.InstallNow(t.Context(), Package{Wasm: hostileWasm(m.Make)}); err != nil {
				t.Fatal(err) // all of them are valid modules: what they do shows when they run
			}
			w.enable(theServer, core.PluginSettings{Plugin: hostileID})
			w.enable(2, core.PluginSettings{Plugin: judgeID})
			got, err := w.send("hello")
			call := w.lastCall(t)
			t.Logf("%s %s, fuel %d, %v", call.Outcome, call.Fault, call.Fuel, call.Wall.Round(time.Millisecond))
			if m.Kind != hostile.Returns && (err != nil || got != "hello" || call.Outcome != Faulted || !w.last(t).Failed) {
				t.Errorf("it became %q, %v; the call was %s %s", got, err, call.Outcome, call.Fault)
			}
			if m.Kind == hostile.Endless && !slices.Contains([]Fault{FaultDeadline, FaultFuel, FaultCalls}, call.Fault) {
				t.Errorf("it was stopped as %s", call.Fault)
			}
			if _, err := w.MessageWillBeSent(t.Context(), core.Draft{Server: 2, Content: "reject"}); core.CodeOf(err) != core.CodeMessageRejected {
				t.Errorf("the plugin beside it: %v", err)
			}
		})
	}
}

// What guests of a kind end as, one by one.
func TestHostileOutcomes(t *testing.T) {
	cases := []struct {
		name string
		make func([]byte) []byte
		want Outcome
		kind Fault
	}{
		{"garbage", hostile.GarbageOutput, Faulted, FaultOutput},
		{"too much output", hostile.OutputHuge, Faulted, FaultOutput},
		{"a code there is not", hostile.Code, Faulted, FaultResult},
		{"a trap", hostile.Trap, Faulted, FaultTrap},
		{"not implemented", hostile.NotImplemented, NoChange, ""},
		{"an error of its own", hostile.Error, PluginError, ""},
		{"fuel before time", hostile.Loop, Faulted, FaultFuel},
		{"time before fuel", hostile.Divisions, Faulted, FaultDeadline},
		{"log flood", hostile.LogFlood, Faulted, FaultCalls},
		{"host call flood", hostile.HostCallFlood, Faulted, FaultCalls},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil, hostileWasm(c.make))
			w.enable(theServer, core.PluginSettings{Plugin: hostileID})
			_, _ = w.send("hello")
			if call := w.lastCall(t); call.Outcome != c.want || call.Fault != c.kind {
				t.Errorf("the call was %s %s, want %s %s", call.Outcome, call.Fault, c.want, c.kind)
			}
		})
	}
}

// A guest that uses all its time is stopped soon after, and the collector need not wait for it. Times, so only where they are asked for.
func TestStopTimes(t *testing.T) {
	if os.Getenv("BEEP_TIMING") == "" {
		t.Skip("BEEP_TIMING=1 measures times")
	}
	const longest, longestPause = 70 * time.Millisecond, 50 * time.Millisecond
	for _, m := range hostile.All() {
		t.Run(m.Name, func(t *testing.T) {
			w := newWorld(t, nil, hostileWasm(m.Make))
			w.enable(theServer, core.PluginSettings{Plugin: hostileID})
			stop, paused := make(chan struct{}), make(chan time.Duration)
			go func() { paused <- worstPause(stop) }()
			began := time.Now()
			_, _ = w.send("hello")
			took := time.Since(began)
			close(stop)
			pause := <-paused
			t.Logf("%v, collector paused at most %v; %+v", took, pause, w.lastCall(t))
			if took > longest || pause > longestPause {
				t.Errorf("stopped after %v (at most %v), collector paused %v (at most %v)", took, longest, pause, longestPause)
			}
		})
	}
}

// worstPause collects garbage until it is told to stop, and gives the longest time that took.
func worstPause(stop <-chan struct{}) (worst time.Duration) {
	for {
		select {
		case <-stop:
			return worst
		default:
		}
		began := time.Now()
		runtime.GC()
		worst = max(worst, time.Since(began))
	}
}

// Three time-outs in a row open the breaker; the plugin is left alone then, and messages do not wait.
func TestBreakerOpensUnderLoad(t *testing.T) {
	var log lockedLog
	w := newWorld(t, func(o *Options) { o.Logger = log.logger() }, hostileWasm(hostile.Loop))
	w.enable(theServer, core.PluginSettings{Plugin: hostileID})
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 20 {
				if got, err := w.send("hello"); err != nil || got != "hello" {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
	ran := 0
	w.mu.Lock()
	for _, c := range w.calls {
		if c.Fault.called() {
			ran++
		}
	}
	w.mu.Unlock()
	if ran < breakerTimeouts || ran > 2*breakerTimeouts {
		t.Errorf("the guest ran %d times, want about %d", ran, breakerTimeouts)
	}
	if stats, _ := w.Stats(); len(stats[0].Resting) != 1 {
		t.Errorf("%+v", stats)
	}
	if text := log.String(); !strings.Contains(text, "plugin rests") {
		t.Errorf("the log has no word of it: %s", text)
	}
}

// All kinds at once beside a plugin that works: it is served, and nothing is left behind.
func TestNothingLeaks(t *testing.T) {
	judge := judgeWasm(t)
	w := newWorld(t, nil, judge)
	w.enable(theServer, core.PluginSettings{Plugin: judgeID})
	w.mustPass(t, "warm")
	debug.FreeOSMemory()
	files, memory := openFiles(t), w.memory.used.Load()
	for _, m := range hostile.All() {
		if m.Kind == hostile.Endless && testing.Short() {
			continue
		}
		if _, err := w.InstallNow(t.Context(), Package{Wasm: hostileWasm(m.Make)}); err != nil {
			t.Fatal(err)
		}
		w.enable(2, core.PluginSettings{Plugin: hostileID})
		for range 3 {
			_, _ = w.MessageWillBeSent(t.Context(), core.Draft{Server: 2, Content: "hello"})
		}
		w.mustPass(t, "hello")
	}
	if _, err := w.InstallNow(t.Context(), Package{Wasm: hostileWasm(hostile.NotImplemented)}); err != nil {
		t.Fatal(err)
	}
	small := int64(64 << 10) // the memory of the last hostile instance
	if got := w.memory.used.Load(); got > memory+small {
		t.Errorf("instances hold %d bytes, %d at the beginning", got, memory)
	}
	if got := openFiles(t); got > files+1 {
		t.Errorf("%d open files, %d at the beginning", got, files)
	}
}

func openFiles(t testing.TB) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc here")
	}
	return len(entries)
}

// Versions are swapped under load: every message is judged exactly once, by one version or the other.
func TestSwapUnderLoad(t *testing.T) {
	versions := make([][]byte, 2)
	for i := range versions {
		manifest := strings.Replace(string(hostile.Manifest(string(hostileID), string(core.HookModerate))), `"1.0.0"`, `"1.0.`+string(rune('0'+i))+`"`, 1)
		versions[i] = hostile.Echo([]byte(manifest), `{"action":"flag"}`)
	}
	w := newWorld(t, nil, versions[0])
	w.enable(theServer, core.PluginSettings{Plugin: hostileID})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	sent := make([]int, 4)
	for i := range sent {
		wg.Go(func() {
			for ctx.Err() == nil && sent[i] < 2000 {
				w.mustPass(t, "hello")
				sent[i]++
			}
		})
	}
	for i := range 100 {
		if _, err := w.InstallNow(t.Context(), Package{Wasm: versions[(i+1)%2]}); err != nil {
			t.Error(err)
		}
	}
	cancel()
	wg.Wait()
	total := sent[0] + sent[1] + sent[2] + sent[3]
	w.mu.Lock()
	defer w.mu.Unlock()
	byVersion := map[string]int{}
	for _, c := range w.calls {
		byVersion[c.Version]++
		if c.Outcome != Answered {
			t.Fatalf("a call was %+v", c)
		}
	}
	if len(w.calls) != total || w.count() != total || total == 0 {
		t.Errorf("%d messages, %d calls, %d verdicts", total, len(w.calls), w.count())
	}
	t.Logf("%d messages over 100 swaps: %v", total, byVersion)
}
