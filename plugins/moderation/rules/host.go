package rules

import (
	"strings"
	"unicode/utf8"
)

// maxHostBytes is the length of the longest name of a host (RFC 1035).
const maxHostBytes = 253

// hosts is a list of sites.
type hosts struct {
	exact map[string]bool
	below map[string]bool // "example.org" of "*.example.org"
}

// add puts a site in the list: "example.org", "*.example.org", or an address of the site. False when it is none.
func (h *hosts) add(entry string) bool {
	var v view
	v.of(strings.TrimSpace(entry), false)
	name := v.text
	if i := strings.Index(name, "://"); i >= 0 {
		name = name[i+3:]
	}
	name, below := strings.CutPrefix(name, "*.")
	if i := strings.IndexAny(name, "/?#"); i >= 0 {
		name = name[:i]
	}
	if strings.ContainsAny(name, "*@ \t\n") {
		return false
	}
	host, ok := normalHost(nil, name)
	if !ok || hostLength(name) != len(name) {
		return false
	}
	if below {
		h.below[string(host)] = true
	} else {
		h.exact[string(host)] = true
	}
	return true
}

// has tells whether a host in normal form is listed.
func (h *hosts) has(host []byte) bool {
	if h.exact[string(host)] {
		return true
	}
	for len(host) > 0 {
		if h.below[string(host)] {
			return true
		}
		dot := 0
		for dot < len(host) && host[dot] != '.' {
			dot++
		}
		host = host[min(dot+1, len(host)):]
	}
	return false
}

// hostLength is how far the name of a host, with its port, goes on at the beginning of s.
func hostLength(s string) int {
	if strings.HasPrefix(s, "[") { // IPv6
		if end := strings.IndexByte(s[:min(len(s), maxHostBytes)], ']'); end > 0 {
			return end + 1
		}
		return 0
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf || classes[c] == classLetter || classes[c] == classDigit || strings.IndexByte(".-_%:", c) >= 0 {
			continue
		}
		return i
	}
	return len(s)
}

// normalHost writes a host in the form in which hosts are compared, over b: without port, "www." and dots at its end, in
// small letters, with the letters that punycode stands for. False when there is no host.
func normalHost(b []byte, host string) ([]byte, bool) {
	b = b[:0]
	if !strings.HasPrefix(host, "[") {
		host = unpercent(host)
		if i := strings.IndexByte(host, ':'); i >= 0 {
			host = host[:i]
		}
	}
	host = strings.Trim(host, ".-_")
	if len(host) > 4*maxHostBytes {
		return b, false
	}
	for first := true; host != ""; first = false {
		label, rest, _ := strings.Cut(host, ".")
		host = rest
		if !first && len(b) > 0 {
			b = append(b, '.')
		}
		if len(label) == 3 && strings.EqualFold(label, "www") && first && strings.Contains(rest, ".") {
			continue
		}
		b = appendLabel(b, label)
	}
	return b, len(b) > 0
}

func appendLabel(b []byte, label string) []byte {
	if len(label) > 4 && strings.EqualFold(label[:4], "xn--") {
		if runes, ok := punycode(label[4:]); ok {
			for _, r := range runes {
				b = utf8.AppendRune(b, foldCase(r))
			}
			return b
		}
	}
	for _, r := range label {
		b = utf8.AppendRune(b, foldCase(r))
	}
	return b
}

// unpercent undoes the escapes of an address.
func unpercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, ok1 := hexDigit(s[i+1])
			lo, ok2 := hexDigit(s[i+2])
			if ok1 && ok2 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// punycode decodes a label without its "xn--" (RFC 3492, section 6.2).
func punycode(s string) ([]rune, bool) {
	const base, tMin, tMax, skew, damp = 36, 1, 26, 38, 700
	if len(s) > maxHostBytes {
		return nil, false
	}
	var out []rune
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		out, s = []rune(s[:i]), s[i+1:]
	}
	n, i, bias := 128, 0, 72
	for len(s) > 0 {
		old, w := i, 1
		for k := base; ; k += base {
			if len(s) == 0 {
				return nil, false
			}
			digit := punyDigit(s[0])
			s = s[1:]
			if digit < 0 || i+digit*w > 1<<28 {
				return nil, false
			}
			i += digit * w
			t := min(max(k-bias, tMin), tMax)
			if digit < t {
				break
			}
			w *= base - t
			if w > 1<<28 {
				return nil, false
			}
		}
		size := len(out) + 1
		delta := (i - old) / 2
		if old == 0 {
			delta = (i - old) / damp
		}
		delta += delta / size
		bias = 0
		for ; delta > (base-tMin)*tMax/2; bias += base {
			delta /= base - tMin
		}
		bias += (base - tMin + 1) * delta / (delta + skew)
		n += i / size
		i %= size
		if !utf8.ValidRune(rune(n)) {
			return nil, false
		}
		out = append(out[:i], append([]rune{rune(n)}, out[i:]...)...)
		i++
	}
	return out, true
}

func punyDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c-'0') + 26
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		return int(c | 0x20 - 'a')
	}
	return -1
}
