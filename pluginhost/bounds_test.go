package pluginhost

import (
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
)

func TestMemoryIsCounted(t *testing.T) {
	m := memory{budget: 10 * pageBytes}
	a, b := m.Allocate(0, 8*pageBytes), m.Allocate(0, 8*pageBytes)
	if a.Reallocate(6*pageBytes) == nil || a.Reallocate(9*pageBytes) != nil {
		t.Error("one memory: six pages of eight may be had, nine not")
	}
	if b.Reallocate(5*pageBytes) != nil || b.Reallocate(4*pageBytes) == nil {
		t.Error("two memories: of ten pages in all four are left")
	}
	a.Free()
	if b.Reallocate(8*pageBytes) == nil {
		t.Error("what was freed cannot be had")
	}
	if b.Free(); m.used.Load() != 0 {
		t.Errorf("%d bytes in use at the end", m.used.Load())
	}
}

func TestOutputIsBounded(t *testing.T) {
	w := newWorld(t, nil, hostileWasm(hostile.OutputHuge))
	_, err := w.Ask(Question{Plugin: hostileID, Hook: core.HookModerate, Input: []byte("{}"), Read: func([]byte) error { return nil }})
	if err == nil || !strings.Contains(err.Error(), "the output is larger than 65536 bytes") {
		t.Errorf("%v", err)
	}
}

func TestPatienceShrinks(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var b breaker
	for i := range breakerTimeouts {
		if got, want := b.patience(80*time.Millisecond), 80*time.Millisecond>>i; got != want {
			t.Errorf("after %d time-outs: %v, want %v", i, got, want)
		}
		if i == breakerTimeouts-1 {
			b.done(now, "")
		} else {
			b.done(now, FaultDeadline)
		}
	}
	if got := b.patience(time.Second); got != time.Second {
		t.Errorf("after a success: %v", got)
	}
}
