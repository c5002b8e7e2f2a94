package meter

import "slices"

// maxUntracked bounds how many functions that keep no account of the stack can be nested.
const maxUntracked = 64

// markTracked finds the functions that must keep account of the stack: those that can be called while they run, because
// they lie on a cycle of calls, and those from which a long chain of calls starts. A call through a table may go to any
// function in one. Of all others at most maxUntracked can be nested, each once.
//
// It is Tarjan's algorithm over the functions and one more node for the tables, with its own stack in place of recursion.
func (m *module) markTracked() {
	g := newCallGraph(m)
	for f := range m.codes {
		if g.order[f] == 0 {
			g.visit(f)
		}
	}
}

// callGraph has a node for each function the module defines, in their order, and last one for the tables.
type callGraph struct {
	m       *module
	tables  int      // the node of the tables
	targets []uint32 // functions in tables, sorted, as indices of the module
	order   []uint32 // when a node was met first, from 1; 0: not yet
	low     []uint32 // the earliest node it reaches on the stack
	onStack []bool
	level   []int // of a node that is done: how long a chain of calls can start there, cycles counted once
	stack   []int
	clock   uint32
}

func newCallGraph(m *module) *callGraph {
	n := len(m.codes) + 1
	g := &callGraph{m: m, tables: n - 1, order: make([]uint32, n), low: make([]uint32, n), onStack: make([]bool, n), level: make([]int, n)}
	for f := range m.inTable {
		g.targets = append(g.targets, f)
	}
	slices.Sort(g.targets)
	return g
}

// edge gives the i-th node a node leads to. ok is false behind the last; an edge to the host leads below
// zero.
func (g *callGraph) edge(node, i int) (to int, ok bool) {
	calls := g.targets
	if node != g.tables {
		b := &g.m.codes[node]
		if calls = b.calls; i == len(calls) && b.indirect {
			return g.tables, true
		}
	}
	if i >= len(calls) {
		return 0, false
	}
	return int(calls[i]) - g.m.importedFuncs, true
}

// graphFrame is a node whose edges are being followed.
type graphFrame struct{ node, next int }

func (g *callGraph) visit(root int) {
	path := []graphFrame{{node: root}}
	g.enter(root)
	for len(path) > 0 {
		at := &path[len(path)-1]
		to, ok := g.edge(at.node, at.next)
		at.next++
		switch {
		case !ok:
			node := at.node
			path = path[:len(path)-1]
			g.leave(node)
			if len(path) > 0 {
				above := path[len(path)-1].node
				g.low[above] = min(g.low[above], g.low[node])
			}
		case to < 0: // the host, which calls nobody back
		case g.order[to] == 0:
			g.enter(to)
			path = append(path, graphFrame{node: to})
		case g.onStack[to]:
			g.low[at.node] = min(g.low[at.node], g.order[to])
			if to == at.node {
				g.mark(to)
			}
		}
	}
}

func (g *callGraph) enter(node int) {
	g.clock++
	g.order[node], g.low[node] = g.clock, g.clock
	g.stack = append(g.stack, node)
	g.onStack[node] = true
}

// leave takes a whole component off the stack when its first node is done. One of several nodes is a cycle. The components
// it leads to are done before it.
func (g *callGraph) leave(node int) {
	if g.low[node] != g.order[node] {
		return
	}
	at := len(g.stack) - 1
	for g.stack[at] != node {
		at--
	}
	component := g.stack[at:]
	level := g.levelOf(component)
	for _, n := range component {
		g.onStack[n] = false
		g.level[n] = level
		if len(component) > 1 || level > maxUntracked {
			g.mark(n)
		}
	}
	g.stack = g.stack[:at]
}

func (g *callGraph) levelOf(component []int) int {
	highest := 0
	for _, n := range component {
		for i := 0; ; i++ {
			to, ok := g.edge(n, i)
			if !ok {
				break
			}
			if to >= 0 {
				highest = max(highest, g.level[to]) // zero inside of the component
			}
		}
	}
	return highest + 1
}

func (g *callGraph) mark(node int) {
	if node != g.tables {
		g.m.codes[node].tracked = true
	}
}
