package pluginhost

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
)

// soakCalls is how many calls the soak makes: BEEP_SOAK_CALLS, a million in .ci/run.
func soakCalls(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("BEEP_SOAK_CALLS"))
	if err != nil {
		return 20_000
	}
	t.Logf("soak: %d calls", n)
	return n
}

// residentBytes is what the process holds in memory, as the system counts it.
func residentBytes(t *testing.T) int {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc here")
	}
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return pages * os.Getpagesize()
}

// Calls without end, of a guest that works and of one that fails, of several servers at once: memory and open files stay as they
// were after the first tenth.
func TestSoak(t *testing.T) {
	w := newWorld(t, nil, judgeWasm(t), hostileWasm(hostile.TrapOnBang))
	for s := core.ServerID(1); s <= 4; s++ {
		w.enable(s, core.PluginSettings{Plugin: judgeID})
	}
	w.enable(4, core.PluginSettings{Plugin: hostileID})
	calls := soakCalls(t)
	contents := []string{"hello", "flag " + strings.Repeat("long text ", 100), "config", "reject that"}
	tenth := func() {
		var wg sync.WaitGroup
		for s := range 4 {
			wg.Go(func() {
				for i := range calls / 40 {
					content := contents[(s+i)%len(contents)]
					if s == 3 && i%100 == 0 {
						content = "!" // the guest that fails fails now
					}
					_, _ = w.MessageWillBeSent(t.Context(), core.Draft{Server: core.ServerID(s + 1), Content: content})
				}
			})
		}
		wg.Wait()
	}
	tenth()
	files, memory := openFiles(t), residentBytes(t)
	for range 9 {
		tenth()
	}
	gotFiles, got := openFiles(t), residentBytes(t)
	t.Logf("soak: %d calls, %.1f MB resident after a tenth, %.1f MB at the end; %d and %d open files", calls,
		float64(memory)/1e6, float64(got)/1e6, files, gotFiles)
	if got > memory+memory/10+32<<20 || gotFiles > files+2 {
		t.Errorf("it grew: %d -> %d bytes, %d -> %d files", memory, got, files, gotFiles)
	}
	if stats, used := w.Stats(); used > 64<<20 || stats[0].Instances > 8 {
		t.Errorf("instances: %+v with %d bytes", stats, used)
	}
	fmt.Printf("soak: %d calls, flat\n", calls)
}
