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
func (s *Replays) BeginReplay(ctx context.Context, k core.ReplayKey, digest []byte) (*core.ReplayAnswer, error) {
	const op = "begin idempotent request"
	row := idempotencyRow{User: k.User, Route: k.Route, Key: k.Key, Digest: digest, Begun: s.clock()}
	ok, err := cas(ctx, s.db, op, wide.Commit{If: idempotency.IfAbsent(row), Writes: []wide.Write{idempotency.Insert(row)}})
	if ok || err != nil {
		return nil, err
	}
	held, err := idempotency.Get(ctx, s.db, row)
	switch {
	case err != nil:
		return nil, translate(op, err)
	case !bytes.Equal(held.Digest, digest):
		return nil, core.E(core.CodeIdempotencyMismatch, op)
	case held.Status != 0:
		return &core.ReplayAnswer{Status: int(held.Status), Body: []byte(held.Body), ETag: held.ETag}, nil
	case s.clock().Sub(held.Begun) < replayPatience:
		return nil, core.E(core.CodeBusy, op)
	}
	ok, err = cas(ctx, s.db, op, wide.Commit{If: idempotency.IfEqual(held, idempotencyBegun), Writes: []wide.Write{idempotency.Update(row, idempotencyAnswer)}})
	if err == nil && !ok {
		err = core.E(core.CodeBusy, op)
	}
	return nil, err
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
