package messages

import (
	"context"

	"github.com/beep-chat/beep/core"
)

// List gives a page of history, newest first.
func (s *Service) List(ctx context.Context, actor core.Actor, q core.MessageQuery) ([]core.Message, error) {
	ch, err := s.textChannel(ctx, actor, q.Channel, core.ViewChannel|core.ReadHistory)
	if err != nil {
		return nil, err
	}
	list, err := s.Store.List(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.views(ctx, ch.ServerID, list)
}

// Get gives one message.
func (s *Service) Get(ctx context.Context, actor core.Actor, channel core.ChannelID, id core.MessageID) (core.Message, error) {
	ch, err := s.holding(ctx, actor, channel, core.ViewChannel|core.ReadHistory)
	if err != nil {
		return core.Message{}, err
	}
	m, err := s.Store.Get(ctx, ch.ID, id)
	if err != nil {
		return core.Message{}, err
	}
	if err := s.unquote(ctx, &m); err != nil {
		return core.Message{}, err
	}
	return s.view(ctx, ch.ServerID, m)
}
