package client

import (
	"encoding/json"
	"fmt"

	"github.com/beep-chat/beep/core"
)

// Event is any event of the log: the envelope and, of the fields below it, those that its type has (docs/reference/events.md).
type Event struct {
	V         int            `json:"v"`
	ID        core.EventID   `json:"id"`
	Type      core.EventType `json:"type"`
	ServerID  core.ServerID  `json:"server_id,omitzero"`
	ChannelID core.ChannelID `json:"channel_id,omitzero"`
	ActorID   core.UserID    `json:"actor_id,omitzero"`
	At        core.Time      `json:"at"`

	Message   *core.Message   `json:"message,omitempty"`
	MessageID core.MessageID  `json:"message_id,omitzero"`
	AuthorID  core.UserID     `json:"author_id,omitzero"`
	Mentioned []core.UserID   `json:"mentioned,omitempty"`
	Everyone  bool            `json:"everyone,omitempty"`
	Channel   *core.Channel   `json:"channel,omitempty"`
	Server    *core.Server    `json:"server,omitempty"`
	Member    *core.Member    `json:"member,omitempty"`
	Invite    *core.Invite    `json:"invite,omitempty"`
	Code      string          `json:"code,omitempty"`
	UserID    core.UserID     `json:"user_id,omitzero"`
	ReadState *core.ReadState `json:"read_state,omitempty"`
	User      *core.SelfUser  `json:"user,omitempty"`
}

// ParseEvent reads the data of a block. Unknown members are ignored, so that a newer node can say more.
func ParseEvent(data []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(data, &e); err != nil {
		return e, fmt.Errorf("parse event: %w", err)
	}
	return e, nil
}
