// Package mdscan finds the code in markdown without parsing the rest: inline code and fenced blocks, by the rules of
// CommonMark 0.31 (sections 4.5 and 6.1) with the containers (quotes, lists) followed closely enough for chat.
//
// It owns that one question. It refuses to render, and it knows no indented code blocks, which chat messages do not have.
// Where containers are nested in unusual ways it may differ from a full parser; both answers are safe for its use, which
// is to leave what people typed in code alone. It runs in time linear in the content. The functions are pure.
//
//	for _, code := range mdscan.CodeSpans("see `@alice`") { ... } // [[4 12]]
package mdscan

import "sort"

// CodeSpans gives the byte ranges [start, end) of code, ascending and disjoint: an inline span with its backticks, a
// fenced block from its opening line to the end of its closing line (or of the content or container, where it is not
// closed).
func CodeSpans(content string) [][2]int {
	if !hasFenceByte(content) {
		return nil
	}
	s := scanner{src: content}
	for s.pos < len(content) {
		s.line()
	}
	s.endFence(len(content))
	s.endParagraph()
	return s.spans
}

// Contains tells whether an offset lies in one of the spans CodeSpans gave.
func Contains(spans [][2]int, offset int) bool {
	i := sort.Search(len(spans), func(i int) bool { return spans[i][1] > offset })
	return i < len(spans) && spans[i][0] <= offset
}

func hasFenceByte(s string) bool {
	tildes := 0
	for i := range len(s) {
		switch s[i] {
		case '`':
			return true
		case '~':
			if tildes++; tildes == 3 {
				return true
			}
		default:
			tildes = 0
		}
	}
	return false
}

// scanner walks the lines. Text of the paragraph at hand is kept as pieces, because code spans may cross its lines but
// not the markers of quotes before them.
type scanner struct {
	src   string
	pos   int
	spans [][2]int

	para  [][2]int // pieces of the open paragraph
	quote int      // quote depth of the open paragraph
	list  int      // columns of indentation that continue the open list item, 0 outside lists
	bare  bool     // the line before was a list marker alone

	fence      byte // '`' or '~' while in a fenced block, else 0
	fenceLen   int
	fenceStart int
	fenceQuote int
	fenceList  int
}

// prefix is what stands before the text of a line.
type prefix struct {
	quote  int  // '>' markers
	indent int  // columns of blanks after them, tabs to the next multiple of 4
	item   bool // a list marker follows
	weak   bool // the first marker is a number other than 1
	list   int  // its content's indentation
	text   int  // offset of the text
}

func (s *scanner) line() {
	end := s.pos
	for end < len(s.src) && s.src[end] != '\n' {
		end++
	}
	start := s.pos
	s.pos = min(end+1, len(s.src))
	if s.fence != 0 && s.inFence(start, end) {
		return
	}
	p := s.prefix(start, end)
	if p.item && len(s.para) > 0 && s.list == 0 && (p.text == end || p.weak) {
		s.para = append(s.para, [2]int{start, s.pos}) // such a list cannot interrupt a paragraph
		return
	}
	if p.text == end { // blank, or nothing but markers
		s.endParagraph()
		if p.item {
			s.list = p.list
		} else if s.bare { // an item may begin with one blank line, not with two (CommonMark 5.2)
			s.list = 0
		}
		s.bare = p.item
		return
	}
	s.bare = false
	switch {
	case p.item:
		s.endParagraph()
		s.list = p.list
	case len(s.para) == 0:
		s.leaveList(p)
	}
	if p.quote != s.quote && (p.quote > s.quote || len(s.para) == 0) { // fewer markers may continue a paragraph
		s.endParagraph()
		s.quote = p.quote
	}
	if n := s.fenceAt(p, end); n > 0 {
		s.endParagraph()
		s.leaveList(p)
		s.fence, s.fenceLen, s.fenceStart = s.src[p.text], n, p.text
		s.fenceQuote, s.fenceList = p.quote, s.list
		return
	}
	if isHeading(s.src[p.text:end]) || isRule(s.src[p.text:end]) {
		s.endParagraph()
		s.leaveList(p)
		s.para = append(s.para, [2]int{p.text, end})
		s.endParagraph()
		return
	}
	s.para = append(s.para, [2]int{p.text, s.pos})
}

