package hostile

import (
	"strings"

	"github.com/beep-chat/beep/pluginhost/meter/asm"
)

// LogFlood writes 1,000,000 lines of 1 KiB to the log, with control characters and a false line in them.
func LogFlood(manifest []byte) []byte {
	m := start(1)
	m.Data(0, []byte("\x1b[2J\r\n{\"level\":\"ERROR\",\"msg\":\"false\"}\n\xff"+strings.Repeat("A", 1024)))
	return m.finish(manifest, times(1_000_000, asm.I32(3), asm.I32(0), asm.I32(1024), asm.Call(log)))
}

// LogHuge writes one line as long as its memory.
func LogHuge(manifest []byte) []byte {
	return start(MaxPages).finish(manifest, asm.I32(3), asm.I32(0), asm.I32(MaxPages<<16), asm.Call(log))
}

// HostCallFlood asks the node for its configuration forever.
func HostCallFlood(manifest []byte) []byte {
	return start(1).finish(manifest, forever(asm.I32(1), asm.I32(0), asm.I32(0), asm.Call(hostCall), asm.Drop))
}

// OutputFlood replaces its output by 512 KiB of nothing forever.
func OutputFlood(manifest []byte) []byte {
	return start(16).finish(manifest, forever(asm.I32(0), asm.I32(512<<10), asm.Call(outputWrite), asm.Drop))
}

// OutputHuge answers with its whole memory, 32 MiB.
func OutputHuge(manifest []byte) []byte {
	return start(MaxPages).finish(manifest, asm.I32(0), asm.I32(MaxPages<<16), asm.Call(outputWrite), asm.Drop)
}

// InputFlood reads its input forever.
func InputFlood(manifest []byte) []byte {
	return start(16).finish(manifest, forever(asm.I32(0), asm.I32(0), asm.I32(1<<20), asm.Call(inputRead), asm.Drop))
}

// BadPointers gives every function of the node places outside of its memory, and ends without a change. The node must
// answer each with an errno.
func BadPointers(manifest []byte) []byte {
	wrong := asm.I32(-16)
	long := asm.I32(1 << 20)
	return start(1).finish(manifest,
		wrong, asm.I32(0), long, asm.Call(inputRead), asm.Drop,
		asm.I32(0), wrong, long, asm.Call(inputRead), asm.Drop,
		asm.I32(0), asm.I32(0), wrong, asm.Call(inputRead), asm.Drop,
		wrong, long, asm.Call(outputWrite), asm.Drop,
		asm.I32(0), wrong, asm.Call(outputWrite), asm.Drop,
		asm.I32(1), wrong, long, asm.Call(hostCall), asm.Drop,
		asm.I32(999), asm.I32(0), asm.I32(0), asm.Call(hostCall), asm.Drop,
		wrong, asm.I32(0), long, asm.Call(hostRead), asm.Drop,
		asm.I32(0), wrong, wrong, asm.Call(hostRead), asm.Drop,
		asm.I32(99), wrong, long, asm.Call(log))
}

// times does something n times; it uses local 2.
func times(n int32, body ...asm.Code) asm.Code {
	count := asm.Join(asm.LocalGet(2), asm.I32(1), asm.I32Add, asm.LocalTee(2), asm.I32(n), asm.I32LtS, asm.BrIf(0))
	return asm.Loop(append(body, count)...)
}
