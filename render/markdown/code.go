package markdown

import (
	"bytes"
	"slices"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// codeParser reads inline code: what stands between two runs of backticks of one length (CommonMark 6.1). The library's
// looks through the rest of the block for each run; this one remembers in vain for which lengths it has looked.
type codeParser struct{}

// Trigger implements parser.InlineParser.
func (codeParser) Trigger() []byte { return []byte{'`'} }

// Parse implements parser.InlineParser.
func (codeParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	n := ticks(line)
	state := stateOf(parent, pc)
	number, position := block.Position()
	block.Advance(n)
	if !slices.Contains(state.alone, n) {
		if code := codeOf(block, n); code != nil {
			return code
		}
		state.alone = append(state.alone, n)
	}
	block.SetPosition(number, position)
	block.Advance(n)
	return ast.NewTextSegment(segment.WithStop(segment.Start + n))
}

// codeOf reads code up to the next run of n backticks, nil where there is none.
func codeOf(block text.Reader, n int) ast.Node {
	code := ast.NewCodeSpan()
	for {
		line, segment := block.PeekLine()
		if line == nil {
			return nil
		}
		for i := 0; i < len(line); {
			next := bytes.IndexByte(line[i:], '`')
			if next < 0 {
				break
			}
			i += next
			length := ticks(line[i:])
			if length == n {
				if i > 0 {
					code.AppendChild(code, ast.NewRawTextSegment(segment.WithStop(segment.Start+i)))
				}
				block.Advance(i + n)
				trimCode(code, block.Source())
				return code
			}
			i += length
		}
		code.AppendChild(code, ast.NewRawTextSegment(segment))
		block.AdvanceLine()
	}
}

// ticks is the length of the run of backticks at the beginning of a line.
func ticks(line []byte) int {
	n := 0
	for n < len(line) && line[n] == '`' {
		n++
	}
	return n
}

// trimCode takes one blank from each end of code that has both and is not blank.
func trimCode(code *ast.CodeSpan, source []byte) {
	first, _ := code.FirstChild().(*ast.Text)
	last, _ := code.LastChild().(*ast.Text)
	if first == nil || last == nil || code.IsBlank(source) {
		return
	}
	blank := func(c byte) bool { return c == ' ' || c == '\n' }
	if blank(source[first.Segment.Start]) && blank(source[last.Segment.Stop-1]) {
		first.Segment = first.Segment.WithStart(first.Segment.Start + 1)
		last.Segment = last.Segment.WithStop(last.Segment.Stop - 1)
	}
}
