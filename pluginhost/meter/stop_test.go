package meter

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/beep-chat/beep/pluginhost/meter/asm"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
)

// plugin is a module of one beep_handle, for what the hostile ones do not cover.
func plugin(locals string, body ...asm.Code) []byte {
	m := asm.New()
	m.Memory(DefaultMaxPages, DefaultMaxPages)
	m.Export("memory", asm.KindMemory, 0)
	m.Export("beep_handle", asm.KindFunc, m.Func("ii:i", locals, append(body, asm.I32(0))...))
	return m.Bytes()
}

// stretches are loops of long straight code that is as slow as each kind of instruction can be.
func stretches() map[string][]byte {
	const n = 8_000
	turn := func(body asm.Code) asm.Code { return asm.Loop(body, asm.Br(0)) }
	long := func(piece asm.Code) asm.Code { return turn(asm.Repeat(n, piece)) }
	b := asm.New()
	b.Memory(1, 1)
	b.Export("memory", asm.KindMemory, 0)
	b.Table(1, 1)
	b.Elements(0, 0)
	leaf := b.Func(":", "")
	b.Export("beep_handle", asm.KindFunc, b.Func("ii:i", "", long(asm.Call(leaf)), asm.I32(0)))
	i := asm.New()
	i.Memory(1, 1)
	i.Export("memory", asm.KindMemory, 0)
	i.Table(1, 1)
	i.Elements(0, 0)
	i.Func(":", "")
	i.Export("beep_handle", asm.KindFunc, i.Func("ii:i", "", long(asm.Join(asm.I32(0), asm.CallIndirect(i.Type(":")))), asm.I32(0)))
	random := asm.Join(asm.LocalGet(3), asm.I64(6364136223846793005), []byte{0x7e}, asm.I64(1442695040888963407), asm.I64Add, asm.LocalTee(3))
	// Eight places of one set of most caches, each again and again while it is known.
	var places, sets asm.Code
	for l := range uint32(8) {
		sets = asm.Join(sets, asm.LocalGet(2), asm.I32(int32(l<<21)), asm.I32Add, asm.LocalSet(3+l))
	}
	for i := range uint32(n / 8) {
		for l := range uint32(8) {
			places = asm.Join(places, load(3+l, i/8*64%(1<<20)))
		}
	}
	return map[string][]byte{
		"near":     plugin("iiiiiiiii", turn(asm.Join(sets, places))),
		"calls":    b.Bytes(),
		"indirect": i.Bytes(),
		"add":      plugin("iI", long(asm.Join(asm.LocalGet(2), asm.I32(3), asm.I32Add, asm.LocalSet(2)))),
		"branches": plugin("iI", turn(asm.Repeat(3_000, asm.Join(random, asm.I64(33), []byte{0x88}, []byte{0xa7}, asm.I32(1), asm.I32And,
			asm.If(asm.LocalGet(2), asm.I32(1), asm.I32Add, asm.LocalSet(2)))))),
		"stores": plugin("iI", turn(asm.Repeat(4_000, asm.Join(random, asm.I64(33), []byte{0x88}, []byte{0xa7}, asm.I32(32<<20-8), asm.I32And,
			asm.I32(1), asm.I32Store)))),
		"sqrt":     plugin("F", turn(asm.Join(asm.LocalGet(2), asm.Repeat(n, asm.Code{0x9f}), asm.LocalSet(2)))),
		"f64.div":  plugin("F", turn(asm.Join(asm.LocalGet(2), asm.Repeat(n, asm.Join(asm.LocalGet(2), asm.Code{0xa3})), asm.LocalSet(2)))),
		"ref.func": plugin("", turn(asm.Repeat(4_000, asm.Join(asm.RefFunc(0), asm.Drop)))),
		"swizzle":  plugin("v", turn(asm.Join(asm.LocalGet(2), asm.Repeat(n, asm.Join(asm.LocalGet(2), asm.Code{0xfd, 14})), asm.LocalSet(2)))),
		"trunc":    plugin("F", turn(asm.Repeat(n, asm.Join(asm.LocalGet(2), asm.Code{0xfc, 7}, asm.Code{0xba}, asm.LocalSet(2))))),
		"grow":     plugin("", turn(asm.Repeat(1_000, asm.Join(asm.I32(0), asm.MemoryGrow, asm.Drop)))),
	}
}

