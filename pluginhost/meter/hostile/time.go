package hostile

import "github.com/beep-chat/beep/pluginhost/meter/asm"

// Loop turns forever.
func Loop(manifest []byte) []byte { return start(1).finish(manifest, forever()) }

// Calls calls a small function forever.
func Calls(manifest []byte) []byte {
	m := start(1)
	leaf := m.Func("i:i", "", asm.LocalGet(0), asm.I32(1), asm.I32Add)
	return m.finish(manifest, forever(asm.LocalGet(2), asm.Call(leaf), asm.LocalSet(2)))
}

// CallTree calls 2^40 functions without a loop and without deep recursion: each of 40 calls the next one twice.
func CallTree(manifest []byte) []byte {
	m := start(1)
	next := m.Func(":", "")
	for range 40 {
		next = m.Func(":", "", asm.Call(next), asm.Call(next))
	}
	return m.finish(manifest, asm.Call(next))
}

// Recursion calls itself without end.
func Recursion(manifest []byte) []byte {
	m := start(1)
	self := m.Next()
	m.Func("i:i", "", asm.LocalGet(0), asm.I32(1), asm.I32Add, asm.Call(self), asm.I32(1), asm.I32Add)
	return m.finish(manifest, asm.I32(0), asm.Call(self), asm.Drop)
}

// Unwind nests as many calls as it may, each of which works after the one inside it has ended, again and again.
func Unwind(manifest []byte) []byte {
	m := start(1)
	self := m.Next()
	work := asm.Repeat(1_000, asm.Join(asm.LocalGet(0), asm.I32(3), asm.I32Mul, asm.LocalSet(0)))
	m.Func("i:", "", asm.LocalGet(0), asm.If(asm.LocalGet(0), asm.I32(1), asm.I32Sub, asm.Call(self), work))
	return m.finish(manifest, forever(asm.I32(10_000), asm.Call(self)))
}

// WideRecursion calls itself without end through a table, with 400 values on its stack.
func WideRecursion(manifest []byte) []byte {
	m := start(1)
	m.Table(1, 1)
	m.Elements(0, m.Next())
	// Each value is another one, so that none can be made again after the call in place of being kept.
	values := asm.Repeat(400, asm.Join(asm.LocalGet(0), asm.I32Load))
	self := asm.Join(asm.LocalGet(0), asm.I32(0), asm.CallIndirect(m.Type("i:i")))
	m.Func("i:i", "", values, self, asm.Repeat(400, asm.I32Add))
	return m.finish(manifest, asm.I32(0), asm.I32(0), asm.CallIndirect(m.Type("i:i")), asm.Drop)
}

// Fill fills 4 MiB of memory, again and again.
func Fill(manifest []byte) []byte {
	return start(64).finish(manifest, forever(asm.I32(0), asm.I32(7), asm.I32(4<<20), asm.MemoryFill))
}

// Copy moves 4 MiB of memory, again and again.
func Copy(manifest []byte) []byte {
	return start(128).finish(manifest, forever(asm.I32(4<<20), asm.I32(0), asm.I32(4<<20), asm.MemoryCopy))
}

// TableFill fills a table of 65,536 entries, again and again.
func TableFill(manifest []byte) []byte {
	m := start(1)
	m.Table(65_536, 65_536)
	return m.finish(manifest, forever(asm.I32(0), asm.RefNullFunc, asm.I32(65_536), asm.TableFill))
}

// Straight is 20,000 loads without a branch, each of the address the one before gave, in a loop. The addresses jump all
// over 32 MiB, so that hardly any load finds its line in a cache.
func Straight(manifest []byte) []byte {
	return start(MaxPages).finish(manifest, scatter(), forever(asm.LocalGet(2), asm.Repeat(20_000, asm.I32Load), asm.LocalSet(2)))
}

// scatter fills the memory with a single cycle of addresses: a linear congruential generator of full period over its words.
func scatter() asm.Code {
	const words = MaxPages << 14
	next := asm.Join(asm.LocalGet(2), asm.I32(1664525), asm.I32Mul, asm.I32(1013904223), asm.I32Add, asm.I32(words-1), asm.I32And)
	return asm.Loop(
		asm.LocalGet(2), asm.I32(4), asm.I32Mul, next, asm.LocalTee(2), asm.I32(4), asm.I32Mul, asm.I32Store,
		asm.LocalGet(3), asm.I32(1), asm.I32Add, asm.LocalTee(3), asm.I32(words), asm.I32LtS, asm.BrIf(0))
}

// Divisions is 20,000 divisions without a branch, each of what the one before gave, in a loop.
func Divisions(manifest []byte) []byte {
	chain := asm.Repeat(20_000, asm.Join(asm.I64(3), asm.I64DivU, asm.I64(-1), asm.I64Add))
	divide := func(m module) uint32 { return m.Func("I:I", "", asm.LocalGet(0), chain) }
	m := start(1)
	f := divide(m)
	return m.finish(manifest, forever(asm.I64(1<<62), asm.Call(f), asm.Drop))
}
