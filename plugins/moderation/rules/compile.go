package rules

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strconv"
	"unicode/utf8"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	Pointer string // the field, as a JSON pointer: "/expressions/0/pattern"
	Message Text
}

// Compile prepares a configuration. What has a problem is left out of the judge, which judges by the rest: a configuration
// that an older version of these rules took must not stop a server's messages.
func Compile(c Config) (*Judge, []Problem) {
	b := &builder{judge: &Judge{exempt: map[string]bool{}}, trie: newTrie()}
	b.words(c.Words)
	b.expressions(c.Expressions)
	b.links(c.Links)
	b.invites(c.Invites)
	b.counts(c.Mentions, c.Capitals)
	b.tooMany("/exempt_channels", len(c.ExemptChannels), MaxChannels)
	for _, id := range c.ExemptChannels[:min(len(c.ExemptChannels), MaxChannels)] {
		b.judge.exempt[id] = true
	}
	b.finish()
	return b.judge, b.problems
}

// builder makes a judge.
type builder struct {
	judge    *Judge
	trie     *trie
	literals [][]letter
	problems []Problem
	count    int // words so far
	letters  int // of them
	steps    int // instructions of expressions so far
}

func (b *builder) problem(pointer, en, fr string) {
	b.problems = append(b.problems, Problem{pointer, text(en, fr)})
}

// tooMany reports a list that is longer than a limit.
func (b *builder) tooMany(pointer string, n, limit int) {
	if n > limit {
		b.problem(pointer, fmt.Sprintf("There are %d entries; at most %d are possible.", n, limit),
			fmt.Sprintf("Il y a %d entrées ; %d au plus sont possibles.", n, limit))
	}
}

// rule makes what all rules have. Covering is for those that meet a part of a text.
func (b *builder) rule(name, pointer string, r Response, reason Text, covers bool) *rule {
	out := &rule{index: len(b.judge.found.rules), name: name, action: r.Action, reason: reasonOr(cut(r.Reason, MaxReasonRunes), reason)}
	switch {
	case r.Action == Reject || r.Action == Flag || r.Action == Redact && covers:
	case r.Action == None:
		out.action = Reject
	default:
		b.problem(pointer+"/action", "This rule cannot do that. Choose another action.", "Cette règle ne peut pas faire cela. Choisissez une autre action.")
		out.action = Flag
	}
	if utf8.RuneCountInString(r.Reason) > MaxReasonRunes {
		b.problem(pointer+"/reason", fmt.Sprintf("This text is longer than %d characters.", MaxReasonRunes),
			fmt.Sprintf("Ce texte dépasse %d caractères.", MaxReasonRunes))
	}
	b.judge.found.rules = append(b.judge.found.rules, out)
	return out
}

func (b *builder) words(lists []WordList) {
	b.tooMany("/words", len(lists), MaxLists)
	for i, list := range lists[:min(len(lists), MaxLists)] {
		pointer := "/words/" + strconv.Itoa(i)
		if list.Match != "" && list.Match != MatchWord && list.Match != MatchAnywhere {
			b.problem(pointer+"/match", "Choose whole words or anywhere.", "Choisissez mots entiers ou partout.")
		}
		r := b.rule(fmt.Sprintf("words[%d]", i), pointer, list.Response, reasonWords, true)
		for k, entry := range list.Words {
			if b.count++; b.count > MaxWords {
				b.problem(pointer+"/words", fmt.Sprintf("All lists together hold at most %d words.", MaxWords),
					fmt.Sprintf("Toutes les listes ensemble contiennent au plus %d mots.", MaxWords))
				return
			}
			if b.word(pointer+"/words/"+strconv.Itoa(k), entry, list, r); b.letters > MaxLetters {
				return
			}
		}
	}
}

