package messages

import (
	"context"

	"github.com/beep-chat/beep/core"
)

// MarkRead moves a user's read marker of a channel forward to a message; an older one changes nothing. Beyond the newest
// message it stops at the newest, so that a forged id cannot hide what comes later.
func (s *Service) MarkRead(ctx context.Context, actor core.Actor, channel core.ChannelID, id core.MessageID) error {
	ch, err := s.holding(ctx, actor, channel, core.ViewChannel)
	if err != nil {
		return err
	}
	t, err := s.tips.Get(ctx, ch.ID)
	if err == nil && id > t.last { // another node may have stored it a moment ago
		s.ForgetTip(ch.ID)
		t, err = s.tips.Get(ctx, ch.ID)
	}
	if err != nil {
		return err
	}
	read := min(id, t.last)
	unlock := s.reads.Lock(readKey{actor.User, ch.ID})
	defer unlock()
	before, err := s.ReadStates.GetReadState(ctx, actor.User, ch.ID)
	if err != nil || read <= before {
		return err
	}
	state, err := s.unread(ctx, actor.User, ch.ID, read, t)
	if err != nil {
		return err
	}
	event, err := s.Events.New(core.Audience{Users: []core.UserID{actor.User}}, actor.User, core.ReadStateUpdated{ReadState: state})
	if err != nil {
		return err
	}
	return s.ReadStates.PutReadState(ctx, actor.User, ch.ID, read, event)
}

// Marks gives how far a user has read, in all channels at once.
func (s *Service) Marks(ctx context.Context, user core.UserID) (map[core.ChannelID]core.MessageID, error) {
	return s.ReadStates.ListReadStates(ctx, user)
}

// Unread gives the read states of a user in some channels from their marks, with what is unread counted from the messages
// themselves, and the newest id of each channel. It costs a channel whose tip is not in memory two reads, and one more where
// the mark lies further back than the tip reaches.
func (s *Service) Unread(ctx context.Context, user core.UserID, marks map[core.ChannelID]core.MessageID, channels []core.ChannelID) (map[core.ChannelID]core.MessageID, []core.ReadState, error) {
	last := make(map[core.ChannelID]core.MessageID, len(channels))
	states := make([]core.ReadState, 0, len(channels))
	for _, ch := range channels {
		t, err := s.tips.Get(ctx, ch)
		if err != nil {
			return nil, nil, err
		}
		if t.last != 0 {
			last[ch] = t.last
		}
		state, err := s.unread(ctx, user, ch, marks[ch], t)
		if err != nil {
			return nil, nil, err
		}
		states = append(states, state)
	}
	return last, states, nil
}

// unread counts the messages of others after a mark: in memory where the channel's tip reaches back to it, else page by page.
func (s *Service) unread(ctx context.Context, user core.UserID, ch core.ChannelID, read core.MessageID, t tip) (core.ReadState, error) {
	state := core.ReadState{ChannelID: ch, LastReadID: read, Version: int64(read)}
	switch {
	case read >= t.last:
	case t.covers(read):
		t.count(&state, user)
	default:
		if err := s.page(ctx, &state, user, t.last); err != nil {
			return state, err
		}
	}
	state.UnreadCount = min(state.UnreadCount, core.UnreadCap)
	state.MentionCount = min(state.MentionCount, core.UnreadCap)
	return state, nil
}

// page counts from the store, until what is counted reaches its cap.
func (s *Service) page(ctx context.Context, state *core.ReadState, user core.UserID, last core.MessageID) error {
	for after := state.LastReadID; after < last; {
		page, err := s.Store.List(ctx, core.MessageQuery{Channel: state.ChannelID, After: after, Limit: core.MaxPage})
		if err != nil {
			return err
		}
		for _, m := range page {
			tally(state, user, m.Author, m.Called)
		}
		if len(page) < core.MaxPage || state.UnreadCount >= core.UnreadCap {
			return nil
		}
		after = page[0].ID
	}
	return nil
}

// Typing tells the others in a channel that the actor types. More often than the limit allows it does nothing.
func (s *Service) Typing(ctx context.Context, actor core.Actor, channel core.ChannelID) error {
	ch, err := s.textChannel(ctx, actor, channel, core.SendMessages)
	if err != nil {
		return err
	}
	if !s.Limits.TypingRate.Off() {
		v, err := s.Limiter.Allow(ctx, core.RateKey{Policy: "typing:" + ch.ID.String(), ID: int64(actor.User)}, s.Limits.TypingRate, false)
		if err != nil || !v.Allowed {
			return err
		}
	}
	event, err := s.Events.New(s.channelAudience(ch), actor.User, core.TypingStarted{UserID: actor.User})
	if err != nil {
		return err
	}
	s.Broadcast.PublishEphemeral(event)
	return nil
}
