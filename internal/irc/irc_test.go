package irc

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestParse(t *testing.T) {
	cases := []struct {
		name, line string
		want       Line
	}{
		{"message", "[12:18] <tweaked> HrdwrBoB: ok how many partitions should i make?",
			Line{Message, 12, 18, "tweaked", "HrdwrBoB: ok how many partitions should i make?"}},
		{"nick with bars", "[12:18] <|trey|> usual, quite stable though  :)", Line{Message, 12, 18, "|trey|", "usual, quite stable though  :)"}},
		{"text with angles", "[12:19] <a> x <b> y", Line{Message, 12, 19, "a", "x <b> y"}},
		{"space after a bracket", "[12:10] <zcat[1] > thanks", Line{Message, 12, 10, "zcat[1]", "thanks"}},
		{"no nick", "[12:10] < > thanks", Line{Text: "[12:10] < > thanks"}},
		{"action", "[02:42]  * nickrud feels IndyGunFreak 's slap (rubs cheek)", Line{Action, 2, 42, "nickrud", "feels IndyGunFreak 's slap (rubs cheek)"}},
		{"action with one space", "[02:42] * nickrud waves", Line{Action, 2, 42, "nickrud", "waves"}},
		{"empty message", "[02:42] <bob> ", Line{Message, 2, 42, "bob", ""}},
		{"system", "=== topyli [~juha@dsl.example]  has left #ubuntu []", Line{Text: "=== topyli [~juha@dsl.example]  has left #ubuntu []"}},
		{"no form", "what is this", Line{Text: "what is this"}},
		{"guillemets", "[03:41] <ubotu> type « dpkg »", Line{Message, 3, 41, "ubotu", "type « dpkg »"}},
		{"windows-1252", "[03:41] <ubotu> type \xab dpkg \xbb \x80", Line{Message, 3, 41, "ubotu", "type « dpkg » €"}},
		{"both in one line", "[03:41] <a> é \xe9", Line{Message, 3, 41, "a", "é é"}},
		{"colours", "[03:41] <a> \x0304,12red\x03 and \x02bold\x0f", Line{Message, 3, 41, "a", "red and bold"}},
		{"carriage return", "[03:41] <a> hi\r", Line{Message, 3, 41, "a", "hi"}},
		{"tab", "[03:41] <a> a\tb", Line{Message, 3, 41, "a", "a b"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := Parse([]byte(c.line + "\n"))
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestParseCountsLines(t *testing.T) {
	for text, want := range map[string]int{"": 0, "\n": 0, "a": 1, "a\n": 1, "a\n\nb\n": 3} {
		if got := len(Parse([]byte(text))); got != want {
			t.Errorf("%q: %d lines, want %d", text, got, want)
		}
	}
}

func TestAddressee(t *testing.T) {
	known := func(n string) bool {
		return slices.Contains([]string{"hrdwrbob", "|trey|", "matt|"}, FoldNick(n))
	}
	cases := []struct {
		name, text, nick, rest string
		ok                     bool
	}{
		{"colon", "HrdwrBoB: ok", "HrdwrBoB", "ok", true},
		{"comma", "|trey|, ahh", "|trey|", "ahh", true},
		{"alone", "Matt|:", "Matt|", "", true},
		{"unknown", "note: this", "", "note: this", false},
		{"no mark", "HrdwrBoB ok", "", "HrdwrBoB ok", false},
		{"in the middle", "ok HrdwrBoB: yes", "", "ok HrdwrBoB: yes", false},
		{"only a mark", ": ok", "", ": ok", false},
		{"empty", "", "", "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			nick, rest, ok := Addressee(c.text, known)
			if nick != c.nick || rest != c.rest || ok != c.ok {
				t.Errorf("%q %q %v", nick, rest, ok)
			}
		})
	}
}

func TestFoldNick(t *testing.T) {
	for nick, want := range map[string]string{"Matt": "matt", "[AFK]": "{afk}", `a\B`: "a|b", "x^": "x~"} {
		if got := FoldNick(nick); got != want {
			t.Errorf("%q: %q, want %q", nick, got, want)
		}
	}
}

func TestLinks(t *testing.T) {
	links, err := ParseLinks([]byte("1 2 -\n\n4 3 -\n0 3 -\n5 5 -\n2 99 -\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Replies(links, 6), []int{-1, -1, 1, 0, 3, -1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for name, bad := range map[string]string{"two fields": "1 2\n", "no dash": "1 2 x\n", "no number": "a 2 -\n", "negative": "-1 2 -\n", "huge": "1 99999999999 -\n"} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseLinks([]byte(bad)); err == nil {
				t.Error("accepted")
			}
		})
	}
}

// TestNearestLinkWins: of two answers a line gives, the one that is nearer is shown.
func TestNearestLinkWins(t *testing.T) {
	for _, links := range [][]Link{{{1, 4}, {3, 4}}, {{3, 4}, {1, 4}}} {
		if got := Replies(links, 5)[4]; got != 3 {
			t.Errorf("%v: %d, want 3", links, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("[12:18] <|trey|> usual\n=== x has joined\n[02:42]  * a b\n"))
	f.Add([]byte("[12:18] <a> \xe9\x03\x0312,\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := Parse(data)
		if want := bytes.Count(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) + 1; len(data) > 1 && len(lines) != want {
			t.Fatalf("%d lines, want %d", len(lines), want)
		}
		for _, l := range lines {
			for _, s := range []string{l.Nick, l.Text} {
				if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
					t.Fatalf("unclean %q", s)
				}
			}
			if l.Hour > 99 || l.Minute > 99 || l.Kind == System && l.Nick != "" {
				t.Fatalf("%+v", l)
			}
			Addressee(l.Text, func(string) bool { return true })
		}
	})
}

func FuzzParseLinks(f *testing.F) {
	f.Add([]byte("1 2 -\n3 3 -\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		links, err := ParseLinks(data)
		if err != nil {
			return
		}
		for i, from := range Replies(links, 100) {
			if from >= i || from < -1 {
				t.Fatalf("line %d answers %d", i, from)
			}
		}
	})
}
