package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// task is the box of a task list's item, as a character: nobody may tick it, so it needs no form and no script, and it
// can be read, copied and searched like the rest of the message.
type task struct {
	ast.BaseInline
	done bool
}

// Kind implements ast.Node.
func (*task) Kind() ast.NodeKind { return ast.KindString }

// Dump implements ast.Node.
func (t *task) Dump(source []byte, level int) { ast.DumpHelper(t, source, level, nil, nil) }

// taskParser reads [ ] and [x] at the beginning of a list's item (GFM 5.3).
type taskParser struct{}

// Trigger implements parser.InlineParser.
func (taskParser) Trigger() []byte { return []byte{'['} }

// Parse implements parser.InlineParser.
func (taskParser) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	item, ok := parent.Parent().(*ast.ListItem)
	if !ok || item.FirstChild() != parent || parent.HasChildren() {
		return nil
	}
	line, _ := block.PeekLine()
	if len(line) < 5 || line[2] != ']' || line[3] != ' ' && line[3] != '\t' {
		return nil
	}
	switch line[1] {
	case ' ', '\t':
		block.Advance(len("[ ]"))
		return &task{}
	case 'x', 'X':
		block.Advance(len("[x]"))
		return &task{done: true}
	}
	return nil
}

func (w *writer) task(n *task) {
	if n.done {
		w.raw("☑")
	} else {
		w.raw("☐")
	}
}
