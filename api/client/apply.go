package client

import (
	"slices"

	"github.com/beep-chat/beep/core"
)

// Apply brings the state up to date with one event. Events of servers and channels that it does not know are ignored, and
// so are types it does not know.
func (s *State) Apply(e Event) {
	switch e.Type {
	case core.EventUserUpdated:
		if e.User != nil && e.User.Version > s.user.Version {
			s.user = *e.User
		}
	case core.EventAccessChanged:
		s.stale[e.ServerID] = true
	case core.EventMemberJoined, core.EventMemberUpdated:
		s.applyMember(e)
	case core.EventMemberRemoved:
		if e.UserID == s.user.ID {
			s.drop(e.ServerID)
		}
	case core.EventServerDeleted:
		s.drop(e.ServerID)
	case core.EventReadStateUpdated:
		s.applyReadState(e)
	default:
		if srv := s.servers[e.ServerID]; srv != nil {
			srv.apply(e, s.user.ID)
		}
	}
}

func (s *State) drop(id core.ServerID) {
	delete(s.servers, id)
	delete(s.stale, id)
}

// applyMember keeps the user's own membership, and gives the messages of anyone whose face changed the new one; to have
// joined means to fetch the server.
func (s *State) applyMember(e Event) {
	if e.Member == nil {
		return
	}
	srv := s.servers[e.Member.ServerID]
	if srv != nil && e.Type == core.EventMemberUpdated {
		srv.rename(e.Member.User)
	}
	if e.Member.User.ID != s.user.ID {
		return
	}
	switch {
	case srv != nil && e.Member.Version > srv.member.Version:
		srv.member = *e.Member
	case srv == nil && e.Type == core.EventMemberJoined:
		s.stale[e.Member.ServerID] = true
	}
}

// rename puts a new face on a person's messages in opened pages.
func (srv *server) rename(face core.PublicUser) {
	for _, c := range srv.channels {
		if c.page == nil {
			continue
		}
		for i := range c.page.Messages {
			if c.page.Messages[i].Author.ID == face.ID {
				c.page.Messages[i].Author = face
			}
		}
	}
}

func (s *State) applyReadState(e Event) {
	if e.ReadState == nil {
		return
	}
	_, c := s.find(e.ReadState.ChannelID)
	if c == nil || c.read != nil && e.ReadState.Version <= c.read.Version {
		return
	}
	r := *e.ReadState
	c.read = &r
}

// apply takes the events of a known server.
func (srv *server) apply(e Event, me core.UserID) {
	switch e.Type {
	case core.EventServerUpdated:
		if e.Server != nil && e.Server.Version > srv.info.Version {
			srv.info = *e.Server
		}
	case core.EventChannelCreated, core.EventChannelUpdated:
		if e.Channel != nil {
			srv.putChannel(*e.Channel)
		}
	case core.EventChannelDeleted:
		delete(srv.channels, e.ChannelID)
		srv.gone.add(e.ChannelID)
	case core.EventMessageCreated, core.EventMessageUpdated:
		if c := srv.channels[e.ChannelID]; c != nil && e.Message != nil {
			c.putMessage(*e.Message, e.Type == core.EventMessageCreated, me)
		}
	case core.EventMessageDeleted:
		if c := srv.channels[e.ChannelID]; c != nil {
			c.deleteMessage(e, me)
		}
	}
}

func (srv *server) putChannel(info core.Channel) {
	if srv.gone.has(info.ID) {
		return
	}
	c := srv.channels[info.ID]
	switch {
	case c == nil:
		c = &channel{info: info}
		if info.Type == core.TextChannel {
			c.read = &core.ReadState{ChannelID: info.ID}
		}
		srv.channels[info.ID] = c
	case info.Version > c.info.Version:
		c.info = info
	}
}

// putMessage counts a new message once and brings the open page up to date.
func (c *channel) putMessage(m core.Message, created bool, me core.UserID) {
	if c.gone.has(m.ID) {
		c.last = max(c.last, m.ID)
		return
	}
	if created && c.known.add(m.ID) {
		c.last = max(c.last, m.ID)
		if m.Author.ID != me {
			c.count(m.ID, 1, m.Mentions.Everyone || slices.Contains(m.Mentions.Users, me))
		}
	}
	if c.page != nil {
		if m.ReplyTo != nil && c.gone.has(m.ReplyTo.ID) {
			m.ReplyTo = unquoted(*m.ReplyTo)
		}
		c.page.put(m)
	}
}

// unquoted is what a reply shows of an original that is gone.
func unquoted(r core.ReplyExcerpt) *core.ReplyExcerpt {
	r.Excerpt = ""
	return &r
}

// deleteMessage takes a message away for good, and out of the counts if it was in them.
func (c *channel) deleteMessage(e Event, me core.UserID) {
	if c.gone.has(e.MessageID) {
		return
	}
	c.gone.add(e.MessageID)
	if e.AuthorID != me && c.known.has(e.MessageID) {
		c.count(e.MessageID, -1, e.Everyone || slices.Contains(e.Mentioned, me))
	}
	if c.page != nil {
		c.page.remove(e.MessageID)
		for i, m := range c.page.Messages {
			if m.ReplyTo != nil && m.ReplyTo.ID == e.MessageID {
				c.page.Messages[i].ReplyTo = unquoted(*m.ReplyTo)
			}
		}
	}
}

// count adds one message of another to the unread counts or takes it away, if it is after the read mark. A count that
// reached the cap no longer tells how many there are, so taking away leaves it.
func (c *channel) count(id core.MessageID, by int, mention bool) {
	if c.read == nil {
		c.read = &core.ReadState{ChannelID: c.info.ID}
	}
	if id <= c.read.LastReadID {
		return
	}
	c.read.UnreadCount = step(c.read.UnreadCount, by)
	if mention {
		c.read.MentionCount = step(c.read.MentionCount, by)
	}
}

func step(n, by int) int {
	if n >= core.UnreadCap {
		return core.UnreadCap
	}
	return min(core.UnreadCap, max(0, n+by))
}

// put places a message by id, or replaces an older version. What lies below the page's lower end is not of the page.
func (p *Page) put(m core.Message) {
	if !p.Complete && m.ID < p.From {
		return
	}
	i, found := slices.BinarySearchFunc(p.Messages, m.ID, newestFirst)
	switch {
	case !found:
		p.Messages = slices.Insert(p.Messages, i, m)
	case m.Version > p.Messages[i].Version:
		p.Messages[i] = m
	}
}

func (p *Page) remove(id core.MessageID) {
	if i, found := slices.BinarySearchFunc(p.Messages, id, newestFirst); found {
		p.Messages = slices.Delete(p.Messages, i, i+1)
	}
}

func newestFirst(m core.Message, id core.MessageID) int {
	switch {
	case m.ID > id:
		return -1
	case m.ID < id:
		return 1
	}
	return 0
}
