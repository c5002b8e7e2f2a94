package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// inlineState is what the inline parsers know of the block they are in.
type inlineState struct {
	block    ast.Node
	brackets []*bracket // not closed yet
	alone    []int      // lengths of runs of backticks that nothing closes from here to the end of the block
}

var stateKey = parser.NewContextKey()

// stateOf gives the state of a block; there is one at a time.
func stateOf(block ast.Node, pc parser.Context) *inlineState {
	s, _ := pc.Get(stateKey).(*inlineState)
	if s == nil {
		s = &inlineState{}
		pc.Set(stateKey, s)
	}
	if s.block != block {
		*s = inlineState{block: block, brackets: s.brackets[:0], alone: s.alone[:0]}
	}
	return s
}

// budget counts the marks of inline markup in a content, where the parser will look for them: not in blocks of code.
type budget struct{ marks int }

var budgetKey = parser.NewContextKey()

// spend counts the marks of a block's lines. Of what is beyond the budget no markup is read, since it will be thrown away.
func spend(n ast.Node, source []byte, pc parser.Context) {
	b, _ := pc.Get(budgetKey).(*budget)
	if b == nil {
		return
	}
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.marks += marks(line.Value(source))
	}
	if b.marks > maxMarks {
		n.Lines().Clear()
	}
}

// counted spends for paragraphs. It must come before what makes tables of them.
type counted struct{}

// Transform implements parser.ParagraphTransformer.
func (counted) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	spend(node, reader.Source(), pc)
}

// headings spends for headings.
type headings struct{ parser.BlockParser }

// Close implements parser.BlockParser.
func (h headings) Close(node ast.Node, reader text.Reader, pc parser.Context) {
	h.BlockParser.Close(node, reader, pc)
	spend(node, reader.Source(), pc)
}

// marks counts what maxMarks bounds in a line.
func marks(line []byte) int {
	n := 0
	for i, c := range line {
		switch c {
		case '*', '_', '~', '[', ']', '|', '<', '`', '@':
			n++
		case ':':
			if bytes.HasPrefix(line[i:], []byte("://")) {
				n += urlMarks
			}
		case '.':
			if endsWithWWW(line[:i]) {
				n += urlMarks
			}
		}
	}
	return n
}
