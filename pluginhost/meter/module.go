package meter

import "fmt"

// The bounds of what no limit of a host changes. They are far above what compilers make and keep the work of reading and
// compiling a module in proportion to its size.
const (
	maxTypes         = 10_000
	maxParams        = 1_000 // parameters, and results, of a function
	maxImports       = 1_000
	maxExports       = 1_000
	maxGlobals       = 10_000
	maxTables        = 16
	maxMemoryPages   = 65_536    // what an address of 32 bits reaches
	maxElements      = 1_000_000 // of all segments together
	maxSegments      = 100_000   // of elements, and of data
	maxFunctionBytes = 2 << 20
	maxLocals        = 10_000      // of a function
	maxAllLocals     = 2_000_000   // of all functions together
	maxNesting       = 4_000       // of constructs in a function
	maxOperands      = 65_536      // labels of a br_table
	maxBranches      = 10_000      // of a function, with those of meters
	maxWork          = 300_000_000 // the sum of their squares over all functions; a Go guest of 4 MB has 11 million
)

// module is a module being read. Sections are read in their order; each leaves behind what later ones need, and the bytes
// the rewritten module will have in its place.
type module struct {
	*layout
	limits  Limits
	relaxed bool // the spec tests: any import and export

	types           []signature
	funcs           []uint32 // the type of each function, imported ones first
	importedFuncs   int
	tables          int
	tableEntries    uint64 // of all tables, at least
	memories        int
	memory          limits
	importedGlobals int
	globals         int
	elements        int
	imports         []Import
	exports         []Export
	inTable         map[uint32]bool // functions that can be called through a table or a reference
	codes           []body

	out   [numSections][]byte
	work  int         // of the compiler, as charge counts it
	added []signature // types the module does not have, behind its own
}

// funcType is the type of a function.
func (m *module) funcType(f uint32) signature { return m.types[m.funcs[f]] }

// shift gives the index a function has behind the added import, which is the last of the imports.
func (m *module) shift(f uint32) uint32 {
	if int(f) >= m.importedFuncs {
		return f + 1
	}
	return f
}

// tick is the index of the added import.
func (m *module) tick() uint32 { return uint32(m.importedFuncs) }

// typeFor gives the index of a type that is added to the module.
func (m *module) typeFor(s signature) uint32 {
	for i, have := range m.added {
		if have == s {
			return uint32(len(m.types) + i)
		}
	}
	m.added = append(m.added, s)
	return uint32(len(m.types) + len(m.added) - 1)
}

// vector reads a section that is a count and as many items. Where the section is missing there are none.
func (m *module) vector(id byte, limit int, what string, item func(r *reader, i int)) *Refusal {
	s := m.sections[id]
	if s.b == nil {
		return nil
	}
	r := s.reader()
	for i := range r.count(limit, what) {
		if item(r, i); r.err != nil {
			break
		}
	}
	r.end("the section of " + what)
	return r.err
}

// readTypes reads the types of functions.
func (m *module) readTypes() *Refusal {
	return m.vector(secType, maxTypes, "types", func(r *reader, _ int) {
		if form := r.byte(); r.err == nil && form != 0x60 {
			r.refuse(Refusal{What: fmt.Sprintf("a type that is not one of functions (%#x)", form), Do: "build for wasip1 without experimental features"})
		}
		m.types = append(m.types, signature{r.valueTypes("parameters of a function"), r.valueTypes("results of a function")})
	})
}

func (r *reader) valueTypes(what string) string {
	n := r.count(maxParams, what)
	start := r.pos
	for range n {
		r.valueType()
	}
	if r.err != nil {
		return ""
	}
	return string(r.b[start:r.pos])
}

// typeIndex reads the index of a type the module has.
func (m *module) typeIndex(r *reader) uint32 {
	t := r.u32()
	if r.err == nil && int(t) >= len(m.types) {
		r.malformed(fmt.Sprintf("type %d of %d", t, len(m.types)))
	}
	return t
}

// readFunctions reads which types the functions of the module have.
func (m *module) readFunctions() *Refusal {
	return m.vector(secFunction, m.limits.MaxFunctions, "functions", func(r *reader, _ int) {
		m.funcs = append(m.funcs, m.typeIndex(r))
	})
}

