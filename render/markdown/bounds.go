package markdown

// MaxBytes is the longest content that is read as Markdown: 4,000 characters of four bytes. Longer content, which an
// operator may allow, is shown as text.
const MaxBytes = 16_000

// A content beyond one of these is shown as text. With them it takes a few milliseconds natively, and a quarter of its fuel in
// the plugin, whatever it is made of. No message for people has so many.
const (
	// maxBlocks bounds lines and the markers of blocks before their text: each may make a block, which costs as much as a
	// sentence.
	maxBlocks = 1_000
	// maxMarks bounds what may be inline markup (* _ ~ [ ] | < ` @), but in blocks of code. The matching of emphasis costs up
	// to the square of their number. A URL counts as urlMarks, because it may make the parser look maxURLBytes ahead.
	maxMarks = 1_000
	urlMarks = 8
)

const (
	// maxDepth bounds quotes and lists inside each other, and separately inline markup inside each other.
	maxDepth = 12
	// maxTableColumns and maxTableCells bound tables: short rows are padded to the width of the header, so 4,000
	// characters could otherwise make 200,000 cells.
	maxTableColumns = 20
	maxTableCells   = 1_000
	// maxTableEscapes bounds \| in a paragraph with a table; each is looked up among all of them.
	maxTableEscapes = 32
	// maxURLBytes bounds a link; longer ones are text. Browsers begin to differ near 2,000.
	maxURLBytes = 2048
)

// blocks counts what maxBlocks bounds.
func blocks(content string) int {
	n := blockMarks(content)
	for i := range len(content) {
		if content[i] == '\n' {
			n += 1 + blockMarks(content[i+1:])
		}
	}
	return n
}

// blockMarks counts the markers of quotes, lists, headings and rules a line begins with. (Rules of * and _ are one to a
// line, which is counted.)
func blockMarks(line string) int {
	n, last := 0, byte(' ')
	for i := range len(line) {
		c := line[i]
		switch {
		case c == '>', c == '#' && last != '#', (c == '.' || c == ')') && last >= '0' && last <= '9':
			n++
		case c == '-', c == '+', c == '*':
			if last != c {
				n++
			}
		case c == ' ', c == '\t', c == '#', c >= '0' && c <= '9':
		default:
			return n
		}
		last = c
	}
	return n
}
