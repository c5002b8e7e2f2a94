package meter

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/beep-chat/beep/pluginhost/meter/asm"
)

// good is a plugin that is accepted; cases change one thing of it.
func good(change func(b *asm.Builder), body ...asm.Code) []byte {
	b := asm.New()
	b.Import("beep_v1", "log", "iii:")
	b.Memory(1, 2)
	b.Table(2, 2)
	b.Global('i', asm.I32(0))
	b.Export("memory", asm.KindMemory, 0)
	h := b.Func("ii:i", "iI", append(body, asm.I32(0))...)
	b.Export("beep_handle", asm.KindFunc, h)
	init := b.Func(":", "")
	b.Export("_initialize", asm.KindFunc, init)
	if change != nil {
		change(b)
	}
	return b.Bytes()
}

// replacing changes a section of the good plugin.
func replacing(id byte, content ...[]byte) []byte {
	return good(func(b *asm.Builder) { b.Raw(id, slices.Concat(content...)) })
}

// code is the good plugin with a body.
func code(body ...asm.Code) []byte { return good(nil, body...) }

// exporting is a module with these exports of its two functions (ii:i and :) and its memory.
func exporting(exports ...string) []byte {
	b := asm.New()
	b.Memory(1, 2)
	b.Func("ii:i", "", asm.I32(0))
	b.Func(":", "")
	for _, e := range exports {
		name, what, _ := strings.Cut(e, "=")
		switch what {
		case "ii:i":
			b.Export(name, asm.KindFunc, 0)
		case ":":
			b.Export(name, asm.KindFunc, 1)
		case "memory":
			b.Export(name, asm.KindMemory, 0)
		}
	}
	return b.Bytes()
}

