package rules

import (
	"strings"
	"testing"
)

// compile makes a judge of a configuration that must be sound.
func compile(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, c Config) *Judge {
	t.Helper()
	j, problems := Compile(c)
	for _, p := range problems {
		t.Fatalf("problem at %s: %s", p.Pointer, p.Message["en"])
	}
	return j
}

func list(words ...string) WordList {
	return WordList{Words: words, Response: Response{Action: Redact}}
}

func anywhere(words ...string) WordList {
	l := list(words...)
	l.Match = MatchAnywhere
	return l
}

func asWritten(l WordList) WordList {
	no := false
	l.Disguises = &no
	return l
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		name    string
		list    WordList
		content string
		want    string // "": nothing is met
	}{
		{"plain", list("bad"), "so bad!", "so ███!"},
		{"short", asWritten(list("ab")), "ab abc", "██ abc"},
		{"capitals", list("Bad"), "BAD bAd", "███ ███"},
		{"inside", list("ass"), "a class, assets", ""},
		{"inside, anywhere", anywhere("ass"), "a class, assets", "a cl███, ███ets"},
		{"anywhere at both ends", anywhere("bad"), "xbadx bad", "x███x ███"},
		{"possessive", list("idiot"), "the idiot's hat, l'idiot", "the ███'s hat, l'███"},
		{"accents", list("bad"), "bád BÄD b\u0301a\u0301d", "███ ███ ███"},
		{"accents in the list", list("élève"), "eleve Élève", "███ ███"},
		{"decomposed", list("élève"), "e\u0301le\u0300ve!", "███!"},
		{"ligatures", list("oeuf", "strasse"), "œuf Straße", "███ ███"},
		{"leet", list("bad", "sheet", "idiot"), "b4d 5h33t 1d10t", "███ ███ ███"},
		{"one as l", list("hell", "kill"), "he11 k1ll k111 ki11", "███ ███ k111 ███"},
		{"signs", list("bass", "bait"), "b@$$ ba$s ba!t", "███ ███ ███"},
		{"signs only", list("ass"), "@$$ you", "███ you"},
		{"digits only", list("ass"), "455 people", ""},
		{"sign at the end", list("ass"), "a$$ as$", "███ ███"},
		{"price", list("sass", "sio"), "5a$5 $10 5$", "███ $10 5$"},
		{"at a name", list("bob"), "@bob", "@███"},
		{"sign before a word", list("idiot"), "x!idiot x@idiot hey$idiot", "x!███ x@███ hey$███"},
		{"stretched", list("bad"), "baaad bbbaaaddd", "███ ███"},
		{"doubled is another word", list("god", "coon"), "good con cooon", "good con ███"},
		{"stretched double", list("asshole"), "aaasssshole", "███"},
		{"single is another word", list("ass"), "as asss", "as ███"},
		{"separators", list("bad"), "b.a.d b-a-d b_a_d b**a**d ba.d", "███ ███ ███ ███ ███"},
		{"spelled", list("bad"), "so b a d really", "so ███ really"},
		{"spelled wide", list("bad"), "t h i s  i s  b a d", "t h i s  i s  ███"},
		{"spelled other word", list("ass"), "c l a s s", ""},
		{"apostrophe", list("hell", "ill", "cant"), "he'll, I'll, I can't, he’ll", ""},
		{"hyphen inside", anywhere("shit"), "push-it, push it", ""},
		{"hyphen hides", anywhere("shit"), "sh-it s.h.i.t", "███ ███"},
		{"sign inside, anywhere", anywhere("shit"), "sh!tty", "███y"},
		{"zero width", list("bad"), "b\u200ba\u00add \u2060bad", "███ \u2060███"},
		{"zero width as written", asWritten(list("bad")), "b\u200bad", "███"},
		{"styles", list("bad"), "ｂａｄ 𝐛𝐚𝐝 𝓑𝓐𝓓 ⓑⓐⓓ", "███ ███ ███ ███"},
		{"look-alikes", list("bad", "ocean"), "bаd οcean", "███ ███"},
		{"look-alikes only", list("cop", "pot"), "сор рот", ""},
		{"Cyrillic", list("дурак"), "ДУРАК! дуpак", "███! ███"},
		{"Greek", list("σοφός"), "ΣΟΦΟΣ σοφος", "███ ███"},
		{"phrase", list("bad word"), "a bad   word, bad-word, bad,\nword, badword", "a ███, ███, ███, badword"},
		{"phrase as written", asWritten(list("bad word")), "BAD  word bad-word", "███ bad-word"},
		{"as written", asWritten(list("bad", "café")), "bad b4d bád baaad café cafe", "███ b4d bád baaad ███ cafe"},
		{"two letters", list("ss"), "ss 5s $$ s.s sss SS", "██ 5s $$ s.s sss ██"},
		{"number", list("1488"), "1488 14888 11488 I488", "███ 14888 11488 ███"},
		{"digit behind", list("idiot"), "idiot1 2idiots 2idiot", "███1 2idiots 2███"},
		{"digit behind, as written", asWritten(list("mp")), "mp3 mp", "mp3 ██"},
		{"punctuation in the word", list("c++", ".net", "a$$"), "c++ c .net net a$$ a", "███ c ███ net ███ a"},
		{"emoji", list("🍆"), "hi🍆🍆 🍆\ufe0f", "hi██ ██"},
		{"emoji with a tone", list("🖕"), "🖕🏽!", "██!"},
		{"no spaces between words", list("坏人"), "他是坏人吗", "他是██吗"},
		{"mention", anywhere("1", "42"), "<@42> <@&1> <#421> 42", "<@42> <@&1> <#421> ██"},
		{"beside a mention", list("bad"), "bad<@42>bad", "███<@42>███"},
		{"code", list("bad"), "`bad` ```\nbad\n```", "`███` ```\n███\n```"},
		{
			"guide", list("bastard"), "bàstård ｂａｓｔａｒｄ 𝓫𝓪𝓼𝓽𝓪𝓻𝓭 b4stard ba$tard b@stard baaastard b.a.s.t.a.r.d bas-tard, b a s t a r d, bаstаrd",
			"███ ███ ███ ███ ███ ███ ███ ███ ███, ███, ███",
		},
		{"guide, whole", list("ham"), "ham Ham's hamster hams", "███ ███'s hamster hams"},
		{"guide, phrase", list("so bad"), "so   bad so-bad so, bad", "███ ███ ███"},
		{"overlap", anywhere("abcd", "cdef", "def"), "xabcdefx", "x███x"},
		{"touching", anywhere("abc", "def"), "abcdef", "███"},
		{"run, anywhere as written", asWritten(anywhere("ssb")), "asssbc", "as███c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := compile(t, Config{Words: []WordList{c.list}})
			v := j.Judge("1", c.content)
			if v.Content != c.want {
				t.Errorf("judging %q gave %q, want %q (excerpt %q)", c.content, v.Content, c.want, v.Excerpt)
			}
			if c.want == "" && v.Action != None {
				t.Errorf("judging %q gave %q by %q", c.content, v.Action, v.Excerpt)
			}
		})
	}
}

