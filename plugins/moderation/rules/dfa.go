package rules

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// dfa tells whether an expression is met by a text, at some three steps of work a character: Go's own matcher, which also
// tells where, takes forty. Its states are made as texts ask for them and kept for the next text.
//
// A state is the set of instructions before which the expression may stand, and the kind of the last character; what depends
// on the next one (a word's end, the text's end) is decided when that is known.
type dfa struct {
	prog   *syntax.Prog
	states []dfaState
	index  map[string]int16
	wide   map[wideStep]int16 // steps by characters beyond ASCII
	resets int                // while a text was read

	// Reused while a state is made.
	stack []uint32
	seen  []bool
	next  []uint32
	key   []byte
}

type dfaState struct {
	at   []uint32 // in order
	last rune     // one for all that are alike before ^, $ and \b
	next [endOfText + 1]int16
}

type wideStep struct {
	state int16
	r     rune
}

// Special states, and the bounds of a dfa: states take 300 bytes each. An expression that needs more and more states is left
// to Go's matcher.
const (
	unknown   int16 = 0 // not made yet; the state 0 is the one before the text, which no step leads to
	met       int16 = -1
	notMet    int16 = -2 // at the end of the text
	tooMany   int16 = -3
	endOfText       = utf8.RuneSelf

	maxStates = 64
	maxWide   = 512
	maxResets = 4
)

func newDFA(prog *syntax.Prog) *dfa {
	d := &dfa{prog: prog, seen: make([]bool, len(prog.Inst))}
	d.reset()
	return d
}

// reset forgets all states but the one before a text.
func (d *dfa) reset() {
	d.states, d.index, d.wide = d.states[:0], map[string]int16{}, map[wideStep]int16{}
	d.state([]uint32{uint32(d.prog.Start)}, -1)
}

// matches tells whether a text meets the expression; ok is false when that takes too many states.
func (d *dfa) matches(text string) (yes, ok bool) {
	d.resets = 0
	state := int16(0)
	for i := 0; i < len(text); {
		var next int16
		if c := text[i]; c < utf8.RuneSelf {
			if next = d.states[state].next[c]; next == unknown {
				next = d.step(state, rune(c))
			}
			i++
		} else {
			r, size := utf8.DecodeRuneInString(text[i:])
			if next = d.wide[wideStep{state, r}]; next == unknown {
				next = d.step(state, r)
			}
			i += size
		}
		if next < 0 {
			return next == met, next == met
		}
		state = next
	}
	next := d.states[state].next[endOfText]
	if next == unknown {
		next = d.step(state, -1)
	}
	return next == met, next != tooMany
}

// step finds where a character leads from a state (-1: the end of the text), and keeps it.
func (d *dfa) step(from int16, r rune) int16 {
	if len(d.states) >= maxStates || len(d.wide) >= maxWide {
		if d.resets++; d.resets > maxResets {
			return tooMany
		}
		old := d.states[from]
		d.reset()
		from = d.state(slices.Clone(old.at), old.last)
	}
	to := d.follow(d.states[from].at, d.states[from].last, r)
	switch {
	case r < 0:
		d.states[from].next[endOfText] = to
	case r < utf8.RuneSelf:
		d.states[from].next[r] = to
	default:
		d.wide[wideStep{from, r}] = to
	}
	return to
}

// follow steps all instructions of a state.
func (d *dfa) follow(at []uint32, last, r rune) int16 {
	clear(d.seen)
	flags := syntax.EmptyOpContext(last, r)
	d.next = append(d.next[:0], uint32(d.prog.Start)) // a match may begin anywhere
	d.stack = append(d.stack[:0], at...)
	for len(d.stack) > 0 {
		pc := d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		if d.seen[pc] {
			continue
		}
		d.seen[pc] = true
		switch inst := &d.prog.Inst[pc]; inst.Op {
		case syntax.InstMatch:
			return met
		case syntax.InstAlt, syntax.InstAltMatch:
			d.stack = append(d.stack, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			d.stack = append(d.stack, inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^flags == 0 {
				d.stack = append(d.stack, inst.Out)
			}
		case syntax.InstFail:
		default:
			if r >= 0 && inst.MatchRune(r) {
				d.next = append(d.next, inst.Out)
			}
		}
	}
	if r < 0 {
		return notMet
	}
	slices.Sort(d.next)
	return d.state(slices.Compact(d.next), alike(r))
}

// alike gives one character for all that are the same to what stands after them.
func alike(r rune) rune {
	switch {
	case r == '\n':
		return r
	case syntax.IsWordChar(r):
		return 'a'
	}
	return ' '
}

// state gives the number of a state, which is made when it is new.
func (d *dfa) state(at []uint32, last rune) int16 {
	d.key = binary.LittleEndian.AppendUint32(d.key[:0], uint32(last))
	for _, pc := range at {
		d.key = binary.LittleEndian.AppendUint32(d.key, pc)
	}
	if n, ok := d.index[string(d.key)]; ok {
		return n
	}
	n := int16(len(d.states))
	d.index[string(d.key)] = n
	d.states = append(d.states, dfaState{at: slices.Clone(at), last: last})
	return n
}
