package wire

// Skip takes any value and only checks it. It keeps the kinds of the open containers in the bits of one word instead of
// recursing, so that no text can use up the stack.
func (r *Reader) Skip() {
	var objects uint64 // bit 0: the innermost open container is an object
	depth := 0
	for {
		opened := r.scalarOrOpen()
		if r.problem != "" {
			return
		}
		if opened != 0 {
			if depth == MaxDepth {
				r.fail("it is nested too deep")
				return
			}
			depth++
			objects <<= 1
			if opened == '{' {
				objects |= 1
			}
			if !r.closes(objects&1 == 1) {
				if objects&1 == 1 {
					r.member()
				}
				continue
			}
			depth--
			objects >>= 1
		}
		// A value has ended: close what ends with it, or go to the next one beside it.
		for depth > 0 && r.closes(objects&1 == 1) {
			depth--
			objects >>= 1
		}
		if depth == 0 || !r.comma(objects&1 == 1) {
			return
		}
	}
}

// scalarOrOpen takes a whole scalar (and gives 0) or the beginning of a container (and gives its bracket).
func (r *Reader) scalarOrOpen() byte {
	switch c := r.peek(); {
	case c == '{' || c == '[':
		r.at++
		r.space()
		return c
	case c == '"':
		r.skipQuoted()
	case c == 't':
		r.word("true")
	case c == 'f':
		r.word("false")
	case c == 'n':
		r.word("null")
	case c == '-' || c >= '0' && c <= '9':
		r.number()
	default:
		r.fail("a value was expected")
	}
	return 0
}

// closes takes the closing bracket of the innermost container, if it is next.
func (r *Reader) closes(object bool) bool {
	r.space()
	if object {
		return r.eat('}')
	}
	return r.eat(']')
}

// comma takes what stands before the next value of a container.
func (r *Reader) comma(object bool) bool {
	if !r.eat(',') {
		return r.fail("a comma or the end of the list was expected")
	}
	r.space()
	if object {
		r.member()
	}
	return r.problem == ""
}

// member takes the name of an object's member.
func (r *Reader) member() {
	r.skipQuoted()
	r.colon()
}

func (r *Reader) word(w string) bool {
	if len(r.text)-r.at < len(w) || r.text[r.at:r.at+len(w)] != w {
		return r.fail("a value was expected")
	}
	r.at += len(w)
	return true
}

// number takes -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (r *Reader) number() {
	r.eat('-')
	if !r.eat('0') {
		r.digits()
	}
	if r.eat('.') {
		r.digits()
	}
	if r.eat('e') || r.eat('E') {
		if !r.eat('+') {
			r.eat('-')
		}
		r.digits()
	}
}

func (r *Reader) digits() {
	start := r.at
	for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
		r.at++
	}
	if r.at == start {
		r.fail("a digit was expected")
	}
}
