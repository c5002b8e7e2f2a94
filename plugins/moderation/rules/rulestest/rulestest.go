// Package rulestest has what is worst for the rules: the largest configurations and messages made to cost time. Tests of the
// rules, of the plugin and of the host run the same. It owns data only, which must not be changed.
//
//	judge, _ := rules.Compile(rulestest.Largest(rules.Redact))
//	for kind, content := range rulestest.Hostile { ... }
package rulestest

import (
	"fmt"
	"strings"

	"github.com/beep-chat/beep/plugins/moderation/rules"
)

// Largest is a configuration at its limits: 500 words with disguises, 30 expressions, all other rules on.
func Largest(action rules.Action) rules.Config {
	c := rules.Config{
		Links:    rules.Links{Mode: rules.LinksAllow, Hosts: []string{"good.example", "*.fine.example"}, Response: rules.Response{Action: action}},
		Invites:  rules.Invites{Enabled: true, AllowedCodes: []string{"ours"}, Response: rules.Response{Action: action}},
		Mentions: rules.Mentions{Enabled: true, Limit: new(rules.MaxMentions), Response: rules.Response{Action: rules.Flag}},
		Capitals: rules.Capitals{Enabled: true, Letters: new(1), Percent: new(99), Response: rules.Response{Action: rules.Flag}},
	}
	for i := range rules.MaxLists {
		l := rules.WordList{Response: rules.Response{Action: action}}
		if i%2 == 1 {
			l.Match = rules.MatchAnywhere
		}
		for k := range rules.MaxWords / rules.MaxLists {
			l.Words = append(l.Words, fmt.Sprintf("%c%cqu%cz%c", 'a'+k%26, 'a'+(k/3+i)%26, 'a'+i, 'b'+k%20))
		}
		c.Words = append(c.Words, l)
	}
	for i := range rules.MaxExpressions {
		c.Expressions = append(c.Expressions, rules.Expression{Pattern: fmt.Sprintf(`(?i)\bfree\s+(coin|gift)s?%c+x{%d}`, 'a'+i%26, 1+i%5), Response: rules.Response{Action: action}})
	}
	return c
}

// Nested is a configuration whose words and expressions meet as often as possible without being met: the worst for who
// judges.
func Nested(match rules.Match) rules.Config {
	var c rules.Config
	for i := range rules.MaxLists {
		l := rules.WordList{Match: match, Response: rules.Response{Action: rules.Redact}}
		for k := range rules.MaxWords / rules.MaxLists {
			// Each ends like the next longer one, and fails at its doubled letter only.
			l.Words = append(l.Words, "aa"+strings.Repeat("ba", 1+k%6)+strings.Repeat("b", i%2))
		}
		c.Words = append(c.Words, l)
	}
	for _, pattern := range []string{`x.*y|x`, `(a|b)*abba`, `b(.{0,30})c`} {
		c.Expressions = append(c.Expressions, rules.Expression{Pattern: pattern, Response: rules.Response{Action: rules.Redact}})
	}
	return c
}

// Hostile are messages made to cost time, of 4,000 characters.
var Hostile = map[string]string{
	"one letter":             strings.Repeat("a", 4000),
	"one wide letter":        strings.Repeat("𝐚", 4000),
	"two letters":            strings.Repeat("ab", 2000),
	"spelled":                strings.Repeat("a b ", 1000),
	"dots":                   strings.Repeat(".", 4000),
	"letters and dots":       strings.Repeat("a.b.", 1000),
	"ones":                   strings.Repeat("1.", 2000),
	"stretched":              strings.Repeat("aaabbb", 666),
	"marks":                  "a" + strings.Repeat("\u0301", 3999),
	"invisible":              strings.Repeat("\u200b", 4000),
	"x":                      strings.Repeat("x", 4000),
	"mentions":               strings.Repeat("<@1>", 1000),
	"different mentions":     differentMentions(),
	"open mentions":          strings.Repeat("<@", 2000),
	"digits":                 "<@" + strings.Repeat("1", 3990) + ">",
	"schemes":                strings.Repeat("http://", 571),
	"addresses":              strings.Repeat("http://a.b ", 363),
	"one host":               "http://" + strings.Repeat("a.", 1990),
	"signs":                  strings.Repeat("http://a@", 444),
	"slashes":                "http:" + strings.Repeat("/", 3990),
	"invites":                strings.Repeat("a/invite/bb/", 333),
	"www":                    strings.Repeat("www.", 1000),
	"entities":               strings.Repeat("&#58;//", 570),
	"backslashes":            strings.Repeat(`\/`, 2000),
	"open entities":          strings.Repeat("&", 4000),
	"free":                   strings.Repeat("free coin ", 400),
	"Cyrillic":               strings.Repeat("Ж", 4000),
	"emoji":                  strings.Repeat("🍆", 4000),
	"bytes that are no text": strings.Repeat("\xff", 4000),
	"punycode":               strings.Repeat("http://xn--"+strings.Repeat("9", 230)+" ", 16),
}

func differentMentions() string {
	var b strings.Builder
	for i := 0; b.Len() < 3990; i++ {
		fmt.Fprintf(&b, "<@%d>", i)
	}
	return b.String()
}
