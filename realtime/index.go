package realtime

import (
	"slices"

	"github.com/beep-chat/beep/core"
)

// index says who of this node's people is a member of what, at the position fanned out last. The hub's lock guards it.
type index struct {
	users   map[core.UserID]*listener
	servers map[core.ServerID]map[*listener]struct{}
}

// listener is a person with streams on this node. Until the memberships are loaded from the store, what the log tells of
// them is noted in heard; it wins over what was loaded, since the log is what delivery follows.
type listener struct {
	user    core.UserID
	streams []*stream
	loaded  bool
	servers []core.ServerID
	heard   map[core.ServerID]bool
}

func newIndex() index {
	return index{users: make(map[core.UserID]*listener), servers: make(map[core.ServerID]map[*listener]struct{})}
}

func (x *index) enter(s *stream) {
	l := x.users[s.user]
	if l == nil {
		l = &listener{user: s.user}
		x.users[s.user] = l
	}
	l.streams = append(l.streams, s)
	s.listener = l
}

func (x *index) exit(s *stream) {
	l := s.listener
	l.streams = slices.DeleteFunc(l.streams, func(o *stream) bool { return o == s })
	if len(l.streams) > 0 {
		return
	}
	for _, server := range l.servers {
		x.drop(server, l)
	}
	delete(x.users, l.user)
}

// settle makes a listener's memberships known: those loaded, corrected by what the log told since it entered.
func (x *index) settle(l *listener, servers []core.ServerID) {
	if l.loaded {
		return
	}
	l.loaded = true
	l.servers = make([]core.ServerID, 0, len(servers))
	for _, server := range servers {
		if in, told := l.heard[server]; !told || in {
			x.join(l, server)
		}
	}
	for server, in := range l.heard {
		if in {
			x.join(l, server)
		}
	}
	l.heard = nil
}

func (x *index) join(l *listener, server core.ServerID) {
	if !l.loaded {
		l.note(server, true)
		return
	}
	members := x.servers[server]
	if members == nil {
		members = make(map[*listener]struct{}, 1)
		x.servers[server] = members
	}
	if _, in := members[l]; in {
		return
	}
	members[l] = struct{}{}
	l.servers = append(l.servers, server)
}

func (x *index) leave(l *listener, server core.ServerID) {
	if !l.loaded {
		l.note(server, false)
		return
	}
	x.drop(server, l)
	l.servers = slices.DeleteFunc(l.servers, func(s core.ServerID) bool { return s == server })
}

func (x *index) drop(server core.ServerID, l *listener) {
	members := x.servers[server]
	delete(members, l)
	if len(members) == 0 {
		delete(x.servers, server)
	}
}

func (l *listener) note(server core.ServerID, in bool) {
	if l.heard == nil {
		l.heard = make(map[core.ServerID]bool)
	}
	l.heard[server] = in
}

// forget voids every membership; streams load them again.
func (x *index) forget() {
	clear(x.servers)
	for _, l := range x.users {
		l.loaded, l.servers, l.heard = false, nil, nil
	}
}
