package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
)

// runaways are the modules of package hostile that are measured: each takes its time in another way.
var runaways = []string{"Loop", "CallTree", "Recursion", "Fill", "Copy", "Divisions"}

// triesEach are how often a guest may run out of time before its breaker opens.
const triesEach = 3

func runaway(name string) (hostile.Module, error) {
	all := hostile.All()
	i := slices.IndexFunc(all, func(m hostile.Module) bool { return m.Name == name })
	if i < 0 {
		return hostile.Module{}, fmt.Errorf("package hostile has no module %s", name)
	}
	return all[i], nil
}

// measureRunaways calls guests that do not end by themselves, while something else collects garbage again and again: how
// long until each is stopped, and how long it kept the collector, and with it the whole process, waiting.
func (b *bench) measureRunaways(ctx context.Context) error {
	d := b.raceTime() / 2
	alone := collectFor(ctx, d)
	b.report.add("guests", "collection with no guest", ms(alone), "ms", "the longest runtime.GC of this process, the anchor of those below")
	for _, name := range runaways {
		m, err := runaway(name)
		if err != nil {
			return err
		}
		calls, took, pause, err := b.stopAgain(ctx, m, d)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b.report.atMost("guests", "runaway "+name+": until stopped", ms(took), stoppedGoal, "ms", fmt.Sprintf("the longest of %d calls, deadline 50 ms", calls))
		b.report.atMost("guests", "runaway "+name+": collection meanwhile", ms(pause), pauseGoal, "ms", "the longest runtime.GC")
	}
	return nil
}

// stopAgain calls a runaway until the time is up, in a new host whenever the breaker of the one before has opened.
func (b *bench) stopAgain(ctx context.Context, m hostile.Module, d time.Duration) (calls int, longest, pause time.Duration, err error) {
	const id = "chat.beep.bench.runaway"
	wasm := m.Make(hostile.Manifest(id, string(core.HookModerate)))
	for end := time.Now().Add(d); calls == 0 || time.Now().Before(end); {
		if err := ctx.Err(); err != nil {
			return calls, longest, pause, err
		}
		h, err := b.host(ctx, "", func(o *pluginhost.Options) { o.TimeFactor = 1 }, wasm)
		if err != nil {
			return calls, longest, pause, err
		}
		took, collected, err := stopOnce(h, id)
		h.Close()
		if err != nil {
			return calls, longest, pause, err
		}
		calls, longest, pause = calls+triesEach, max(longest, took), max(pause, collected)
	}
	return calls, longest, pause, nil
}

// stopOnce calls until the breaker opens.
func stopOnce(h *pluginhost.Host, id core.PluginID) (longest, pause time.Duration, err error) {
	stop, collected := make(chan struct{}), make(chan time.Duration, 1)
	go func() { collected <- collect(stop) }()
	defer func() {
		close(stop)
		pause = <-collected
	}()
	for range triesEach {
		began := time.Now()
		outcome, _ := h.Ask(pluginhost.Question{Plugin: id, Hook: core.HookModerate, Server: 1, Input: []byte("{}"), Read: ignore})
		longest = max(longest, time.Since(began))
		if outcome != pluginhost.Faulted {
			return longest, 0, fmt.Errorf("the call ended as %s, want a fault", outcome)
		}
	}
	return longest, 0, nil
}

// collect collects garbage until it is told to stop, and gives the longest time that took.
func collect(stop <-chan struct{}) (longest time.Duration) {
	for {
		select {
		case <-stop:
			return longest
		default:
		}
		began := time.Now()
		runtime.GC()
		longest = max(longest, time.Since(began))
	}
}

func collectFor(ctx context.Context, d time.Duration) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return collect(ctx.Done())
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
