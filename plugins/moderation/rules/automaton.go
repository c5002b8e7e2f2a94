package rules

import "slices"

// automaton finds all keys in a stream in one pass (Aho and Corasick 1975). Keys are the bases of letters. It is made once
// and then only read. Its size grows with the letters of its keys: some 20 bytes for each.
type automaton struct {
	ascii [128]int32     // from the root, by base
	other map[rune]int32 // from the root, for other bases

	// The edges of state s are edges[first[s]:first[s+1]].
	first []int32
	edges []edge
	fail  []int32 // the state of the longest end of this one that is also a beginning
	// ends of state s are ends[endAt[s]:endAt[s+1]]; shorter is the next state on the way of fail that has some, or 0.
	endAt   []int32
	ends    []int32
	shorter []int32
}

type edge struct {
	base rune
	to   int32
}

// step follows a letter from a state. Over a whole stream it takes at most two turns for each letter.
func (a *automaton) step(state int32, base rune) int32 {
	for state != 0 {
		for _, e := range a.edges[a.first[state]:a.first[state+1]] {
			if e.base == base {
				return e.to
			}
			if e.base > base {
				break
			}
		}
		state = a.fail[state]
	}
	if base < 128 {
		return a.ascii[base]
	}
	return a.other[base]
}

// trie is an automaton in the making.
type trie struct {
	nodes []node
	root  map[rune]int32 // the children of node 0, which may be many
	ends  []ending
}

// node is a state. Its children are a list in the order of their bases; 0 ends it.
type node struct {
	base           rune
	child, sibling int32
	ends           int32 // the first of its ends, counted from 1
}

// ending is an entry of the list of what ends at a node.
type ending struct{ end, next int32 }

func newTrie() *trie { return &trie{nodes: make([]node, 1), root: map[rune]int32{}} }

// add puts a key into the trie, to be reported as end.
func (t *trie) add(key []letter, end int32) {
	at := int32(0)
	for _, l := range key {
		at = t.child(at, l.base)
	}
	t.ends = append(t.ends, ending{end, t.nodes[at].ends})
	t.nodes[at].ends = int32(len(t.ends))
}

// child finds or makes the child of a node.
func (t *trie) child(at int32, base rune) int32 {
	if at == 0 {
		if n, ok := t.root[base]; ok {
			return n
		}
	}
	place := &t.nodes[at].child
	for *place != 0 && t.nodes[*place].base < base {
		place = &t.nodes[*place].sibling
	}
	if *place != 0 && t.nodes[*place].base == base {
		return *place
	}
	n := int32(len(t.nodes))
	made := node{base: base, sibling: *place}
	*place = n // before the append, which moves the nodes
	t.nodes = append(t.nodes, made)
	if at == 0 {
		t.root[base] = n
	}
	return n
}

// automaton makes the trie ready for searching.
func (t *trie) automaton() *automaton {
	n := len(t.nodes)
	a := &automaton{
		other: map[rune]int32{}, first: make([]int32, n+1), fail: make([]int32, n), endAt: make([]int32, n+1), shorter: make([]int32, n),
		edges: make([]edge, 0, n), ends: make([]int32, 0, len(t.ends)),
	}
	for s := range t.nodes {
		a.first[s] = int32(len(a.edges))
		for to := t.nodes[s].child; to != 0; to = t.nodes[to].sibling {
			a.edges = append(a.edges, edge{t.nodes[to].base, to})
		}
		a.endAt[s] = int32(len(a.ends))
		for e := t.nodes[s].ends; e != 0; e = t.ends[e-1].next {
			a.ends = append(a.ends, t.ends[e-1].end)
		}
		slices.Reverse(a.ends[a.endAt[s]:]) // as they were added
	}
	a.first[n], a.endAt[n] = int32(len(a.edges)), int32(len(a.ends))
	for _, e := range a.edges[:a.first[1]] {
		if e.base < 128 {
			a.ascii[e.base] = e.to
		} else {
			a.other[e.base] = e.to
		}
	}
	a.link()
	return a
}

// link finds the fail states, in the order of their depth.
func (a *automaton) link() {
	queue := make([]int32, 0, len(a.fail))
	for _, e := range a.edges[:a.first[1]] {
		queue = append(queue, e.to)
	}
	for i := 0; i < len(queue); i++ {
		s := queue[i]
		for _, e := range a.edges[a.first[s]:a.first[s+1]] {
			f := a.step(a.fail[s], e.base)
			a.fail[e.to] = f
			a.shorter[e.to] = f
			if a.endAt[f] == a.endAt[f+1] {
				a.shorter[e.to] = a.shorter[f]
			}
			queue = append(queue, e.to)
		}
	}
}
