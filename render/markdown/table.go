package markdown

import (
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

func (w *writer) table(n *extast.Table) {
	w.raw("<table>")
	body := false
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		if _, ok := row.(*extast.TableHeader); ok {
			w.raw("<thead>")
			w.row("th", row)
			w.raw("</thead>")
			continue
		}
		if !body {
			w.raw("<tbody>")
			body = true
		}
		w.row("td", row)
	}
	if body {
		w.raw("</tbody>")
	}
	w.raw("</table>")
}

// row leaves out the empty cells at its end, which the parser adds to short rows.
func (w *writer) row(name string, n ast.Node) {
	last := n.LastChild()
	for last != nil && last != n.FirstChild() && last.FirstChild() == nil {
		last = last.PreviousSibling()
	}
	w.raw("<tr>")
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.cell(name, c)
		if c == last {
			break
		}
	}
	w.raw("</tr>")
}

func (w *writer) cell(name string, n ast.Node) {
	w.raw("<")
	w.raw(name)
	if cell, ok := n.(*extast.TableCell); ok && cell.Alignment != extast.AlignNone {
		w.raw(` align="`)
		w.raw(cell.Alignment.String())
		w.raw(`"`)
	}
	w.raw(">")
	w.children(n)
	w.close(name)
}
