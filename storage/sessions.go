package storage

import (
	"context"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/storage/wide"
)

// Sessions keeps sign-ins.
type Sessions struct{ db wide.Engine }

// maxSessionsListed bounds the sessions of one user that are given at once; the newest come first.
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

// ListSessions implements accounts.Sessions. Leftovers of the list are passed over, however many they are.
func (s *Sessions) ListSessions(ctx context.Context, user core.UserID) ([]accounts.Session, error) {
	var list []accounts.Session
	query := wide.Query[sessionByUserRow]{Partition: sessionByUserRow{User: user}, Limit: maxSessionsListed}
	for {
		rows, err := sessionsByUser.Range(ctx, s.db, query)
		if err != nil {
			return nil, translate("list sessions", err)
		}
		for _, r := range rows {
			sess, err := s.GetSession(ctx, r.ID)
			if core.CodeOf(err) == core.CodeNotFound {
				continue
			}
			if err != nil {
				return nil, err
			}
			if list = append(list, sess); len(list) == maxSessionsListed {
				return list, nil
			}
		}
		if len(rows) < maxSessionsListed {
			return list, nil
		}
		query.From, query.FromExclusive = &rows[len(rows)-1], true
	}
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
