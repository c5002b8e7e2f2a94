package messages

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/mdscan"
)

// maxMentionLookups bounds the names of one message that are looked up; further ones stay text.
const maxMentionLookups = 50

// resolve turns typed @username and #channel-name (outside code) into the stored form <@id> and <#id>, and gathers what
// the content mentions. Names that mean nothing in this server stay as they were typed.
func (s *Service) resolve(ctx context.Context, ch core.Channel, actor core.Actor, content string) (string, core.Mentions, error) {
	if !strings.ContainsAny(content, "@#") {
		return content, core.Mentions{}, nil
	}
	r := resolver{s: s, ch: ch, actor: actor, src: content}
	code := mdscan.CodeSpans(content)
	at := 0
	for _, span := range append(code, [2]int{len(content), len(content)}) {
		if err := r.text(ctx, at, span[0]); err != nil {
			return "", core.Mentions{}, err
		}
		r.out.WriteString(content[span[0]:span[1]])
		at = span[1]
	}
	return r.out.String(), r.mentions, nil
}

// Stored gives the form in which a text of somebody would be stored in a channel, or in none in particular (0).
func (s *Service) Stored(ctx context.Context, actor core.Actor, server core.ServerID, channel core.ChannelID, content string) (string, error) {
	stored, _, err := s.resolve(ctx, core.Channel{ID: channel, ServerID: server}, actor, content)
	return stored, err
}

type resolver struct {
	s        *Service
	ch       core.Channel
	actor    core.Actor
	src      string
	out      strings.Builder
	mentions core.Mentions
	lookups  int
}

// text copies src[from:to], replacing the mentions in it.
func (r *resolver) text(ctx context.Context, from, to int) error {
	for i := from; i < to; {
		j := strings.IndexAny(r.src[i:to], "<@#")
		if j < 0 {
			r.out.WriteString(r.src[i:to])
			return nil
		}
		r.out.WriteString(r.src[i : i+j])
		i += j
		n, stored, err := r.mention(ctx, i, to)
		if err != nil {
			return err
		}
		r.out.WriteString(stored)
		i += n
	}
	return nil
}

// mention reads what stands at i, which is one of < @ #, and gives its length and what to store for it.
func (r *resolver) mention(ctx context.Context, i, to int) (int, string, error) {
	rest := r.src[i:to]
	if rest[0] == '<' {
		return r.storedForm(ctx, rest)
	}
	if before, _ := utf8.DecodeLastRuneInString(r.src[:i]); IsNameRune(before) {
		return 1, rest[:1], nil // mail@address, issue#1
	}
	if rest[0] == '@' {
		return r.user(ctx, rest, run(rest, IsNameRune))
	}
	return r.channel(ctx, rest, run(rest, isChannelRune))
}

// run is the length of a sign with the name that follows it.
func run(s string, in func(rune) bool) int {
	for i, c := range s[1:] {
		if !in(c) {
			return 1 + i
		}
	}
	return len(s)
}

// storedForm checks <@id>, <@&id> and <#id>: what names nothing here is kept as text and mentions nobody.
func (r *resolver) storedForm(ctx context.Context, rest string) (int, string, error) {
	end := strings.IndexByte(rest, '>')
	if end < 3 || end > 24 {
		return 1, rest[:1], nil
	}
	token := rest[:end+1]
	switch {
	case strings.HasPrefix(token, "<@&"):
		// There are no roles yet: the text stays and calls nobody.
	case strings.HasPrefix(token, "<@"):
		id := idIn(token[2:end])
		if id == 0 || !r.spend() {
			return len(token), token, nil
		}
		ok, err := r.s.People.IsMember(ctx, r.ch.ServerID, core.UserID(id))
		if err != nil {
			return 0, "", err
		}
		if ok {
			r.mentions.Users = add(r.mentions.Users, core.UserID(id))
		}
	case strings.HasPrefix(token, "<#"):
		id := idIn(token[2:end])
		if id == 0 {
			return len(token), token, nil
		}
		layout, err := r.s.Places.Layout(ctx, r.ch.ServerID)
		if err != nil {
			return 0, "", err
		}
		if _, ok := layout.Channel(core.ChannelID(id)); ok {
			r.mentions.Channels = add(r.mentions.Channels, core.ChannelID(id))
		}
	default:
		return 1, rest[:1], nil
	}
	return len(token), token, nil
}

