// Code generated from api/events.yaml; DO NOT EDIT.

package core

import "encoding/json"

// The events of the log and of the stream; audiences and meanings are in docs/reference/events.md.
const (
	EventMessageCreated   EventType = "message.created"
	EventMessageUpdated   EventType = "message.updated"
	EventMessageDeleted   EventType = "message.deleted"
	EventChannelCreated   EventType = "channel.created"
	EventChannelUpdated   EventType = "channel.updated"
	EventChannelDeleted   EventType = "channel.deleted"
	EventServerUpdated    EventType = "server.updated"
	EventServerDeleted    EventType = "server.deleted"
	EventMemberJoined     EventType = "member.joined"
	EventMemberUpdated    EventType = "member.updated"
	EventMemberRemoved    EventType = "member.removed"
	EventAccessChanged    EventType = "access.changed"
	EventInviteCreated    EventType = "invite.created"
	EventInviteDeleted    EventType = "invite.deleted"
	EventPluginUpdated    EventType = "plugin.updated"
	EventReadStateUpdated EventType = "read_state.updated"
	EventUserUpdated      EventType = "user.updated"
	EventSessionRevoked   EventType = "session.revoked"
	EventTypingStarted    EventType = "typing.started"
)

// The control events, which a node sends to one stream; they are not in the log.
const (
	EventReady     EventType = "ready"
	EventHeartbeat EventType = "heartbeat"
	EventResync    EventType = "resync"
	EventDegraded  EventType = "degraded"
	EventHealed    EventType = "healed"
	EventBye       EventType = "bye"
)

// MessageCreated is the payload of message.created: A message was sent.
type MessageCreated struct {
	Message Message `json:"message"`
}

// EventType implements Payload.
func (MessageCreated) EventType() EventType { return EventMessageCreated }

// MessageUpdated is the payload of message.updated: A message was edited, pinned or re-rendered; the whole message with its new version.
type MessageUpdated struct {
	Message Message `json:"message"`
}

// EventType implements Payload.
func (MessageUpdated) EventType() EventType { return EventMessageUpdated }

// MessageDeleted is the payload of message.deleted: A message is gone for good. author_id, mentioned and everyone let clients take it out of their unread counts.
type MessageDeleted struct {
	MessageID MessageID `json:"message_id"`
	AuthorID  UserID    `json:"author_id"`
	Mentioned []UserID  `json:"mentioned"`
	Everyone  bool      `json:"everyone"`
}

// EventType implements Payload.
func (MessageDeleted) EventType() EventType { return EventMessageDeleted }

// MarshalJSON writes an absent list as [].
func (p MessageDeleted) MarshalJSON() ([]byte, error) {
	type plain MessageDeleted
	if p.Mentioned == nil {
		p.Mentioned = []UserID{}
	}
	return json.Marshal(plain(p))
}

// ChannelCreated is the payload of channel.created: A channel was made.
type ChannelCreated struct {
	Channel Channel `json:"channel"`
}

// EventType implements Payload.
func (ChannelCreated) EventType() EventType { return EventChannelCreated }

// ChannelUpdated is the payload of channel.updated: A channel's name, topic, parent or position changed.
type ChannelUpdated struct {
	Channel Channel `json:"channel"`
}

// EventType implements Payload.
func (ChannelUpdated) EventType() EventType { return EventChannelUpdated }

// ChannelDeleted is the payload of channel.deleted: A channel is gone, with its messages.
type ChannelDeleted struct{}

// EventType implements Payload.
func (ChannelDeleted) EventType() EventType { return EventChannelDeleted }

// ServerUpdated is the payload of server.updated: A server's name, description or visibility changed.
type ServerUpdated struct {
	Server Server `json:"server"`
}

// EventType implements Payload.
func (ServerUpdated) EventType() EventType { return EventServerUpdated }

// ServerDeleted is the payload of server.deleted: A server the person was a member of is gone.
type ServerDeleted struct {
	ServerID ServerID `json:"server_id"`
}

// EventType implements Payload.
func (ServerDeleted) EventType() EventType { return EventServerDeleted }

// MemberJoined is the payload of member.joined: A person joined; to the person too, whose client then fetches the server.
type MemberJoined struct {
	Member Member `json:"member"`
}

// EventType implements Payload.
func (MemberJoined) EventType() EventType { return EventMemberJoined }

// MemberUpdated is the payload of member.updated: A member's roles or public face changed.
type MemberUpdated struct {
	Member Member `json:"member"`
}

// EventType implements Payload.
func (MemberUpdated) EventType() EventType { return EventMemberUpdated }

// MemberRemoved is the payload of member.removed: A person left or was removed; to the person too.
type MemberRemoved struct {
	UserID UserID `json:"user_id"`
}

// EventType implements Payload.
func (MemberRemoved) EventType() EventType { return EventMemberRemoved }

// AccessChanged is the payload of access.changed: What the person may see in the server changed; fetch its layout again.
type AccessChanged struct {
	ServerID ServerID `json:"server_id"`
}

// EventType implements Payload.
func (AccessChanged) EventType() EventType { return EventAccessChanged }

// InviteCreated is the payload of invite.created: An invite was made.
type InviteCreated struct {
	Invite Invite `json:"invite"`
}

// EventType implements Payload.
func (InviteCreated) EventType() EventType { return EventInviteCreated }

