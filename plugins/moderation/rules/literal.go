package rules

import "regexp/syntax"

// maxBranches bounds the literals of which one must be there for one expression; of more, searching saves nothing.
const maxBranches = 16

// literals gives texts of which one is in every match of an expression, as keys of the automaton; nil when it knows none.
// It takes the set whose shortest key is longest: the rarer, the more often an expression need not be tried.
func literals(re *syntax.Regexp) [][]letter {
	switch re.Op {
	case syntax.OpLiteral:
		if key := literalKey(re.Rune); len(key) > 0 {
			return [][]letter{key}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return literals(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return literals(re.Sub[0])
		}
	case syntax.OpConcat:
		var best [][]letter
		for _, sub := range re.Sub {
			if keys := literals(sub); rarity(keys) > rarity(best) {
				best = keys
			}
		}
		return best
	case syntax.OpAlternate:
		var all [][]letter
		for _, sub := range re.Sub {
			keys := literals(sub)
			if keys == nil || len(all)+len(keys) > maxBranches {
				return nil
			}
			all = append(all, keys...)
		}
		return all
	}
	return nil
}

// literalKey reads a literal as a text is read in the plain reading, where a part of a text is a part of the stream, however
// it is written: case, accents and runs of one letter make no difference. The gaps at its ends may be longer in a text and
// are left out.
func literalKey(literal []rune) []letter {
	for _, r := range literal {
		if plain(r) == 'ι' {
			return nil // is the same letter, without case, as a mark that streams leave out
		}
	}
	var s stream
	s.read(string(literal), plainReading)
	return trimGaps(s.letters)
}

// rarity is the length of the shortest key.
func rarity(keys [][]letter) int {
	if len(keys) == 0 {
		return 0
	}
	least := len(keys[0])
	for _, k := range keys[1:] {
		least = min(least, len(k))
	}
	return least
}