// leaveList ends the list item when a line that cannot continue its paragraph is not indented enough for it.
func (s *scanner) leaveList(p prefix) {
	if !p.item && p.indent < s.list {
		s.list = 0
	}
}

// prefix reads quote and list markers. Only the last list marker of a line decides the indentation of what follows.
func (s *scanner) prefix(at, end int) prefix {
	p := prefix{text: at}
	column := 0
	for {
		p.indent = 0
		for p.text < end && (s.src[p.text] == ' ' || s.src[p.text] == '\t') {
			width := 1
			if s.src[p.text] == '\t' {
				width = 4 - (column+p.indent)%4
			}
			p.indent += width
			p.text++
		}
		column += p.indent
		if p.text == end || p.indent > 3 && !p.item && p.indent >= s.list+4 {
			return p
		}
		if s.src[p.text] == '>' {
			p.quote++
			p.text++
			column = 0
			continue
		}
		n := s.marker(p.text, end)
		if n == 0 {
			return p
		}
		if c := s.src[p.text]; !p.item && c >= '0' && c <= '9' {
			p.weak = n != 2 || c != '1'
		}
		p.item = true
		p.text += n
		column += n
		p.list = column + 1
	}
}

// marker gives the length of a list marker at an offset, 0 where there is none.
func (s *scanner) marker(at, end int) int {
	i := at
	switch c := s.src[i]; {
	case c == '-' || c == '+' || c == '*':
		i++
	case c >= '0' && c <= '9':
		for i < end && i-at < 9 && s.src[i] >= '0' && s.src[i] <= '9' {
			i++
		}
		if i == end || s.src[i] != '.' && s.src[i] != ')' {
			return 0
		}
		i++
	default:
		return 0
	}
	if i < end && s.src[i] != ' ' && s.src[i] != '\t' || isRule(s.src[at:end]) {
		return 0
	}
	return i - at
}

// fenceAt gives the length of a fence that opens at the text of a line, 0 where none does.
func (s *scanner) fenceAt(p prefix, end int) int {
	c := s.src[p.text]
	if c != '`' && c != '~' || !p.item && p.indent > s.list+3 {
		return 0
	}
	n := run(s.src[p.text:end])
	if n < 3 {
		return 0
	}
	for i := p.text + n; c == '`' && i < end; i++ {
		if s.src[i] == '`' { // then it is inline code
			return 0
		}
	}
	return n
}

// inFence takes a line of the open fenced block; false when the block's container has ended before it.
func (s *scanner) inFence(start, end int) bool {
	at := start
	for range s.fenceQuote {
		i := at
		for i < end && i-at < 4 && s.src[i] == ' ' {
			i++
		}
		if i == end || s.src[i] != '>' {
			s.endFence(start)
			return false
		}
		at = i + 1
		if at < end && s.src[at] == ' ' {
			at++
		}
	}
	indent := 0
	for at < end && (s.src[at] == ' ' || s.src[at] == '\t') {
		if s.src[at] == '\t' {
			indent += 4 - indent%4
		} else {
			indent++
		}
		at++
	}
	if at == end {
		return true
	}
	if indent < s.fenceList {
		s.endFence(start)
		return false
	}
	if s.src[at] != s.fence || indent > s.fenceList+3 {
		return true
	}
	n := run(s.src[at:end])
	for at += n; at < end && (s.src[at] == ' ' || s.src[at] == '\t'); at++ {
	}
	if n >= s.fenceLen && at == end {
		s.endFence(end)
	}
	return true
}

func (s *scanner) endFence(at int) {
	if s.fence != 0 {
		s.spans = append(s.spans, [2]int{s.fenceStart, at})
		s.fence = 0
	}
}

// run is the number of times the first byte repeats.
func run(s string) int {
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}

// isHeading tells an ATX heading: one to six # and a blank.
func isHeading(text string) bool {
	if text[0] != '#' {
		return false
	}
	n := run(text)
	return n <= 6 && (n == len(text) || text[n] == ' ' || text[n] == '\t')
}

// isRule tells a thematic break: three or more of one of -, _, * and blanks.
func isRule(text string) bool {
	c, n := text[0], 0
	if c != '-' && c != '_' && c != '*' {
		return false
	}
	for i := range len(text) {
		switch text[i] {
		case c:
			n++
		case ' ', '\t':
		default:
			return false
		}
	}
	return n >= 3
}