func TestListsOfWords(t *testing.T) {
	j := compile(t, Config{Words: []WordList{
		{Words: []string{"mild"}, Response: Response{Action: Flag}},
		{Words: []string{"rude"}, Response: Response{Action: Redact}},
		{Words: []string{"vile"}, Response: Response{Action: Reject, Reason: "Please be kind."}},
	}})
	for _, c := range []struct {
		content string
		want    Verdict
	}{
		{"nice", Verdict{}},
		{"so MILD", Verdict{Action: Flag, Reason: reasonWords, Rule: "words[0]", Excerpt: "MILD"}},
		{"mild and rude", Verdict{Action: Redact, Reason: reasonWords, Rule: "words[1], words[0]", Excerpt: "rude", Content: "mild and ███"}},
	} {
		got := j.Judge("1", c.content)
		if got.Action != c.want.Action || got.Rule != c.want.Rule || got.Excerpt != c.want.Excerpt || got.Content != c.want.Content ||
			got.Reason["fr"] != c.want.Reason["fr"] {
			t.Errorf("judging %q gave %+v, want %+v", c.content, got, c.want)
		}
	}
	v := j.Judge("1", "mild rude vile")
	if v.Action != Reject || !strings.HasPrefix(v.Rule, "words[2]") || v.Excerpt != "vile" || v.Reason["fr"] != "Please be kind." {
		t.Errorf("the strongest action did not win: %+v", v)
	}
}
