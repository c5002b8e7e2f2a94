package config

import (
	"fmt"
	"strings"
)

// Problem is one mistake: which setting, where it was made, what is wrong and what to do about it.
type Problem struct {
	Key   string // dotted key, or the unknown name as it was written
	Where string // "app.yaml:12", a variable's name, "default"
	What  string // completes "Key ..."
	Do    string
}

// String is the problem on one line.
func (p Problem) String() string {
	s := p.Key + " " + p.What
	if p.Where != "" && p.Where != p.Key {
		s = p.Where + ": " + s
	}
	if p.Do != "" {
		s += "; " + p.Do
	}
	return s
}

// Problems is every mistake of a configuration, in the order it was read.
type Problems []Problem

// Error lists them, one a line.
func (p Problems) Error() string {
	var b strings.Builder
	if len(p) == 1 {
		b.WriteString("1 problem in the configuration:")
	} else {
		fmt.Fprintf(&b, "%d problems in the configuration:", len(p))
	}
	for _, one := range p {
		b.WriteString("\n  - ")
		b.WriteString(one.String())
	}
	return b.String()
}

func joinWords(words []string) string { return strings.Join(words, ",") }

// orList is "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}

// nearest gives the known name with the fewest edits, when they are few enough for a slip of the fingers.
func nearest(name string, known []string) string {
	best, bestCost := "", max(2, len(name)/4)+1
	for _, k := range known {
		if c := edits(name, k); c < bestCost {
			best, bestCost = k, c
		}
	}
	return best
}

// edits is the Levenshtein distance of two short names.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
