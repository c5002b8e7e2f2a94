package wire

import "strconv"

// MaxDepth bounds how deep the arrays and objects of one member may nest.
const MaxDepth = 64

// Reader goes through the members of one JSON object. After each Next that tells true, exactly one of String, Bool, Raw and
// Skip takes the member's value.
type Reader struct {
	text    string
	at      int
	name    string
	started bool
	ended   bool
	problem string
}

// Read starts at the beginning of a text that is one JSON object.
func Read(text string) Reader { return Reader{text: text} }

// Error says where a text stops to be what was asked for.
type Error struct {
	Offset int // in bytes
	What   string
}

func (e *Error) Error() string {
	return "JSON at byte " + strconv.Itoa(e.Offset) + ": " + e.What
}

// Err gives what was wrong, nil at the end of a text without fault.
func (r *Reader) Err() error {
	if r.problem == "" {
		return nil
	}
	return &Error{Offset: r.at, What: r.problem}
}

// Name is the name of the present member.
func (r *Reader) Name() string { return r.name }

// Next goes to the next member and tells whether there is one. After the last it makes sure that nothing follows.
func (r *Reader) Next() bool {
	if r.problem != "" || r.ended {
		return false
	}
	r.space()
	switch {
	case !r.started:
		r.started = true
		if !r.eat('{') {
			return r.fail("an object was expected")
		}
		r.space()
		if r.eat('}') {
			return r.end()
		}
	case r.eat('}'):
		return r.end()
	case !r.eat(','):
		return r.fail("a comma or the end of the object was expected")
	default:
		r.space()
	}
	r.name = r.quoted()
	return r.colon()
}

// String takes a string; null is the empty one.
func (r *Reader) String() string {
	if r.peek() == 'n' {
		r.word("null")
		return ""
	}
	return r.quoted()
}

// Bool takes true or false; null is false.
func (r *Reader) Bool() bool {
	switch r.peek() {
	case 't':
		return r.word("true")
	case 'f':
		r.word("false")
	case 'n':
		r.word("null")
	default:
		r.fail("true or false was expected")
	}
	return false
}

// Raw takes any value, checked, as it is written.
func (r *Reader) Raw() string {
	start := r.at
	r.Skip()
	if r.problem != "" {
		return ""
	}
	return r.text[start:r.at]
}

// colon takes what stands between a name and its value.
func (r *Reader) colon() bool {
	r.space()
	if r.problem == "" && !r.eat(':') {
		r.fail("a colon was expected")
	}
	r.space()
	return r.problem == ""
}

// end takes the rest of the text, which must be blank. It tells false: there is no next member.
func (r *Reader) end() bool {
	r.ended = true
	r.space()
	if r.at < len(r.text) {
		r.fail("something follows the object")
	}
	return false
}

// fail keeps the first fault and tells false.
func (r *Reader) fail(what string) bool {
	if r.problem == "" {
		r.problem = what
	}
	return false
}

// peek gives the next byte, 0 at the end (which no value begins with).
func (r *Reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *Reader) eat(c byte) bool {
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *Reader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}
