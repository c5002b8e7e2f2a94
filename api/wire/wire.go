// Package wire holds the few forms of the REST contract that neither core nor the generator can express: a member that may
// be absent, null or set, and an answer that is one of two things.
//
// It owns only shapes and their JSON. It refuses to decide anything. Its values are plain data, safe to share once made.
//
//	var parent wire.Optional[core.ChannelID]
//	_ = json.Unmarshal([]byte("null"), &parent) // parent.Set, and parent.Value is nil: take it out of its category
package wire

import (
	"bytes"
	"encoding/json"

	"github.com/beep-chat/beep/core"
)

// Optional is a member of a PATCH body: absent (not Set), null (Set, no Value) or a value.
type Optional[T any] struct {
	Set   bool
	Value *T
}

// Some is a value that is set.
func Some[T any](v T) Optional[T] { return Optional[T]{Set: true, Value: &v} }

// Null is an explicit null.
func Null[T any]() Optional[T] { return Optional[T]{Set: true} }

// IsZero makes omitzero leave an absent member out.
func (o Optional[T]) IsZero() bool { return !o.Set }

// MarshalJSON writes the value or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }

// UnmarshalJSON is only called for a member that is there.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	*o = Optional[T]{Set: true}
	if string(bytes.TrimSpace(b)) == "null" {
		return nil
	}
	o.Value = new(T)
	return json.Unmarshal(b, o.Value)
}

// ServerView is the answer of GET /servers/{server_id}: the Server for its members, the Card for others. Exactly one is set.
type ServerView struct {
	Server *core.Server
	Card   *core.ServerCard
}

// MarshalJSON writes the one that is set.
func (v ServerView) MarshalJSON() ([]byte, error) {
	if v.Server != nil {
		return json.Marshal(v.Server)
	}
	return json.Marshal(v.Card)
}

// UnmarshalJSON tells them apart by owner_id, which only a Server has.
func (v *ServerView) UnmarshalJSON(b []byte) error {
	var probe struct {
		OwnerID *core.UserID `json:"owner_id"`
	}
	*v = ServerView{}
	if err := json.Unmarshal(b, &probe); err != nil {
		return err
	}
	if probe.OwnerID != nil {
		v.Server = new(core.Server)
		return json.Unmarshal(b, v.Server)
	}
	v.Card = new(core.ServerCard)
	return json.Unmarshal(b, v.Card)
}