// refusals has a module for each rule, with a word of the refusal and where it points.
var refusals = []struct {
	name  string
	wasm  []byte
	what  string
	where string
}{
	{"empty", nil, "not a WebAssembly module", ""},
	{"text", []byte("(module)"), "not a WebAssembly module", ""},
	{"half a header", asm.Header[:6], "ends in the middle", ""},
	{"component", []byte{0, 'a', 's', 'm', 0x0d, 0, 1, 0}, "build for wasip1", ""},
	{"version 2", []byte{0, 'a', 's', 'm', 2, 0, 0, 0}, "version 2", ""},
	{"truncated", code()[:60], "ends in the middle", "offset"},
	{"trailing garbage", append(code(), 0xff), "ends in the middle", "offset"},
	{"trailing section", append(code(), 77, 0), "unknown section (77)", "offset"},
	{"section twice", append(code(), asm.Section(asm.SectionMemory, []byte{1, 0, 1})...), "out of order", "offset"},
	{"section behind its place", append(code(), asm.Section(asm.SectionType, []byte{0})...), "out of order", "offset"},
	{"section longer than its content", replacing(asm.SectionMemory, []byte{1, 0, 1, 9}), "left over", "offset"},
	{"section shorter than its content", replacing(asm.SectionGlobal, []byte{2, 0x7f, 0, 0x41, 0, 0x0b}), "ends in the middle", "offset"},
	{"number of six bytes", replacing(asm.SectionMemory, []byte{0x81, 0x80, 0x80, 0x80, 0x80, 0}), "more than 32 bits", "offset"},
	{"number beyond 32 bits", replacing(asm.SectionMemory, []byte{1, 0, 0xff, 0xff, 0xff, 0xff, 0x1f}), "more than 32 bits", "offset"},
	{"constant beyond 32 bits", code(asm.Code{0x41, 0xff, 0xff, 0xff, 0xff, 0x4f}, asm.Drop), "more than 32 bits", "function 1"},
	{"constant beyond 64 bits", code(asm.Code{0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f}, asm.Drop), "more than 64 bits", "function 1"},
	{"count beyond the bytes", replacing(asm.SectionData, []byte{0xff, 0xff, 3}), "ends in the middle", "offset"},

	{"shared memory", replacing(asm.SectionMemory, []byte{1, 3, 1, 2}), "threads", "offset"},
	{"atomic instruction", code(asm.Code{0xfe, 0x10, 2, 0}), "threads", "function 1"},
	{"64-bit memory", replacing(asm.SectionMemory, []byte{1, 4, 1}), "64-bit", "offset"},
	{"several memories", replacing(asm.SectionMemory, []byte{2, 0, 1, 0, 1}), "several memories", "offset"},
	{"load of another memory", code(asm.I32(0), asm.Code{0x28, 0x42, 1, 0}, asm.Drop), "several memories", "function 1"},
	{"fill of another memory", code(asm.Code{0xfc, 11, 1}), "several memories", "function 1"},
	{"data of another memory", good(func(b *asm.Builder) { b.Add(asm.SectionData, []byte{2, 1}, asm.I32(0), asm.End, []byte{0}) }), "several memories", "offset"},
	{"alignment", code(asm.I32(0), asm.Code{0x28, 5, 0}, asm.Drop), "alignment", "function 1"},
	{"try", code(asm.Code{0x06, 0x40}), "exceptions", "function 1"},
	{"throw", code(asm.Code{0x08, 0}), "exceptions", "function 1"},
	{"try_table", code(asm.Code{0x1f, 0x40, 0}, asm.End), "exceptions", "function 1"},
	{"section of tags", append(slices.Clone(asm.Header), asm.Section(13, []byte{0})...), "exceptions", "offset"},
	{"tail call", code(asm.Code{0x12, 0}), "tail calls", "function 1"},
	{"indirect tail call", code(asm.Code{0x13, 0, 0}), "tail calls", "function 1"},
	{"table.grow", code(asm.RefNullFunc, asm.I32(1), asm.Code{0xfc, 15, 0}, asm.Drop), "table.grow", "function 1"},
	{"unknown instruction", code(asm.Code{0xc5}), "does not know (0xc5)", "function 1"},
	{"unknown misc instruction", code(asm.Code{0xfc, 18}), "does not know (0xfc 18)", "function 1"},
	{"relaxed SIMD", code(asm.Code{0xfd, 0x80, 0x02}), "SIMD", "function 1"},
	{"unassigned SIMD", code(asm.Code{0xfd, 0x9a, 0x01}), "SIMD", "function 1"},
	// Read as a number this is v128.store; an engine that reads one byte sees another instruction and code behind it.
	{"SIMD code in a long form", code(asm.Code{0xfd, 0x8b, 0x00, 0, 0}), "longer than it needs", "function 1"},
	{"block of a type in two bytes", code(asm.Code{0x02, 0xff, 0x7f}, asm.I32(1), asm.End, asm.Drop), "block of a type", "function 1"},
	{"block of no type in two bytes", code(asm.Code{0x02, 0xc0, 0x7f}, asm.End), "block of a type", "function 1"},
	{"block of a typed reference", code(asm.Code{0x02, 0x63, 0x70}, asm.End, asm.Drop), "block of a type", "function 1"},
	{"local of a typed reference", good(func(b *asm.Builder) { b.Body(":", []byte{1, 1, 0x63, 0x70, 0x0b}) }), "value of a type", "function 3"},
	{"null of a typed reference", code(asm.Code{0xd0, 0x6e}, asm.Drop), "reference of a type", "function 1"},
	{"select of two types", code(asm.Code{0x1c, 2, 0x7f, 0x7f}), "several types", "function 1"},
	{"type that is no function", replacing(asm.SectionType, []byte{1, 0x5f, 0}), "not one of functions", "offset"},

	{"unknown import", good(func(b *asm.Builder) { b.Add(asm.SectionImport, asm.Name("env"), asm.Name("abort"), []byte{0, 0}) }), "does not have", `import "env.abort"`},
	{"imported memory", good(func(b *asm.Builder) { b.Add(asm.SectionImport, asm.Name("beep_v1"), asm.Name("m"), []byte{2, 0, 1}) }), "a memory, table or global", `import "beep_v1.m"`},
	{"imported table", good(func(b *asm.Builder) {
		b.Add(asm.SectionImport, asm.Name("beep_v1"), asm.Name("t"), []byte{1, 0x70, 0, 1})
	}), "a memory, table or global", "import"},
	{"imported global", good(func(b *asm.Builder) { b.Add(asm.SectionImport, asm.Name("beep_v1"), asm.Name("g"), []byte{3, 0x7f, 0}) }), "a memory, table or global", "import"},
	{"imported tag", good(func(b *asm.Builder) { b.Add(asm.SectionImport, asm.Name("beep_v1"), asm.Name("t"), []byte{4, 0, 0}) }), "exceptions", "import"},
	{"our import", good(func(b *asm.Builder) { b.Add(asm.SectionImport, asm.Name(TickModule), asm.Name(TickName), []byte{0, 0}) }), "the node's own", "import"},
	{"our export", good(func(b *asm.Builder) { b.Export(CounterExport, asm.KindGlobal, 0) }), "the node's own", "export"},
	{"no memory", exporting("beep_handle=ii:i"), "does not export memory", "exports"},
	{"memory is a function", exporting("beep_handle=ii:i", "memory=:"), "not a memory", `export "memory"`},
	{"no beep_handle", exporting("memory=memory", "_initialize=:"), "does not export beep_handle", "exports"},
	{"beep_handle of another type", exporting("memory=memory", "beep_handle=:"), "not of the type", `export "beep_handle"`},
	{"beep_handle is a memory", exporting("memory=memory", "beep_handle=memory"), "not of the type", `export "beep_handle"`},
	{"_initialize of another type", exporting("memory=memory", "beep_handle=ii:i", "_initialize=ii:i"), "not of the type", `export "_initialize"`},
	{"command", exporting("memory=memory", "beep_handle=ii:i", "_start=:"), "a command", `export "_start"`},
	{"start section", good(func(b *asm.Builder) { b.Raw(asm.SectionStart, []byte{2}) }), "start section", "offset"},
	{"export of nothing", good(func(b *asm.Builder) { b.Export("x", asm.KindFunc, 99) }), "does not have", `export "x"`},

	// What the module does not have may become what the rewriting adds.
	{"global that would be the counter", code(asm.I32(1<<30), asm.GlobalSet(1)), "global 1 of 1", "function 1"},
	{"global that would be the room", code(asm.GlobalGet(2), asm.Drop), "global 2 of 1", "function 1"},
	{"exported global that would be the counter", good(func(b *asm.Builder) { b.Export("x", asm.KindGlobal, 1) }), "does not have", `export "x"`},
	{"constant of the counter", good(func(b *asm.Builder) { b.Global('i', asm.GlobalGet(0)) }), "not imported", "offset"},
	{"local that would be the length", code(asm.LocalGet(4), asm.Drop), "local 4 of 4", "function 1"},
	{"label of the added block", code(asm.I32(0), asm.Br(1)), "label 1 of 1", "function 1"},
	{"label of a br_table", code(asm.I32(0), asm.I32(0), asm.Code{0x0e, 1, 5, 0}), "label 5 of 1", "function 1"},
	{"type that would be tick's", code(asm.I32(0), asm.CallIndirect(3)), "type 3 of 3", "function 1"},
	{"block of a type that would be tick's", code(asm.Code{0x02, 3}, asm.End), "type 3 of 3", "function 1"},
	{"function of a type that would be tick's", replacing(asm.SectionFunction, []byte{2, 1, 3}), "type 3 of 3", "offset"},
	{"call of nothing", code(asm.Call(3)), "function 3 of 3", "function 1"},
	{"reference to nothing", code(asm.RefFunc(3), asm.Drop), "function 3 of 3", "function 1"},
	{"element that is nothing", good(func(b *asm.Builder) { b.Elements(0, 3) }), "function 3 of 3", "offset"},
	{"table of elements that is nothing", good(func(b *asm.Builder) { b.Add(asm.SectionElement, []byte{2, 1}, asm.I32(0), asm.End, []byte{0, 0}) }), "table 1 of 1", "offset"},
	{"element segment of a new form", good(func(b *asm.Builder) { b.Add(asm.SectionElement, []byte{8}) }), "form 8", "offset"},
	{"element segment of another kind", good(func(b *asm.Builder) { b.Add(asm.SectionElement, []byte{1, 1, 0}) }), "not functions", "offset"},
	{"data segment of a new form", good(func(b *asm.Builder) { b.Add(asm.SectionData, []byte{3}) }), "form 3", "offset"},
	{"extended constant", good(func(b *asm.Builder) { b.Global('i', asm.Join(asm.I32(1), asm.I32(1), asm.I32Add)) }), "computed", "offset"},
	{"computed constant", good(func(b *asm.Builder) { b.Global('i', asm.MemorySize) }), "computed", "offset"},
	{"else without if", code(asm.Block(asm.Else)), "else without", "function 1"},
	{"code behind the end", good(func(b *asm.Builder) { b.Body(":", []byte{0, 0x0b, 0x0b}) }), "left over", "function 3"},
	{"code without an end", good(func(b *asm.Builder) { b.Body(":", []byte{0, 0x01}) }), "ends in the middle", "function 3"},
	{"fewer bodies than functions", replacing(asm.SectionCode, []byte{1, 4, 0, 0x41, 0, 0x0b}), "fewer function bodies", "code"},
	{"more bodies than functions", replacing(asm.SectionCode, []byte{3, 4, 0, 0x41, 0, 0x0b, 2, 0, 0x0b, 2, 0, 0x0b}), "more function bodies", "offset"},
	{"section twice by name", good(func(b *asm.Builder) { b.Custom("beep.abi", nil); b.Custom("beep.abi", nil) }), "is there twice", "offset"},
	{"many own sections", good(func(b *asm.Builder) {
		for i := range maxOwnSections + 1 {
			b.Custom("beep."+strings.Repeat("x", i), nil)
		}
	}), "more than 16 custom sections", "offset"},
	{"custom section without a name", append(code(), 0, 1, 9), "ends in the middle", "offset"},
	{"name that is not UTF-8", append(code(), 0, 2, 1, 0xff), "not UTF-8", "offset"},
	{"memory beyond 32 bits", replacing(asm.SectionMemory, []byte{1, 1, 2}, asm.Unsigned(maxMemoryPages+1)), "more than 4 GiB", "offset"},
	{"maximum below the minimum", replacing(asm.SectionMemory, []byte{1, 1, 2, 1}), "maximum is below", "offset"},
	{"limits of an unknown kind", replacing(asm.SectionMemory, []byte{1, 8, 2, 1}), "unknown kind", "offset"},
}

