package meter

import "fmt"

// Rewrite reads a module, refuses what a node must not run, and gives back the same module with a counter in it. The same
// module always gives the same bytes. An error is a *Refusal.
//
// What it does not check is what the engine checks when it compiles the result: the types of values on the stack.
func Rewrite(wasm []byte, l Limits) (*Module, error) {
	m, err := rewrite(wasm, l.withDefaults(), false)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// rewrite is Rewrite; relaxed takes any import and export, as the modules of the spec tests have them.
func rewrite(wasm []byte, l Limits, relaxed bool) (*Module, *Refusal) {
	if len(wasm) > l.MaxBytes {
		return nil, &Refusal{What: fmt.Sprintf("a module of %d bytes, a node takes %d", len(wasm), l.MaxBytes),
			Do: "strip it (Go: -ldflags='-s -w'), or use wasm-opt -Oz"}
	}
	cut, err := cut(wasm)
	if err != nil {
		return nil, err
	}
	m := &module{layout: cut, limits: l, relaxed: relaxed, inTable: map[uint32]bool{}}
	// In the order in which each needs the ones before; code comes after the elements, as in the module.
	for _, read := range []func() *Refusal{m.readTypes, m.readImports, m.readFunctions, m.readTables, m.readMemory, m.readGlobals,
		m.readExports, m.readStart, m.readElements, m.readDataCount, m.readCode, m.readData} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	m.markTracked()
	points, err := m.emitCode()
	if err != nil {
		return nil, err
	}
	m.emitTypes()
	return &Module{
		Wasm: m.emit(), Sections: m.own, Imports: m.imports, Exports: m.exports,
		MinPages: m.memory.low, MaxPages: m.memory.high, Functions: len(m.codes), Points: points,
	}, nil
}

// emitTypes writes the types, when it is known which were added.
func (m *module) emitTypes() {
	s := m.sections[secType].reader()
	s.u32() // the count
	out := appendU32(nil, uint32(len(m.types)+len(m.added)))
	out = append(out, s.b[s.pos:]...)
	for _, t := range m.added {
		out = append(out, 0x60)
		out = appendName(appendName(out, t.params), t.results)
	}
	m.out[secType] = out
}

// emit puts the sections together, with the custom ones that are kept behind them.
func (m *module) emit() []byte {
	m.out[secFunction] = m.sections[secFunction].b
	size := 0
	for _, s := range m.out {
		size += len(s) + 6
	}
	for _, name := range m.order {
		size += len(name) + len(m.own[name]) + 16
	}
	out := append(make([]byte, 0, size+8), 0, 'a', 's', 'm', 1, 0, 0, 0)
	for _, id := range sectionOrder {
		if m.out[id] != nil {
			out = appendSection(out, id, m.out[id])
		}
	}
	for _, name := range m.order {
		out = appendSection(out, secCustom, append(appendName(nil, name), m.own[name]...))
	}
	return out
}
