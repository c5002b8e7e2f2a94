package meter

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// The ids of sections.
const (
	secCustom    = 0
	secType      = 1
	secImport    = 2
	secFunction  = 3
	secTable     = 4
	secMemory    = 5
	secGlobal    = 6
	secExport    = 7
	secStart     = 8
	secElement   = 9
	secCode      = 10
	secData      = 11
	secDataCount = 12
	secTag       = 13
	numSections  = 13
)

// sectionOrder is the order sections stand in: the count of data comes before the code.
var sectionOrder = []byte{secType, secImport, secFunction, secTable, secMemory, secGlobal, secExport, secStart, secElement, secDataCount, secCode, secData}

// ownPrefix is what the custom sections that are kept begin with.
const ownPrefix = "beep."

// maxOwnSections bounds the sections beep.* of a module.
const maxOwnSections = 16

// section is one section of the module: its content, and where that begins. b is nil where there is none.
type section struct {
	b    []byte
	base int
}

func (s section) reader() *reader { return &reader{b: s.b, base: s.base} }

// layout is a module cut into its sections.
type layout struct {
	sections [numSections]section
	own      map[string][]byte // custom sections beep.*
	order    []string          // their names as they came
}

// cut finds the sections of a module without looking inside.
func cut(wasm []byte) (*layout, *Refusal) {
	if err := checkHeader(wasm); err != nil {
		return nil, err
	}
	l := &layout{own: map[string][]byte{}}
	r := &reader{b: wasm, pos: 8}
	last := -1
	for r.left() > 0 {
		id := r.byte()
		size := r.u32()
		base := r.pos
		content := r.take(size)
		if r.err != nil {
			break
		}
		if id == secCustom {
			l.keep(r, &reader{b: content, base: base})
			continue
		}
		place := slices.Index(sectionOrder, id)
		switch {
		case id == secTag:
			r.refuse(noExceptions)
		case place < 0:
			r.refuse(Refusal{What: fmt.Sprintf("an unknown section (%d)", id), Do: "build for wasip1 without experimental features"})
		case place <= last:
			r.malformed(fmt.Sprintf("section %d is out of order or there twice", id))
		default:
			last = place
			l.sections[id] = section{content, base}
		}
	}
	return l, r.err
}

// keep keeps a custom section that is ours; others are names for debuggers.
func (l *layout) keep(outer, r *reader) {
	name := r.name()
	switch _, twice := l.own[name]; {
	case r.err != nil:
		outer.refuse(*r.err)
	case !strings.HasPrefix(name, ownPrefix):
	case twice:
		outer.refuse(Refusal{What: "the custom section " + quote(name) + " is there twice", Do: "write it once"})
	case len(l.order) == maxOwnSections:
		outer.refuse(Refusal{What: fmt.Sprintf("more than %d custom sections %s*", maxOwnSections, ownPrefix), Do: "write fewer"})
	default:
		l.own[name] = bytes.Clone(r.b[r.pos:])
		l.order = append(l.order, name)
	}
}

func checkHeader(wasm []byte) *Refusal {
	const header = "\x00asm\x01\x00\x00\x00"
	switch {
	case strings.HasPrefix(string(wasm[:min(len(wasm), len(header))]), header):
		return nil
	case len(wasm) < 4 || string(wasm[:4]) != header[:4]:
		return &Refusal{What: "not a WebAssembly module", Where: "its first bytes", Do: "give the .wasm file itself, not an archive or text"}
	case len(wasm) < 8:
		return &Refusal{What: "the module ends in the middle", Where: "its header", Do: "upload it again"}
	case wasm[6] == 1:
		return &Refusal{What: "a component (WASI preview 2), not a core module", Where: "its header", Do: "a component: build for wasip1"}
	}
	return &Refusal{What: fmt.Sprintf("WebAssembly of version %d", wasm[4]), Where: "its header", Do: "build for version 1"}
}

// Sections gives the beep.* custom sections of a module without rewriting it. Of the rest it reads no more than the frame.
func Sections(wasm []byte) (map[string][]byte, error) {
	l, err := cut(wasm)
	if err != nil {
		return nil, err
	}
	return l.own, nil
}

// AppendSection gives the module with one custom section more, behind all others.
func AppendSection(wasm []byte, name string, content []byte) []byte {
	body := append(appendName(nil, name), content...)
	return appendSection(slices.Clip(wasm), secCustom, body)
}

func appendSection(out []byte, id byte, content []byte) []byte {
	out = append(out, id)
	out = appendU32(out, uint32(len(content)))
	return append(out, content...)
}
