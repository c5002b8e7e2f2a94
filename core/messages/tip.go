package messages

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/cache"
)

// tip is the newest end of a channel: all that counting what is unread asks of most channels. It is the same for everybody,
// so that when thousands fetch their snapshot at once the store is asked once a channel.
type tip struct {
	last  core.MessageID // the newest id the channel ever held
	heads []head         // the newest messages, newest first
	whole bool           // there are no others
}

// head is what counting needs of a message.
type head struct {
	id     core.MessageID
	author core.UserID
	called core.Called
}

// How many tips are kept, some 6 KB each, and for how long they are trusted without an event.
const (
	maxTips = 5_000
	tipLife = 30 * time.Second
)

func newTips(store Store, trusted func() bool) *cache.Loading[core.ChannelID, tip] {
	return cache.New(maxTips, tipLife, func(ctx context.Context, ch core.ChannelID) (tip, error) {
		last, err := store.LastID(ctx, ch)
		if err != nil || last == 0 {
			return tip{whole: true}, err
		}
		page, err := store.List(ctx, core.MessageQuery{Channel: ch, Limit: core.MaxPage})
		t := tip{last: last, heads: make([]head, len(page)), whole: len(page) < core.MaxPage}
		for i, m := range page {
			t.heads[i] = head{id: m.ID, author: m.Author, called: m.Called}
			t.last = max(t.last, m.ID) // one that came between the two reads
		}
		return t, err
	}).While(trusted)
}

// ForgetTip drops what is kept of a channel's newest end; events of messages that come and go call it.
func (s *Service) ForgetTip(channel core.ChannelID) { s.tips.Forget(channel) }

// ForgetTips drops all of them: changes may have been missed.
func (s *Service) ForgetTips() { s.tips.Clear() }

// covers tells whether every message after a mark is among the heads.
func (t tip) covers(mark core.MessageID) bool {
	return t.whole || len(t.heads) > 0 && mark >= t.heads[len(t.heads)-1].id
}

// count adds the messages of others after the state's mark, oldest first, as far as counting goes.
func (t tip) count(state *core.ReadState, user core.UserID) {
	for i := len(t.heads) - 1; i >= 0; i-- {
		if h := &t.heads[i]; h.id > state.LastReadID {
			tally(state, user, h.author, h.called)
		}
	}
}

// tally counts one message after the mark.
func tally(state *core.ReadState, user, author core.UserID, called core.Called) {
	if author == user {
		return
	}
	state.UnreadCount++
	if called.Calls(user) {
		state.MentionCount++
	}
}
