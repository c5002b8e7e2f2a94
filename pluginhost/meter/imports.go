package meter

import (
	"fmt"
	"strings"
)

// The kinds of what is imported and exported.
const (
	kindFunc   = 0
	kindTable  = 1
	kindMemory = 2
	kindGlobal = 3
	kindTag    = 4
)

// readImports checks what a module wants from its host, and adds tick behind it.
func (m *module) readImports() *Refusal {
	var imports []byte
	err := m.vector(secImport, maxImports, "imports", func(r *reader, _ int) {
		start := r.pos
		im := Import{r.name(), r.name()}
		kind := r.byte()
		if r.err != nil {
			return
		}
		if why := m.refuseImport(im, kind); why != nil {
			why.Where = "import " + quote(im.Module+"."+im.Name)
			r.refuse(*why)
			return
		}
		m.readImport(r, kind)
		if r.err == nil {
			imports = append(imports, r.b[start:r.pos]...)
			m.imports = append(m.imports, im)
		}
	})
	imports = appendName(appendName(imports, TickModule), TickName)
	imports = appendU32(append(imports, kindFunc), m.typeFor(signature{string(byte(typeI32)), string(byte(typeI32))}))
	m.out[secImport] = append(appendU32(nil, uint32(len(m.imports)+1)), imports...)
	return err
}

func (m *module) refuseImport(im Import, kind byte) *Refusal {
	switch {
	case im.Module == TickModule:
		return &Refusal{What: "the name " + TickModule + " is the node's own", Do: "the module was rewritten already; give the one the compiler made"}
	case m.relaxed && kind != kindTag:
		return nil
	case kind == kindTag:
		return &noExceptions
	case kind != kindFunc:
		return &Refusal{What: "a memory, table or global of the host", Do: "build the module to define its own (no --import-memory, no dynamic linking)"}
	case !m.limits.Imports(im.Module, im.Name):
		return &Refusal{What: "an import the node does not have", Do: "import only what docs/plugins/abi.md lists; the function may be of a newer node"}
	}
	return nil
}

// readImport reads what stands behind the names. Other kinds than functions come here only where they are allowed.
func (m *module) readImport(r *reader, kind byte) {
	switch kind {
	case kindFunc:
		m.funcs = append(m.funcs, m.typeIndex(r))
		m.importedFuncs++
	case kindTable:
		r.refType()
		m.table(r, r.limits())
	case kindMemory:
		if m.memory = m.oneMemory(r, r.limits()); m.memories > 1 {
			r.refuse(noMemories)
		}
	case kindGlobal:
		r.valueType()
		r.byte()
		m.globals++
		m.importedGlobals++
	default:
		r.malformed(fmt.Sprintf("an import of kind %d", kind))
	}
}

// required are the types of the exports that every plugin or any may have.
var required = map[string]signature{
	"beep_handle": {string([]byte{typeI32, typeI32}), string(byte(typeI32))},
	"_initialize": {},
}

// readExports checks what a module offers, and adds the counter.
func (m *module) readExports() *Refusal {
	var exports []byte
	err := m.vector(secExport, maxExports, "exports", func(r *reader, _ int) {
		e := Export{Name: r.name(), Kind: r.byte()}
		index := r.u32()
		if r.err != nil {
			return
		}
		if why := m.refuseExport(e, index); why != nil {
			why.Where = "export " + quote(e.Name)
			r.refuse(*why)
			return
		}
		if e.Kind == kindFunc {
			index = m.shift(index)
		}
		exports = append(appendName(exports, e.Name), e.Kind)
		exports = appendU32(exports, index)
		m.exports = append(m.exports, e)
	})
	exports = append(appendName(exports, CounterExport), kindGlobal)
	exports = appendU32(exports, m.counter())
	m.out[secExport] = append(appendU32(nil, uint32(len(m.exports)+1)), exports...)
	if err == nil && !m.relaxed {
		err = m.missingExport()
	}
	return err
}

func (m *module) refuseExport(e Export, index uint32) *Refusal {
	want, typed := required[e.Name]
	switch {
	case strings.HasPrefix(e.Name, TickModule):
		return &Refusal{What: "names that begin with " + TickModule + " are the node's own", Do: "name it otherwise"}
	case e.Kind == kindFunc && int(index) >= len(m.funcs), e.Kind == kindGlobal && int(index) >= m.globals, e.Kind > kindGlobal:
		return &Refusal{What: "malformed: it exports what the module does not have", Do: "the build is broken"}
	case m.relaxed:
		return nil
	case e.Name == "_start":
		return &Refusal{What: "a command, which runs to its end, not a reactor", Do: "build a library (Go: -buildmode=c-shared; Rust: crate-type cdylib; C: -mexec-model=reactor)"}
	case typed && (e.Kind != kindFunc || m.funcType(index) != want):
		return &Refusal{What: "not of the type it must have", Do: "it is beep_handle(hook i32, input_len i32) -> i32 and _initialize()"}
	case e.Name == "memory" && e.Kind != kindMemory:
		return &Refusal{What: "not a memory", Do: "export the memory by this name"}
	}
	return nil
}

func (m *module) missingExport() *Refusal {
	for _, name := range []string{"memory", "beep_handle"} {
		if !m.exported(name) {
			return &Refusal{What: "the module does not export " + name, Where: "its exports", Do: "build it with the SDK, as a reactor (a library)"}
		}
	}
	return nil
}

func (m *module) exported(name string) bool {
	for _, e := range m.exports {
		if e.Name == name {
			return true
		}
	}
	return false
}

// readStart refuses a start function: it would run while the module is made, before there is a call with a deadline. What
// it does belongs into _initialize.
func (m *module) readStart() *Refusal {
	s := m.sections[secStart]
	if s.b == nil {
		return nil
	}
	r := s.reader()
	if !m.relaxed {
		r.refuse(Refusal{What: "a start section", Do: "export _initialize in its place (AssemblyScript: --exportStart _initialize)"})
	}
	f := m.function(r, r.u32())
	r.end("the start section")
	m.out[secStart] = appendU32(nil, m.shift(f))
	return r.err
}
