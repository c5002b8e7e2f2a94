package main

import "unsafe"

//go:wasmimport beep_v1 input_read
func inputRead(ptr unsafe.Pointer, off, n int32) int32

//go:wasmimport beep_v1 output_write
func outputWrite(ptr unsafe.Pointer, n int32) int32

// MaxBytes is the largest input that is echoed.
const MaxBytes = 64 << 10

// fault is a result that the ABI does not know.
const fault = -1

var buffer [MaxBytes]byte

//go:wasmexport beep_handle
func beepHandle(_, n int32) int32 {
	if n < 0 || n > MaxBytes || inputRead(unsafe.Pointer(&buffer), 0, n) != n {
		return fault
	}
	if outputWrite(unsafe.Pointer(&buffer), n) != 0 {
		return fault
	}
	return 0
}
