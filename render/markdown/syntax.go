package markdown

import (
	"bytes"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// syntax is the parser; it is made once, at its first use, and immutable.
var syntax = sync.OnceValue(newParser)

// newParser lists the syntax. The order of priorities is that of CommonMark.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(shallow{parser.NewListParser()}, 300),
			util.Prioritized(shallow{parser.NewListItemParser()}, 400),
			util.Prioritized(headings{parser.NewATXHeadingParser()}, 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(paragraphs{parser.NewParagraphParser()}, 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(codeParser{}, 100),
			util.Prioritized(taskParser{}, 150),
			util.Prioritized(bracketParser{}, 200),
			util.Prioritized(angleParser{}, 300),
			util.Prioritized(urlParser{}, 310),
			util.Prioritized(wwwParser{}, 315),
			util.Prioritized(everyoneParser{}, 320),
			util.Prioritized(parser.NewEmphasisParser(), 500),
			util.Prioritized(pairParser{'~'}, 510),
			util.Prioritized(pairParser{'|'}, 520),
		),
		parser.WithParagraphTransformers(
			util.Prioritized(counted{}, 100),
			util.Prioritized(smallTables{extension.NewTableParagraphTransformer()}, 200),
		),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
}

// shallow is a parser of quotes, lists or list items that opens nothing deeper than maxDepth; what would be deeper is
// text.
type shallow struct{ parser.BlockParser }

// Open implements parser.BlockParser.
func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		switch n.Kind() {
		case ast.KindBlockquote, ast.KindList:
			depth++
		}
	}
	// A list and its item open in two steps and count as one.
	if depth > maxDepth || depth == maxDepth && parent.Kind() != ast.KindList {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// paragraphs takes indented lines too, since there are no indented code blocks to take them.
type paragraphs struct{ parser.BlockParser }

// CanAcceptIndentedLine implements parser.BlockParser.
func (paragraphs) CanAcceptIndentedLine() bool { return true }

// smallTables makes tables of paragraphs that hold a pipe and are within the bounds.
type smallTables struct{ parser.ParagraphTransformer }

// Transform implements parser.ParagraphTransformer.
func (s smallTables) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := node.Lines()
	columns, escapes := 0, 0
	for i := range lines.Len() {
		segment := lines.At(i)
		line := segment.Value(reader.Source())
		columns = max(columns, bytes.Count(line, []byte{'|'}))
		escapes += bytes.Count(line, []byte(`\|`))
	}
	if columns == 0 || columns > maxTableColumns || columns*lines.Len() > maxTableCells || escapes > maxTableEscapes {
		return
	}
	s.ParagraphTransformer.Transform(node, reader, pc)
}