func (b *builder) word(pointer, entry string, list WordList, r *rule) {
	if utf8.RuneCountInString(entry) > MaxWordRunes {
		b.problem(pointer, fmt.Sprintf("This is longer than %d characters.", MaxWordRunes), fmt.Sprintf("Cette entrée dépasse %d caractères.", MaxWordRunes))
		return
	}
	w, ok := newWord(&b.judge.stream, entry, list, r)
	if !ok {
		b.problem(pointer, "This has no letter, digit or emoji in it. Use an expression to look for punctuation.",
			"Cette entrée ne contient ni lettre, ni chiffre, ni emoji. Utilisez une expression pour chercher de la ponctuation.")
		return
	}
	if b.letters += len(w.key); b.letters > MaxLetters {
		b.problem(pointer, fmt.Sprintf("From here on all words together have more than %d letters.", MaxLetters),
			fmt.Sprintf("À partir d'ici, tous les mots ensemble ont plus de %d lettres.", MaxLetters))
		return
	}
	b.judge.disguised = b.judge.disguised || w.disguised
	b.trie.add(w.key, int32(len(b.judge.words)))
	b.judge.words = append(b.judge.words, w)
}

func (b *builder) expressions(list []Expression) {
	b.tooMany("/expressions", len(list), MaxExpressions)
	for i, e := range list[:min(len(list), MaxExpressions)] {
		pointer := "/expressions/" + strconv.Itoa(i)
		r := b.rule(fmt.Sprintf("expressions[%d]", i), pointer, e.Response, reasonExpressions, true)
		b.expression(pointer+"/pattern", e.Pattern, r)
	}
}

func (b *builder) expression(pointer, pattern string, r *rule) {
	if utf8.RuneCountInString(pattern) > MaxPatternRunes {
		b.problem(pointer, fmt.Sprintf("This is longer than %d characters.", MaxPatternRunes), fmt.Sprintf("Ce motif dépasse %d caractères.", MaxPatternRunes))
		return
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		en, fr := explain(err)
		b.problem(pointer, en, fr)
		return
	}
	if matchesEmpty(tree) {
		b.problem(pointer, "This also matches where nothing is written. Ask for at least one character, for example with + instead of *.",
			"Ce motif correspond aussi là où rien n'est écrit. Demandez au moins un caractère, avec + au lieu de *.")
		return
	}
	needs := literals(tree)
	simple := tree.Simplify()
	program, err := syntax.Compile(simple)
	if err != nil || b.steps+len(program.Inst) > MaxExpressionSteps {
		b.problem(pointer, "The expressions together are too complex. Shorten this one, above all repetitions such as {100}.",
			"Les expressions sont ensemble trop complexes. Raccourcissez celle-ci, surtout les répétitions comme {100}.")
		return
	}
	b.steps += len(program.Inst)
	e := &expression{rule: r, pattern: pattern, tree: simple, linear: findsInOnePass(tree)}
	for _, key := range needs {
		e.needs = append(e.needs, len(b.literals))
		b.literals = append(b.literals, key)
	}
	b.judge.expressions = append(b.judge.expressions, e)
}

// explain says in words what is wrong with an expression.
func explain(err error) (en, fr string) {
	var wrong *syntax.Error
	if !errors.As(err, &wrong) {
		return "This is not a regular expression: " + err.Error(), "Ce n'est pas une expression régulière : " + err.Error()
	}
	texts, ok := mistakes[wrong.Code]
	if !ok {
		texts = [2]string{"This is not a regular expression (" + string(wrong.Code) + ")", "Ce n'est pas une expression régulière (" + string(wrong.Code) + ")"}
	}
	if wrong.Expr == "" {
		return texts[0] + ".", texts[1] + "."
	}
	return texts[0] + ": " + wrong.Expr, texts[1] + " : " + wrong.Expr
}

