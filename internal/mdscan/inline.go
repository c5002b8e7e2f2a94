package mdscan

// tick is a run of backticks: its first offset and its length.
type tick struct{ at, n int }

// endParagraph finds the inline code of the open paragraph and closes it.
func (s *scanner) endParagraph() {
	if len(s.para) == 0 {
		return
	}
	ticks := s.ticks()
	s.para = s.para[:0]
	if len(ticks) < 2 {
		return
	}
	closers := closersOf(ticks)
	for i := 0; i < len(ticks); i++ {
		open := ticks[i]
		if s.escaped(open.at) { // the first backtick is literal; what remains opens with one less
			open = tick{open.at + 1, open.n - 1}
		}
		if j := closers.after(i, open.n); j > 0 {
			s.spans = append(s.spans, [2]int{open.at, ticks[j].at + ticks[j].n})
			i = j
		}
	}
}

// closers holds, for each length, the indexes of the runs that have it and were not passed yet. With a scan ahead
// instead, a message of many unmatched runs would cost the square of its length.
type closers map[int][]int

func closersOf(ticks []tick) closers {
	c := closers{}
	for i, t := range ticks {
		c[t.n] = append(c[t.n], i)
	}
	return c
}

// after gives the first run of length n beyond index i, 0 where there is none. Successive calls must not go back.
func (c closers) after(i, n int) int {
	left := c[n]
	for len(left) > 0 && left[0] <= i {
		left = left[1:]
	}
	if c[n] = left; len(left) == 0 {
		return 0
	}
	return left[0]
}

// ticks lists the runs of backticks of the open paragraph. A run never crosses a line.
func (s *scanner) ticks() []tick {
	var found []tick
	for _, piece := range s.para {
		for i := piece[0]; i < piece[1]; i++ {
			if s.src[i] != '`' {
				continue
			}
			n := run(s.src[i:piece[1]])
			found = append(found, tick{i, n})
			i += n - 1
		}
	}
	return found
}

// escaped tells whether an odd number of backslashes stands before an offset.
func (s *scanner) escaped(at int) bool {
	n := 0
	for at-n-1 >= 0 && s.src[at-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}
