package beep

import (
	"sort"
	"unicode/utf8"

	"github.com/beep-chat/beep/pluginsdk/internal/wire"
)

// Limits of a verdict's texts, in characters. What is longer is cut.
const (
	MaxReason  = 500
	MaxRule    = 100
	MaxExcerpt = 200
)

// Text is one text in several languages, by language code. "en" must be there; readers of other languages that are not get it.
type Text map[string]string

// Action is what becomes of a message.
type Action string

// The actions. ActionFlag lets the message pass and tells the moderators; ActionReplace stores other content in its place.
const (
	ActionAllow   Action = "allow"
	ActionReject  Action = "reject"
	ActionReplace Action = "replace"
	ActionFlag    Action = "flag"
)

// Verdict is a plugin's judgement of a message. The zero value allows it. Allow, Reject, Replace and Flag make the usual ones.
type Verdict struct {
	Action  Action // empty: allow
	Reason  Text   // the author of a rejected message reads it, and the moderators
	Content string // with ActionReplace: the new content, in stored form
	Rule    string // for moderators: which rule, in the plugin's own words, like "words[0]"
	Excerpt string // for moderators: what the rule met
}

// Allow lets a message pass.
func Allow() Verdict { return Verdict{Action: ActionAllow} }

// Reject refuses a message. Its author sees the reason.
func Reject(reason Text) Verdict { return Verdict{Action: ActionReject, Reason: reason} }

// Replace stores content instead of what the author wrote.
func Replace(content string, reason Text) Verdict {
	return Verdict{Action: ActionReplace, Content: content, Reason: reason}
}

// Flag lets a message pass and shows it to the moderators.
func Flag(reason Text) Verdict { return Verdict{Action: ActionFlag, Reason: reason} }

// Because adds for the moderators which rule the verdict is by and what the rule met:
//
//	return beep.Flag(reason).Because("links", "http://example.org"), nil
func (v Verdict) Because(rule, excerpt string) Verdict {
	v.Rule, v.Excerpt = rule, excerpt
	return v
}

// appendVerdict writes a verdict; nothing at all for one that only allows.
func appendVerdict(b []byte, v Verdict) []byte {
	if v.Action == "" || v.Action == ActionAllow {
		return b
	}
	b = wire.AppendString(append(b, `{"action":`...), string(v.Action))
	if len(v.Reason) > 0 {
		b = appendText(append(b, `,"reason":`...), v.Reason, MaxReason)
	}
	if v.Action == ActionReplace {
		b = wire.AppendString(append(b, `,"content":`...), v.Content)
	}
	if v.Rule != "" {
		b = wire.AppendString(append(b, `,"rule":`...), cut(v.Rule, MaxRule))
	}
	if v.Excerpt != "" {
		b = wire.AppendString(append(b, `,"excerpt":`...), cut(v.Excerpt, MaxExcerpt))
	}
	return append(b, '}')
}

// appendText writes the languages in their order, so that the same text gives the same bytes.
func appendText(b []byte, t Text, limit int) []byte {
	languages := make([]string, 0, len(t))
	for language := range t {
		languages = append(languages, language)
	}
	sort.Strings(languages)
	b = append(b, '{')
	for i, language := range languages {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(wire.AppendString(b, language), ':')
		b = wire.AppendString(b, cut(t[language], limit))
	}
	return append(b, '}')
}

// cut gives at most n characters of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// cutBytes gives at most n bytes of s, and no half character.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
