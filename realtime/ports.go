package realtime

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
)

// Access answers from current permissions. It is asked for every event and stream when the event is about to be written,
// so it answers from memory; it denies when it cannot know.
type Access interface {
	// CanHear tells whether the user is a member of the server, may view the channel (unless zero) and holds need.
	CanHear(ctx context.Context, user core.UserID, server core.ServerID, channel core.ChannelID, need core.Permission) bool
}

// Memberships tells which servers a person is a member of, from the store.
type Memberships interface {
	ServersOf(ctx context.Context, user core.UserID) ([]core.ServerID, error)
}

// Sessions tells whether a session still lives. It is the belt to the session.revoked events of the log.
type Sessions interface {
	StillValid(ctx context.Context, user core.UserID, session core.SessionID) bool
}

// Sink is where a stream's bytes go. One goroutine uses it.
type Sink interface {
	// Write sends p at once, as one flush, and gives up after timeout with os.ErrDeadlineExceeded. It does not keep p.
	// After an error the stream ends.
	Write(p []byte, timeout time.Duration) error
}

// Metrics are called as things happen, from many goroutines; each may be nil. They are quick.
type Metrics struct {
	Opened    func()
	Closed    func(reason string) // "client", "broken", or the reason of the bye
	Refused   func(code core.Code)
	Resync    func(reason string)
	Dropped   func(kind core.EventType) // an ephemeral event a slow stream did not get
	Delivered func(events, bytes int)   // one write
}

func (m Metrics) orNothing() Metrics {
	if m.Opened == nil {
		m.Opened = func() {}
	}
	if m.Closed == nil {
		m.Closed = func(string) {}
	}
	if m.Refused == nil {
		m.Refused = func(core.Code) {}
	}
	if m.Resync == nil {
		m.Resync = func(string) {}
	}
	if m.Dropped == nil {
		m.Dropped = func(core.EventType) {}
	}
	if m.Delivered == nil {
		m.Delivered = func(int, int) {}
	}
	return m
}
