package meter

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// reader walks over bytes of a module. The first mistake stays: from then on every read gives zero and nothing is left, so
// that a loop over what is left ends. Callers look at err once, when they are done.
type reader struct {
	b    []byte
	pos  int
	base int // where b begins in the module, for offsets an author can find
	err  *Refusal
}

// left counts the bytes that are left.
func (r *reader) left() int { return len(r.b) - r.pos }

// refuse keeps the first refusal and ends the reading. An empty Where becomes the offset.
func (r *reader) refuse(why Refusal) {
	if r.err != nil {
		return
	}
	if why.Where == "" {
		why.Where = fmt.Sprintf("offset %#x", r.base+r.pos)
	}
	r.err = &why
	r.pos = len(r.b)
}

func (r *reader) truncated() {
	r.refuse(Refusal{What: "the module ends in the middle", Do: "upload it again; if it stays so, the build is broken"})
}

// malformed refuses what no compiler makes.
func (r *reader) malformed(what string) {
	r.refuse(Refusal{What: "malformed: " + what, Do: "the build is broken"})
}

func (r *reader) byte() byte {
	if r.left() == 0 {
		r.truncated()
		return 0
	}
	r.pos++
	return r.b[r.pos-1]
}

// take gives the next n bytes, which stay part of the module.
func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(r.left()) {
		r.truncated()
		return nil
	}
	r.pos += int(n)
	return r.b[r.pos-int(n) : r.pos]
}

// u32 reads an unsigned LEB128 of at most 32 bits.
func (r *reader) u32() uint32 {
	var v uint32
	for shift := 0; shift < 35; shift += 7 {
		c := r.byte()
		if shift == 28 && c > 0x0f {
			break
		}
		v |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.malformed("a number of more than 32 bits")
	return 0
}

// signed passes over a signed LEB128 of at most bits bits and gives its value.
func (r *reader) signed(bits int) int64 {
	var v int64
	last := (bits - 1) / 7 * 7 // the shift of the last byte that may be
	for shift := 0; shift <= last; shift += 7 {
		c := r.byte()
		v |= int64(c&0x7f) << shift
		if c >= 0x80 {
			continue
		}
		v = v << (64 - min(shift+7, 64)) >> (64 - min(shift+7, 64))
		if bits < 64 && (v < -1<<(bits-1) || v >= 1<<(bits-1)) || shift == 63 && c != 0 && c != 0x7f {
			break
		}
		return v
	}
	r.malformed(fmt.Sprintf("a number of more than %d bits", bits))
	return 0
}

// count reads how many items follow, of which there may be limit. Nothing is ever allocated for a count alone: it may lie.
func (r *reader) count(limit int, what string) int {
	n := r.u32()
	if r.err == nil && uint64(n) > uint64(limit) {
		r.refuse(Refusal{What: fmt.Sprintf("%d %s, a node takes %d", n, what, limit), Do: "make the module smaller"})
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

// name reads a name, which must be UTF-8.
func (r *reader) name() string {
	name := r.take(r.u32())
	if r.err == nil && !utf8.Valid(name) {
		r.malformed("a name that is not UTF-8")
	}
	return string(name)
}

// end refuses what is left over.
func (r *reader) end(of string) {
	if r.left() > 0 {
		r.malformed("bytes left over at the end of " + of)
	}
}

func appendU32(out []byte, v uint32) []byte { return binary.AppendUvarint(out, uint64(v)) }

func appendS32(out []byte, v int32) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(out, c)
		}
		out = append(out, c|0x80)
	}
}

func appendName(out []byte, s string) []byte {
	return append(appendU32(out, uint32(len(s))), s...)
}
