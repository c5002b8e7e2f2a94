package realtime

import (
	"context"
	"slices"
	"sync"

	"github.com/beep-chat/beep/core"
)

// FakeSource is a durable sequence in memory. It tells its followers before an append returns.
type FakeSource struct {
	order sync.Mutex // held over an append and the telling of it

	mu        sync.Mutex
	epoch     string
	events    []core.LoggedEvent
	newest    uint64
	followers map[int]func([]core.LoggedEvent)
	nextID    int
	silent    bool // appends are not told: what a faulty transport does
}

func NewFakeSource(epoch string) *FakeSource {
	return &FakeSource{epoch: epoch, followers: make(map[int]func([]core.LoggedEvent))}
}

func (s *FakeSource) Append(events ...core.Event) {
	s.order.Lock()
	defer s.order.Unlock()
	s.mu.Lock()
	var batch []core.LoggedEvent
	for _, e := range events {
		s.newest++
		batch = append(batch, core.LoggedEvent{Position: s.newest, Event: e})
	}
	s.events = append(s.events, batch...)
	var tell []func([]core.LoggedEvent)
	if !s.silent {
		for _, f := range s.followers {
			tell = append(tell, f)
		}
	}
	s.mu.Unlock()
	for _, f := range tell {
		f(slices.Clone(batch))
	}
}

func (s *FakeSource) Silence(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = on
}

func (s *FakeSource) Trim(oldest uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = slices.DeleteFunc(s.events, func(e core.LoggedEvent) bool { return e.Position < oldest })
}

// Restore empties the sequence under a new epoch.
func (s *FakeSource) Restore(epoch string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch, s.events, s.newest = epoch, nil, 0
}

func (s *FakeSource) Epoch() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.epoch
}

func (s *FakeSource) Bounds() (oldest, newest uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newest == 0 {
		return 0, 0
	}
	return s.newest - uint64(len(s.events)) + 1, s.newest
}

func (s *FakeSource) Read(after uint64, limit int) ([]core.LoggedEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.newest - uint64(len(s.events)) + 1
	from := 0
	if after >= first {
		from = int(min(after-first+1, uint64(len(s.events))))
	}
	return slices.Clone(s.events[from:min(len(s.events), from+limit)]), nil
}

func (s *FakeSource) Follow(fn func([]core.LoggedEvent)) (after uint64, stop func()) {
	s.order.Lock()
	defer s.order.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	id := s.nextID
	s.followers[id] = fn
	return s.newest, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.followers, id)
	}
}

// shakyLog is a log whose transport can fail: lose health, break off.
type shakyLog struct {
	*MemoryLog
	source *FakeSource

	mu       sync.Mutex
	follower Follower
	sick     string
}

func newShakyLog(s *FakeSource) *shakyLog { return &shakyLog{MemoryLog: NewMemoryLog(s), source: s} }

func (l *shakyLog) Follow(f Follower) (uint64, func()) {
	l.mu.Lock()
	l.follower = f
	l.mu.Unlock()
	return l.MemoryLog.Follow(f)
}

func (l *shakyLog) Health() (bool, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sick == "", l.sick
}

// fallSick changes the health; "" heals.
func (l *shakyLog) fallSick(reason string) {
	l.mu.Lock()
	l.sick = reason
	f := l.follower
	l.mu.Unlock()
	f.Health(reason == "", reason)
}

// breakOff starts a new epoch.
func (l *shakyLog) breakOff(epoch string) {
	l.source.Restore(epoch)
	l.mu.Lock()
	f := l.follower
	l.mu.Unlock()
	f.Reset(epoch, 0)
}

// world is the store and the permissions: who is a member of what, which channels are closed to whom, which sessions live.
type world struct {
	mu      sync.Mutex
	members map[core.ServerID]map[core.UserID]bool
	closed  map[core.UserID]map[core.ChannelID]bool
	ended   map[core.SessionID]bool
	loads   int
	onLoad  func() // called in the middle of a load
	fail    error
}

func newWorld() *world {
	return &world{
		members: make(map[core.ServerID]map[core.UserID]bool),
		closed:  make(map[core.UserID]map[core.ChannelID]bool), ended: make(map[core.SessionID]bool),
	}
}

func (w *world) set(server core.ServerID, user core.UserID, in bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.members[server] == nil {
		w.members[server] = make(map[core.UserID]bool)
	}
	w.members[server][user] = in
}

func (w *world) shut(user core.UserID, channel core.ChannelID, on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed[user] == nil {
		w.closed[user] = make(map[core.ChannelID]bool)
	}
	w.closed[user][channel] = on
}

func (w *world) end(session core.SessionID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended[session] = true
}

func (w *world) CanHear(_ context.Context, user core.UserID, server core.ServerID, channel core.ChannelID, need core.Permission) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.members[server][user] && !w.closed[user][channel] && need == 0
}

func (w *world) ServersOf(_ context.Context, user core.UserID) ([]core.ServerID, error) {
	w.mu.Lock()
	var servers []core.ServerID
	for server, members := range w.members {
		if members[user] {
			servers = append(servers, server)
		}
	}
	w.loads++
	during, err := w.onLoad, w.fail
	w.mu.Unlock()
	if during != nil {
		during()
	}
	return servers, err
}

func (w *world) StillValid(_ context.Context, _ core.UserID, session core.SessionID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.ended[session]
}