func TestRefusals(t *testing.T) {
	if _, err := Rewrite(code(), Limits{Imports: allowAll}); err != nil {
		t.Fatal("the good plugin:", err)
	}
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) { refused(t, c.wasm, Limits{}, c.what, c.where) })
	}
}

// refused checks that a module is refused, in words for an author.
func refused(t *testing.T, wasm []byte, l Limits, what, where string) {
	t.Helper()
	l.Imports = allowAll
	m, err := Rewrite(wasm, l)
	var why *Refusal
	switch {
	case m != nil || !errors.As(err, &why):
		t.Fatalf("accepted, or no Refusal: %v", err)
	case !strings.Contains(err.Error(), what) || !strings.Contains(why.Where, where):
		t.Fatalf("refused with %q; want %q at %q", err, what, where)
	case why.What == "" || why.Do == "":
		t.Fatalf("%+v lacks a part", why)
	}
}

// TestBounds has a module at each bound, which is accepted, and one beyond.
func TestBounds(t *testing.T) {
	many := func(n int, piece []byte) []byte { return append(asm.Unsigned(uint32(n)), asm.Repeat(n, piece)...) }
	locals := func(n uint32) []byte {
		return slices.Concat([]byte{1}, asm.Unsigned(n), []byte{0x7f, 0x0b})
	}
	cases := []struct {
		name   string
		limits Limits
		bound  int
		make   func(n int) []byte
		what   string
	}{
		{"bytes", Limits{MaxBytes: len(code()) + 100}, 100, func(n int) []byte {
			return good(func(b *asm.Builder) { b.Custom("x", make([]byte, n-4)) })
		}, "a module of"},
		{"functions", Limits{MaxFunctions: 12}, 12, func(n int) []byte {
			return good(func(b *asm.Builder) {
				for range n - 2 {
					b.Func(":", "")
				}
			})
		}, "13 functions, a node takes 12"},
		{"memory", Limits{}, DefaultMaxPages, func(n int) []byte { return replacing(asm.SectionMemory, []byte{1, 0}, asm.Unsigned(uint32(n))) }, "513 pages"},
		{"table", Limits{}, DefaultMaxTable, func(n int) []byte { return replacing(asm.SectionTable, []byte{1, 0x70, 0}, asm.Unsigned(uint32(n))) }, "65537 entries"},
		{"tables together", Limits{MaxTable: 100}, 50, func(n int) []byte {
			one := slices.Concat([]byte{0x70, 0}, asm.Unsigned(uint32(n)))
			return replacing(asm.SectionTable, []byte{2}, one, one)
		}, "102 entries"},
		{"tables", Limits{}, maxTables, func(n int) []byte { return replacing(asm.SectionTable, many(n, []byte{0x70, 0, 0})) }, "17 tables"},
		{"types", Limits{}, maxTypes, func(n int) []byte {
			return good(func(b *asm.Builder) {
				for range n - 3 {
					b.Add(asm.SectionType, []byte{0x60, 0, 0})
				}
			})
		}, "10001 types"},
		{"parameters", Limits{}, maxParams, func(n int) []byte { return good(func(b *asm.Builder) { b.Type(strings.Repeat("i", n)) }) }, "1001 parameters"},
		{"imports", Limits{}, maxImports, func(n int) []byte {
			b := asm.New()
			for range n {
				b.Import("beep_v1", "log", "iii:")
			}
			b.Memory(1, 1)
			b.Export("memory", asm.KindMemory, 0)
			b.Export("beep_handle", asm.KindFunc, b.Func("ii:i", "", asm.I32(0)))
			return b.Bytes()
		}, "1001 imports"},
		{"exports", Limits{}, maxExports, func(n int) []byte {
			return good(func(b *asm.Builder) {
				for range n - 3 {
					b.Export("x", asm.KindMemory, 0)
				}
			})
		}, "1001 exports"},
		{"globals", Limits{}, maxGlobals, func(n int) []byte {
			return replacing(asm.SectionGlobal, many(n, asm.Join([]byte{0x7f, 0}, asm.I32(0), asm.End)))
		}, "10001 globals"},
		{"elements", Limits{}, maxElements, func(n int) []byte { return replacing(asm.SectionElement, []byte{1, 1, 0}, many(n, []byte{1})) }, "1000001 elements"},
		{"elements together", Limits{}, maxElements / 2, func(n int) []byte {
			one := append([]byte{1, 0}, many(n, []byte{1})...)
			return replacing(asm.SectionElement, []byte{2}, one, one)
		}, "more than 1000000 elements"},
		{"element segments", Limits{}, maxSegments, func(n int) []byte { return replacing(asm.SectionElement, many(n, []byte{1, 0, 0})) }, "100001 element segments"},
		{"data segments", Limits{}, maxSegments, func(n int) []byte { return replacing(asm.SectionData, many(n, []byte{1, 0})) }, "100001 data segments"},
		{"announced data segments", Limits{}, maxSegments, func(n int) []byte { return replacing(asm.SectionDataCount, asm.Unsigned(uint32(n))) }, "100001 data segments"},
		{"locals", Limits{}, maxLocals, func(n int) []byte { return good(func(b *asm.Builder) { b.Body(":", locals(uint32(n))) }) }, "10001 locals"},
		{"locals of all", Limits{}, maxAllLocals/maxLocals - 1, func(n int) []byte {
			return good(func(b *asm.Builder) {
				for range n {
					b.Body(":", locals(maxLocals))
				}
				b.Body(":", locals(maxLocals-10)) // the good plugin has a few
			})
		}, "more than 2000000 locals"},
		{"function", Limits{}, maxFunctionBytes, func(n int) []byte {
			return good(func(b *asm.Builder) { b.Body(":", slices.Concat([]byte{0}, make([]byte, n-2), []byte{0x0b})) })
		}, "a function of 2097153 bytes"},
		{"nesting", Limits{}, maxNesting - 1, func(n int) []byte {
			return code(asm.Repeat(n, []byte{0x02, 0x40}), asm.Repeat(n, asm.End))
		}, "inside each other"},
		{"labels", Limits{}, maxOperands, func(n int) []byte { return code(asm.I32(0), asm.I32(0), []byte{0x0e}, many(n, []byte{0}), []byte{0}) }, "65537 labels"},
		// A loop counts twice, for itself and for its meter, and a function once for its own.
		{"branches", Limits{}, maxBranches/2 - 1, func(n int) []byte { return code(asm.Repeat(n, asm.Loop())) }, "too many branches"},
		{"branches of all", Limits{}, maxWork / (maxBranches * maxBranches), func(n int) []byte {
			return good(func(b *asm.Builder) {
				for range n {
					b.Func(":", "", asm.Repeat(maxBranches/2-1, asm.Loop()))
				}
			})
		}, "too many branches"},
		{"output", Limits{MaxBytes: 20_000, MaxFunctions: 10_000}, 51, func(n int) []byte {
			return good(func(b *asm.Builder) {
				for range n {
					b.Func(":", "", asm.Repeat(100, asm.Loop()))
				}
			})
		}, "with its meters"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := c.limits
			l.Imports = allowAll
			if _, err := Rewrite(c.make(c.bound), l); err != nil {
				t.Errorf("at the bound: %v", err)
			}
			refused(t, c.make(c.bound+1), c.limits, c.what, "")
		})
	}
}