// readTables lowers the maximum of tables.
func (m *module) readTables() *Refusal {
	if m.sections[secTable].b == nil {
		return nil
	}
	count := 0
	var tables []byte
	err := m.vector(secTable, maxTables, "tables", func(r *reader, _ int) {
		tables = append(tables, r.refType())
		tables = m.table(r, r.limits()).append(tables)
		count++
	})
	m.out[secTable] = append(appendU32(nil, uint32(count)), tables...)
	return err
}

func (m *module) table(r *reader, l limits) limits {
	m.tables++
	m.tableEntries += uint64(l.low)
	if r.err == nil && m.tableEntries > uint64(m.limits.MaxTable) {
		r.refuse(Refusal{What: fmt.Sprintf("tables of %d entries, a node allows %d", m.tableEntries, m.limits.MaxTable), Do: "make them smaller"})
	}
	return l.clamp(uint32(m.limits.MaxTable))
}

// readMemory lowers the maximum of the memory.
func (m *module) readMemory() *Refusal {
	return m.vector(secMemory, maxImports, "memories", func(r *reader, i int) {
		if i > 0 {
			r.refuse(noMemories)
			return
		}
		m.memory = m.oneMemory(r, r.limits())
		m.out[secMemory] = m.memory.append([]byte{1})
	})
}

func (m *module) oneMemory(r *reader, l limits) limits {
	m.memories++
	if l.high > maxMemoryPages {
		r.malformed("a memory of more than 4 GiB")
	}
	if r.err == nil && l.low > uint32(m.limits.MaxPages) {
		r.refuse(Refusal{What: fmt.Sprintf("a memory of at least %d pages of 64 KiB, a node allows %d", l.low, m.limits.MaxPages),
			Do: "use less static memory, or a smaller stack"})
	}
	return l.clamp(uint32(m.limits.MaxPages))
}

// readGlobals rewrites the functions that globals start with, and adds the two that meter.
func (m *module) readGlobals() *Refusal {
	var globals []byte
	err := m.vector(secGlobal, maxGlobals, "globals", func(r *reader, _ int) {
		globals = append(globals, r.valueType(), r.byte())
		globals = m.constant(r, globals)
		m.globals++
	})
	// The counter starts at zero: who was given no slice asks for one at once.
	globals = append(globals, typeI32, 1, opI32Const, 0, opEnd)
	globals = append(globals, typeI32, 1, opI32Const)
	globals = append(appendS32(globals, stackBudget), opEnd)
	m.out[secGlobal] = append(appendU32(nil, uint32(m.globals-m.importedGlobals+2)), globals...)
	return err
}

// counter and room are the indices of the two added globals: what is left of the slice, and of the stack.
func (m *module) counter() uint32 { return uint32(m.globals) }
func (m *module) room() uint32    { return uint32(m.globals) + 1 }

// constant copies a constant expression: one instruction and its end.
func (m *module) constant(r *reader, out []byte) []byte {
	start := r.pos
	in := r.instr()
	stop := r.pos
	switch {
	case in.op >= opI32Const && in.op <= opF64Const, in.op == opRefNull, in.op == opSIMD && in.sub == simdConst:
	case in.op == opGlobalGet:
		if r.err == nil && int(in.index) >= m.importedGlobals {
			r.malformed("a constant made of a global that is not imported")
		}
	case in.op == opRefFunc:
		m.function(r, in.index)
		m.inTable[in.index] = true
	default:
		r.refuse(Refusal{What: "a constant that is computed", Do: "build without the feature extended-const"})
	}
	if r.byte() != opEnd && r.err == nil {
		r.refuse(Refusal{What: "a constant that is computed", Do: "build without the feature extended-const"})
	}
	if r.err != nil {
		return out
	}
	if in.op == opRefFunc {
		out = appendU32(append(out, opRefFunc), m.shift(in.index))
	} else {
		out = append(out, r.b[start:stop]...)
	}
	return append(out, opEnd)
}

// function checks the index of a function.
func (m *module) function(r *reader, f uint32) uint32 {
	if r.err == nil && int(f) >= len(m.funcs) {
		r.malformed(fmt.Sprintf("function %d of %d", f, len(m.funcs)))
	}
	if r.err != nil {
		return 0
	}
	return f
}
