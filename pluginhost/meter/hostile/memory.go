package hostile

import "github.com/beep-chat/beep/pluginhost/meter/asm"

// Grow takes memory until it gets no more, and then goes on asking.
func Grow(manifest []byte) []byte {
	return start(1).finish(manifest, forever(asm.I32(1), asm.MemoryGrow, asm.Drop))
}

// GrowOnce takes all the memory there is, writes to every page, and answers that nothing changed.
func GrowOnce(manifest []byte) []byte {
	touch := asm.Loop(
		asm.LocalGet(2), asm.I32(1), asm.I32Store,
		asm.LocalGet(2), asm.I32(4096), asm.I32Add, asm.LocalTee(2),
		asm.I32(MaxPages<<16), asm.I32LtS, asm.BrIf(0))
	return start(1).finish(manifest, asm.I32(MaxPages-1), asm.MemoryGrow, asm.Drop, touch)
}
