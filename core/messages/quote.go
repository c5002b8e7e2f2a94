package messages

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/beep-chat/beep/core"
)

// quote fills in what a reply shows of the message it answers.
func (s *Service) quote(ctx context.Context, m *core.StoredMessage, server core.ServerID, to core.MessageID) error {
	if to == 0 {
		return nil
	}
	original, err := s.Store.Get(ctx, m.Channel, to)
	if core.CodeOf(err) == core.CodeNotFound {
		return core.Invalid("send message", "/reply_to", core.CodeReplyNotFound, nil)
	}
	if err != nil {
		return err
	}
	m.ReplyTo, m.ReplyAuthor = original.ID, original.Author
	m.ReplyExcerpt = excerpt(s.plain(ctx, server, firstLine(original.Content)))
	return nil
}

// unquote takes the excerpt out of a reply whose original was deleted meanwhile: what is deleted is not to be read in the
// answers to it either. Clients do the same on message.deleted.
func (s *Service) unquote(ctx context.Context, m *core.StoredMessage) error {
	if m.ReplyTo == 0 {
		return nil
	}
	_, err := s.Store.Get(ctx, m.Channel, m.ReplyTo)
	if core.CodeOf(err) == core.CodeNotFound {
		m.ReplyExcerpt = ""
		return nil
	}
	return err
}

// unquoteReads is how many originals of one page are looked for at the same time.
const unquoteReads = 8

// unquoteAll is unquote for a page. Originals on the page itself are there; the others are looked for together, since each
// may be a request to another machine.
func (s *Service) unquoteAll(ctx context.Context, page []core.StoredMessage) error {
	present := make(map[core.MessageID]bool, len(page))
	for i := range page {
		present[page[i].ID] = true
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(unquoteReads)
	for i := range page {
		if m := &page[i]; m.ReplyTo != 0 && !present[m.ReplyTo] {
			group.Go(func() error { return s.unquote(ctx, m) })
		}
	}
	return group.Wait()
}

const (
	excerptRunes = 120
	quotedBytes  = 4 * excerptRunes * 2 // of the first line, before mentions become names
)

// firstLine is the first line of a content, not much longer than an excerpt; "…" stands for the rest.
func firstLine(content string) string {
	line, _, more := strings.Cut(strings.TrimSpace(content), "\n")
	if len(line) > quotedBytes {
		return strings.ToValidUTF8(line[:quotedBytes], "")
	}
	if more {
		line += "…"
	}
	return line
}

var storedMention = regexp.MustCompile(`<(@|#)([0-9]{1,19})>`)

// plain turns stored mentions into the names of the moment, since an excerpt is text for people.
func (s *Service) plain(ctx context.Context, server core.ServerID, line string) string {
	if !strings.Contains(line, "<") {
		return line
	}
	return storedMention.ReplaceAllStringFunc(line, func(token string) string {
		id := idIn(token[2 : len(token)-1])
		if token[1] == '@' {
			if face, err := s.People.Face(ctx, core.UserID(id)); err == nil {
				return "@" + face.Username
			}
			return token
		}
		if l, err := s.Places.Layout(ctx, server); err == nil {
			if c, ok := l.Channel(core.ChannelID(id)); ok {
				return "#" + c.Name
			}
		}
		return token
	})
}

// excerpt cuts a line at a rune.
func excerpt(line string) string {
	if utf8.RuneCountInString(line) <= excerptRunes {
		return line
	}
	n := 0
	for i := range line {
		if n == excerptRunes {
			return line[:i] + "…"
		}
		n++
	}
	return line
}
