package meter

import (
	"fmt"
	"slices"
)

// body is one function: what it declares and does, and what a survey found in it.
type body struct {
	typ    signature
	groups []byte // the declarations of its locals, without their count
	nGroup uint32
	locals uint32 // with the parameters
	code   []byte
	base   int

	calls    []uint32 // the functions it calls, each once
	indirect bool     // it calls through a table
	bulk     bool     // it has an operation whose length is charged
	height   uint32   // the most values its stack holds
	wide     bool     // it has values of 16 bytes
	cost     uint64   // of all its instructions, once each
	tracked  bool     // it keeps account of the stack
}

// readCode reads and surveys all functions, and then writes them again with meters.
func (m *module) readCode() *Refusal {
	defined := len(m.funcs) - m.importedFuncs
	m.codes = make([]body, 0, min(defined, len(m.sections[secCode].b)))
	allLocals := uint64(0)
	err := m.vector(secCode, m.limits.MaxFunctions, "function bodies", func(r *reader, i int) {
		if i >= defined {
			r.malformed("more function bodies than functions")
			return
		}
		b := m.readBody(r, i)
		if allLocals += uint64(b.locals); r.err == nil && allLocals > maxAllLocals {
			r.refuse(Refusal{What: fmt.Sprintf("more than %d locals", maxAllLocals), Do: "make the module smaller"})
		}
		m.codes = append(m.codes, b)
	})
	if err == nil && len(m.codes) != defined {
		err = &Refusal{What: "malformed: fewer function bodies than functions", Where: "its code", Do: "the build is broken"}
	}
	return err
}

// readBody reads one function. What is wrong in it is refused with its index, as tools print it.
func (m *module) readBody(outer *reader, i int) body {
	size := outer.u32()
	if outer.err == nil && size > maxFunctionBytes {
		outer.refuse(Refusal{What: fmt.Sprintf("a function of %d bytes, a node takes %d", size, maxFunctionBytes),
			Where: fmt.Sprintf("function %d", m.importedFuncs+i), Do: "split it"})
	}
	base := outer.base + outer.pos
	r := &reader{b: outer.take(size), base: base}
	if outer.err != nil {
		return body{}
	}
	b := body{typ: m.funcType(uint32(m.importedFuncs + i))}
	b.readLocals(r)
	b.code, b.base = r.b[r.pos:], r.base+r.pos
	if r.err == nil {
		m.survey(&b, r)
	}
	if r.err != nil {
		r.err.Where = fmt.Sprintf("function %d, %s", m.importedFuncs+i, r.err.Where)
		outer.refuse(*r.err)
	}
	return b
}

func (b *body) readLocals(r *reader) {
	b.nGroup = uint32(r.count(maxLocals, "groups of locals"))
	start := r.pos
	total := uint64(0)
	for i := uint32(0); i < b.nGroup && r.err == nil; i++ {
		total += uint64(r.u32())
		if r.valueType() == typeV128 {
			b.wide = true
		}
	}
	if r.err == nil && total > maxLocals {
		r.refuse(Refusal{What: fmt.Sprintf("%d locals in a function, a node takes %d", total, maxLocals), Do: "split it"})
	}
	if r.err != nil {
		return
	}
	b.groups = r.b[start:r.pos]
	b.locals = uint32(total) + uint32(len(b.typ.params))
}

// surveyor walks over a function once, checks what it names, and finds out what its meters need.
type surveyor struct {
	m    *module
	b    *body
	open []construct
}

// construct is an open block, loop or if.
type construct struct {
	op      byte
	height  uint32 // of the stack below it
	results uint32 // it leaves there
}

// survey checks a function and fills in what its meters need.
func (m *module) survey(b *body, r *reader) {
	s := &surveyor{m: m, b: b}
	s.open = append(s.open, construct{op: opBlock, results: uint32(len(b.typ.results))})
	height := uint32(0)
	for len(s.open) > 0 && r.err == nil {
		in := r.instr()
		if s.check(r, in); r.err != nil {
			return
		}
		b.cost += m.cost(in)
		height = s.track(in, height)
		b.height = max(b.height, height)
		if s.nest(r, in, &height); len(s.open) > maxNesting {
			r.refuse(Refusal{What: fmt.Sprintf("more than %d constructs inside each other", maxNesting), Do: "split the function"})
		}
	}
	r.end("a function")
	slices.Sort(b.calls)
	b.calls = slices.Clip(slices.Compact(b.calls))
}

func (s *surveyor) top() *construct { return &s.open[len(s.open)-1] }

// nest opens and closes constructs.
func (s *surveyor) nest(r *reader, in instr, height *uint32) {
	switch in.op {
	case opBlock, opLoop, opIf:
		t := s.blockType(in)
		below := *height - min(*height, uint32(len(t.params)))
		s.open = append(s.open, construct{in.op, below, uint32(len(t.results))})
	case opElse:
		if s.top().op != opIf {
			r.malformed("an else without an if")
		}
		s.top().op = opElse
		*height = s.top().height
	case opEnd:
		*height = s.top().height + s.top().results
		s.open = s.open[:len(s.open)-1]
	}
}

func (s *surveyor) blockType(in instr) signature {
	switch {
	case in.block >= 0:
		return s.m.types[in.block]
	case in.block == blockVoid:
		return signature{}
	}
	return signature{results: string(byte(in.block & 0x7f))}
}

// check refuses an instruction that names what the module does not have, which after the rewriting could be what was added.
func (s *surveyor) check(r *reader, in instr) {
	var what string
	var limit int
	switch in.op {
	case opBlock, opLoop, opIf:
		if in.block >= int64(len(s.m.types)) {
			r.malformed(fmt.Sprintf("type %d of %d", in.block, len(s.m.types)))
		}
		return
	case opBr, opBrIf, opBrTable:
		what, limit = "label", len(s.open)
	case opLocalGet, opLocalSet, opLocalTee:
		what, limit = "local", int(s.b.locals)
	case opGlobalGet, opGlobalSet:
		what, limit = "global", s.m.globals
	case opCallIndirect:
		what, limit = "type", len(s.m.types)
		s.b.indirect = true
	case opCall:
		s.b.calls = append(s.b.calls, s.m.function(r, in.index))
		return
	case opRefFunc:
		s.m.inTable[s.m.function(r, in.index)] = true
		return
	case opSIMD:
		s.b.wide = true
		return
	default:
		s.b.bulk = s.b.bulk || in.isBulk()
		return
	}
	if r.err == nil && int64(in.index) >= int64(limit) {
		r.malformed(fmt.Sprintf("%s %d of %d", what, in.index, limit))
	}
}

// isBulk tells whether the work of an instruction grows with a number on the stack.
func (in instr) isBulk() bool {
	if in.op != opMisc {
		return in.op == opMemoryGrow
	}
	return in.sub == miscMemoryInit || in.sub == miscMemoryCopy || in.sub == miscMemoryFill ||
		in.sub == miscTableInit || in.sub == miscTableCopy || in.sub == miscTableFill
}
