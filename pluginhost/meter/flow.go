package meter

// flow follows what a function has run without paying for it, along the way that ran most, so that long stretches pay where
// they are run. Every entry of a function and every turn of a loop pays one point, which stands for up to costPerPoint; what
// is run beyond that pays where it is reached. Between two loop headers code only runs forward, so one pass is enough: where
// ways meet, the one that owes most counts.
type flow struct {
	owed uint64
	open []way
}

// way is an open construct: what is owed where its end is reached by a branch, or past it.
type way struct {
	op   byte
	owed uint64 // at its end, by the branches seen so far
	at   uint64 // before an if, where its condition was false
}

// run adds the cost of an instruction and gives the points to pay before it.
func (f *flow) run(cost uint64) uint32 {
	f.owed += cost
	points := f.owed / costPerPoint
	f.owed %= costPerPoint
	return uint32(points)
}

// enter opens a construct. A loop's header pays.
func (f *flow) enter(op byte) {
	f.open = append(f.open, way{op: op, at: f.owed})
	if op == opLoop {
		f.owed = 0
	}
}

// step follows an instruction.
func (f *flow) step(in instr, raw []byte) {
	switch in.op {
	case opBlock, opLoop, opIf:
		f.enter(in.op)
	case opElse:
		top := &f.open[len(f.open)-1]
		top.op, top.owed = opElse, max(top.owed, f.owed)
		f.owed = top.at
	case opEnd:
		top := f.open[len(f.open)-1]
		f.open = f.open[:len(f.open)-1]
		f.owed = max(f.owed, top.owed)
		if top.op == opIf {
			f.owed = max(f.owed, top.at)
		}
	case opBr, opBrIf:
		f.branch(in.index)
	case opBrTable:
		r := reader{b: raw, pos: 1}
		for range r.u32() + 1 {
			f.branch(r.u32())
		}
	}
	if in.op == opBr || in.op == opBrTable || in.op == opReturn || in.op == opUnreachable {
		f.owed = 0 // what follows is reached from elsewhere, or never
	}
}

// branch is a way to the end of a construct. One to a loop leads to its header, which pays.
func (f *flow) branch(label uint32) {
	target := &f.open[len(f.open)-1-int(label)]
	if target.op != opLoop {
		target.owed = max(target.owed, f.owed)
	}
}
