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

// The meter does not see inside of the host's functions, so each bounds what it may be asked for.
func TestWASIIsBounded(t *testing.T) {
	w := newWorld(t, nil, hostileWasm(hostile.NotImplemented))
	v := w.find(hostileID).acquire()
	defer v.release()
	in := v.pool.oldest()
	defer v.discard(in)
	m, c := in.module.Memory(), &in.call
	c.begin(time.Now(), core.HookModerate, hooks[core.HookModerate], time.Now().Add(time.Minute))
	cases := []struct {
		name string
		got  uint32
		want uint32
	}{
		{"random bytes", random(c, m, []uint64{0, maxRandom / 2}), wasiOK},
		{"more of them than a call may have", random(c, m, []uint64{0, maxRandom/2 + 1}), wasiIO},
		{"random bytes outside of the memory", random(c, m, []uint64{1 << 31, 8}), wasiFault},
		{"nothing to wait for", poll(c, m, []uint64{0, 4096, 0, 0}), wasiInval},
		{"a wait", poll(c, m, []uint64{0, 8192, maxSubscriptions, 0}), wasiOK},
		{"too much to wait for", poll(c, m, []uint64{0, 8192, maxSubscriptions + 1, 0}), wasiInval},
		{"a file", descriptorWrite(c, m, []uint64{3, 0, 1, 0}), wasiBadFD},
	}
	for _, tc := range cases {
		if tc.got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, tc.got, tc.want)
		}
	}
}
