package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/beep-chat/beep/plugins/moderation/rules"
)

// What the rules of the measured server are made of: the most words it may have, and many expressions.
const (
	moderationWords       = rules.MaxWords
	moderationExpressions = 20
)

// rulesName is how figures call them.
var rulesName = fmt.Sprintf("%d words, %d expressions", moderationWords, moderationExpressions)

// moderationConfig is a configuration of the moderation plugin with words that nobody types: every message is looked through
// for all of them, which is what costs, and passes.
func moderationConfig() (json.RawMessage, error) {
	random := rand.New(rand.NewPCG(1, 2)) // the same words in every run
	var words []string
	known := map[string]bool{}
	for len(words) < moderationWords {
		if w := inventedWord(random); !known[w] {
			known[w] = true
			words = append(words, w)
		}
	}
	var expressions []any
	for i := range moderationExpressions {
		expressions = append(expressions, map[string]string{"pattern": inventedPattern(random, i)})
	}
	return json.Marshal(map[string]any{"words": []any{map[string]any{"words": words}}, "expressions": expressions})
}

// inventedWord is pronounceable, of five to ten letters, with a part that no English word has.
func inventedWord(random *rand.Rand) string {
	const consonants, vowels = "bcdfghjklmnpqrstvwxz", "aeiou"
	word := []byte{consonants[random.IntN(len(consonants))], vowels[random.IntN(len(vowels))]}
	word = append(word, []string{"qv", "xk", "zf", "jw"}[random.IntN(4)]...)
	for n := 1 + random.IntN(6); n > 0; n-- {
		from := vowels
		if len(word)%2 == 1 {
			from = consonants
		}
		word = append(word, from[random.IntN(len(from))])
	}
	return string(word)
}

// inventedPattern is like those people write: most have a fixed part that can be looked for, one in four has none.
func inventedPattern(random *rand.Rand, i int) string {
	word := inventedWord(random)
	switch i % 4 {
	case 0:
		return `(?i)\b(free|cheap)\s+` + word + `s?\b`
	case 1:
		return `(?i)` + word + `[.-]?(com|net|org)\b`
	case 2:
		return word + `-[0-9]{4}-[a-f0-9]{4}`
	}
	return fmt.Sprintf(`[0-9]{%d}[A-Z]{3}[0-9]{3}`, 12+i)
}

// compileRules is what the guest does with a configuration, natively.
func compileRules(config []byte) (*rules.Judge, error) {
	var parsed rules.Config
	if err := json.Unmarshal(config, &parsed); err != nil {
		return nil, err
	}
	judge, problems := rules.Compile(parsed)
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s: %s", problems[0].Pointer, problems[0].Message["en"])
	}
	return judge, nil
}
