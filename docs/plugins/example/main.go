// Command example is a plugin to learn from: it refuses messages that shout. docs/plugins/writing-a-plugin.md goes through it.
//
// It owns three files: plugin.json says what the plugin is and what a server can set, settings.go reads what a server has set,
// and this one judges messages. Its state is "none": it keeps nothing of a message.
package main

import (
	"strings"
	"unicode"

	beep "github.com/beep-chat/beep/pluginsdk"
)

func init() {
	beep.Register(beep.Plugin{MessageWillBeSent: judge, ConfigWillChange: settings.Check})
}

func main() {} // never runs: a node calls the hooks

var reason = beep.Text{
	"en": "Please do not write in capital letters.",
	"fr": "Merci de ne pas écrire en majuscules.",
}

// judge is called before a message is stored and before an edit is.
func judge(ctx *beep.Context, m beep.Message) (beep.Verdict, error) {
	rules, err := settings.Get(ctx)
	if err != nil {
		return beep.Verdict{}, err
	}
	if !rules.shouts(m.Content) {
		return beep.Allow(), nil
	}
	if rules.Action == beep.ActionFlag {
		return beep.Flag(reason).Because("capitals", m.Content), nil
	}
	return beep.Reject(reason).Because("capitals", m.Content), nil
}

// shouts tells whether enough of the letters are capital ones. Letters without case, as in Arabic, count as small.
func (r *rules) shouts(content string) bool {
	letters, capitals := 0, 0
	for word := range strings.FieldsSeq(content) {
		if r.allowed[strings.TrimFunc(word, notALetter)] || strings.HasPrefix(word, "<") { // <@1> is a mention
			continue
		}
		for _, c := range word {
			if unicode.IsLetter(c) {
				letters++
			}
			if unicode.IsUpper(c) {
				capitals++
			}
		}
	}
	return letters >= r.Letters && capitals*100 >= letters*r.Percent
}

func notALetter(c rune) bool { return !unicode.IsLetter(c) }
