package meter

import "fmt"

// Refusal tells an author why a module is not accepted: what is wrong, where, and what to do about it.
type Refusal struct {
	What  string // "a 64-bit memory"
	Where string // "function 12", "import env.foo", "offset 0x1a3"; may be empty
	Do    string // "build for wasip1"; may be empty
}

// Error joins the three.
func (r *Refusal) Error() string {
	text := r.What
	if r.Where != "" {
		text += " (" + r.Where + ")"
	}
	if r.Do != "" {
		text += ": " + r.Do
	}
	return text
}

// maxQuoted bounds how much of a name of the module is repeated in a refusal.
const maxQuoted = 64

// quote makes a name of the module fit to be shown.
func quote(name string) string {
	if len(name) > maxQuoted {
		name = name[:maxQuoted] + "…"
	}
	return fmt.Sprintf("%q", name)
}
