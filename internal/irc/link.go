package irc

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Link says that line To answers line From, both counted from 0. A line that is linked to itself starts a conversation.
type Link struct{ From, To int }

// ParseLinks reads the form "A B -", one link a line; the smaller number is From. Empty lines are skipped; any other line is
// an error that names it.
func ParseLinks(data []byte) ([]Link, error) {
	var links []Link
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 3 || fields[2] != "-" {
			return nil, fmt.Errorf("read links: line %d is not \"A B -\"", n)
		}
		a, errA := strconv.ParseUint(fields[0], 10, 31)
		b, errB := strconv.ParseUint(fields[1], 10, 31)
		if errA != nil || errB != nil {
			return nil, fmt.Errorf("read links: line %d has no line numbers", n)
		}
		links = append(links, Link{From: int(min(a, b)), To: int(max(a, b))})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	return links, nil
}

// Replies gives for each of count lines the line it answers, -1 for none. Of several links the nearest line wins; links that
// lead out of the transcript are ignored.
func Replies(links []Link, count int) []int {
	replies := make([]int, count)
	for i := range replies {
		replies[i] = -1
	}
	for _, l := range links {
		if l.From < l.To && l.From >= 0 && l.To < count && l.From > replies[l.To] {
			replies[l.To] = l.From
		}
	}
	return replies
}
