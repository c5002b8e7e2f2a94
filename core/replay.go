package core

import "context"

// Replays remembers the answers of creations that came with an Idempotency-Key, for 24 hours.
type Replays interface {
	// BeginReplay reserves a key. It gives the stored answer when there is one, CodeIdempotencyMismatch when the key was
	// used with another body, and CodeBusy while the first attempt is under way.
	//
	// Without an answer it gives the reserve that every attempt with the key gets: the ids to create with.
	BeginReplay(ctx context.Context, k ReplayKey, digest []byte, fresh Reserve) (*ReplayAnswer, Reserve, error)
	// SuspendReplay ends an attempt whose outcome is unknown: the next one begins at once, with the same reserve.
	SuspendReplay(ctx context.Context, k ReplayKey) error
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

// Reserve is what a creation with an Idempotency-Key makes its object from. It is kept before the creation begins, so an
// attempt that died after its commit is found by the next one instead of being made again.
type Reserve struct {
	ID   int64  // the snowflake of the object
	Code string // the random code of an invite
}

type reserveKey struct{}

// WithReserve gives a context whose creation uses the reserve.
func WithReserve(ctx context.Context, r Reserve) context.Context {
	return context.WithValue(ctx, reserveKey{}, r)
}

// Reserved gives the reserve of the request, if it came with an Idempotency-Key.
func Reserved(ctx context.Context) (Reserve, bool) {
	r, ok := ctx.Value(reserveKey{}).(Reserve)
	return r, ok
}
