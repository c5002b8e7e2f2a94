package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const (
	// maxTitleBytes bounds the title of a link, which is read and not shown; with a longer one it is no link.
	maxTitleBytes = 1024
	// maxParentheses bounds the parentheses inside each other in a destination (CommonMark 6.3 asks for three).
	maxParentheses = 32
)

// bracket is [ or ![ in the text: the beginning of a link that may follow, and until then, or else, text.
type bracket struct {
	ast.BaseInline
	image bool
	dead  bool     // a link inside has ended; links do not contain links
	below ast.Node // the last mark of emphasis before it
}

// Kind implements ast.Node.
func (*bracket) Kind() ast.NodeKind { return ast.KindString }

// Dump implements ast.Node.
func (b *bracket) Dump(source []byte, level int) { ast.DumpHelper(b, source, level, nil, nil) }

func (b *bracket) sign() string {
	if b.image {
		return "!["
	}
	return "["
}

// bracketParser reads [label](destination "title") and the same after an exclamation mark. The library has one too, which
// knows link definitions, and whose cost grows with the square of the content for their sake.
type bracketParser struct{}

// Trigger implements parser.InlineParser.
func (bracketParser) Trigger() []byte { return []byte{'!', '[', ']'} }

// Parse implements parser.InlineParser.
func (bracketParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	state := stateOf(parent, pc)
	switch {
	case line[0] == ']':
		return state.closeBracket(parent, block, pc)
	case line[0] == '!' && (len(line) == 1 || line[1] != '['):
		return nil
	}
	b := &bracket{image: line[0] == '!', below: pc.LastDelimiter()}
	block.Advance(len(b.sign()))
	state.brackets = append(state.brackets, b)
	return b
}

// closeBracket makes a link of the last open bracket, where a destination follows. Otherwise both are text.
func (s *inlineState) closeBracket(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	last := len(s.brackets) - 1
	if last < 0 {
		return nil
	}
	open := s.brackets[last]
	s.brackets = s.brackets[:last]
	if open.dead {
		return nil
	}
	block.Advance(1)
	destination, ok := linkTail(block)
	if !ok {
		return nil
	}
	link := ast.NewLink()
	link.Destination = destination
	parser.ProcessDelimiters(open.below, pc)
	for c := open.NextSibling(); c != nil; {
		next := c.NextSibling()
		parent.RemoveChild(parent, c)
		link.AppendChild(link, c)
		c = next
	}
	parent.RemoveChild(parent, open)
	if open.image {
		return ast.NewImage(link)
	}
	for _, b := range s.brackets {
		b.dead = b.dead || !b.image
	}
	return link
}

// linkTail reads (destination "title"), of which both may be missing.
func linkTail(block text.Reader) (destination []byte, ok bool) {
	if block.Peek() != '(' {
		return nil, false
	}
	block.Advance(1)
	block.SkipSpaces()
	if block.Peek() == ')' {
		block.Advance(1)
		return nil, true
	}
	line, _ := block.PeekLine()
	destination, n := linkDestination(line)
	if n == 0 {
		return nil, false
	}
	block.Advance(n)
	_, blanks, _ := block.SkipSpaces()
	if c := block.Peek(); blanks > 0 && (c == '"' || c == '\'' || c == '(') {
		if !skipTitle(block) {
			return nil, false
		}
		block.SkipSpaces()
	}
	if block.Peek() != ')' {
		return nil, false
	}
	block.Advance(1)
	return destination, true
}

// linkDestination reads a destination at the beginning of a line and tells how long it is with its angle brackets, 0 where there
// is none.
func linkDestination(line []byte) (destination []byte, length int) {
	if len(line) > 0 && line[0] == '<' {
		for i := 1; i < len(line) && i <= maxURLBytes+1; i++ {
			switch line[i] {
			case '\\':
				i++
			case '>':
				return line[1:i], i + 1
			case '<', '\n':
				return nil, 0
			}
		}
		return nil, 0
	}
	depth, i := 0, 0
	for ; i < len(line) && i <= maxURLBytes && line[i] > ' '; i++ {
		switch line[i] {
		case '\\':
			if i+1 < len(line) && util.IsPunct(line[i+1]) {
				i++
			}
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 0 {
			return line[:i], i
		}
		if depth > maxParentheses {
			return nil, 0
		}
	}
	if depth != 0 || i > maxURLBytes {
		return nil, 0
	}
	return line[:i], i
}

// skipTitle passes over a title in quotes or parentheses. It may go over lines.
func skipTitle(block text.Reader) bool {
	end := block.Peek()
	if end == '(' {
		end = ')'
	}
	block.Advance(1)
	for left := maxTitleBytes; left > 0; {
		line, _ := block.PeekLine()
		if line == nil {
			return false
		}
		for i := 0; i < len(line) && i < left; i++ {
			switch {
			case line[i] == '\\':
				i++
			case line[i] == end:
				block.Advance(i + 1)
				return true
			case line[i] == '(' && end == ')':
				return false
			}
		}
		left -= len(line)
		block.AdvanceLine()
	}
	return false
}
