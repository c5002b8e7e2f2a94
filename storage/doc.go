// Package storage holds Beep's stores: what core's areas ask to be kept, written once on the wide-column layer
// (storage/wide) and therefore the same on the embedded engine and on a CQL cluster.
//
// A store translates between core's values and rows, and nothing else: it checks no permission, reads no clock for rules
// and makes no id. It owns the tables (tables.go is the whole schema), the order of writes where one request touches
// several partitions, and the translation of the engine's errors into core's. Stores are values over an engine and safe for
// concurrent use; they start no goroutine.
//
//	stores := storage.New(engine)
//	err := stores.Messages.Put(ctx, message, event)
package storage

import (
	"context"
	"errors"
	"fmt"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// Stores are all stores over one engine.
type Stores struct {
	Users      *Users
	Sessions   *Sessions
	Settings   *Settings
	Servers    *Servers
	Members    *Members
	Invites    *Invites
	Messages   *Messages
	ReadStates *ReadStates
	Leases     *Leases
	Turns      *Turns
	Jobs       *Jobs
	Replays    *Replays
	Plugins    *Plugins
}

// New makes the stores. clock is used for the age of claims and for write times only.
func New(db wide.Engine, clock core.Clock) *Stores {
	users := &Users{db: db, clock: clock}
	return &Stores{
		Users: users, Sessions: &Sessions{db: db}, Settings: &Settings{db: db}, Servers: &Servers{db: db},
		Members: &Members{db: db}, Invites: &Invites{db: db}, Messages: newMessages(db, clock), ReadStates: &ReadStates{db: db},
		Leases: &Leases{db: db}, Turns: &Turns{db: db, clock: clock}, Jobs: &Jobs{db: db, clock: clock}, Replays: &Replays{db: db, clock: clock},
		Plugins: &Plugins{db: db, clock: clock},
	}
}

// translate gives an engine's error the code that people meet. Context errors stay what they are.
func translate(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, wide.ErrNotFound):
		return core.E(core.CodeNotFound, op)
	case errors.Is(err, wide.ErrStorageFull):
		return core.E(core.CodeStorageFull, op).Because(err)
	case errors.Is(err, wide.ErrUnknownOutcome), errors.Is(err, wide.ErrUnavailable):
		return core.E(core.CodeUnavailable, op).Because(err)
	default:
		return fmt.Errorf("%s: %w", op, err)
	}
}

// put commits without a condition.
func put(ctx context.Context, db wide.Engine, op string, c wide.Commit) error {
	_, err := db.Commit(ctx, c)
	return translate(op, err)
}

// cas commits under a condition.
func cas(ctx context.Context, db wide.Engine, op string, c wide.Commit) (bool, error) {
	ok, err := db.Commit(ctx, c)
	return ok, translate(op, err)
}
