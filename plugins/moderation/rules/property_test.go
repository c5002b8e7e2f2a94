package rules

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// pieces are what generated messages are made of: all that folding has a rule for.
var pieces = []string{
	"a", "b", "d", "s", "i", "l", "B", "A", "bad", "ass", "Bad", "é", "ß", "œ", "e\u0301", "\u0301", "\u200b", "\ufe0f", "1", "4", "5", "0",
	"@", "!", ".", "-", "*", "_", "'", "’", " ", "  ", "\n", "\t", "<@42>", "<@&7>", "<#3>", "<@", ">", "@everyone", "а", "д", "Ж", "σ", "ς",
	"ｂ", "𝐚", "坏", "人", "🍆", "🖕🏽", "http://evil.example/x", "www.evil.example", "&#58;", "\\", "://", "/invite/abcd", "\xff", "\u0345", "ι",
}

func isTwoLetters(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	_, _, ok := twoLetters(r)
	return ok && size == len(s)
}

func message(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), "")
}

// TestPositions: the elements of a stream are in the order of the text, do not overlap except where one character is two
// letters, begin and end between characters, and in the plain reading leave nothing out but marks and invisible characters.
func TestPositions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := message(t)
		for _, how := range []reading{plainReading, {one: 'l'}, {one: 'i', join: true}, {one: 'l', join: true}} {
			var s stream
			s.read(text, how)
			end := 0
			for i, l := range s.letters {
				from, to := int(l.start), int(l.end)
				if from >= to || to > len(text) || from < end && !isTwoLetters(text[from:end]) {
					t.Fatalf("letter %d of %q is %d to %d, after %d", i, text, from, to, end)
				}
				if from < len(text) && utf8.ValidString(text) && !utf8.RuneStart(text[from]) || to < len(text) && utf8.ValidString(text) && !utf8.RuneStart(text[to]) {
					t.Fatalf("letter %d of %q is %d to %d, inside of a character", i, text, from, to)
				}
				if from > end && how == plainReading && strings.IndexFunc(text[end:from], func(r rune) bool { return !invisible(r) && !overlay(r) }) >= 0 {
					t.Fatalf("%q of %q is in no letter", text[end:from], text)
				}
				end = to
			}
		}
	})
}

var mentionForm = regexp.MustCompile(`<(?:@&?|#)\d{1,20}>`)

// TestRedactionKeepsTheRest: what is not covered stays as it was, in its order; mentions are all there; the message does not
// get longer.
func TestRedactionKeepsTheRest(t *testing.T) {
	j := compile(t, Config{
		Words: []WordList{list("bad", "ass", "bad ass", "坏人", "🍆", "idle"), anywhere("sa", "4", "l")},
		Links: linkRules(LinksDeny, "*.evil.example").Links, Expressions: expressions(Redact, `[0-9]b`, `(?i)s.i`).Expressions,
		Invites: Invites{Enabled: true, Response: Response{Action: Redact}},
	})
	rapid.Check(t, func(t *rapid.T) {
		text := message(t)
		v := j.Judge("1", text)
		if v.Action == None {
			return
		}
		if utf8.RuneCountInString(v.Content) > utf8.RuneCountInString(text) {
			t.Fatalf("%q grew to %q", text, v.Content)
		}
		rest := text
		for i, kept := range strings.FieldsFunc(v.Content, func(r rune) bool { return r == '█' }) {
			at := strings.Index(rest, kept)
			if at < 0 || i == 0 && at > 0 && !strings.HasPrefix(v.Content, mark) {
				t.Fatalf("%q became %q, where %q is new", text, v.Content, kept)
			}
			rest = rest[at+len(kept):]
		}
		if want, got := mentionForm.FindAllString(text, -1), mentionForm.FindAllString(v.Content, -1); !slices.Equal(want, got) {
			t.Fatalf("%q became %q: mentions %q are %q", text, v.Content, want, got)
		}
	})
}