// mistakes are those that people make, in English and French.
var mistakes = map[syntax.ErrorCode][2]string{
	syntax.ErrMissingParen:          {"A ( has no )", "Une ( n'a pas de )"},
	syntax.ErrUnexpectedParen:       {"A ) has no (", "Une ) n'a pas de ("},
	syntax.ErrMissingBracket:        {"A [ has no ]", "Un [ n'a pas de ]"},
	syntax.ErrMissingRepeatArgument: {"There is nothing before it to repeat", "Il n'y a rien à répéter avant"},
	syntax.ErrInvalidRepeatOp:       {"Two repetitions follow each other", "Deux répétitions se suivent"},
	syntax.ErrInvalidRepeatSize:     {"At most 1000 repetitions are possible", "Au plus 1000 répétitions sont possibles"},
	syntax.ErrInvalidCharRange:      {"This range of characters is upside down", "Cet intervalle de caractères est inversé"},
	syntax.ErrInvalidEscape:         {"This sequence with a backslash is not known", "Cette séquence avec une barre oblique inverse est inconnue"},
	syntax.ErrTrailingBackslash:     {"There is nothing after the backslash at the end", "Il n'y a rien après la barre oblique inverse à la fin"},
	syntax.ErrInvalidPerlOp:         {"RE2 does not have this (look-ahead and look-behind are left out)", "RE2 ne connaît pas cela (ni avant-regard ni arrière-regard)"},
	syntax.ErrInvalidNamedCapture:   {"This name of a group is not possible", "Ce nom de groupe n'est pas possible"},
	syntax.ErrLarge:                 {"This expression is too large", "Cette expression est trop grande"},
	syntax.ErrNestingDepth:          {"This expression is nested too deep", "Cette expression est trop imbriquée"},
}

func (b *builder) links(c Links) {
	b.tooMany("/links/hosts", len(c.Hosts), MaxHosts)
	l := &links{allow: c.Mode == LinksAllow, hosts: hosts{exact: map[string]bool{}, below: map[string]bool{}}}
	for i, entry := range c.Hosts[:min(len(c.Hosts), MaxHosts)] {
		if !l.hosts.add(entry) {
			b.problem("/links/hosts/"+strconv.Itoa(i), "This is not a site. Write example.org, or *.example.org for all below it too.",
				"Ce n'est pas un site. Écrivez example.org, ou *.example.org pour tout ce qui en dépend aussi.")
		}
	}
	switch c.Mode {
	case LinksAllow, LinksDeny:
		l.rule = b.rule("links", "/links", c.Response, reasonLinks, true)
		b.judge.links = l
	case LinksOff, "":
	default:
		b.problem("/links/mode", "Choose which links are welcome.", "Choisissez quels liens sont bienvenus.")
	}
}

func (b *builder) invites(c Invites) {
	b.tooMany("/invites/allowed_codes", len(c.AllowedCodes), MaxCodes)
	v := &invites{codes: map[string]bool{}}
	for i, entry := range c.AllowedCodes[:min(len(c.AllowedCodes), MaxCodes)] {
		code, ok := inviteCode(entry)
		if !ok {
			b.problem("/invites/allowed_codes/"+strconv.Itoa(i), "This is not an invite. Paste its link, or the code at the end of it.",
				"Ce n'est pas une invitation. Collez son lien, ou le code à la fin.")
		}
		v.codes[code] = true
	}
	if c.Enabled {
		v.rule = b.rule("invites", "/invites", c.Response, reasonInvites, true)
		b.judge.invites = v
	}
}

func (b *builder) counts(m Mentions, c Capitals) {
	if m.Enabled {
		limit := b.figure("/mentions/limit", or(m.Limit, DefaultMentions), 0, MaxMentions)
		b.judge.mentions = &mentions{rule: b.rule("mentions", "/mentions", m.Response, reasonMentions, false), limit: limit}
	}
	if c.Enabled {
		b.judge.capitals = &capitals{
			percent: b.figure("/capitals/percent", or(c.Percent, DefaultPercent), 1, 99),
			letters: b.figure("/capitals/letters", or(c.Letters, DefaultLetters), 1, 1000),
			rule:    b.rule("capitals", "/capitals", c.Response, reasonCapitals, false),
		}
	}
}

// figure holds a number to its bounds.
func (b *builder) figure(pointer string, n, least, most int) int {
	if n < least || n > most {
		b.problem(pointer, fmt.Sprintf("Choose a number from %d to %d.", least, most), fmt.Sprintf("Choisissez un nombre de %d à %d.", least, most))
	}
	return min(max(n, least), most)
}

func (b *builder) finish() {
	j := b.judge
	for i, key := range b.literals {
		b.trie.add(key, int32(len(j.words)+i))
	}
	if len(j.words)+len(b.literals) > 0 {
		j.search = b.trie.automaton()
	}
	j.seen = make([]bool, len(b.literals))
	j.found.met = make([]bool, len(j.found.rules))
}
