package meter

import (
	"testing"

	"github.com/beep-chat/beep/pluginhost/meter/asm"
)

// load reads at an offset from a local.
func load(local, offset uint32) asm.Code {
	return asm.Join(asm.LocalGet(local), asm.Code{0x28, 2}, asm.Unsigned(offset), asm.Drop)
}

// TestNear checks which loads cost little: those of what straight code has just read, and no others.
func TestNear(t *testing.T) {
	others := func(n uint32) (code asm.Code) {
		for i := range n {
			code = append(code, load(1, 64*i)...)
		}
		return code
	}
	again := load(0, 0)
	cases := []struct {
		name    string
		between asm.Code // two loads of the same place
		near    bool
	}{
		{"nothing", nil, true},
		{"the block's end", load(0, 63), true},
		{"another local is set", asm.Join(asm.I32(1), asm.LocalSet(1)), true},
		{"the local is set", asm.Join(asm.I32(1), asm.LocalSet(0)), false},
		{"the local is teed", asm.Join(asm.I32(1), asm.LocalTee(0), asm.Drop), false},
		{"7 others", others(7), true},
		{"8 others", others(8), false},
		{"7 others and a store", asm.Join(others(7), asm.I32(0), asm.I32(0), asm.I32Store), false},
		{"a computed address", asm.Join(asm.LocalGet(0), asm.I32(1), asm.I32Add, asm.Code{0x28, 2, 0}, asm.Drop), true},
		{"8 computed addresses", asm.Repeat(8, asm.Join(asm.I32(8), asm.Code{0x28, 2, 0}, asm.Drop)), false},
		{"a block begins", asm.Block(), false}, // and ends: ways may meet there
		{"an if", asm.Join(asm.I32(0), asm.If()), false},
		{"a loop", asm.Loop(), false},
		{"a branch not taken", asm.Join(asm.I32(0), asm.BrIf(0)), true},
		{"a call", asm.Call(0), false},
		{"the length of memory", asm.Join(asm.I32(0), asm.MemoryGrow, asm.Drop), false},
		{"a copy", asm.Join(asm.Repeat(3, asm.I32(0)), asm.MemoryCopy), false},
	}
	for _, c := range cases {
		if got := costOf(t, again, c.between, again) - costOf(t, again, c.between); (got < costLoad) != c.near {
			t.Errorf("%s in between: the second load costs %d", c.name, got)
		}
	}
	for name, second := range map[string]asm.Code{
		"the next block": load(0, 64), "another local": load(1, 0),
		"a sum":  asm.Join(asm.LocalGet(0), asm.LocalGet(1), asm.I32Add, asm.Code{0x28, 2, 0}, asm.Drop),
		"a load": asm.Join(asm.LocalGet(0), asm.Code{0x28, 2, 0}, asm.Code{0x28, 2, 0}, asm.Drop),
	} {
		if got := costOf(t, again, second) - costOf(t, again); got < costLoad {
			t.Errorf("a load of %s costs %d", name, got)
		}
	}
	for name, c := range map[string][2]asm.Code{
		"in a loop, which turns after others": {asm.Join(again, asm.Loop(again)), asm.Join(again, asm.Loop())},
		"in an else, behind another way":      {asm.Join(asm.I32(0), asm.If(again, asm.Else, again)), asm.Join(asm.I32(0), asm.If(again, asm.Else))},
	} {
		if got := costOf(t, c[0]) - costOf(t, c[1]); got < costLoad {
			t.Errorf("a load %s costs %d", name, got)
		}
	}
	wide := asm.Join(asm.LocalGet(2), asm.Code{0xa7}, asm.Code{0x29, 3, 8}, asm.Drop) // as Go's guests read
	if got := costOf(t, wide, wide) - costOf(t, wide); got >= costLoad {
		t.Errorf("a load at an address of 64 bits costs %d the second time", got)
	}
}

// costOf is what a function costs at worst, with its end.
func costOf(t *testing.T, body ...asm.Code) (sum uint64) {
	t.Helper()
	b := asm.New()
	b.Memory(1, 1)
	b.Func("ii:", "I", body...)
	m := surveyed(t, b.Bytes())
	var n near
	for r := (&reader{b: m.codes[0].code}); r.left() > 0; {
		in := r.instr()
		sum += n.cost(in, m.cost(in))
	}
	return sum
}