// TestLiteralsLeaveNothingOut: with its literals an expression meets what it meets alone.
func TestLiteralsLeaveNothingOut(t *testing.T) {
	patterns := []string{
		`bad`, `(?i)ass+`, `s i`, `(?i)BAD.*l`, `é`, `ß`, `(?i)σ`, `@e`, `(bad|ass|1)`, `a[bd]d`, `4(bad)?5`, `人+`, `\$a`, `(?i)ɪ|ſ`, `(?i:K)b`, `ab{2}`, `a*bb`,
		`\.a`, `b-a-d`, `1l`, "e\u0301", "a\u200bb", `<a`, `s\x{1F346}`, `(?i)œ`, `(?i)ｂ`, `:/`, `ll`,
	}
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SampledFrom(patterns).Draw(t, "pattern")
		text := message(t)
		if !utf8.ValidString(text) {
			return
		}
		filtered := compile(t, expressions(Redact, pattern))
		always := compile(t, expressions(Redact, pattern))
		always.expressions[0].needs = nil
		if got, want := filtered.Judge("1", text), always.Judge("1", text); got.Content != want.Content {
			t.Fatalf("%s in %q gave %q, and %q without its literals", pattern, text, got.Content, want.Content)
		}
	})
}

// TestWholeWordsAgreeWithFields: as written, whole words are those between blanks.
func TestWholeWordsAgreeWithFields(t *testing.T) {
	words := []string{"ab", "abc", "bc", "abcab", "c", "cab"}
	j := compile(t, Config{Words: []WordList{asWritten(list(words...))}})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[abcC \n]{0,40}`).Draw(t, "text")
		var want strings.Builder
		for _, field := range regexp.MustCompile(`\s+|\S+`).FindAllString(text, -1) {
			if slices.Contains(words, strings.ToLower(field)) {
				field = strings.Repeat(mark, min(maxMarks, len(field)))
			}
			want.WriteString(field)
		}
		v := j.Judge("1", text)
		got := v.Content
		if v.Action == None {
			got = text
		}
		if got != want.String() {
			t.Fatalf("%q gave %q, want %q", text, got, want.String())
		}
	})
}

// disguiseOf has what letters are written as. Signs are left to TestWords: they need a letter beside them.
var disguiseOf = map[rune][]string{
	'a': {"4", "á", "à", "а", "ａ", "𝐚", "A", "aaa", "a\u0301", "a\u200b"},
	'b': {"B", "ｂ", "bbb", "ḃ"}, 'e': {"3", "é", "е", "E", "eeee"}, 'i': {"1", "ï", "і", "I"}, 'l': {"1", "L", "lll"},
	'o': {"0", "ö", "о", "ø", "ooo"}, 's': {"5", "ş", "S", "sss"}, 't': {"7", "T", "ttt", "ť"}, 'd': {"D", "đ"}, 'n': {"ñ", "N"}, 'r': {"R"},
}

// TestDisguisesAreSeenThrough: a word of which one letter stays is found whatever the others are, and nothing beside it is
// covered.
func TestDisguisesAreSeenThrough(t *testing.T) {
	words := []string{"badin", "idiot", "nasti", "roten", "salop", "bastard"}
	j := compile(t, Config{Words: []WordList{list(words...)}})
	rapid.Check(t, func(t *rapid.T) {
		word := []rune(rapid.SampledFrom(words).Draw(t, "word"))
		keep := rapid.IntRange(0, len(word)-1).Draw(t, "keep")
		gap := rapid.SampledFrom([]string{"", "", ".", "-", "*"}).Draw(t, "gap")
		var b strings.Builder
		one := rune(0)
		for i, r := range word {
			if i > 0 {
				b.WriteString(gap)
			}
			as := string(r)
			if forms := disguiseOf[r]; i != keep && len(forms) > 0 {
				as = rapid.SampledFrom(append([]string{as}, forms...)).Draw(t, "form")
			}
			switch {
			case as == "1" && one != 0 && one != r: // one reading of all
				as = string(r)
			case as == "1":
				one = r
			}
			b.WriteString(as)
		}
		text := "Oh, " + b.String() + " (x)"
		v := j.Judge("1", text)
		if v.Content != "Oh, ███ (x)" {
			t.Fatalf("%q gave %q", text, v.Content)
		}
	})
}
