package core

import "context"

// Replays remembers the answers of creations that came with an Idempotency-Key, for 24 hours.
type Replays interface {
	// BeginReplay reserves a key. It gives the stored answer when there is one, CodeIdempotencyMismatch when the key was
	// used with another body, and CodeBusy while the first attempt is under way.
	BeginReplay(ctx context.Context, k ReplayKey, digest []byte) (*ReplayAnswer, error)
	// EndReplay stores the answer; nil frees the key, so that a failed attempt can be repeated.
	EndReplay(ctx context.Context, k ReplayKey, digest []byte, answer *ReplayAnswer) error
}

// ReplayKey is a key with what it is bound to: the principal and the route with its ids.
type ReplayKey struct {
	User  UserID
	Route string
	Key   string
}

// ReplayAnswer is a stored answer.
type ReplayAnswer struct {
	Status int
	Body   []byte
	ETag   string
}
