package meter

// charger writes the code that is added. All of it leaves the stack as it found it.
type charger struct {
	counter, room uint32 // globals: what is left of the slice, and of the stack
	tick          uint32 // the added import
}

// spend takes a number of points off the counter, and asks for the next slice when it falls below zero:
//
//	left -= points; if left < 0 { left = tick(left) }
func (c charger) spend(out []byte, points uint32) []byte {
	out = get(out, c.counter)
	out = append(number(out, int32(points)), opI32Sub)
	out = set(out, c.counter)
	return c.check(out)
}

// check asks for the next slice where the counter is below zero.
func (c charger) check(out []byte) []byte {
	out = append(number(get(out, c.counter), 0), opI32LtS, opIf, 0x40)
	out = c.ask(out)
	return append(out, opEnd)
}

func (c charger) ask(out []byte) []byte {
	return set(call(get(out, c.counter), c.tick), c.counter)
}

// enter is spend for a function that may be called by what it calls: it also takes its frame off the stack's room. One
// branch serves both:
//
//	left -= points; room -= frame; if left|room < 0 { if room < 0 { tick(TooDeep); trap }; left = tick(left) }
func (c charger) enter(out []byte, points, frame uint32) []byte {
	out = get(out, c.counter)
	out = append(number(out, int32(points)), opI32Sub)
	out = set(out, c.counter)
	out = get(out, c.room)
	out = append(number(out, int32(frame)), opI32Sub)
	out = set(out, c.room)
	out = append(get(get(out, c.counter), c.room), opI32Or)
	out = append(number(out, 0), opI32LtS, opIf, 0x40)
	out = append(number(get(out, c.room), 0), opI32LtS, opIf, 0x40)
	out = append(call(number(out, TooDeep), c.tick), opDrop, opUnreachable, opEnd)
	out = c.ask(out)
	return append(out, opEnd)
}

// leave gives the frame back.
func (c charger) leave(out []byte, frame uint32) []byte {
	out = get(out, c.room)
	out = append(number(out, int32(frame)), opI32Add)
	return set(out, c.room)
}

// bulk charges an operation for its length, which lies on top of the stack and is kept in a local for the while. A shift
// right leaves at most 2^27, so nothing overflows: what is left is not below zero before.
func (c charger) bulk(out []byte, in instr, local uint32) []byte {
	out = index(out, opLocalTee, local)
	out = get(out, c.counter)
	out = index(out, opLocalGet, local)
	switch {
	case in.op == opMemoryGrow:
		// A fixed price, and one for each page, of at most growMaxPages.
		out = number(out, growMaxPages)
		out = index(out, opLocalGet, local)
		out = append(number(out, growMaxPages), opI32LtU, opSelect)
		out = append(number(out, growPagesLog), opI32Shl)
		out = append(number(out, growPoints), opI32Add)
	case in.sub >= miscTableInit:
		out = append(number(out, entriesPerPointLog), opI32ShrU)
	default:
		out = append(number(out, bytesPerPointLog), opI32ShrU)
	}
	out = set(append(out, opI32Sub), c.counter)
	return c.check(out)
}

func index(out []byte, op byte, i uint32) []byte { return appendU32(append(out, op), i) }
func get(out []byte, global uint32) []byte       { return index(out, opGlobalGet, global) }
func set(out []byte, global uint32) []byte       { return index(out, opGlobalSet, global) }
func call(out []byte, f uint32) []byte           { return index(out, opCall, f) }
func number(out []byte, v int32) []byte          { return appendS32(append(out, opI32Const), v) }
