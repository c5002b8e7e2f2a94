package client

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/beep-chat/beep/core"
)

// State is what a client knows: a snapshot, brought up to date by events. It holds the law that a snapshot and the events
// after its cursor make the same state as a later snapshot, though events may come twice, or an object's versions out of
// order: older versions are dropped, and what was deleted stays deleted. What it cannot know from events (a server that was
// joined, rights that changed) it names in Stale.
//
// A State is not safe for concurrent use. It starts nothing, reads no clock, and its memory is bounded by what is visible.
type State struct {
	user    core.SelfUser
	servers map[core.ServerID]*server
	stale   map[core.ServerID]bool
}

// server is a server of the state.
type server struct {
	info        core.Server
	member      core.Member
	permissions core.Permission
	channels    map[core.ChannelID]*channel
	gone        tombstones[core.ChannelID]
}

// channel is a channel with everything that hangs on it.
type channel struct {
	info  core.Channel
	last  core.MessageID // newest ever; 0: none
	read  *core.ReadState
	known counted
	gone  tombstones[core.MessageID]
	page  *Page
}

// Page is the loaded part of an opened channel's history, newest first and without holes up to now. Complete tells that it
// reaches back to the channel's first message; otherwise From is its lower end, which stays when messages are deleted.
type Page struct {
	Messages []core.Message
	From     core.MessageID
	Complete bool
}

// NewState starts from a snapshot.
func NewState(snap core.Snapshot) *State {
	s := &State{user: snap.User, servers: map[core.ServerID]*server{}, stale: map[core.ServerID]bool{}}
	for _, one := range snap.Servers {
		s.PutServer(one)
	}
	return s
}

// PutServer takes one server from a fresh snapshot, whole, and so makes it no longer stale. Opened pages must be loaded
// again.
func (s *State) PutServer(one core.ServerSnapshot) {
	id := one.Server.ID
	srv := &server{info: one.Server, member: one.Member, permissions: one.Permissions, channels: map[core.ChannelID]*channel{}}
	for _, c := range one.Channels {
		last := one.LastMessageIDs[c.ID]
		srv.channels[c.ID] = &channel{info: c, last: last, known: counted{upTo: last}}
	}
	for _, r := range one.ReadStates {
		if c := srv.channels[r.ChannelID]; c != nil {
			c.read = &r
		}
	}
	s.servers[id] = srv
	delete(s.stale, id)
}

// Open gives a channel the newest page of its history, newest first; complete tells that there is nothing older. A channel
// that is not there stays so.
func (s *State) Open(id core.ChannelID, messages []core.Message, complete bool) {
	_, c := s.find(id)
	if c == nil {
		return
	}
	c.page = &Page{Complete: complete || len(messages) == 0}
	if len(messages) > 0 {
		c.page.From = messages[len(messages)-1].ID
	}
	for _, m := range messages {
		if !c.gone.has(m.ID) {
			c.page.Messages = append(c.page.Messages, m)
		}
	}
}

// Close forgets a channel's page.
func (s *State) Close(id core.ChannelID) {
	if _, c := s.find(id); c != nil {
		c.page = nil
	}
}

// Page gives a channel's page; nil where it is not open. The caller must not change it.
func (s *State) Page(id core.ChannelID) *Page {
	if _, c := s.find(id); c != nil {
		return c.page
	}
	return nil
}

// Stale lists the servers to fetch again, by id: those joined, and those whose rights changed.
func (s *State) Stale() []core.ServerID { return slices.Sorted(maps.Keys(s.stale)) }

// Snapshot writes the state as GET /sync would, without a cursor: servers by id, channels by position and id, read states
// in the order of the channels.
func (s *State) Snapshot() core.Snapshot {
	snap := core.Snapshot{User: s.user, Servers: []core.ServerSnapshot{}}
	for _, id := range slices.Sorted(maps.Keys(s.servers)) {
		snap.Servers = append(snap.Servers, s.servers[id].snapshot())
	}
	return snap
}

func (srv *server) snapshot() core.ServerSnapshot {
	one := core.ServerSnapshot{Server: srv.info, Channels: []core.Channel{}, Member: srv.member, Permissions: srv.permissions,
		PermissionsBits: strconv.FormatUint(uint64(srv.permissions), 10),
		LastMessageIDs:  map[core.ChannelID]core.MessageID{}, ReadStates: []core.ReadState{}}
	list := slices.SortedFunc(maps.Values(srv.channels), func(a, b *channel) int {
		return cmp.Or(cmp.Compare(a.info.Position, b.info.Position), cmp.Compare(a.info.ID, b.info.ID))
	})
	for _, c := range list {
		one.Channels = append(one.Channels, c.info)
		if c.last != 0 {
			one.LastMessageIDs[c.info.ID] = c.last
		}
		if c.read != nil {
			one.ReadStates = append(one.ReadStates, *c.read)
		}
	}
	return one
}

func (s *State) find(id core.ChannelID) (*server, *channel) {
	for _, srv := range s.servers {
		if c := srv.channels[id]; c != nil {
			return srv, c
		}
	}
	return nil, nil
}
