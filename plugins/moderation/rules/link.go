package rules

import (
	"strings"
	"unicode/utf8"
)

// links says which sites may be linked to.
type links struct {
	rule  *rule
	allow bool // only those listed; else all but those
	hosts hosts
	host  []byte // reused
}

// judgeLinks looks at all addresses: with http:// or https:// wherever they stand (in Markdown, in angle brackets, inside of
// another address), and at those that begin with www. only.
func (j *Judge) judgeLinks() {
	if j.links == nil || !mayLink(j.found.text) {
		return
	}
	j.eachView(func() {
		v := j.view.text
		for i := 0; !j.found.done(j.links.rule); i++ {
			next := strings.IndexAny(v[i:], ":wW")
			if next < 0 {
				return
			}
			if i += next; v[i] == ':' {
				j.schemeAt(i)
			} else if wwwAt(v, i) {
				j.linkTo(i, i, i+hostLength(v[i:]))
			}
		}
	})
}

// mayLink rules out most messages.
func mayLink(text string) bool {
	return strings.ContainsAny(text, "/&") || strings.Contains(text, "www") || strings.Contains(text, "WWW") || strings.Contains(text, "Www")
}

// eachView shows a message as it is, and where Markdown's escapes stand in it, without them too.
func (j *Judge) eachView(look func()) {
	text := j.found.text
	if plainlyReadable(text) {
		j.view.plain(text)
		look()
		return
	}
	j.view.of(text, false)
	look()
	if strings.ContainsAny(text, `&\`) {
		j.view.of(text, true)
		look()
	}
}

// schemeAt looks at the address whose colon is at i.
func (j *Judge) schemeAt(i int) {
	v := j.view.text
	if !strings.HasPrefix(v[i:], "://") {
		return
	}
	start := -1
	for _, scheme := range [...]string{"https", "http"} {
		if n := i - len(scheme); n >= 0 && strings.EqualFold(v[n:i], scheme) {
			start = n
			break
		}
	}
	if start < 0 {
		return
	}
	from := i + len("://")
	for from < len(v) && (v[from] == '/' || v[from] == '\\') {
		from++ // browsers do not mind
	}
	to := from + authorityLength(v[from:])
	if at := strings.LastIndexByte(v[from:to], '@'); at >= 0 {
		if host := from + at + 1; strings.ContainsAny(v[host:to], ".:[0123456789") {
			j.linkTo(start, host, host+hostLength(v[host:to])) // the name is before the @, the site behind it
		}
	}
	j.linkTo(start, from, from+hostLength(v[from:to]))
}

// authorityLength is how far the part of an address goes on that names the host.
func authorityLength(s string) int {
	if n := strings.IndexAny(s, "/?#\\ \t\r\n<>\"`"); n >= 0 {
		return n
	}
	return len(s)
}

// wwwAt tells whether an address without a scheme begins at i.
func wwwAt(v string, i int) bool {
	if len(v)-i < 6 || !strings.EqualFold(v[i:i+4], "www.") {
		return false
	}
	if c := v[i+4]; c < utf8.RuneSelf && classes[c] != classLetter && classes[c] != classDigit {
		return false
	}
	return i == 0 || classes[v[i-1]] != classLetter && classes[v[i-1]] != classDigit && !strings.ContainsRune(".-_/@\\", rune(v[i-1]))
}

// linkTo judges the link that begins at start, to the host between from and to.
func (j *Judge) linkTo(start, from, to int) {
	l, v := j.links, j.view.text
	host, ok := normalHost(l.host, v[from:to])
	l.host = host
	if !ok && to-from < maxHostBytes {
		return // "http://" alone
	}
	if len(host) <= maxHostBytes && l.hosts.has(host) == l.allow {
		return
	}
	sp := j.view.span(start, to)
	if l.rule.action == Redact {
		if j.found.covered(sp) {
			return
		}
		sp = j.view.span(start, start+urlLength(v[start:]))
		sp.end = max(sp.end, j.view.at(to))
	}
	j.found.add(l.rule, sp)
}

// urlLength is how far an address goes on: to a blank, quote, angle bracket, or a bracket that closes what it did not open;
// punctuation at its end is the sentence's.
func urlLength(s string) int {
	open, end := 0, len(s)
scan:
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ', '\t', '\r', '\n', '<', '>', '"', '`':
			end = i
			break scan
		case '(', '[':
			open++
		case ')', ']':
			if open--; open < 0 {
				end = i
				break scan
			}
		}
	}
	return len(strings.TrimRight(s[:end], "?!.,:;*_~|'\\"))
}
