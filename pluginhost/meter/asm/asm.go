package asm

import (
	"maps"
	"slices"
	"strings"
)

// The kinds of what is imported and exported.
const (
	KindFunc   = 0
	KindTable  = 1
	KindMemory = 2
	KindGlobal = 3
)

// The sections of a module, for Raw.
const (
	SectionType      = 1
	SectionImport    = 2
	SectionFunction  = 3
	SectionTable     = 4
	SectionMemory    = 5
	SectionGlobal    = 6
	SectionExport    = 7
	SectionStart     = 8
	SectionElement   = 9
	SectionCode      = 10
	SectionData      = 11
	SectionDataCount = 12
)

// order is the order of the sections in a module: the count of data comes before the code.
var order = []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11}

// Builder puts a module together. Imports come before functions.
type Builder struct {
	types    []string
	imports  uint32
	funcs    uint32
	vectors  map[byte]*vector
	raw      map[byte][]byte
	sections []byte // custom
}

// vector is a section that is a count and as many items.
type vector struct {
	count uint32
	items []byte
}

// New makes an empty module.
func New() *Builder { return &Builder{vectors: map[byte]*vector{}, raw: map[byte][]byte{}} }

// Add puts one encoded item into a section and gives its place there.
func (b *Builder) Add(section byte, item ...[]byte) uint32 {
	v := b.vectors[section]
	if v == nil {
		v = &vector{}
		b.vectors[section] = v
	}
	v.count++
	v.items = append(v.items, Join(item...)...)
	return v.count - 1
}

// Raw replaces a whole section, or gives the module one it does not have.
func (b *Builder) Raw(section byte, content []byte) { b.raw[section] = content }

// Type gives the index of a function type. It is written "ii:i": i is i32, I i64, f f32, F f64, v v128, r funcref,
// e externref.
func (b *Builder) Type(signature string) uint32 {
	if i := slices.Index(b.types, signature); i >= 0 {
		return uint32(i)
	}
	b.types = append(b.types, signature)
	params, results, _ := strings.Cut(signature, ":")
	return b.Add(SectionType, []byte{0x60}, valueTypes(params), valueTypes(results))
}

func valueTypes(letters string) []byte {
	out := Unsigned(uint32(len(letters)))
	for _, c := range letters {
		out = append(out, valueType[c])
	}
	return out
}

var valueType = map[rune]byte{'i': 0x7f, 'I': 0x7e, 'f': 0x7d, 'F': 0x7c, 'v': 0x7b, 'r': 0x70, 'e': 0x6f}

// Import imports a function and gives its index.
func (b *Builder) Import(module, name, signature string) uint32 {
	t := b.Type(signature)
	b.Add(SectionImport, Name(module), Name(name), []byte{KindFunc}, Unsigned(t))
	b.imports++
	return b.imports - 1
}

// Next is the index the next function will have, for calls of functions that call each other.
func (b *Builder) Next() uint32 { return b.imports + b.funcs }

// Func adds a function with locals of the types given and gives its index. The body is closed for it.
func (b *Builder) Func(signature, locals string, body ...Code) uint32 {
	var groups []byte
	for _, c := range locals {
		groups = append(groups, 1, valueType[c])
	}
	return b.Body(signature, slices.Concat(Unsigned(uint32(len(locals))), groups, Join(body...), End))
}

// Body adds a function whose locals and code are written out.
func (b *Builder) Body(signature string, body []byte) uint32 {
	b.Add(SectionFunction, Unsigned(b.Type(signature)))
	b.Add(SectionCode, Unsigned(uint32(len(body))), body)
	b.funcs++
	return b.imports + b.funcs - 1
}

// Memory adds a memory of min to max pages.
func (b *Builder) Memory(min, max uint32) uint32 {
	return b.Add(SectionMemory, []byte{1}, Unsigned(min), Unsigned(max))
}

// Table adds a table of functions with min to max entries.
func (b *Builder) Table(min, max uint32) uint32 {
	return b.Add(SectionTable, []byte{0x70, 1}, Unsigned(min), Unsigned(max))
}

// Global adds a mutable global of one type with a constant in it.
func (b *Builder) Global(letter rune, init Code) uint32 {
	return b.Add(SectionGlobal, []byte{valueType[letter], 1}, init, End)
}

// Export names a thing for the host.
func (b *Builder) Export(name string, kind byte, index uint32) {
	b.Add(SectionExport, Name(name), []byte{kind}, Unsigned(index))
}

// Elements puts functions into table 0 from an offset on.
func (b *Builder) Elements(offset int32, funcs ...uint32) {
	item := slices.Concat([]byte{0}, I32(offset), End, Unsigned(uint32(len(funcs))))
	for _, f := range funcs {
		item = append(item, Unsigned(f)...)
	}
	b.Add(SectionElement, item)
}

// Data puts bytes into the memory at an address.
func (b *Builder) Data(address int32, content []byte) {
	b.Add(SectionData, []byte{0}, I32(address), End, Unsigned(uint32(len(content))), content)
}

// Custom adds a custom section behind all others.
func (b *Builder) Custom(name string, content []byte) {
	b.sections = append(b.sections, Section(0, slices.Concat(Name(name), content))...)
}

// Bytes is the module.
func (b *Builder) Bytes() []byte {
	out := slices.Clone(Header)
	content := maps.Clone(b.raw)
	for id, v := range b.vectors {
		if _, replaced := content[id]; !replaced {
			content[id] = append(Unsigned(v.count), v.items...)
		}
	}
	for _, id := range order {
		if c, has := content[id]; has {
			out = append(out, Section(id, c)...)
		}
	}
	return append(out, b.sections...)
}

// Header is what every core module starts with.
var Header = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

// Section frames the content of a section.
func Section(id byte, content []byte) []byte {
	return slices.Concat([]byte{id}, Unsigned(uint32(len(content))), content)
}

// Name is a name with its length.
func Name(s string) []byte { return append(Unsigned(uint32(len(s))), s...) }
