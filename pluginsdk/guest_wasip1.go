package beep

import (
	"runtime"
	"runtime/debug"
	"unsafe"

	"github.com/beep-chat/beep/pluginsdk/internal/port"
)

//go:wasmimport beep_v1 input_read
func inputRead(ptr unsafe.Pointer, off, n int32) int32

//go:wasmimport beep_v1 output_write
func outputWrite(ptr unsafe.Pointer, n int32) int32

//go:wasmimport beep_v1 host_call
func hostCall(op int32, ptr unsafe.Pointer, n int32) int32

//go:wasmimport beep_v1 host_read
func hostRead(ptr unsafe.Pointer, off, n int32) int32

//go:wasmimport beep_v1 log
func hostLog(level int32, ptr unsafe.Pointer, n int32)

//go:wasmimport beep_v1 deadline_ms
func deadlineMS() int32

// MaxInput bounds the input of a call, in bytes. It is far above what a node sends: a configuration of 64 KiB.
const MaxInput = 1 << 20

// softMemory is where the collector begins to work as hard as it may, in bytes. Collecting at twice of what lives, as it does
// by itself, needs more than the 32 MiB of an instance as soon as a plugin holds 16; and a node replaces an instance that has
// grown to three quarters of them.
const softMemory = 20 << 20

func init() { debug.SetMemoryLimit(softMemory) }

// instance is what this instance keeps between calls.
var instance struct {
	in, out []byte // reused
	broken  bool   // a hook panicked: what the plugin holds cannot be trusted any more
}

//go:wasmexport beep_handle
func beepHandle(hook, n int32) int32 {
	// Go's collector works in goroutines of its own, and nothing else lets them run: a node calls, and waits for the answer.
	// Without this a plugin that holds a few MiB dies of its memory limit after some ten thousand calls.
	runtime.Gosched()
	if instance.broken {
		return port.Fault
	}
	input, err := readInput(n)
	if err != nil {
		return answer(appendError(instance.out[:0], err), port.Failed)
	}
	output, code := handle(registered, wasmHost{}, Hook(hook), input, instance.out[:0])
	instance.broken = code == port.Fault
	return answer(output, code)
}

// readInput copies the input of this call into the instance's buffer.
func readInput(n int32) ([]byte, error) {
	if n < 0 || n > MaxInput {
		return nil, &Error{Code: CodeInvalidInput, Message: "the input is larger than this SDK reads"}
	}
	instance.in = grown(instance.in, int(n))
	if got := inputRead(unsafe.Pointer(unsafe.SliceData(instance.in)), 0, n); got != n {
		return nil, &Error{Code: CodeInvalidInput, Message: "the input is shorter than was said"}
	}
	return instance.in, nil
}

// answer hands the output to the node. One that is too large for the node becomes an error that says so.
func answer(output []byte, code int32) int32 {
	instance.out = output[:0]
	if code != port.Done && code != port.Failed || len(output) == 0 {
		return code
	}
	errno := write(output)
	if errno == port.OverLimit && code == port.Done {
		output = appendError(output[:0], &Error{Code: CodeOutputTooLarge, Message: "the answer is larger than the node takes"})
		errno, code = write(output), port.Failed
	}
	if errno < 0 {
		return port.Fault
	}
	return code
}

func write(output []byte) int32 {
	return outputWrite(unsafe.Pointer(unsafe.SliceData(output)), int32(len(output)))
}

// grown gives a slice of n bytes, of b's array if that is large enough.
func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n, n+n/4)
	}
	return b[:n]
}

// wasmHost asks the node.
type wasmHost struct{}

func (wasmHost) Call(op int32, request, buf []byte) ([]byte, int32) {
	n := hostCall(op, unsafe.Pointer(unsafe.SliceData(request)), int32(len(request)))
	if n < 0 {
		return buf, n
	}
	if n > MaxInput {
		return buf, port.OverLimit
	}
	start := len(buf)
	buf = append(buf, make([]byte, n)...)
	if got := hostRead(unsafe.Pointer(unsafe.SliceData(buf[start:])), 0, n); got != n {
		return buf[:start], min(got, port.Invalid)
	}
	return buf, 0
}

func (wasmHost) Log(level int32, line string) {
	hostLog(level, unsafe.Pointer(unsafe.StringData(line)), int32(len(line)))
}

func (wasmHost) LeftMS() int32 { return deadlineMS() }
