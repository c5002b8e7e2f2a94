package meter

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/beep-chat/beep/pluginhost/meter/asm"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
)

// TestEndlessStops stops everything that lasts at its fifth tick.
func TestEndlessStops(t *testing.T) {
	for name, wasm := range endless() {
		t.Run(name, func(t *testing.T) {
			g := newGuest(t, mustRewrite(t, wasm).Wasm)
			g.stop = func(int32) bool { return g.ticks >= 5 }
			if _, err := g.call(1, nil); !errors.Is(err, errStopped) {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// TestHostileEnds runs the modules that end on their own.
func TestHostileEnds(t *testing.T) {
	for _, h := range hostile.All() {
		if h.Kind == hostile.Endless {
			continue
		}
		g := newGuest(t, mustRewrite(t, h.Make(hostile.Manifest("com.example.x", "message.moderate"))).Wasm)
		_, err := g.call(1, []byte("hello"))
		if (err != nil) != (h.Kind == hostile.Traps) {
			t.Errorf("%s: %v", h.Name, err)
		}
	}
}

// TestTooDeep checks that recursion ends by our own hand, and long before the engine's stack is full.
func TestTooDeep(t *testing.T) {
	for name, wasm := range map[string][]byte{
		"narrow": hostile.Recursion(nil), "wide": hostile.WideRecursion(nil),
	} {
		g := newGuest(t, mustRewrite(t, wasm).Wasm)
		deep := false
		g.stop = func(left int32) bool { deep = deep || left == TooDeep; return false }
		if _, err := g.call(1, nil); err == nil || !strings.Contains(err.Error(), "unreachable") || !deep {
			t.Errorf("%s: ended with %v, too deep: %v", name, err, deep)
		}
	}
}

// TestFrame checks that what is kept on the stack counts, and what a call has yet to do after those inside it have ended.
func TestFrame(t *testing.T) {
	frame := func(locals string, body ...asm.Code) uint32 {
		b := asm.New()
		b.Memory(1, 1)
		b.Func("i:i", locals, body...)
		return surveyed(t, b.Bytes()).codes[0].frame()
	}
	small := frame("", asm.LocalGet(0))
	values := frame("", asm.Repeat(400, asm.LocalGet(0)), asm.Repeat(399, asm.I32Add))
	locals := frame(strings.Repeat("I", 300), asm.LocalGet(0))
	vectors := frame(strings.Repeat("v", 300), asm.LocalGet(0))
	work := frame("", asm.Repeat(5_000, asm.Code{0x01}), asm.LocalGet(0))
	if small > 200 || values < 400*slotBytes || locals < 300*slotBytes || vectors < 300*wideSlotBytes || work != costPerPoint/debtPerByte {
		t.Error(small, values, locals, vectors, work)
	}
}

// TestRoomIsGivenBack leaves a recursive function by every way there is, more often than the stack has room for.
func TestRoomIsGivenBack(t *testing.T) {
	b := asm.New()
	b.Memory(1, 1)
	b.Export("memory", asm.KindMemory, 0)
	self := b.Next()
	way := func(n int32, leave asm.Code) asm.Code {
		return asm.Join(asm.LocalGet(0), asm.I32(3), asm.I32And, asm.I32(n), asm.I32Sub, asm.I32Eqz, asm.If(leave))
	}
	two := asm.Join(asm.I32(5), asm.I32(6))
	b.Func("i:ii", "",
		asm.LocalGet(0), asm.I32Eqz, asm.If(two, asm.Return),
		way(0, asm.Block(asm.I32(9), two, asm.Return)),
		way(1, asm.Join(two, asm.Br(1))),
		way(2, asm.Join(two, asm.I32(0), asm.Code{0x0e, 0, 1})),
		asm.LocalGet(0), asm.I32(3), asm.I32Sub, asm.I32Eqz, asm.If(asm.I32(0), asm.Call(self), asm.Drop, asm.Drop),
		two)
	// The number of its turn is what the function is called with.
	turns := asm.Loop(
		asm.LocalGet(2), asm.Call(self), asm.I32Sub, asm.I32(1), asm.I32Add, asm.If(asm.Unreachable), // 5-6+1
		asm.LocalGet(2), asm.I32(1), asm.I32Add, asm.LocalTee(2), asm.I32(400_000), asm.I32LtS, asm.BrIf(0))
	b.Export("beep_handle", asm.KindFunc, b.Func("ii:i", "i", turns, asm.I32(0)))
	g := newGuest(t, mustRewrite(t, b.Bytes()).Wasm)
	if _, err := g.call(1, nil); err != nil {
		t.Error(err)
	}
}

// TestTracked checks which functions keep account of the stack.
func TestTracked(t *testing.T) {
	b := asm.New()
	b.Import("beep_v1", "log", "iii:")
	b.Memory(1, 1)
	b.Table(2, 2)
	b.Func(":", "")                                         // 1: a leaf
	b.Func(":", "", asm.Call(1))                            // 2: calls it
	b.Func(":", "", asm.Call(3))                            // 3: calls itself
	b.Func(":", "", asm.Call(5), asm.Call(1))               // 4 and 5: call each other
	b.Func(":", "", asm.Call(4))                            //
	b.Func(":", "", asm.Call(4), asm.Call(3))               // 6: leads into cycles
	b.Func(":", "", asm.I32(0), asm.CallIndirect(1))        // 7: in a table, calls through one
	b.Func(":", "", asm.I32(0), asm.CallIndirect(1))        // 8: calls through a table, in none
	b.Func(":", "", asm.Call(10))                           // 9: in a table; calls what calls through one
	b.Func(":", "", asm.Call(7))                            // 10
	b.Func(":", "", asm.RefFunc(12), asm.Drop)              // 11: takes a reference
	b.Func(":", "", asm.I32(0), asm.CallIndirect(1))        // 12: of which a reference is taken
	b.Func(":", "", asm.Repeat(3, asm.I32(0)), asm.Call(0)) // 13: calls the host
	b.Elements(0, 7, 9)
	// 14 to 84: a chain that is longer than what may go untracked
	next := b.Func(":", "")
	for range 70 {
		next = b.Func(":", "", asm.Call(next))
	}
	var got []int
	for i, c := range surveyed(t, b.Bytes()).codes {
		if c.tracked {
			got = append(got, i+1)
		}
	}
	want := []int{3, 4, 5, 7, 9, 10, 12, 78, 79, 80, 81, 82, 83, 84}
	if !slices.Equal(got, want) {
		t.Errorf("tracked are %v, want %v", got, want)
	}
}

// surveyed reads a module as far as its functions are known.
func surveyed(t *testing.T, wasm []byte) *module {
	t.Helper()
	cut, _ := cut(wasm)
	m := &module{layout: cut, limits: specLimits, relaxed: true, inTable: map[uint32]bool{}}
	for _, read := range []func() *Refusal{m.readTypes, m.readImports, m.readFunctions, m.readTables, m.readMemory, m.readGlobals, m.readElements, m.readCode} {
		if err := read(); err != nil {
			t.Fatal(err)
		}
	}
	m.markTracked()
	return m
}

// TestBulkPaysByLength checks what bulk operations cost, and that a length no memory has does not turn into a gift.
func TestBulkPaysByLength(t *testing.T) {
	zero := asm.I32(0)
	ops := []struct {
		name   string
		op     func(n int32) asm.Code
		n      int32
		points int64
	}{
		{"memory.fill", func(n int32) asm.Code { return asm.Join(zero, zero, asm.I32(n), asm.MemoryFill) }, 1 << 20, 4096},
		{"memory.copy", func(n int32) asm.Code { return asm.Join(zero, zero, asm.I32(n), asm.MemoryCopy) }, 1 << 20, 4096},
		{"memory.init", func(n int32) asm.Code { return asm.Join(zero, zero, asm.I32(n), asm.Code{0xfc, 8, 0, 0}) }, 4096, 16},
		{"table.fill", func(n int32) asm.Code { return asm.Join(zero, asm.RefNullFunc, asm.I32(n), asm.TableFill) }, 32_000, 1000},
		{"table.copy", func(n int32) asm.Code { return asm.Join(zero, zero, asm.I32(n), asm.Code{0xfc, 14, 0, 0}) }, 32_000, 1000},
		{"table.init", func(n int32) asm.Code { return asm.Join(zero, zero, asm.I32(n), asm.Code{0xfc, 12, 0, 0}) }, 320, 10},
		{"memory.grow", func(n int32) asm.Code { return asm.Join(asm.I32(n), asm.MemoryGrow, asm.Drop) }, 3, 3 << growPagesLog},
	}
	for _, op := range ops {
		fuel := func(n int32) (int64, error) {
			g := newGuest(t, mustRewrite(t, bulky(op.op(n))).Wasm)
			_, err := g.call(1, nil)
			return g.fuel, err
		}
		none, err := fuel(0)
		some, err2 := fuel(op.n)
		if err != nil || err2 != nil || some-none != op.points {
			t.Errorf("%s of %d costs %d points more than of 0, want %d (%v, %v)", op.name, op.n, some-none, op.points, err, err2)
		}
		if huge, _ := fuel(-1); huge < some {
			t.Errorf("%s of 2^32-1 costs %d points, less than one of %d", op.name, huge, op.n)
		}
	}
}

// bulky is a plugin with a passive segment of each kind and a table.
func bulky(body asm.Code) []byte {
	b := asm.New()
	b.Memory(17, 100)
	b.Table(40_000, 40_000)
	b.Export("memory", asm.KindMemory, 0)
	b.Export("beep_handle", asm.KindFunc, b.Func("ii:i", "", body, asm.I32(0)))
	b.Add(asm.SectionElement, []byte{1, 0}, asm.Unsigned(320), asm.Repeat(320, []byte{0}))
	b.Add(asm.SectionData, []byte{1}, asm.Unsigned(4096), make([]byte, 4096))
	b.Raw(asm.SectionDataCount, []byte{1})
	return b.Bytes()
}

// TestHostCallsPay checks that a call of the host costs more than one of the module's own.
func TestHostCallsPay(t *testing.T) {
	fuel := func(f uint32) int64 {
		b := asm.New()
		b.Import("beep_v1", "log", "iii:")
		b.Memory(1, 1)
		b.Export("memory", asm.KindMemory, 0)
		own := b.Func("iii:", "")
		b.Export("beep_handle", asm.KindFunc, b.Func("ii:i", "", asm.Repeat(100, asm.Join(asm.Repeat(3, asm.I32(0)), asm.Call(f*own))), asm.I32(0)))
		g := newGuest(t, mustRewrite(t, b.Bytes()).Wasm)
		if _, err := g.call(1, nil); err != nil {
			t.Fatal(err)
		}
		return g.fuel
	}
	if host, own := fuel(0), fuel(1); host < 100*costHost/costPerPoint || own > 110 {
		t.Errorf("100 calls of the host cost %d points, of its own %d", host, own)
	}
}

// TestModule checks what Rewrite tells of a module, and which custom sections are left.
func TestModule(t *testing.T) {
	wasm := good(func(b *asm.Builder) {
		b.Custom("name", []byte("debug"))
		b.Custom("beep.abi", []byte("1.0"))
		b.Custom("producers", nil)
		b.Custom("beep.manifest", []byte("{}"))
	}, asm.Loop())
	m := mustRewrite(t, wasm)
	if m.MinPages != 1 || m.MaxPages != 2 || m.Functions != 2 || m.Points != 3 {
		t.Errorf("%d to %d pages, %d functions, %d points", m.MinPages, m.MaxPages, m.Functions, m.Points)
	}
	if !slices.Equal(m.Imports, []Import{{"beep_v1", "log"}}) || !slices.Equal(m.Exports, []Export{{"memory", 2}, {"beep_handle", 0}, {"_initialize", 0}}) {
		t.Errorf("imports %v, exports %v", m.Imports, m.Exports)
	}
	want := map[string][]byte{"beep.abi": []byte("1.0"), "beep.manifest": []byte("{}")}
	for _, of := range [][]byte{wasm, m.Wasm} {
		if got, err := Sections(of); err != nil || !maps.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("sections %q, %v", got, err)
		}
	}
	if bytes.Contains(m.Wasm, []byte("producers")) || bytes.Contains(m.Wasm, []byte("debug")) {
		t.Error("a custom section of others is left")
	}
	if again := mustRewrite(t, wasm); !bytes.Equal(again.Wasm, m.Wasm) {
		t.Error("the same module gave other bytes")
	}
	if _, err := Rewrite(m.Wasm, Limits{Imports: func(string, string) bool { return true }}); err == nil {
		t.Error("a rewritten module was rewritten again")
	}
	newGuest(t, m.Wasm)
}

// TestMemoryIsClamped checks the maximum of a memory that has too large a one, or none.
func TestMemoryIsClamped(t *testing.T) {
	for name, limits := range map[string][]byte{"none": {1, 0, 3}, "large": {1, 1, 3, 0x80, 0x10}} {
		m := mustRewrite(t, replacing(asm.SectionMemory, limits))
		g := newGuest(t, m.Wasm)
		if max, ok := g.module.Memory().Definition().Max(); m.MinPages != 3 || m.MaxPages != DefaultMaxPages || !ok || max != DefaultMaxPages {
			t.Errorf("%s: %d to %d pages, the engine sees %d %v", name, m.MinPages, m.MaxPages, max, ok)
		}
	}
}

func TestAppendSection(t *testing.T) {
	wasm := code()
	with := AppendSection(AppendSection(wasm, "beep.a", []byte("x")), "beep.b", nil)
	got, err := Sections(with)
	if err != nil || !maps.EqualFunc(got, map[string][]byte{"beep.a": []byte("x"), "beep.b": nil}, bytes.Equal) || !bytes.HasPrefix(with, wasm) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Sections([]byte("no module")); err == nil {
		t.Error("sections of what is no module")
	}
}

// TestDeepInputs lets a guest in Go read and write JSON nested as deep as a message of 4,000 characters can be.
func TestDeepInputs(t *testing.T) {
	deep := []byte(strings.Repeat("[", 2_000) + strings.Repeat("]", 2_000))
	wasm := guests(t)["go"]
	plain, metered := newGuest(t, wasm), newGuest(t, mustRewrite(t, wasm).Wasm)
	want, err := plain.call(2, deep)
	got, err2 := metered.call(2, deep)
	if want != got || err != nil || err2 != nil || !bytes.Equal(plain.output, metered.output) {
		t.Errorf("%d %v, rewritten %d %v", want, err, got, err2)
	}
}
