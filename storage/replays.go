package storage

import (
	"bytes"
	"context"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// Replays remembers the answers of creations that came with an Idempotency-Key.
type Replays struct {
	db    wide.Engine
	clock core.Clock
}

// BeginReplay implements core.Replays. A reservation whose attempt died is taken over after replayPatience.
func (s *Replays) BeginReplay(ctx context.Context, k core.ReplayKey, digest []byte, fresh core.Reserve) (*core.ReplayAnswer, core.Reserve, error) {
	const op = "begin idempotent request"
	row := idempotencyRow{User: k.User, Route: k.Route, Key: k.Key, Digest: digest, Begun: s.clock(), ID: fresh.ID, Code: fresh.Code}
	ok, err := cas(ctx, s.db, op, wide.Commit{If: idempotency.IfAbsent(row), Writes: []wide.Write{idempotency.Insert(row)}})
	if ok || err != nil {
		return nil, fresh, err
	}
	held, err := idempotency.Get(ctx, s.db, row)
	switch {
	case err != nil:
		return nil, fresh, translate(op, err)
	case !bytes.Equal(held.Digest, digest):
		return nil, fresh, core.E(core.CodeIdempotencyMismatch, op)
	case held.Status != 0:
		return &core.ReplayAnswer{Status: int(held.Status), Body: []byte(held.Body), ETag: held.ETag}, fresh, nil
	case s.clock().Sub(held.Begun) < replayPatience:
		return nil, fresh, core.E(core.CodeBusy, op)
	}
	row.ID, row.Code = held.ID, held.Code
	ok, err = cas(ctx, s.db, op, wide.Commit{If: idempotency.IfEqual(held, idempotencyBegun), Writes: []wide.Write{idempotency.Update(row, idempotencyAnswer)}})
	if err == nil && !ok {
		err = core.E(core.CodeBusy, op)
	}
	return nil, core.Reserve{ID: held.ID, Code: held.Code}, err
}

// EndReplay implements core.Replays.
func (s *Replays) EndReplay(ctx context.Context, k core.ReplayKey, digest []byte, answer *core.ReplayAnswer) error {
	const op = "end idempotent request"
	row := idempotencyRow{User: k.User, Route: k.Route, Key: k.Key, Digest: digest}
	w := idempotency.Delete(row)
	if answer != nil {
		row.Status, row.Body, row.ETag = int64(answer.Status), string(answer.Body), answer.ETag
		w = idempotency.Update(row, idempotencyAnswer)
	}
	_, err := cas(ctx, s.db, op, wide.Commit{If: idempotency.IfPresent(row), Writes: []wide.Write{w}, Reclaim: true})
	return err
}

// SuspendReplay implements core.Replays: without the time it begun, an attempt is taken over at once.
func (s *Replays) SuspendReplay(ctx context.Context, k core.ReplayKey) error {
	row := idempotencyRow{User: k.User, Route: k.Route, Key: k.Key}
	_, err := cas(ctx, s.db, "suspend idempotent request", wide.Commit{If: idempotency.IfPresent(row),
		Writes: []wide.Write{idempotency.Update(row, idempotencyBegun)}, Reclaim: true})
	return err
}
