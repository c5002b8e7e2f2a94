package meter

// What instructions cost at worst, in units of about a nanosecond, as measured on the compiler's code (TestStretches prints
// the figures): a load that misses every cache, a division of 64 bits, a mispredicted branch. What is not named costs one.
const (
	costLoad     = 128
	costStore    = 32
	costDivision = 16 // and roots
	costConvert  = 24 // between floats and integers
	costBranch   = 4
	costCall     = 4
	costIndirect = 16
	costSIMD     = 4
	costSlow     = 512              // ref.func and what else leaves compiled code
	costHost     = 8 * costPerPoint // a call of the host, which looks at the clock itself
)

// costPerPoint is what one point of fuel pays for. It is large, so that a call or a loop's turn in usual code is one point.
// What is run between two ticks costs at most (slice + 1) * costPerPoint, about 10 ms for 10,000 points.
const costPerPoint = 1024

// cost is what an instruction costs at worst, without what is charged by its length.
func (m *module) cost(in instr) uint64 {
	switch op := in.op; {
	case op >= opLoadFirst && op <= opLoadLast, op == opTableGet:
		return costLoad
	case op > opLoadLast && op <= opStoreLast, op == opTableSet:
		return costStore
	case op == opCall:
		if int(in.index) < m.importedFuncs {
			return costHost
		}
		return costCall
	case op == opCallIndirect:
		return costIndirect
	case op == opIf, op == opBrIf, op == opBrTable:
		return costBranch
	case isDivision(op):
		return costDivision
	case op >= 0xa8 && op <= 0xbb && op != opI64ExtendS && op != opI64ExtendU:
		return costConvert
	case op == opRefFunc, op == opMemoryGrow:
		return costSlow
	case op == opMisc:
		return costMisc(in.sub)
	case op == opSIMD && (in.sub < simdStore || in.sub >= simdMemLaneFirst && in.sub <= simdLoadZeroLast):
		return costLoad
	case op == opSIMD:
		return costSIMD
	}
	return 1
}

func costMisc(sub uint32) uint64 {
	switch {
	case sub <= miscTruncLast:
		return costConvert
	case sub == miscTableSize:
		return 1
	}
	return costSlow
}

// isDivision tells the divisions, remainders and square roots, of integers and floats.
func isDivision(op byte) bool {
	return op >= 0x6d && op <= 0x70 || op >= 0x7f && op <= 0x82 || op == 0x91 || op == 0x95 || op == 0x9f || op == 0xa3
}

// What bulk operations cost by their length, as shifts: one point for so many bytes, or entries of a table.
const (
	bytesPerPointLog   = 8
	entriesPerPointLog = 5
)

// Growing the memory may copy all of it, so it costs a slice at once, and then as much as filling each page it asks for.
// What asks for more than there can be fails, and pays for growMaxPages.
const (
	growPoints   = 10_000
	growPagesLog = 8
	growMaxPages = 1 << 10
)

// The stack of calls inside each other. The engine's own limit is 50 MB and copies the stack as it grows, so that one guest
// could hold three times as much for a moment. The estimate is of the guest's values; the engine adds some of its own.
const (
	stackBudget   = 8 << 20 // bytes of all calls inside each other, as estimated by frame
	frameBytes    = 64      // of a call without values
	slotBytes     = 8
	wideSlotBytes = 16
	debtPerByte   = 2 // see frame
)

// frame estimates the bytes a call of a function keeps on the stack. It counts in another way too: a call pays when it is
// entered, and may run up to costPerPoint of that after the calls inside it have ended. Many such ends in a row would be a
// long time without a tick, so what all open calls may owe together is bounded as well.
func (b *body) frame() uint32 {
	slot := uint32(slotBytes)
	if b.wide {
		slot = wideSlotBytes
	}
	bytes := frameBytes + slot*(b.locals+b.height+uint32(len(b.typ.results)))
	return max(bytes, uint32(min(b.cost, costPerPoint))/debtPerByte)
}

// track follows how many values are on the stack. It is exact for what compilers make of numbers, and counts too many
// where code is not reached or works on vectors; too many only makes the estimate of a frame larger.
func (s *surveyor) track(in instr, height uint32) uint32 {
	pops, pushes := s.effect(in)
	return height - min(height, pops) + pushes
}

func (s *surveyor) effect(in instr) (pops, pushes uint32) {
	switch op := in.op; {
	case op == opLocalGet, op == opGlobalGet, op == opMemorySize, op >= opI32Const && op <= opF64Const, op == opRefNull, op == opRefFunc:
		return 0, 1
	case op == opLocalSet, op == opGlobalSet, op == opDrop, op == opIf, op == opBrIf, op == opBrTable:
		return 1, 0
	case op > opLoadLast && op <= opStoreLast, op == opTableSet:
		return 2, 0
	case op == opSelect, op == opSelectTyped:
		return 3, 1
	case op == opCall:
		t := s.m.funcType(in.index)
		return uint32(len(t.params)), uint32(len(t.results))
	case op == opCallIndirect:
		t := s.m.types[in.index]
		return uint32(len(t.params)) + 1, uint32(len(t.results))
	case isBinary(op):
		return 2, 1
	case op == opMisc && in.isBulk():
		return 3, 0
	case op == opMisc && in.sub == miscTableSize:
		return 0, 1
	case op == opSIMD && in.sub == simdConst:
		return 0, 1
	case op == opSIMD && in.sub == simdStore:
		return 2, 0
	}
	return 0, 0
}

// isBinary tells the instructions that take two numbers and give one.
func isBinary(op byte) bool {
	return op >= 0x46 && op <= 0x4f || op >= 0x51 && op <= 0x66 || op >= 0x6a && op <= 0x78 || op >= 0x7c && op <= 0x8a ||
		op >= 0x92 && op <= 0x98 || op >= 0xa0 && op <= 0xa6
}
