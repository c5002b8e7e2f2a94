package storage

import (
	"context"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/storage/wide"
)

// Sessions keeps sign-ins.
type Sessions struct{ db wide.Engine }

// maxSessionsListed bounds the sessions of one user that are read; the newest come first.
const maxSessionsListed = 1000

// PutSession implements accounts.Sessions. The list of the user is written first: a row there without its session is
// skipped when read, the other way round a session could not be found to be revoked.
func (s *Sessions) PutSession(ctx context.Context, sess accounts.Session) error {
	const op = "store session"
	byUser := sessionsByUser.Insert(sessionByUserRow{User: sess.User, ID: sess.ID})
	if err := put(ctx, s.db, op, wide.Commit{Writes: []wide.Write{byUser}, Reclaim: true}); err != nil {
		return err
	}
	row := sessionToRow(sess)
	_, err := cas(ctx, s.db, op, wide.Commit{If: sessions.IfAbsent(row), Writes: []wide.Write{sessions.Insert(row)}, Reclaim: true})
	return err
}

// GetSession implements accounts.Sessions.
func (s *Sessions) GetSession(ctx context.Context, id core.SessionID) (accounts.Session, error) {
	r, err := sessions.Get(ctx, s.db, sessionRow{ID: id})
	return sessionFromRow(r), translate("get session", err)
}

// SwapSession implements accounts.Sessions.
func (s *Sessions) SwapSession(ctx context.Context, next accounts.Session) (bool, error) {
	row := sessionToRow(next)
	before := sessionRow{ID: row.ID, Generation: row.Generation - 1}
	return cas(ctx, s.db, "change session", wide.Commit{If: sessions.IfEqual(before, sessionGeneration),
		Writes: []wide.Write{sessions.Update(row, sessionColumns)}, Reclaim: true})
}

// DeleteSession implements accounts.Sessions.
func (s *Sessions) DeleteSession(ctx context.Context, sess accounts.Session, events ...core.Event) (bool, error) {
	const op = "delete session"
	row := sessionRow{ID: sess.ID}
	ok, err := cas(ctx, s.db, op, wide.Commit{If: sessions.IfPresent(row), Writes: []wide.Write{sessions.Delete(row)}, Events: events, Reclaim: true})
	if err != nil {
		return false, err
	}
	byUser := sessionsByUser.Delete(sessionByUserRow{User: sess.User, ID: sess.ID})
	return ok, put(ctx, s.db, op, wide.Commit{Writes: []wide.Write{byUser}, Reclaim: true})
}

// ListSessions implements accounts.Sessions, newest first.
func (s *Sessions) ListSessions(ctx context.Context, user core.UserID) ([]accounts.Session, error) {
	const op = "list sessions"
	ids, err := sessionsByUser.Range(ctx, s.db, wide.Query[sessionByUserRow]{Partition: sessionByUserRow{User: user}, Limit: maxSessionsListed})
	if err != nil {
		return nil, translate(op, err)
	}
	list := make([]accounts.Session, 0, len(ids))
	for _, id := range ids {
		sess, err := s.GetSession(ctx, id.ID)
		if core.CodeOf(err) == core.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, sess)
	}
	return list, nil
}

func sessionToRow(s accounts.Session) sessionRow {
	return sessionRow{ID: s.ID, User: s.User, Kind: string(s.Kind), Generation: s.Generation, Access: s.AccessHash, AccessEnd: s.AccessUntil,
		Refresh: s.RefreshHash, Previous: s.PreviousHash, RotatedAt: s.RotatedAt, GraceUsed: s.GraceUsed, CreatedAt: s.CreatedAt,
		LastUsedAt: s.LastUsedAt, SteppedUp: s.SteppedUpAt, UserAgent: s.UserAgent, Address: s.Address}
}

func sessionFromRow(r sessionRow) accounts.Session {
	return accounts.Session{ID: r.ID, User: r.User, Kind: accounts.SessionKind(r.Kind), Generation: r.Generation, AccessHash: r.Access,
		AccessUntil: r.AccessEnd, RefreshHash: r.Refresh, PreviousHash: r.Previous, RotatedAt: r.RotatedAt, GraceUsed: r.GraceUsed,
		CreatedAt: r.CreatedAt, LastUsedAt: r.LastUsedAt, SteppedUpAt: r.SteppedUp, UserAgent: r.UserAgent, Address: r.Address}
}
