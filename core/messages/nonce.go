package messages

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
)

// NonceClaims binds nonces to ids before their messages exist, so that two attempts at one send meet. This node's claims
// are in memory; a cluster puts Redis in front of the store here.
type NonceClaims interface {
	// Claim waits while another attempt with the key is under way on this node, then binds the key to id unless an
	// earlier attempt left it bound. ErrSettled says that an attempt ended meanwhile and the store must be read again.
	Claim(ctx context.Context, key NonceKey, id core.MessageID) (Claimed, error)
	// Release ends the attempt.
	Release(key NonceKey, outcome Outcome)
}

// Claimed is what an attempt goes on with.
type Claimed struct {
	ID      core.MessageID
	Vouched bool // no attempt with this key was made in the last core.NonceLife: the store need not be read
}

// Outcome is how an attempt ended.
type Outcome int

const (
	// Failed: nothing was stored under the id and nothing will be.
	Failed Outcome = iota
	// Stored: the message exists and is durable.
	Stored
	// Unknown: it may be stored, now or later; so too an attempt that came to nothing under an id it did not bring.
	Unknown
)

// ErrSettled is returned by Claim when another attempt ended while it waited.
var ErrSettled = errors.New("another attempt ended")

// claim is what Send knows of its nonce: the message that exists, or the id to use and how to end the attempt.
type claim struct {
	Existing *core.StoredMessage
	ID       core.MessageID
	Release  func(error)
}

// claimNonce binds the nonce, then looks it up: in this order one look-up is enough, since whoever comes in between waits
// for the claim. Without a nonce it just makes an id.
func (s *Service) claimNonce(ctx context.Context, ch core.Channel, actor core.Actor, nonce string) (claim, error) {
	id, err := core.NewMessageID(s.Events.IDs)
	if err != nil || nonce == "" {
		return claim{ID: id, Release: func(error) {}}, err
	}
	key := NonceKey{Channel: ch.ID, Author: actor.User, Nonce: nonce}
	bound, err := s.Claims.Claim(ctx, key, id)
	for errors.Is(err, ErrSettled) {
		bound, err = s.Claims.Claim(ctx, key, id)
	}
	if err != nil {
		return claim{}, err
	}
	inherited := bound.ID != id
	if !bound.Vouched {
		m, begun, err := s.sent(ctx, key)
		if err != nil || m != nil {
			s.Claims.Release(key, endOf(err, inherited))
			return claim{Existing: m}, err
		}
		if begun != 0 {
			bound.ID, inherited = begun, true
		}
	}
	return claim{ID: bound.ID, Release: func(err error) { s.Claims.Release(key, endOf(err, inherited)) }}, nil
}

// sent looks for what an earlier attempt stored. A store that commits to several partitions may show the nonce before the
// message, until what was cut short is ended: then the send is run again under the id that was begun.
func (s *Service) sent(ctx context.Context, key NonceKey) (m *core.StoredMessage, begun core.MessageID, err error) {
	for range 2 { // it may be deleted between the two looks
		id, deleted, err := s.Store.ByNonce(ctx, key)
		if err != nil || id == 0 {
			return nil, 0, err
		}
		if deleted {
			return nil, 0, core.E(core.CodeNotFound, "find the message of a nonce")
		}
		m, err := s.Store.Get(ctx, key.Channel, id)
		if err == nil {
			return &m, 0, nil
		}
		if core.CodeOf(err) != core.CodeNotFound {
			return nil, 0, err
		}
		begun = id
	}
	return nil, begun, nil
}

// endOf is how an attempt ended that gave an error. One of unknown outcome keeps the claim (an error without a code is none
// that a rule gave), and so does a later one that inherited it and got no further.
func endOf(err error, inherited bool) Outcome {
	switch code := core.CodeOf(err); {
	case err == nil:
		return Stored
	case inherited, code == core.CodeUnavailable, code == core.CodeInternal:
		return Unknown
	default:
		return Failed
	}
}

// LocalClaims are the claims of one node.
type LocalClaims struct {
	clock core.Clock

	mu     sync.Mutex
	claims map[NonceKey]*localClaim
}

type localClaim struct {
	id    core.MessageID
	done  chan struct{} // closed when the attempt under way ends; nil when none is
	until time.Time     // for how long a kept claim binds
}

// maxKeptClaims bounds the claims of unknown outcome; above it arbitrary ones go, which
// risks a double only if their commits did happen and the store cannot be read.
const maxKeptClaims = 100_000

// NewLocalClaims makes the claims of a single node.
func NewLocalClaims(clock core.Clock) *LocalClaims {
	return &LocalClaims{clock: clock, claims: make(map[NonceKey]*localClaim)}
}

// Claim implements NonceClaims.
func (l *LocalClaims) Claim(ctx context.Context, key NonceKey, id core.MessageID) (Claimed, error) {
	l.mu.Lock()
	c, ok := l.claims[key]
	switch {
	case ok && c.done != nil:
		l.mu.Unlock()
		select {
		case <-c.done:
			return Claimed{}, ErrSettled
		case <-ctx.Done():
			return Claimed{}, ctx.Err()
		}
	case ok && l.clock().Before(c.until):
		id = c.id
	}
	l.claims[key] = &localClaim{id: id, done: make(chan struct{})}
	l.mu.Unlock()
	return Claimed{ID: id}, nil
}

// Release implements NonceClaims.
func (l *LocalClaims) Release(key NonceKey, outcome Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.claims[key]
	if c == nil || c.done == nil {
		return
	}
	close(c.done)
	if outcome != Unknown {
		delete(l.claims, key)
		return
	}
	l.makeRoom()
	l.claims[key] = &localClaim{id: c.id, until: l.clock().Add(core.NonceLife)}
}

func (l *LocalClaims) makeRoom() {
	if len(l.claims) < maxKeptClaims {
		return
	}
	for k, c := range l.claims {
		if c.done == nil {
			delete(l.claims, k)
			return
		}
	}
}
