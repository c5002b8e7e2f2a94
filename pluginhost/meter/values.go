package meter

import "fmt"

// The types of values.
const (
	typeI32    = 0x7f
	typeI64    = 0x7e
	typeF32    = 0x7d
	typeF64    = 0x7c
	typeV128   = 0x7b
	typeFunc   = 0x70
	typeExtern = 0x6f
)

func isValueType(t byte) bool { return t >= typeV128 && t <= typeI32 || isRefType(t) }

func isRefType(t byte) bool { return t == typeFunc || t == typeExtern }

func (r *reader) valueType() byte {
	t := r.byte()
	if r.err == nil && !isValueType(t) {
		r.refuse(Refusal{What: fmt.Sprintf("a value of a type the node does not know (%#x)", t), Do: "build for wasip1 without experimental features"})
	}
	return t
}

func (r *reader) refType() byte {
	t := r.byte()
	if r.err == nil && !isRefType(t) {
		r.refuse(Refusal{What: fmt.Sprintf("a reference of a type the node does not know (%#x)", t), Do: "build for wasip1 without experimental features"})
	}
	return t
}

// signature is the type of a function, by the bytes of its parameters and results.
type signature struct{ params, results string }

// limits are a smallest and a largest size, of a memory in pages or of a table in entries.
type limits struct {
	low, high uint32
	bounded   bool // there is a largest
}

// limits reads the size of a memory or table and what kind it is of.
func (r *reader) limits() limits {
	flag := r.byte()
	switch {
	case r.err != nil:
	case flag == 2 || flag == 3:
		r.refuse(Refusal{What: "threads: a shared memory", Do: "build for wasip1 without threads"})
	case flag >= 4 && flag <= 7:
		r.refuse(Refusal{What: "a 64-bit memory or table", Do: "build for 32-bit WebAssembly (wasm32)"})
	case flag > 7:
		r.malformed("limits of an unknown kind")
	}
	l := limits{low: r.u32(), bounded: flag&1 == 1}
	if l.bounded {
		l.high = r.u32()
		if r.err == nil && l.high < l.low {
			r.malformed("limits whose maximum is below the minimum")
		}
	}
	return l
}

// clamp gives the limits a maximum of at most limit, which is at least the minimum.
func (l limits) clamp(limit uint32) limits {
	if !l.bounded || l.high > limit {
		l.high = limit
	}
	l.bounded = true
	return l
}

func (l limits) append(out []byte) []byte {
	if !l.bounded {
		return appendU32(append(out, 0), l.low)
	}
	return appendU32(appendU32(append(out, 1), l.low), l.high)
}
