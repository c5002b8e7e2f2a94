package messages

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

// Send puts a message into a channel. created is false when the nonce was seen before: then the message is the one that
// exists. The steps and their order are those of consistency.md; what is refused before the rate limit consumes none.
func (s *Service) Send(ctx context.Context, actor core.Actor, in core.NewMessage) (msg core.Message, created bool, err error) {
	ch, err := s.textChannel(ctx, actor, in.Channel, core.SendMessages)
	if err != nil {
		return core.Message{}, false, err
	}
	if err := s.checkContent("send message", in.Content, in.Nonce); err != nil {
		return core.Message{}, false, err
	}
	claim, err := s.claimNonce(ctx, ch, actor, in.Nonce)
	if err != nil {
		return core.Message{}, false, err
	}
	if claim.Existing != nil {
		msg, err := s.existing(ctx, ch, *claim.Existing)
		return msg, false, err
	}
	defer func() { claim.Release(err) }() // after a panic too, or a retry would wait for ever
	m, err := s.compose(ctx, ch, actor, in, claim.ID)
	if err == nil {
		msg, err = s.commit(ctx, ch, actor, m)
	}
	return msg, err == nil, err
}

// compose makes the message that is to be stored: reply, rate limit, mentions, hooks.
func (s *Service) compose(ctx context.Context, ch core.Channel, actor core.Actor, in core.NewMessage, id core.MessageID) (core.StoredMessage, error) {
	m := core.StoredMessage{ID: id, Channel: ch.ID, Author: actor.User, Type: core.MessageText, Nonce: in.Nonce, Version: 1}
	if err := s.quote(ctx, &m, ch.ServerID, in.ReplyTo); err != nil {
		return m, err
	}
	if err := core.LimitKey(ctx, s.Limiter, core.RateKey{Policy: "message_rate", ID: int64(actor.User)}, s.Limits.MessageRate, true); err != nil {
		return m, err
	}
	err := s.write(ctx, ch, actor, in.Content, &m)
	m.Called = core.Called{Users: m.Mentions.Users, Everyone: m.Mentions.Everyone}
	return m, err
}

// write fills in what depends on the content: mentions, moderation, rendering. Send and Edit share it.
func (s *Service) write(ctx context.Context, ch core.Channel, actor core.Actor, content string, m *core.StoredMessage) error {
	stored, mentions, err := s.resolve(ctx, ch, actor, content)
	if err != nil {
		return err
	}
	m.Content, err = s.Hooks.MessageWillBeSent(ctx, core.Draft{Server: ch.ServerID, Channel: ch.ID, Author: actor.User, Message: m.ID,
		Edit: m.Version > 1, Content: stored})
	if err != nil {
		return err
	}
	if m.Content != stored {
		_, mentions, err = s.resolve(ctx, ch, actor, m.Content)
		if err != nil {
			return err
		}
	}
	slices.Sort(mentions.Users)
	slices.Sort(mentions.Roles)
	slices.Sort(mentions.Channels)
	rendered := s.Hooks.Render(ctx, ch.ServerID, m.Content)
	m.Mentions, m.HTML, m.RenderVersion = mentions, rendered.HTML, rendered.Version
	return nil
}

// commit stores the message and its event together.
func (s *Service) commit(ctx context.Context, ch core.Channel, actor core.Actor, m core.StoredMessage) (core.Message, error) {
	v, err := s.view(ctx, ch.ServerID, m)
	if err != nil {
		return core.Message{}, err
	}
	event := s.Events.Named(core.EventID(m.ID), s.channelAudience(ch), actor.User, core.MessageCreated{Message: v})
	err = s.Store.Put(ctx, m, event)
	s.ForgetTip(ch.ID) // also where the outcome is unknown
	return v, err
}

// existing answers a repeated nonce.
func (s *Service) existing(ctx context.Context, ch core.Channel, m core.StoredMessage) (core.Message, error) {
	if err := s.unquote(ctx, &m); err != nil {
		return core.Message{}, err
	}
	return s.view(ctx, ch.ServerID, m)
}

func (s *Service) checkContent(op, content, nonce string) error {
	var fields []core.FieldError
	n := utf8.RuneCountInString(content)
	switch limit := s.Limits.MessageCharacters; {
	case strings.TrimSpace(content) == "":
		fields = append(fields, core.FieldError{Pointer: "/content", Code: core.CodeEmpty})
	case limit > 0 && n > limit:
		fields = append(fields, core.FieldError{Pointer: "/content", Code: core.CodeTooLong,
			Params: map[string]any{"max": limit, "length": n}})
	}
	if n := utf8.RuneCountInString(nonce); n > core.MaxNonceRunes {
		fields = append(fields, core.FieldError{Pointer: "/nonce", Code: core.CodeTooLong,
			Params: map[string]any{"max": core.MaxNonceRunes, "length": n}})
	}
	if fields == nil {
		return nil
	}
	return &core.Error{Code: core.CodeValidationFailed, Op: op, Fields: fields}
}
