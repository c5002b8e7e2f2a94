package meter

import "fmt"

// The opcodes this package names. The others are told apart by ranges.
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opSelect       = 0x1b
	opSelectTyped  = 0x1c
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opTableGet     = 0x25
	opTableSet     = 0x26
	opLoadFirst    = 0x28
	opLoadLast     = 0x35
	opStoreLast    = 0x3e
	opMemorySize   = 0x3f
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI32LtS       = 0x48
	opI32LtU       = 0x49
	opI32Add       = 0x6a
	opI32Sub       = 0x6b
	opI32Or        = 0x72
	opI32Shl       = 0x74
	opI32ShrU      = 0x76
	opI32WrapI64   = 0xa7
	opI64ExtendS   = 0xac
	opI64ExtendU   = 0xad
	opLastPlain    = 0xc4
	opRefNull      = 0xd0
	opRefIsNull    = 0xd1
	opRefFunc      = 0xd2
	opMisc         = 0xfc
	opSIMD         = 0xfd
)

// The instructions behind opMisc.
const (
	miscTruncLast  = 7
	miscMemoryInit = 8
	miscDataDrop   = 9
	miscMemoryCopy = 10
	miscMemoryFill = 11
	miscTableInit  = 12
	miscElemDrop   = 13
	miscTableCopy  = 14
	miscTableGrow  = 15
	miscTableSize  = 16
	miscTableFill  = 17
)

// The instructions behind opSIMD that have operands in the code.
const (
	simdLoadLast      = 10
	simdStore         = 11
	simdConst         = 12
	simdShuffle       = 13
	simdLaneFirst     = 21
	simdLaneLast      = 34
	simdMemLaneFirst  = 84
	simdStoreLane     = 88
	simdMemLaneLast   = 91
	simdLoadZeroFirst = 92
	simdLoadZeroLast  = 93
	simdLast          = 255
)

// simdUnassigned are the codes up to simdLast that stand for nothing.
var simdUnassigned = map[uint32]bool{0x9a: true, 0xa2: true, 0xa5: true, 0xa6: true, 0xaf: true, 0xb0: true, 0xb2: true, 0xb3: true, 0xb4: true, 0xbb: true,
	0xc2: true, 0xc5: true, 0xc6: true, 0xcf: true, 0xd0: true, 0xd2: true, 0xd3: true, 0xd4: true, 0xe2: true, 0xee: true}

var (
	noExceptions = Refusal{What: "exceptions", Do: "build without them (a Go or Rust guest for wasip1 has none; in C++ use -fno-exceptions)"}
	noThreads    = Refusal{What: "threads: atomic operations", Do: "build for wasip1 without threads"}
	noTailCalls  = Refusal{What: "tail calls", Do: "build without the feature tail-call"}
	noTableGrow  = Refusal{What: "table.grow", Do: "give the table the size it needs; a node would pay for what it grows to"}
	noMemories   = Refusal{What: "several memories", Do: "build without the feature multi-memory"}
)

// instr is one instruction: its code and what it names. Of br_table index is the outermost label.
type instr struct {
	op     byte
	sub    uint32 // behind a prefix
	index  uint32
	offset uint32 // of a load or store that is not SIMD
	block  int64  // the type of a construct: below zero a value type or none, else the index of a type
}

// instr reads the next instruction with all that belongs to it.
func (r *reader) instr() instr {
	in := instr{op: r.byte()}
	switch op := in.op; {
	case op == opBlock, op == opLoop, op == opIf:
		in.block = r.blockType()
	case op == opBr, op == opBrIf, op == opCall, op >= opLocalGet && op <= opTableSet, op == opRefFunc:
		in.index = r.u32()
	case op == opBrTable:
		in.index = r.brTable()
	case op == opCallIndirect:
		in.index, in.sub = r.u32(), r.u32()
	case op == opSelectTyped:
		r.selectType()
	case op >= opLoadFirst && op <= opStoreLast:
		in.offset = r.memarg()
	case op == opMemorySize, op == opMemoryGrow:
		r.zero()
	case op == opI32Const:
		r.signed(32)
	case op == opI64Const:
		r.signed(64)
	case op == opF32Const:
		r.take(4)
	case op == opF64Const:
		r.take(8)
	case op == opRefNull:
		r.refType()
	case op == opMisc:
		r.misc(&in)
	case op == opSIMD:
		r.simd(&in)
	case op <= 1, op == opElse, op == opEnd, op == opReturn, op == opDrop, op == opSelect, op > opF64Const && op <= opLastPlain, op == opRefIsNull:
	default:
		r.unknown(op)
	}
	return in
}

