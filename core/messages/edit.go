package messages

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
)

// Edit changes the content of one's own message. It takes the same road as a send (validation, rate, moderation,
// rendering), so that it cannot bypass a rule.
func (s *Service) Edit(ctx context.Context, actor core.Actor, channel core.ChannelID, id core.MessageID, content string) (core.Message, error) {
	ch, err := s.holding(ctx, actor, channel, core.SendMessages)
	if err != nil {
		return core.Message{}, err
	}
	if err := s.checkContent("edit message", content, ""); err != nil {
		return core.Message{}, err
	}
	unlock := s.edits.Lock(id)
	defer unlock()
	m, err := s.Store.Get(ctx, ch.ID, id)
	if err != nil {
		return core.Message{}, err
	}
	if m.Author != actor.User || m.Type != core.MessageText {
		return core.Message{}, core.E(core.CodeMessageNotEditable, "edit message")
	}
	if err := core.Limit(ctx, s.Limiter, "edit_rate", actor.User, s.Limits.MessageRate); err != nil {
		return core.Message{}, err
	}
	m.Version = s.NextVersion(m.Version)
	m.EditedAt = laterThan(m.EditedAt, s.Events.Clock())
	if err := s.write(ctx, ch, actor, content, &m); err != nil {
		return core.Message{}, err
	}
	return s.replace(ctx, ch, actor, m)
}

// laterThan is now, or a millisecond after before where the wall clock was set back: of two edits the later looks later.
func laterThan(before, now time.Time) time.Time {
	now = now.UTC().Truncate(time.Millisecond)
	if !now.After(before) && !before.IsZero() {
		return before.Add(time.Millisecond)
	}
	return now
}

func (s *Service) replace(ctx context.Context, ch core.Channel, actor core.Actor, m core.StoredMessage) (core.Message, error) {
	if err := s.unquote(ctx, &m); err != nil {
		return core.Message{}, err
	}
	v, err := s.view(ctx, ch.ServerID, m)
	if err != nil {
		return core.Message{}, err
	}
	event, err := s.Events.New(s.channelAudience(ch), actor.User, core.MessageUpdated{Message: v})
	if err != nil {
		return core.Message{}, err
	}
	return v, s.Store.Replace(ctx, m, event)
}

// Delete removes a message for good: one's own, or anyone's with the right to manage messages. System messages only
// managers delete.
func (s *Service) Delete(ctx context.Context, actor core.Actor, channel core.ChannelID, id core.MessageID) error {
	ch, err := s.holding(ctx, actor, channel, core.ViewChannel)
	if err != nil {
		return err
	}
	unlock := s.edits.Lock(id)
	defer unlock()
	m, err := s.Store.Get(ctx, ch.ID, id)
	if err != nil {
		return err
	}
	if m.Author != actor.User || m.Type != core.MessageText {
		if err := s.Access.Require(ctx, actor, ch.ServerID, ch.ID, core.ManageMessages); err != nil {
			return err
		}
	}
	event, err := s.Events.New(s.channelAudience(ch), actor.User, core.MessageDeleted{
		MessageID: m.ID, AuthorID: m.Author, Mentioned: m.Called.Users, Everyone: m.Called.Everyone,
	})
	if err != nil {
		return err
	}
	err = s.Store.Delete(ctx, m, event)
	s.ForgetTip(ch.ID)
	return err
}
