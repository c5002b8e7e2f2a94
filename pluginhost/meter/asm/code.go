package asm

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Code is a piece of a function's body.
type Code = []byte

// Instructions without operands.
var (
	Unreachable = Code{0x00}
	Else        = Code{0x05}
	End         = Code{0x0b}
	Return      = Code{0x0f}
	Drop        = Code{0x1a}
	I32Eqz      = Code{0x45}
	I32LtS      = Code{0x48}
	I32Add      = Code{0x6a}
	I32Sub      = Code{0x6b}
	I32Mul      = Code{0x6c}
	I32And      = Code{0x71}
	I64Add      = Code{0x7c}
	I64DivS     = Code{0x7f}
	I64DivU     = Code{0x80}
	MemorySize  = Code{0x3f, 0}
	MemoryGrow  = Code{0x40, 0}
	MemoryCopy  = Code{0xfc, 10, 0, 0}
	MemoryFill  = Code{0xfc, 11, 0}
	I32Load     = Code{0x28, 2, 0}
	I32Store    = Code{0x36, 2, 0}
)

// Void is the type of a block without parameters and results.
const Void = 0x40

// Join puts pieces in a row.
func Join(pieces ...Code) Code { return bytes.Join(pieces, nil) }

// Repeat puts a piece n times in a row.
func Repeat(n int, piece Code) Code { return bytes.Repeat(piece, n) }

// I32 is i32.const.
func I32(v int32) Code { return append(Code{0x41}, Signed(int64(v))...) }

// I64 is i64.const.
func I64(v int64) Code { return append(Code{0x42}, Signed(v)...) }

// LocalGet is local.get.
func LocalGet(i uint32) Code { return with(0x20, i) }

// LocalSet is local.set.
func LocalSet(i uint32) Code { return with(0x21, i) }

// LocalTee is local.tee.
func LocalTee(i uint32) Code { return with(0x22, i) }

// GlobalGet is global.get.
func GlobalGet(i uint32) Code { return with(0x23, i) }

// GlobalSet is global.set.
func GlobalSet(i uint32) Code { return with(0x24, i) }

// Call is call.
func Call(f uint32) Code { return with(0x10, f) }

// CallIndirect is call_indirect through table 0.
func CallIndirect(typ uint32) Code { return append(with(0x11, typ), 0) }

// Br is br.
func Br(label uint32) Code { return with(0x0c, label) }

// BrIf is br_if.
func BrIf(label uint32) Code { return with(0x0d, label) }

// RefFunc is ref.func.
func RefFunc(f uint32) Code { return with(0xd2, f) }

// TableFill is table.fill on table 0.
var TableFill = Code{0xfc, 17, 0}

// RefNullFunc is ref.null func.
var RefNullFunc = Code{0xd0, 0x70}

// Block is a block without parameters and results, as are Loop and If.
func Block(body ...Code) Code { return construct(0x02, body) }

// Loop turns when its body branches to label 0.
func Loop(body ...Code) Code { return construct(0x03, body) }

// If takes a condition from the stack.
func If(body ...Code) Code { return construct(0x04, body) }

func construct(op byte, body []Code) Code {
	return slices.Concat(Code{op, Void}, Join(body...), End)
}

func with(op byte, index uint32) Code { return append(Code{op}, Unsigned(index)...) }

// Unsigned is an unsigned number in LEB128.
func Unsigned(v uint32) []byte { return binary.AppendUvarint(nil, uint64(v)) }

// Signed is a signed number in LEB128.
func Signed(v int64) []byte {
	var out []byte
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}