func (r *reader) unknown(op byte) {
	switch op {
	case 0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f:
		r.refuse(noExceptions)
	case 0x12, 0x13, 0x15:
		r.refuse(noTailCalls)
	case 0xfe:
		r.refuse(noThreads)
	default:
		r.refuse(Refusal{What: fmt.Sprintf("an instruction the node does not know (%#x)", op), Do: "build for wasip1 without experimental features"})
	}
}

func (r *reader) brTable() uint32 {
	outermost := uint32(0)
	for range r.count(maxOperands, "labels of a br_table") {
		outermost = max(outermost, r.u32())
	}
	return max(outermost, r.u32())
}

// blockType reads the type of a construct. One that is no index is one byte, and no newer kind of reference, which goes on
// behind that byte.
func (r *reader) blockType() int64 {
	start := r.pos
	v := r.signed(33)
	if v < 0 && r.err == nil && (r.pos-start != 1 || v != blockVoid && !isValueType(r.b[start])) {
		r.refuse(Refusal{What: "a block of a type the node does not know", Do: "build for wasip1 without experimental features"})
	}
	return v
}

// blockVoid is the type of a construct without parameters and results.
const blockVoid = -64

func (r *reader) selectType() {
	if n := r.byte(); n != 1 {
		r.malformed("a select of several types")
	}
	r.valueType()
}

// memarg reads the alignment and offset of a load or store, and gives the offset. An alignment of 2^5 or more is no alignment any
// instruction has; with bit 6 it names a memory.
func (r *reader) memarg() uint32 {
	if align := r.u32(); align >= 0x40 {
		r.refuse(noMemories)
	} else if align > 4 {
		r.malformed("an alignment of more than 16 bytes")
	}
	return r.u32()
}

// zero reads the byte that names the memory.
func (r *reader) zero() {
	if r.byte() != 0 {
		r.refuse(noMemories)
	}
}

func (r *reader) misc(in *instr) {
	in.sub = r.u32()
	switch in.sub {
	case miscMemoryInit:
		in.index = r.u32()
		r.zero()
	case miscMemoryCopy:
		r.zero()
		r.zero()
	case miscMemoryFill:
		r.zero()
	case miscDataDrop, miscElemDrop, miscTableSize, miscTableFill:
		in.index = r.u32()
	case miscTableInit, miscTableCopy:
		in.index = r.u32()
		r.u32()
	case miscTableGrow:
		r.refuse(noTableGrow)
	default:
		if in.sub > miscTruncLast {
			r.refuse(Refusal{What: fmt.Sprintf("an instruction the node does not know (0xfc %d)", in.sub), Do: "build for wasip1 without experimental features"})
		}
	}
}

// simd reads what is behind opSIMD. Engines differ in how they read the code: as a number, or as one byte with a nop behind
// where it is two. Only the form that is the same for both is taken, else a construct could hide in an operand.
func (r *reader) simd(in *instr) {
	start := r.pos
	in.sub = r.u32()
	if r.err == nil && r.pos-start != len(appendU32(nil, in.sub)) {
		r.malformed("a SIMD instruction whose code is longer than it needs to be")
	}
	switch s := in.sub; {
	case s <= simdStore, s == simdLoadZeroFirst, s == simdLoadZeroLast:
		r.memarg()
	case s == simdConst, s == simdShuffle:
		r.take(16)
	case s >= simdLaneFirst && s <= simdLaneLast:
		r.byte()
	case s >= simdMemLaneFirst && s <= simdMemLaneLast:
		r.memarg()
		r.byte()
	case s > simdLast || simdUnassigned[s]:
		r.refuse(Refusal{What: fmt.Sprintf("a SIMD instruction the node does not know (%d)", s), Do: "build without the feature relaxed-simd"})
	}
}
