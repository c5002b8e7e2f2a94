package meter

import (
	"math/rand"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/beep-chat/beep/pluginhost/meter/asm"
)

// wanderer makes random programs that count, in global 0, the instructions they run.
type wanderer struct {
	rnd   *rand.Rand
	depth int
}

const (
	wandererMaxDepth = 6
	wandererMaxRun   = 2_500
	maxOpen          = 3 // two calls, each of which may owe a point, and the point of the tick
)

// chance leaves a random 0 or 1 on the stack; the state is local 2.
var chance = asm.Join(asm.LocalGet(2), asm.I64(6364136223846793005), asm.Code{0x7e}, asm.I64(1442695040888963407), asm.I64Add, asm.LocalTee(2),
	asm.I64(40), asm.Code{0x88}, asm.Code{0xa7}, asm.I32(1), asm.I32And)

// work is some instructions without effect, and the counting of them.
func (w *wanderer) work() asm.Code {
	n := 1 + w.rnd.Intn(wandererMaxRun)
	if w.rnd.Intn(3) > 0 {
		n = 1 + w.rnd.Intn(60)
	}
	return asm.Join(asm.Repeat(n, asm.Code{0x01}), asm.GlobalGet(0), asm.I64(int64(n)), asm.I64Add, asm.GlobalSet(0))
}

func (w *wanderer) code(labels int) asm.Code {
	if w.depth == wandererMaxDepth {
		return w.work()
	}
	w.depth++
	defer func() { w.depth-- }()
	var out asm.Code
	for range 1 + w.rnd.Intn(4) {
		out = append(out, w.work()...)
		out = append(out, w.construct(labels)...)
	}
	return out
}

func (w *wanderer) construct(labels int) asm.Code {
	anywhere := func() uint32 { return uint32(w.rnd.Intn(labels)) }
	switch w.rnd.Intn(9) {
	case 0:
		return asm.Block(w.code(labels + 1))
	case 1: // it turns twice on average
		return asm.Loop(w.code(labels+1), chance, asm.BrIf(0))
	case 2:
		return asm.Join(chance, asm.If(w.code(labels+1)))
	case 3:
		return asm.Join(chance, asm.If(w.code(labels+1), asm.Else, w.code(labels+1)))
	case 4:
		return asm.Block(w.code(labels+1), chance, asm.BrIf(0), w.code(labels+1))
	case 5:
		return asm.Block(w.code(labels+1), asm.Br(0), w.code(labels+1))
	case 6:
		table := asm.Join(asm.Code{0x0e}, asm.Unsigned(2), asm.Unsigned(0), asm.Unsigned(1), asm.Unsigned(uint32(w.rnd.Intn(2))))
		return asm.Block(asm.Block(w.work(), chance, table, w.work()), w.work())
	case 7: // out of several constructs, seldom backwards: a loop that always turns would not end
		return asm.Join(chance, chance, asm.I32And, chance, asm.I32And, asm.If(asm.Br(anywhere()+1)))
	default:
		return asm.Call(0)
	}
}

func (w *wanderer) program() []byte {
	b := asm.New()
	b.Memory(1, 1)
	b.Global('I', asm.I64(0))
	b.Export("memory", asm.KindMemory, 0)
	b.Export("work", asm.KindGlobal, 0)
	b.Func(":", "", w.work()) // called from anywhere
	seed := asm.Join(asm.LocalGet(0), asm.Code{0xac}, asm.LocalSet(2))
	b.Export("beep_handle", asm.KindFunc, b.Func("ii:i", "I", seed, asm.Block(w.code(1)), asm.I32(0)))
	return b.Bytes()
}

// TestEveryWayPays lets random programs run along random ways. Whatever the way, it has paid for what it ran when it is
// asked, and what it ran between two ticks is bounded by the slice.
func TestEveryWayPays(t *testing.T) {
	programs, ran := 60, 0
	for i := range programs {
		w := &wanderer{rnd: rand.New(rand.NewSource(int64(i)))}
		m, err := Rewrite(w.program(), Limits{})
		if err != nil {
			t.Fatalf("program %d: %v", i, err)
		}
		g := newGuest(t, m.Wasm)
		g.slice = 1 + int32(i%5)*3
		work := g.module.ExportedGlobal("work").(api.MutableGlobal)
		paid := func() {
			if done := work.Get(); int64(done) > (g.fuel+1)*costPerPoint+wandererMaxRun {
				t.Fatalf("program %d: %d instructions for %d points", i, done, g.fuel)
			}
		}
		last := uint64(0)
		g.stop = func(int32) bool {
			paid()
			if done := work.Get(); done-last > uint64(g.slice+maxOpen)*costPerPoint+wandererMaxRun {
				t.Fatalf("program %d: %d instructions between two ticks with slices of %d", i, done-last, g.slice)
			}
			last = work.Get()
			return g.ticks > 20_000 // a program that wanders for too long
		}
		for s := range 5 {
			last = work.Get()
			if _, err := g.call(int32(s), nil); err != nil {
				break
			}
			paid()
		}
		if work.Get() > 10*costPerPoint {
			ran++
		}
	}
	if ran < programs/3 {
		t.Errorf("only %d of %d programs ran for long", ran, programs)
	}
}

// TestNoWayAround takes, a hundred times, a way of 900 instructions that leaves just before there would be something to
// pay. What is owed must go along, wherever the way leads; and where nothing is left out, not much more is paid.
func TestNoWayAround(t *testing.T) {
	nops := func(n int) asm.Code { return asm.Repeat(n, asm.Code{0x01}) }
	yes, no := asm.I32(1), asm.I32(0)
	table := func(labels ...byte) asm.Code {
		return asm.Join(asm.Code{0x0e, byte(len(labels) - 1)}, labels)
	}
	ways := map[string]asm.Code{
		"straight":            nops(900),
		"br":                  asm.Block(nops(900), asm.Br(0), nops(10)),
		"br_if taken":         asm.Block(nops(900), yes, asm.BrIf(0), nops(10)),
		"br_if, not":          asm.Block(no, asm.BrIf(0), nops(900)),
		"br_table first":      asm.Block(asm.Block(nops(900), no, table(0, 1), nops(10)), nops(5)),
		"br_table last":       asm.Block(asm.Block(nops(900), yes, table(0, 1), nops(10)), nops(10)),
		"if false":            asm.Join(nops(900), no, asm.If(nops(10))),
		"if false, dead then": asm.Join(nops(900), no, asm.If(asm.Unreachable)),
		"if true":             asm.Join(yes, asm.If(nops(900))),
		"then of two":         asm.Join(yes, asm.If(nops(900), asm.Else, nops(10))),
		"else of two":         asm.Join(nops(900), no, asm.If(nops(10), asm.Else, nops(10))),
		"out of else":         asm.Block(no, asm.If(asm.Else, nops(900), asm.Br(1)), nops(10)),
	}
	for name, way := range ways {
		g := newGuest(t, mustRewrite(t, plugin("", asm.Repeat(100, way))).Wasm)
		if _, err := g.call(1, nil); err != nil {
			t.Fatal(name, err)
		}
		if g.fuel < 86 || g.fuel > 120 {
			t.Errorf("%s: %d points for 90,000 instructions", name, g.fuel)
		}
	}
}
