package rules

// plainReading takes every character for what it is.
var plainReading = reading{one: 'i'}

// Judge judges messages by one configuration. It keeps buffers between messages and is for one goroutine at a time.
type Judge struct {
	exempt      map[string]bool
	search      *automaton // nil: there are neither words nor literals
	words       []*word    // by the end that the automaton reports; literals follow
	disguised   bool       // some word is looked for in disguise
	expressions []*expression
	links       *links
	invites     *invites
	mentions    *mentions
	capitals    *capitals

	// Of the message that is judged.
	found  findings
	stream stream
	seen   []bool // by literal
	work   int    // letters that may still be compared
	scan   int    // bytes that may still be searched for the places of expressions
	view   view
}

// Judge judges a message, given in stored form. It allocates nothing for a message that meets no rule.
func (j *Judge) Judge(channel, content string) Verdict {
	if content == "" || j.exempt[channel] {
		return Verdict{}
	}
	j.found.reset(content)
	j.work, j.scan = maxWork, maxScan
	clear(j.seen)
	j.judgeWords()
	j.judgeExpressions()
	j.judgeLinks()
	j.judgeInvites()
	j.judgeMentions()
	j.judgeCapitals()
	return j.found.verdict()
}

// judgeWords searches the text for all words, in each way of reading it that may show others. The plain reading also tells
// which literals of expressions are there.
func (j *Judge) judgeWords() {
	if j.search == nil {
		return
	}
	j.readAs(plainReading)
	one, joint := j.stream.sawOne, j.stream.sawJoint
	if !j.disguised {
		return
	}
	if joint {
		j.readAs(reading{one: 'i', join: true})
	}
	if one {
		j.readAs(reading{one: 'l'})
	}
	if one && joint {
		j.readAs(reading{one: 'l', join: true})
	}
}

func (j *Judge) readAs(how reading) {
	if j.found.rejected() {
		return
	}
	s, a := &j.stream, j.search
	s.read(j.found.text, how)
	state := int32(0)
	for i := range s.letters {
		state = a.step(state, s.letters[i].base)
		at := state
		if a.endAt[at] == a.endAt[at+1] {
			at = a.shorter[at]
		}
		for ; at != 0; at = a.shorter[at] {
			if j.candidates(a.ends[a.endAt[at]:a.endAt[at+1]], i) {
				break
			}
		}
	}
}

// candidates looks at the words and literals whose last letter is at i. It answers true when shorter ones that end there
// make no difference any more.
func (j *Judge) candidates(ends []int32, i int) bool {
	for _, end := range ends {
		if j.work--; j.work < 0 {
			j.giveUp(end, i)
			return true
		}
		if n := int(end) - len(j.words); n >= 0 {
			j.seen[n] = true
			continue
		}
		w := j.words[end]
		from := i + 1 - len(w.key)
		if j.found.done(w.rule) || w.rule.action == Redact && j.found.covered(j.stream.span(from, i)) {
			continue
		}
		j.work -= w.cost(&j.stream, from)
		if sp, ok := w.match(&j.stream, from); ok {
			j.found.add(w.rule, sp)
		}
	}
	return j.found.rejected()
}

// giveUp takes a candidate for met without a look, and all literals for seen.
func (j *Judge) giveUp(end int32, i int) {
	for n := range j.seen {
		j.seen[n] = true
	}
	if int(end) >= len(j.words) {
		return
	}
	w := j.words[end]
	if sp := j.stream.span(i+1-len(w.key), i); !j.found.done(w.rule) && !j.found.covered(sp) {
		j.found.add(w.rule, sp)
	}
}
