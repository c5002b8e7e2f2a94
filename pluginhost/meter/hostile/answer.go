package hostile

import (
	"strings"

	"github.com/beep-chat/beep/pluginhost/meter/asm"
)

// Echo answers every call with the same output. It means no harm: it is what the others are compared with.
func Echo(manifest []byte, output string) []byte { return answer(manifest, output, 0) }

// Code returns a number from beep_handle that the ABI does not know.
func Code(manifest []byte) []byte { return answer(manifest, "", 7) }

// Error answers with an error of its own, in the form of the ABI.
func Error(manifest []byte) []byte {
	return answer(manifest, `{"code": "busy", "message": "not now", "retryable": true}`, 1)
}

// NotImplemented answers that it does not know the hook it said it has.
func NotImplemented(manifest []byte) []byte { return answer(manifest, "", -2) }

// GarbageOutput answers with bytes that are no JSON and no UTF-8.
func GarbageOutput(manifest []byte) []byte { return answer(manifest, "\xff\x00{\"action\": ", 0) }

// Accuse answers with a verdict whose texts are as long as its output may be, with control characters in them.
func Accuse(manifest []byte) []byte {
	long := strings.Repeat(`\u0007\n<b>`, 1000)
	return answer(manifest, `{"action": "reject", "reason": {"en": "`+long+`"}, "rule": "`+long+`", "excerpt": "`+long+`"}`, 0)
}

// answer is a module that writes one output and returns one number.
func answer(manifest []byte, output string, code int32) []byte {
	m := start(1)
	m.Data(16, []byte(output))
	var write asm.Code
	if output != "" {
		write = asm.Join(asm.I32(16), asm.I32(int32(len(output))), asm.Call(outputWrite), asm.Drop)
	}
	return m.finish(manifest, write, asm.I32(code), asm.Return)
}

// Trap fails at once.
func Trap(manifest []byte) []byte { return start(1).finish(manifest, asm.Unreachable) }

// TrapOnBang fails when its input holds an exclamation mark in its first 4,096 bytes, and else changes nothing.
func TrapOnBang(manifest []byte) []byte {
	read := asm.Join(asm.I32(0), asm.I32(0), asm.I32(4096), asm.Call(inputRead), asm.LocalSet(3))
	load8 := asm.Code{0x2d, 0, 0}
	bang := asm.Join(asm.LocalGet(2), load8, asm.I32('!'), asm.I32Sub, asm.I32Eqz, asm.If(asm.Unreachable))
	scan := asm.Loop(asm.LocalGet(2), asm.LocalGet(3), asm.I32LtS,
		asm.If(bang, asm.LocalGet(2), asm.I32(1), asm.I32Add, asm.LocalSet(2), asm.Br(1)))
	return start(1).finish(manifest, read, scan)
}

// OutsideMemory reads an address beyond its memory.
func OutsideMemory(manifest []byte) []byte {
	return start(1).finish(manifest, asm.I32(-4), asm.I32Load, asm.Drop)
}
