package wire

import "math/bits"

// Eight bytes at once: lows has the lowest bit of each set, highs the highest.
const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain gives how many bytes at the beginning of s stand for themselves in a JSON string: all but control characters, quotes and
// backslashes. ascii tells that none of them has the highest bit. A byte at a time would be slow in WebAssembly.
func plain(s string) (n int, ascii bool) {
	var seen uint64
	for ; len(s)-n >= 8; n += 8 {
		word := load(s[n:])
		seen |= word
		if special := specials(word); special != 0 {
			return n + bits.TrailingZeros64(special)/8, seen&highs == 0
		}
	}
	for ; n < len(s); n++ {
		c := s[n]
		if c < 0x20 || c == '"' || c == '\\' {
			break
		}
		seen |= uint64(c)
	}
	return n, seen&highs == 0
}

// specials has the highest bit of each byte set that does not stand for itself. The highest bit is set before something is
// subtracted from a byte, so that no byte borrows of the next: it is cleared where the rest was less.
func specials(word uint64) uint64 {
	control := (word | highs) - lows*0x20
	quote := (word ^ lows*'"' | highs) - lows
	backslash := (word ^ lows*'\\' | highs) - lows
	return ^(control & quote & backslash) & ^word & highs
}

func load(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
