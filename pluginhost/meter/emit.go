package meter

import "fmt"

// outputFactor bounds the rewritten module: a module made of nothing but loops would grow tenfold.
const (
	outputFactor = 3
	outputExtra  = 64 << 10
)

// emitCode writes all functions with their meters.
func (m *module) emitCode() (points int, err *Refusal) {
	out := appendU32(nil, uint32(len(m.codes)))
	limit := outputFactor*m.limits.MaxBytes + outputExtra
	var code []byte // reused
	for i := range m.codes {
		e := emitter{m: m, b: &m.codes[i], charger: charger{m.counter(), m.room(), m.tick()}, out: code[:0]}
		e.emit()
		code = e.out
		points += e.points
		if err := m.charge(e.blocks+e.points, i); err != nil {
			return 0, err
		}
		out = append(appendU32(out, uint32(len(code))), code...)
		if len(out) > limit {
			return 0, &Refusal{What: fmt.Sprintf("more than %d bytes with its meters", limit), Where: "its code", Do: "make the module smaller"}
		}
	}
	m.out[secCode] = out
	return points, nil
}

// charge bounds the time to compile: the compiler's grows with the square of the branches of a function.
func (m *module) charge(branches, i int) *Refusal {
	m.work += branches * branches
	if branches > maxBranches || m.work > maxWork {
		return &Refusal{What: fmt.Sprintf("functions of too many branches, loops and calls (%d in the last; a node takes %d, and fewer in many)", branches, maxBranches),
			Where: fmt.Sprintf("function %d", m.importedFuncs+i), Do: "split the largest functions"}
	}
	return nil
}

// emitter writes one function. It reads what the surveyor has read without a complaint.
type emitter struct {
	charger
	m      *module
	b      *body
	out    []byte
	points int
	blocks int // constructs, and those of meters
	flow   flow
	near   near
}

func (e *emitter) emit() {
	local := e.locals()
	e.points++
	if e.b.tracked {
		e.out = e.enter(e.out, 1, e.b.frame())
		e.out = append(e.out, opBlock)
		e.out = e.resultType(e.out)
	} else {
		e.out = e.spend(e.out, 1)
	}
	e.flow.enter(opBlock)
	r := &reader{b: e.b.code, base: e.b.base}
	for r.left() > 0 {
		start := r.pos
		in := r.instr()
		e.instr(in, r.b[start:r.pos], local)
	}
	if e.b.tracked {
		// The function's own end has closed the block around it, which every way out leads through.
		e.out = append(e.leave(e.out, e.b.frame()), opEnd)
	}
}

// locals copies the declarations and gives the index of the local for lengths, where the function needs one.
func (e *emitter) locals() uint32 {
	if !e.b.bulk {
		e.out = append(appendU32(e.out, e.b.nGroup), e.b.groups...)
		return 0
	}
	e.out = append(appendU32(e.out, e.b.nGroup+1), e.b.groups...)
	e.out = append(e.out, 1, typeI32)
	return e.b.locals
}

// resultType is the type of the block around a function: no parameters, and its results.
func (e *emitter) resultType(out []byte) []byte {
	switch results := e.b.typ.results; len(results) {
	case 0:
		return append(out, 0x40)
	case 1:
		return append(out, results[0])
	default:
		return appendS32(out, int32(e.m.typeFor(signature{results: results})))
	}
}

// instr writes one instruction, with a meter before or behind it where it needs one.
func (e *emitter) instr(in instr, raw []byte, local uint32) {
	if points := e.flow.run(e.near.cost(in, e.m.cost(in))); points > 0 {
		e.points++
		e.out = e.spend(e.out, points)
	}
	if in.isBulk() {
		e.points++
		e.out = e.bulk(e.out, in, local)
	}
	depth := uint32(len(e.flow.open)) - 1
	e.flow.step(in, raw)
	switch {
	case in.op == opLoop:
		e.points++
		e.out = e.spend(append(e.out, raw...), 1)
	case in.op == opReturn && e.b.tracked:
		e.out = index(e.out, opBr, depth)
	case in.op == opCall || in.op == opRefFunc:
		e.out = index(e.out, in.op, e.m.shift(in.index))
	default:
		e.out = append(e.out, raw...)
	}
	if in.op == opBlock || in.op == opLoop || in.op == opIf {
		e.blocks++
	}
}
