package rules

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// expression is a regular expression, with what a text must hold for it to be worth a look: the automaton looks for all
// literals of all expressions at once. It is compiled when it is first looked for.
type expression struct {
	rule    *rule
	pattern string
	tree    *syntax.Regexp
	needs   []int // literals of which one must have been seen; none: look always
	linear  bool  // finding all takes no longer than reading the text

	dfa *dfa
	re  *regexp.Regexp
}

// judgeExpressions tries the expressions whose literals are in the text.
func (j *Judge) judgeExpressions() {
	for _, e := range j.expressions {
		if j.found.rejected() {
			return
		}
		if j.wants(e) {
			j.try(e)
		}
	}
}

func (j *Judge) wants(e *expression) bool {
	if len(e.needs) == 0 {
		return true
	}
	for _, n := range e.needs {
		if j.seen[n] {
			return true
		}
	}
	return false
}

// meets tells whether a text meets the expression anywhere.
func (e *expression) meets(text string) bool {
	if e.dfa == nil {
		prog, err := syntax.Compile(e.tree)
		if err != nil {
			return false // cannot be: it compiled when the configuration was read
		}
		e.dfa = newDFA(prog)
	}
	yes, ok := e.dfa.matches(text)
	return yes || !ok && e.matcher().MatchString(text)
}

// matcher is Go's, which tells where.
func (e *expression) matcher() *regexp.Regexp {
	if e.re == nil {
		e.re = regexp.MustCompile(e.pattern) // it was parsed when the configuration was read
	}
	return e.re
}

// try looks for an expression. What it finds inside of a mention is nobody's text and does not count; what it finds around
// or beside one does.
func (j *Judge) try(e *expression) {
	text := j.found.text
	if j.found.done(e.rule) || !e.meets(text) {
		return
	}
	limit := -1
	if j.scan -= len(text); !e.linear {
		limit = 1 + max(j.scan, 0)/len(text)
	}
	if j.scan < 0 {
		j.found.add(e.rule, span{0, int32(len(text))})
		return
	}
	if e.rule.action != Redact {
		found := e.matcher().FindStringIndex(text)
		if sp := outsideMentions(text, found); sp.start < sp.end {
			j.found.add(e.rule, sp)
			return
		}
	}
	all := e.matcher().FindAllStringIndex(text, limit)
	if !e.linear {
		j.scan -= len(text) * len(all)
	}
	for _, found := range all {
		if sp := outsideMentions(text, found); sp.start < sp.end {
			j.found.add(e.rule, sp)
			if e.rule.action != Redact {
				return
			}
		}
	}
	if len(all) == limit {
		if sp := outsideMentions(text, []int{all[limit-1][1], len(text)}); sp.start < sp.end {
			j.found.add(e.rule, sp)
		}
	}
}

// outsideMentions takes from a find the halves of mentions at its ends, so that covering it breaks none.
func outsideMentions(text string, found []int) span {
	start, end := found[0], found[1]
	if from, to, ok := enclosing(text, start); ok && from < start {
		start = to
	}
	if from, to, ok := enclosing(text, end); ok && from < end && end < to {
		if from < start {
			return span{}
		}
		end = from
	}
	return span{int32(start), int32(end)}
}

// enclosing finds the mention that the place at is in.
func enclosing(text string, at int) (start, end int, ok bool) {
	low := max(0, at-maxMention)
	i := strings.LastIndexByte(text[low:at], '<')
	if i < 0 {
		return 0, 0, false
	}
	start = low + i
	n := mentionLength(text[start:])
	if n == 0 || start+n <= at {
		return 0, 0, false
	}
	return start, start + n, true
}

// matchesEmpty tells whether an expression can match nothing at all, as "x*" and "\b" do.
func matchesEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpNoMatch, syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return matchesEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || matchesEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !matchesEmpty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if matchesEmpty(sub) {
				return true
			}
		}
		return false
	}
	return true // stars, options, and what looks at a place only
}

// findsInOnePass tells whether searching for all matches reads the text only once, more or less: a match is of bounded length,
// but for one kind of character that may be repeated at its end. "x.*y|x" is not of them: each of a hundred x would be
// looked behind to the end of the text for a y.
func findsInOnePass(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpCapture:
		return findsInOnePass(re.Sub[0])
	case syntax.OpPlus, syntax.OpStar:
		return oneCharacter(re.Sub[0])
	case syntax.OpConcat:
		last := len(re.Sub) - 1
		for _, sub := range re.Sub[:last] {
			if !boundedLength(sub) {
				return false
			}
		}
		return findsInOnePass(re.Sub[last])
	case syntax.OpRepeat:
		return re.Max < 0 && oneCharacter(re.Sub[0]) || boundedLength(re)
	}
	return boundedLength(re)
}

func oneCharacter(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpLiteral:
		return len(re.Rune) == 1
	}
	return false
}

// boundedLength tells of expressions whose matches have a greatest length.
func boundedLength(re *syntax.Regexp) bool {
	if re.Op == syntax.OpStar || re.Op == syntax.OpPlus || re.Op == syntax.OpRepeat && re.Max < 0 {
		return false
	}
	for _, sub := range re.Sub {
		if !boundedLength(sub) {
			return false
		}
	}
	return true
}
