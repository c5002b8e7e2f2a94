package meter

// near follows which memory straight code went to last. What it reads again a few accesses later is in a cache close by,
// whatever the module is like, and need not be paid as what misses every cache: most loads of compiled code are of its own
// stack frame, at small distances from one local.
//
// A place is a block of memory at a distance from what a local holds; two places may be the same memory, which only makes
// them cost more. Where ways meet and after calls nothing is known.
type near struct {
	last [nearAccesses]place // a ring
	next int
	base uint32 // the local on top of the stack, counted from 1; 0: it is something else
}

// place is the local that holds an address, and the block behind it; the local is counted from 1, and 0 is anywhere.
type place struct{ local, block uint32 }

const (
	nearAccesses = 8 // no cache behind the first has fewer ways, so these cannot evict each other
	nearBlockLog = 6 // 64 bytes, a line of most caches
	costNear     = 4
)

// cost is what the next instruction costs at worst, given what is known of the ones before; far is what it costs alone.
func (n *near) cost(in instr, far uint64) uint64 {
	base := n.base
	n.base = 0
	switch op := in.op; {
	case op == opLocalGet:
		n.base = in.index + 1
	case op == opI32WrapI64:
		n.base = base // addresses of 64 bits, as Go has them
	case op == opLocalSet, op == opLocalTee:
		n.forget(in.index + 1)
	case op >= opLoadFirst && op <= opLoadLast:
		if n.touch(place{base, in.offset >> nearBlockLog}) {
			return costNear
		}
	case op > opLoadLast && op <= opStoreLast, op == opTableGet, op == opTableSet, op == opSIMD:
		n.touch(place{})
	case op == opLoop, op == opElse, op == opEnd, op == opCall, op == opCallIndirect, op == opMisc, op == opMemoryGrow:
		*n = near{}
	}
	return far
}

// touch notes an access, and tells whether one of the last was of the same place.
func (n *near) touch(p place) bool {
	known := false
	for _, q := range n.last {
		known = known || q == p && p.local > 0
	}
	n.last[n.next] = p
	n.next = (n.next + 1) % nearAccesses
	return known
}

// forget drops the places behind a local that gets another value.
func (n *near) forget(local uint32) {
	for i := range n.last {
		if n.last[i].local == local {
			n.last[i] = place{}
		}
	}
}