// idIn reads an id out of a mention, 0 for what is none.
func idIn(s string) int64 {
	id, err := core.ParseID[any](s)
	if err != nil {
		return 0
	}
	return int64(id)
}

// user resolves @name; punctuation at the end of a sentence is given back when the longer name is nobody's.
func (r *resolver) user(ctx context.Context, rest string, n int) (int, string, error) {
	for typed := rest[1:n]; typed != ""; typed = typed[:len(typed)-1] {
		name := strings.ToLower(typed)
		if len(name) != len(typed) {
			break // some letters beyond ASCII have lower case within it
		}
		if name == "everyone" || name == "here" {
			return r.everyone(ctx, rest[:len(name)+1])
		}
		if core.ValidUsername(name) {
			if !r.spend() {
				break
			}
			id, err := r.s.People.MemberByUsername(ctx, r.ch.ServerID, name)
			if err == nil {
				r.mentions.Users = add(r.mentions.Users, id)
				return len(name) + 1, "<@" + id.String() + ">", nil
			}
			if core.CodeOf(err) != core.CodeNotFound {
				return 0, "", err
			}
		}
		if last := name[len(name)-1]; last != '.' && last != '-' && last != '_' {
			break
		}
	}
	return n, rest[:n], nil
}

// everyone counts as a mention only for those who may call everyone.
func (r *resolver) everyone(ctx context.Context, text string) (int, string, error) {
	rights, err := r.s.Access.Rights(ctx, r.actor.User, r.ch.ServerID, r.ch.ID)
	if err != nil {
		return 0, "", err
	}
	if rights.Has(core.MentionEveryone) {
		r.mentions.Everyone = true
	}
	return len(text), text, nil
}

// channel resolves #name among the channels of the server that the author can see.
func (r *resolver) channel(ctx context.Context, rest string, n int) (int, string, error) {
	if n == 1 || !r.spend() {
		return n, rest[:n], nil
	}
	layout, err := r.s.Places.Layout(ctx, r.ch.ServerID)
	if err != nil {
		return 0, "", err
	}
	name := rest[1:n]
	if utf8.RuneCountInString(name) > core.MaxNameRunes {
		return n, rest[:n], nil
	}
	for name != "" {
		for _, c := range layout.Channels {
			if c.Type == core.CategoryChannel || !strings.EqualFold(c.Name, name) {
				continue
			}
			rights, err := r.s.Access.Rights(ctx, r.actor.User, r.ch.ServerID, c.ID)
			if err == nil && rights.Has(core.ViewChannel) {
				r.mentions.Channels = add(r.mentions.Channels, c.ID)
				return len(name) + 1, "<#" + c.ID.String() + ">", nil
			}
		}
		last, size := utf8.DecodeLastRuneInString(name)
		if isWordRune(last) {
			break
		}
		name = name[:len(name)-size]
	}
	return n, rest[:n], nil
}

func (r *resolver) spend() bool {
	r.lookups++
	return r.lookups <= maxMentionLookups
}

// IsNameRune tells whether a character may be part of a name after @, and glues an @ to what stands before it: the letters
// and digits of any language, and the marks of usernames. Punctuation and emoji end a name. Rendering asks the same.
func IsNameRune(c rune) bool {
	return c == '.' || c == '_' || c == '-' || isWordRune(c)
}

// isChannelRune adds what channel names may have besides: emoji and other signs, though no punctuation.
func isChannelRune(c rune) bool {
	return IsNameRune(c) || c >= utf8.RuneSelf && !unicode.IsSpace(c) && !unicode.IsPunct(c)
}

func isWordRune(c rune) bool {
	return unicode.In(c, unicode.L, unicode.Nd, unicode.Mn, unicode.Mc) && !unicode.Is(unicode.Variation_Selector, c)
}

func add[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}