// everything that can be made to last is what the figures and the stops are about.
func endless() map[string][]byte {
	all := stretches()
	for _, h := range hostile.All() {
		if h.Kind == hostile.Endless {
			all[h.Name] = h.Make(hostile.Manifest("com.example."+h.Name, "message.moderate"))
		}
	}
	return all
}

func needTiming(t *testing.T) {
	t.Helper()
	if os.Getenv("BEEP_TIMING") == "" {
		t.Skip("set BEEP_TIMING=1 on a quiet machine")
	}
}

// threadTime is the time this thread has worked. On a busy machine it says more than the clock.
func threadTime() time.Duration {
	var u syscall.Rusage
	const thread = 1
	syscall.Getrusage(thread, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestStretches prints how long guests go without a tick: the figures behind the costs.
func TestStretches(t *testing.T) {
	needTiming(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for name, wasm := range endless() {
		g := newGuest(t, mustRewrite(t, wasm).Wasm)
		ticks, begin, start := 0, time.Now(), time.Duration(0)
		g.stop = func(int32) bool {
			ticks++
			if took := time.Since(begin); start == 0 && took > 200*time.Millisecond { // what was before prepares
				ticks, start = 0, threadTime()
			}
			return ticks >= 5 && time.Since(begin) > 500*time.Millisecond
		}
		g.call(1, nil)
		t.Logf("%-14s %10v between two ticks (mean of %d)", name, (threadTime()-start)/time.Duration(ticks), ticks)
	}
}

// TestStopTimes holds what a node promises: a guest with 50 ms is stopped within 70, and a collection of garbage meanwhile
// waits at most 50. The best of some attempts counts, so that other work of the machine does not.
func TestStopTimes(t *testing.T) {
	needTiming(t)
	for name, wasm := range endless() {
		t.Run(name, func(t *testing.T) {
			metered := mustRewrite(t, wasm).Wasm
			var took, pause time.Duration
			for range 6 {
				took, pause = stopTime(t, newGuest(t, metered))
				if took <= 70*time.Millisecond && pause <= 50*time.Millisecond {
					t.Logf("stopped after %v, longest collection %v", took, pause)
					return
				}
			}
			t.Errorf("stopped after %v (70 ms allowed), a collection took %v (50 ms)", took, pause)
		})
	}
}

func stopTime(t *testing.T, g *guest) (took, pause time.Duration) {
	pauses := make(chan time.Duration)
	go func() {
		longest := time.Duration(0)
		for range 3 {
			time.Sleep(5 * time.Millisecond)
			begin := time.Now()
			runtime.GC()
			longest = max(longest, time.Since(begin))
		}
		pauses <- longest
	}()
	begin := time.Now()
	g.stopAfter(50 * time.Millisecond)
	if _, err := g.call(1, nil); !errors.Is(err, errStopped) {
		t.Errorf("ended with %v", err)
	}
	return time.Since(begin), <-pauses
}

// TestOverhead holds the price of the meters: the fastest of many batches of both, in turns, so that a busy machine does
// not decide.
func TestOverhead(t *testing.T) {
	needTiming(t)
	for name, wasm := range guests(t) {
		m := mustRewrite(t, wasm)
		plain, metered := newGuest(t, wasm), newGuest(t, m.Wasm)
		best := [2]time.Duration{time.Hour, time.Hour}
		for range 150 {
			for i, g := range []*guest{plain, metered} {
				begin := time.Now()
				for range 20 {
					if _, err := g.call(1, benchText); err != nil {
						t.Fatal(err)
					}
				}
				best[i] = min(best[i], time.Since(begin)/20)
			}
		}
		ratio := float64(best[1]) / float64(best[0])
		t.Logf("%s: %v plain, %v metered: %.2fx; %d points a call; %d -> %d bytes", name, best[0], best[1], ratio, metered.fuel/3000, len(wasm), len(m.Wasm))
		if ratio > 1.3 {
			t.Errorf("%s: metered costs %.2fx, 1.3x is allowed", name, ratio)
		}
	}
}

var benchText = []byte(strings.Repeat(`hello <@42> see https://example.org/a?b=c {"a": [1, 2.5, "x"]} and some more words; `, 3))
