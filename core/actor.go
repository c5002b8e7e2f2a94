package core

import (
	"context"
	"time"
)

// Clock tells the wall-clock time; tests give their own.
type Clock func() time.Time

// Actor is who does something, as the host established it; nothing a client sends can change it. Webhooks, bots and
// plugins become actors too when their areas come.
type Actor struct {
	User        UserID
	Session     SessionID
	Platform    PlatformRole
	SteppedUpAt time.Time // last proof of password or second factor
}

// SteppedUp tells whether the proof is fresh enough for a dangerous act.
func (a Actor) SteppedUp(now time.Time) bool { return now.Sub(a.SteppedUpAt) < StepUpLife }

// Authorizer answers what a user may do, from the current state of a server. It denies when it cannot know. A zero
// channel asks about the server itself.
type Authorizer interface {
	// Rights gives all rights; CodeNotFound where the user may not know that the thing exists.
	Rights(ctx context.Context, user UserID, server ServerID, channel ChannelID) (Permission, error)
	// Require is nil when the actor holds all of want, CodeNotFound where the thing is invisible, else CodeForbidden.
	Require(ctx context.Context, actor Actor, server ServerID, channel ChannelID, want Permission) error
	// Forget drops what is cached of a server or, with a user, of one member only: at once on this node; the event that
	// follows does so on the others.
	Forget(server ServerID, member UserID)
}

// IDSource makes snowflakes. It fails with CodeUnavailable while the node holds no valid worker lease.
type IDSource interface {
	Next() (int64, error)
}

// NextID makes an id of one kind.
func NextID[Kind any](s IDSource) (ID[Kind], error) {
	n, err := s.Next()
	return ID[Kind](n), err
}

// EventMaker gives events their id and time; areas use it so that each event is made in one way.
type EventMaker struct {
	IDs   IDSource
	Clock Clock
}

// New makes an event of now.
func (m EventMaker) New(to Audience, actor UserID, p Payload) (Event, error) {
	id, err := NewEventID(m.IDs)
	if err != nil {
		return Event{}, err
	}
	return m.Named(id, to, actor, p), nil
}

// Named makes an event of now with the id of the one object it tells the creation of: however often the creation is
// tried, it is announced once, since logs drop ids they know.
func (m EventMaker) Named(id EventID, to Audience, actor UserID, p Payload) Event {
	return NewEvent(id, to, actor, m.Clock(), p)
}

// Broadcaster delivers ephemeral events (typing) to the streams of this node and, in a cluster, of the others: unlogged,
// best effort, never blocking.
type Broadcaster interface {
	PublishEphemeral(Event)
}

// NewMessageID makes the id of a message.
func NewMessageID(s IDSource) (MessageID, error) { return NextID[messageKind](s) }

// NewEventID makes the id of an event, or of what is ordered by time like events.
func NewEventID(s IDSource) (EventID, error) { return NextID[eventKind](s) }

// NewServerID makes the id of a server.
func NewServerID(s IDSource) (ServerID, error) { return NextID[serverKind](s) }

// NewChannelID makes the id of a channel.
func NewChannelID(s IDSource) (ChannelID, error) { return NextID[channelKind](s) }

// NewUserID makes the id of a user.
func NewUserID(s IDSource) (UserID, error) { return NextID[userKind](s) }

// NewSessionID makes the id of a session.
func NewSessionID(s IDSource) (SessionID, error) { return NextID[sessionKind](s) }

// NewJobID makes the id of a job.
func NewJobID(s IDSource) (JobID, error) { return NextID[jobKind](s) }
