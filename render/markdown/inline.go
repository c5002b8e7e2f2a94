package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// mention is <@1>, <@&1>, <#1>, @everyone or @here.
type mention struct {
	ast.BaseInline
	attribute string // user, role, channel or everyone
	sign      byte   // what the placeholder text begins with
	value     string // the id, or everyone, or here
}

// Kind implements ast.Node.
func (*mention) Kind() ast.NodeKind { return ast.KindString }

// Dump implements ast.Node.
func (m *mention) Dump(source []byte, level int) { ast.DumpHelper(m, source, level, nil, nil) }

// link is a URL that stands in the text as itself.
type link struct {
	ast.BaseInline
	href, text string
}

// Kind implements ast.Node.
func (*link) Kind() ast.NodeKind { return ast.KindAutoLink }

// Dump implements ast.Node.
func (l *link) Dump(source []byte, level int) { ast.DumpHelper(l, source, level, nil, nil) }

// pair is text between ~~ and ~~ or || and ||.
type pair struct {
	ast.BaseInline
	char byte
}

// Kind implements ast.Node.
func (*pair) Kind() ast.NodeKind { return ast.KindEmphasis }

// Dump implements ast.Node.
func (p *pair) Dump(source []byte, level int) { ast.DumpHelper(p, source, level, nil, nil) }

// angleParser reads what stands in angle brackets: mentions by id, and URLs.
type angleParser struct{}

// Trigger implements parser.InlineParser.
func (angleParser) Trigger() []byte { return []byte{'<'} }

// Parse implements parser.InlineParser.
func (angleParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	end := 1
	for end < len(line) && end <= maxURLBytes && line[end] != '>' && line[end] != '<' && line[end] > ' ' {
		end++
	}
	if end >= len(line) || line[end] != '>' {
		return nil
	}
	inside := string(line[1:end])
	if m := mentionOf(inside); m != nil {
		block.Advance(end + 1)
		return m
	}
	if href, ok := linkTarget(inside); ok {
		block.Advance(end + 1)
		return &link{href: href, text: inside}
	}
	return nil
}

func mentionOf(s string) *mention {
	m := &mention{attribute: "user", sign: '@'}
	digits, ok := strings.CutPrefix(s, "@&")
	if ok {
		m.attribute = "role"
	} else if digits, ok = strings.CutPrefix(s, "#"); ok {
		m.attribute, m.sign = "channel", '#'
	} else if digits, ok = strings.CutPrefix(s, "@"); !ok {
		return nil
	}
	if !isID(digits) {
		return nil
	}
	m.value = digits
	return m
}

// everyoneParser reads @everyone and @here in any case, by the rule that decides whether they call anybody: no character
// of a name may stand before the @, and what follows it, as far as names go and without punctuation at the end, is the
// word.
type everyoneParser struct{}

// Trigger implements parser.InlineParser.
func (everyoneParser) Trigger() []byte { return []byte{'@'} }

// Parse implements parser.InlineParser.
func (everyoneParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if before, _ := utf8.DecodeLastRune(block.Source()[:segment.Start]); isNameRune(before) {
		return nil
	}
	end := 1
	for end < len(line) && end <= len("everyone")+8 {
		c, size := utf8.DecodeRune(line[end:])
		if !isNameRune(c) {
			break
		}
		end += size
	}
	name := strings.TrimRight(string(line[1:end]), "._-")
	for _, word := range []string{"everyone", "here"} {
		if strings.EqualFold(name, word) {
			block.Advance(1 + len(word))
			return &mention{attribute: "everyone", sign: '@', value: word}
		}
	}
	return nil
}

func isWord(c rune) bool {
	return c == '_' || c != utf8.RuneError && (unicode.IsLetter(c) || unicode.IsDigit(c))
}

// pairParser reads the marks of a pair: exactly two of its character.
type pairParser struct{ char byte }

// Trigger implements parser.InlineParser.
func (p pairParser) Trigger() []byte { return []byte{p.char} }

// Parse implements parser.InlineParser.
func (p pairParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	if before == rune(p.char) { // in a longer run, which must not be measured at each of its characters
		return nil
	}
	line, segment := block.PeekLine()
	d := parser.ScanDelimiter(line, before, 2, p)
	if d == nil || d.OriginalLength != 2 {
		return nil
	}
	if p.char == '|' { // people write || like this || too
		d.CanOpen, d.CanClose = true, true
	}
	d.Segment = segment.WithStop(segment.Start + d.OriginalLength)
	block.Advance(d.OriginalLength)
	pc.PushDelimiter(d)
	return d
}

// IsDelimiter implements parser.DelimiterProcessor.
func (p pairParser) IsDelimiter(c byte) bool { return c == p.char }

// CanOpenCloser implements parser.DelimiterProcessor.
func (p pairParser) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

// OnMatch implements parser.DelimiterProcessor.
func (p pairParser) OnMatch(int) ast.Node { return &pair{char: p.char} }
