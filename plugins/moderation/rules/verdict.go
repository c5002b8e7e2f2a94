package rules

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Action is what a rule does with a message that meets it.
type Action string

// The actions, from the weakest on. None is the verdict on a message that met no rule.
const (
	None   Action = ""
	Flag   Action = "flag"   // let it pass and tell the moderators
	Redact Action = "redact" // cover what was met
	Reject Action = "reject"
)

// strength orders the actions; several rules may be met, and the strongest decides.
func (a Action) strength() int {
	switch a {
	case Reject:
		return 3
	case Redact:
		return 2
	case Flag:
		return 1
	}
	return 0
}

// Verdict is what becomes of a message.
type Verdict struct {
	Action  Action
	Reason  Text
	Content string // with Redact: the message with marks in it
	Rule    string // the rules that were met, the one that decided first: "words[0], links"
	Excerpt string // what the deciding rule met first
}

// rule is what all kinds of rules have in common.
type rule struct {
	index  int
	name   string
	action Action
	reason Text
}

// span is a part of a text, in bytes.
type span struct{ start, end int32 }

// findings gathers what rules meet in one message.
type findings struct {
	text  string
	met   []bool // by the index of the rule
	rules []*rule
	best  *rule
	first span   // what the best rule met first
	cover []span // what is to be covered
}

func (f *findings) reset(text string) {
	clear(f.met)
	f.text, f.best, f.cover = text, nil, f.cover[:0]
}

// add notes that a rule met a part of the text. Nothing more needs to be found once a message is rejected.
func (f *findings) add(r *rule, sp span) {
	f.met[r.index] = true
	if f.best == nil || r.action.strength() > f.best.action.strength() {
		f.best, f.first = r, sp
	}
	if r.action == Redact && sp.start < sp.end {
		f.cover = append(f.cover, sp)
	}
}

func (f *findings) rejected() bool { return f.best != nil && f.best.action == Reject }

// done tells whether a rule has nothing more to find.
func (f *findings) done(r *rule) bool {
	return f.rejected() || r.action != Redact && f.met[r.index]
}

// covered tells whether a part is inside of what was found last.
func (f *findings) covered(sp span) bool {
	n := len(f.cover)
	return n > 0 && f.cover[n-1].start <= sp.start && sp.end <= f.cover[n-1].end
}

// verdict sums up.
func (f *findings) verdict() Verdict {
	if f.best == nil {
		return Verdict{}
	}
	v := Verdict{Action: f.best.action, Reason: f.best.reason, Rule: f.names(), Excerpt: cut(f.text[f.first.start:f.first.end], maxExcerpt)}
	if v.Action == Redact {
		v.Content = redact(f.text, f.cover)
	}
	return v
}

// names lists the rules that were met, as far as there is room.
func (f *findings) names() string {
	names := f.best.name
	for _, r := range f.rules {
		if f.met[r.index] && r != f.best && len(names)+len(", ")+len(r.name) <= maxRuleNames {
			names += ", " + r.name
		}
	}
	return names
}

// mark covers a character. A part is covered by at most maxMarks of them, and never by more than it had characters, so that
// a message does not grow over the limit of its length.
const (
	mark     = "█"
	maxMarks = 3
)

// redact covers parts of a text. Parts that overlap or touch are covered as one.
func redact(text string, parts []span) string {
	slices.SortFunc(parts, func(a, b span) int { return int(a.start) - int(b.start) })
	var b strings.Builder
	b.Grow(len(text) + len(parts)*len(mark))
	at := int32(0)
	for i := 0; i < len(parts); {
		p := parts[i]
		for i++; i < len(parts) && parts[i].start <= p.end; i++ {
			p.end = max(p.end, parts[i].end)
		}
		b.WriteString(text[at:p.start])
		b.WriteString(strings.Repeat(mark, min(maxMarks, utf8.RuneCountInString(text[p.start:p.end]))))
		at = p.end
	}
	b.WriteString(text[at:])
	return b.String()
}

// cut gives at most n characters of s.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