// InviteDeleted is the payload of invite.deleted: An invite was revoked.
type InviteDeleted struct {
	Code string `json:"code"`
}

// EventType implements Payload.
func (InviteDeleted) EventType() EventType { return EventInviteDeleted }

// PluginUpdated is the payload of plugin.updated: The settings of a plugin of the server changed; version is their new revision. What they are is for those who manage plugins.
type PluginUpdated struct {
	PluginID PluginID `json:"plugin_id"`
	Version  int64    `json:"version"`
}

// EventType implements Payload.
func (PluginUpdated) EventType() EventType { return EventPluginUpdated }

// ReadStateUpdated is the payload of read_state.updated: The person read further in a channel, on any device.
type ReadStateUpdated struct {
	ReadState ReadState `json:"read_state"`
}

// EventType implements Payload.
func (ReadStateUpdated) EventType() EventType { return EventReadStateUpdated }

// UserUpdated is the payload of user.updated: The person's own account changed.
type UserUpdated struct {
	User SelfUser `json:"user"`
}

// EventType implements Payload.
func (UserUpdated) EventType() EventType { return EventUserUpdated }

// SessionRevoked is the payload of session.revoked: Sessions of the person ended; their streams close. Empty session_ids means all but keep_session_id.
type SessionRevoked struct {
	SessionIDs    []SessionID `json:"session_ids"`
	KeepSessionID SessionID   `json:"keep_session_id"`
}

// EventType implements Payload.
func (SessionRevoked) EventType() EventType { return EventSessionRevoked }

// MarshalJSON writes an absent list as [].
func (p SessionRevoked) MarshalJSON() ([]byte, error) {
	type plain SessionRevoked
	if p.SessionIDs == nil {
		p.SessionIDs = []SessionID{}
	}
	return json.Marshal(plain(p))
}

// TypingStarted is the payload of typing.started: A person is typing; clients forget it after 8 s.
type TypingStarted struct {
	UserID UserID `json:"user_id"`
}

// EventType implements Payload.
func (TypingStarted) EventType() EventType { return EventTypingStarted }

// Ready is the payload of ready: First event of every stream.
type Ready struct {
	SessionID   string `json:"session_id"`
	Resumed     bool   `json:"resumed"`
	HeartbeatMS int64  `json:"heartbeat_ms"`
	Cursor      string `json:"cursor"`
}

// EventType implements Payload.
func (Ready) EventType() EventType { return EventReady }

// Heartbeat is the payload of heartbeat: Sent when nothing else was for heartbeat_ms; moves the cursor on.
type Heartbeat struct {
	At Time `json:"at"`
}

// EventType implements Payload.
func (Heartbeat) EventType() EventType { return EventHeartbeat }

// Resync is the payload of resync: The stream cannot go on from the cursor given; fetch GET /sync after after_ms and go on from its cursor.
type Resync struct {
	Reason  string `json:"reason"`
	AfterMS int64  `json:"after_ms"`
}

// EventType implements Payload.
func (Resync) EventType() EventType { return EventResync }

// Degraded is the payload of degraded: The node cannot be sure that it hears every event; open channels should be refetched now and then.
type Degraded struct {
	Reason string `json:"reason"`
}

// EventType implements Payload.
func (Degraded) EventType() EventType { return EventDegraded }

// Healed is the payload of healed: The node hears every event again and has delivered what was missing.
type Healed struct{}

// EventType implements Payload.
func (Healed) EventType() EventType { return EventHealed }

// Bye is the payload of bye: Last event before the server closes the stream.
type Bye struct {
	Reason    string `json:"reason"`
	Reconnect bool   `json:"reconnect"`
}

// EventType implements Payload.
func (Bye) EventType() EventType { return EventBye }

// EndsAccess tells of events that end access to something: they carry ids only and pass the permission filter.
func EndsAccess(t EventType) bool {
	switch t {
	case EventChannelDeleted, EventServerDeleted, EventMemberRemoved:
		return true
	}
	return false
}

// IsEphemeral tells of events that are never stored, have no position and are dropped first.
func IsEphemeral(t EventType) bool {
	switch t {
	case EventTypingStarted:
		return true
	}
	return false
}

// IsInternal tells of events that are for nodes and never leave towards clients.
func IsInternal(t EventType) bool {
	switch t {
	case EventSessionRevoked:
		return true
	}
	return false
}

// IsControl tells of events that a node sends to one stream.
func IsControl(t EventType) bool {
	switch t {
	case EventReady, EventHeartbeat, EventResync, EventDegraded, EventHealed, EventBye:
		return true
	}
	return false
}

// AllEvents lists the events of api/events.yaml in its order, without the control events.
func AllEvents() []EventType {
	return []EventType{
		EventMessageCreated,
		EventMessageUpdated,
		EventMessageDeleted,
		EventChannelCreated,
		EventChannelUpdated,
		EventChannelDeleted,
		EventServerUpdated,
		EventServerDeleted,
		EventMemberJoined,
		EventMemberUpdated,
		EventMemberRemoved,
		EventAccessChanged,
		EventInviteCreated,
		EventInviteDeleted,
		EventPluginUpdated,
		EventReadStateUpdated,
		EventUserUpdated,
		EventSessionRevoked,
		EventTypingStarted,
	}
}
