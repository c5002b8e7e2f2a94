package accounts

import (
	"context"
	"slices"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/token"
)

// SessionKind is how a client carries its session.
type SessionKind string

// Token sessions use an access and a refresh token; cookie sessions one opaque cookie.
const (
	TokenSession  SessionKind = "token"
	CookieSession SessionKind = "cookie"
)

// The prefixes of Beep's tokens, by which secret scanners find them.
const (
	accessPrefix  = "beep_at"
	refreshPrefix = "beep_rt"
	cookiePrefix  = "beep_ck"
	setupPrefix   = "beep_setup"
)

// Lives of sessions and tokens (ASVS 7.3: idle and absolute).
const (
	AccessLife   = 10 * time.Minute
	IdleLife     = 14 * 24 * time.Hour
	AbsoluteLife = 30 * 24 * time.Hour
	refreshGrace = 10 * time.Second // a lost answer to a refresh may be asked for once more
	touchEvery   = 10 * time.Minute
	maxSpent     = 16 // spent refresh tokens of a session that are recognised
)

// MaxSessions is how many sessions a user may hold; opening one more ends the oldest.
const MaxSessions = 100

// Session is a stored session. Hashes are of tokens; Generation grows with every change and guards it.
type Session struct {
	ID           core.SessionID
	User         core.UserID
	Kind         SessionKind
	Generation   int64
	AccessHash   []byte
	AccessUntil  time.Time
	RefreshHash  []byte
	PreviousHash []byte // the refresh tokens before, the last one first, at most maxSpent, one after another
	RotatedAt    time.Time
	GraceUsed    bool
	CreatedAt    time.Time
	LastUsedAt   time.Time
	SteppedUpAt  time.Time
	UserAgent    string
	Address      string // shortened by the edge: a network, not a person
}

// Sessions keeps sessions; every change is a compare-and-set on the generation.
type Sessions interface {
	PutSession(ctx context.Context, s Session) error
	// GetSession gives a session; CodeNotFound.
	GetSession(ctx context.Context, id core.SessionID) (Session, error)
	// SwapSession stores next if the generation is still the one before; false when it is not.
	SwapSession(ctx context.Context, next Session) (bool, error)
	// DeleteSession ends a session; false when it was gone already, and then the events are not logged.
	DeleteSession(ctx context.Context, s Session, events ...core.Event) (bool, error)
	// ListSessions gives the newest sessions of a user, newest first; at least MaxSessions where there are as many.
	ListSessions(ctx context.Context, user core.UserID) ([]Session, error)
}

// Device is what the edge knows of the client that signs in.
type Device struct {
	Kind      SessionKind
	UserAgent string
	Address   string // full, for rate limits; never stored
	Network   string // shortened, stored with the session
}

// Grant is a fresh session with its secrets, which exist only here.
type Grant struct {
	User         core.SelfUser
	Session      core.SessionID
	AccessToken  string
	RefreshToken string
	Cookie       string
	ExpiresAt    time.Time // of the access token or the cookie
}

// known is what is cached of a session.
type known struct {
	Session
	platform core.PlatformRole
}

func (s *Service) loadSession(ctx context.Context, id core.SessionID) (known, error) {
	sess, err := s.Sessions.GetSession(ctx, id)
	if err != nil {
		return known{}, err
	}
	u, err := s.Users.GetUser(ctx, sess.User)
	if err != nil {
		return known{}, err
	}
	if u.Suspended {
		return known{}, core.E(core.CodeAccountSuspended, "load session")
	}
	return known{sess, u.PlatformRole}, nil
}

// Authenticate gives the actor of an access token or cookie value. Everything wrong with it is CodeUnauthenticated, except
// an access token past its time: CodeSessionExpired, after which a refresh helps.
func (s *Service) Authenticate(ctx context.Context, credential string) (core.Actor, error) {
	tok, err := token.Parse(credential)
	if err != nil || tok.Prefix() != accessPrefix && tok.Prefix() != cookiePrefix {
		return core.Actor{}, core.E(core.CodeUnauthenticated, "authenticate")
	}
	actor, err := s.authenticate(ctx, tok)
	if code := core.CodeOf(err); s.Shared && (code == core.CodeUnauthenticated || code == core.CodeSessionExpired) {
		// Another node may have given out new tokens a moment ago.
		s.sessions.Forget(core.SessionID(tok.ID()))
		return s.authenticate(ctx, tok)
	}
	return actor, err
}

func (s *Service) authenticate(ctx context.Context, tok token.Token) (core.Actor, error) {
	unauthenticated := core.E(core.CodeUnauthenticated, "authenticate")
	k, err := s.sessions.Get(ctx, core.SessionID(tok.ID()))
	if err != nil {
		if core.CodeOf(err) == core.CodeNotFound {
			return core.Actor{}, unauthenticated
		}
		return core.Actor{}, err
	}
	stored, err := token.HashFrom(k.AccessHash)
	if err != nil || !tok.Hash().Equal(stored) {
		return core.Actor{}, unauthenticated
	}
	now := s.Events.Clock()
	if k.over(now) {
		return core.Actor{}, unauthenticated
	}
	if k.Kind == TokenSession && !now.Before(k.AccessUntil) {
		return core.Actor{}, core.E(core.CodeSessionExpired, "authenticate")
	}
	s.touch(ctx, k.Session, now)
	return core.Actor{User: k.User, Session: k.ID, Platform: k.platform, SteppedUpAt: k.SteppedUpAt}, nil
}

// SteppedUp tells whether the actor proved the password or a second factor a moment ago; where nodes share a store, the
// proof may have been given to another.
func (s *Service) SteppedUp(ctx context.Context, actor core.Actor) (bool, error) {
	now := s.Events.Clock()
	if actor.SteppedUp(now) || !s.Shared {
		return actor.SteppedUp(now), nil
	}
	sess, err := s.Sessions.GetSession(ctx, actor.Session)
	if core.CodeOf(err) == core.CodeNotFound {
		return false, nil
	}
	actor.SteppedUpAt = sess.SteppedUpAt
	return err == nil && actor.SteppedUp(now), err
}

// over tells whether a session reached its idle or absolute end.
func (s Session) over(now time.Time) bool {
	return now.Sub(s.LastUsedAt) >= IdleLife || now.Sub(s.CreatedAt) >= AbsoluteLife
}

// touch notes, now and then, that a session is used. It may lose to another change, which is as good.
func (s *Service) touch(ctx context.Context, sess Session, now time.Time) {
	if now.Sub(sess.LastUsedAt) < touchEvery {
		return
	}
	sess.LastUsedAt = now
	sess.Generation++
	_, _ = s.Sessions.SwapSession(ctx, sess)
	s.sessions.Forget(sess.ID)
}

// StillValid tells whether a session that a stream belongs to has neither ended nor changed hands. It is the belt beside
// the events that end streams at once: while the store cannot be asked it tells nobody that they are signed out.
func (s *Service) StillValid(ctx context.Context, user core.UserID, id core.SessionID) bool {
	k, err := s.sessions.Get(ctx, id)
	switch core.CodeOf(err) {
	case "":
		return k.User == user && !k.over(s.Events.Clock())
	case core.CodeNotFound, core.CodeAccountSuspended:
		return false
	default:
		return true
	}
}

// open starts a session for a user who has just proved who they are.
func (s *Service) open(ctx context.Context, u core.User, d Device) (Grant, error) {
	id, err := core.NewSessionID(s.Events.IDs)
	if err != nil {
		return Grant{}, err
	}
	now := s.Events.Clock().UTC()
	sess := Session{ID: id, User: u.ID, Kind: d.Kind, Generation: 1, CreatedAt: now, LastUsedAt: now, SteppedUpAt: now,
		UserAgent: d.UserAgent, Address: d.Network}
	grant := s.arm(&sess, now)
	grant.User = u.Self()
	unlock := s.locks.Lock(u.ID)
	defer unlock()
	if err := s.makeRoom(ctx, u.ID); err != nil {
		return Grant{}, err
	}
	return grant, s.Sessions.PutSession(ctx, sess)
}

// makeRoom ends a user's oldest sessions until there is room for one more. The user's lock is held.
func (s *Service) makeRoom(ctx context.Context, user core.UserID) error {
	list, err := s.Sessions.ListSessions(ctx, user)
	if err != nil {
		return err
	}
	for _, sess := range list[min(len(list), MaxSessions-1):] {
		if err := s.end(ctx, sess); err != nil {
			return err
		}
	}
	return nil
}

// arm gives a session fresh secrets.
func (s *Service) arm(sess *Session, now time.Time) Grant {
	grant := Grant{Session: sess.ID}
	if sess.Kind == CookieSession {
		tok := token.New(cookiePrefix, int64(sess.ID))
		grant.Cookie, grant.ExpiresAt = tok.Text(), sess.CreatedAt.Add(AbsoluteLife)
		sess.AccessHash = hashOf(tok)
		return grant
	}
	access, refresh := token.New(accessPrefix, int64(sess.ID)), token.New(refreshPrefix, int64(sess.ID))
	sess.AccessHash, sess.RefreshHash, sess.AccessUntil = hashOf(access), hashOf(refresh), now.Add(AccessLife)
	grant.AccessToken, grant.RefreshToken, grant.ExpiresAt = access.Text(), refresh.Text(), sess.AccessUntil
	return grant
}

func hashOf(t token.Token) []byte {
	h := t.Hash()
	return h[:]
}

// Refresh rotates the tokens of a session. A refresh token works once; the one before works once more within a short grace
// (the answer may have been lost). Any other use of a spent token ends the session, since somebody else may hold it. Where
// a refresh cannot help any more the answer is CodeSessionExpired: the person signs in again.
func (s *Service) Refresh(ctx context.Context, refresh string) (Grant, error) {
	tok, err := token.Parse(refresh)
	if err != nil || tok.Prefix() != refreshPrefix {
		return Grant{}, core.E(core.CodeSessionExpired, "refresh")
	}
	for {
		grant, settled, err := s.rotate(ctx, tok)
		if settled || err != nil {
			return grant, err
		}
	}
}

// rotate tries once; settled is false when another change of the session came first.
func (s *Service) rotate(ctx context.Context, tok token.Token) (grant Grant, settled bool, err error) {
	sess, err := s.Sessions.GetSession(ctx, core.SessionID(tok.ID()))
	if core.CodeOf(err) == core.CodeNotFound {
		return Grant{}, true, core.E(core.CodeSessionExpired, "refresh")
	}
	if err != nil {
		return Grant{}, true, err
	}
	now := s.Events.Clock().UTC()
	if sess.Kind != TokenSession || sess.over(now) {
		return Grant{}, true, core.E(core.CodeSessionExpired, "refresh")
	}
	next := sess
	switch {
	case matches(sess.RefreshHash, tok):
		next.PreviousHash, next.RotatedAt, next.GraceUsed = sess.spend(), now, false
	case sess.spent(tok) == 0 && !sess.GraceUsed && now.Sub(sess.RotatedAt) < refreshGrace:
		next.GraceUsed = true
	case sess.spent(tok) >= 0:
		return Grant{}, true, s.reused(ctx, sess)
	default:
		// A guess at the secret, or a token so old that it is no longer recognised: refused, and the session goes on, or
		// anybody who knows its id could end it.
		return Grant{}, true, core.E(core.CodeSessionExpired, "refresh")
	}
	grant = s.arm(&next, now)
	next.LastUsedAt = now
	next.Generation++
	ok, err := s.Sessions.SwapSession(ctx, next)
	s.sessions.Forget(sess.ID)
	if !ok || err != nil {
		return Grant{}, false, err
	}
	self, err := s.Self(ctx, sess.User)
	grant.User = self
	return grant, true, err
}

// spend puts the current refresh token before the spent ones.
func (s Session) spend() []byte {
	list := slices.Concat(s.RefreshHash, s.PreviousHash)
	return list[:min(len(list), maxSpent*len(token.Hash{}))]
}

// spent gives how many rotations ago a refresh token was spent, 0 being the last, or -1.
func (s Session) spent(tok token.Token) int {
	place := -1
	i := 0
	for hash := range slices.Chunk(s.PreviousHash, len(token.Hash{})) {
		if matches(hash, tok) && place < 0 {
			place = i
		}
		i++
	}
	return place
}

func matches(stored []byte, tok token.Token) bool {
	h, err := token.HashFrom(stored)
	return err == nil && tok.Hash().Equal(h)
}

// reused ends a session whose old refresh token came back.
func (s *Service) reused(ctx context.Context, sess Session) error {
	if err := s.end(ctx, sess); err != nil {
		return err
	}
	s.Audit.Record(ctx, core.AuditEntry{Action: "REFRESH_TOKEN_REUSED", User: sess.User, Target: "session:" + sess.ID.String()})
	return core.E(core.CodeRefreshReused, "refresh")
}

// end removes a session and tells its streams.
func (s *Service) end(ctx context.Context, sess Session) error {
	event, err := s.Events.New(core.Audience{Users: []core.UserID{sess.User}}, sess.User,
		core.SessionRevoked{SessionIDs: []core.SessionID{sess.ID}})
	if err != nil {
		return err
	}
	_, err = s.Sessions.DeleteSession(ctx, sess, event)
	s.sessions.Forget(sess.ID)
	return err
}

// SignOut ends the actor's own session.
func (s *Service) SignOut(ctx context.Context, actor core.Actor) error {
	return s.RevokeSession(ctx, actor, actor.Session)
}

// RevokeSession ends one of the actor's sessions.
func (s *Service) RevokeSession(ctx context.Context, actor core.Actor, id core.SessionID) error {
	sess, err := s.Sessions.GetSession(ctx, id)
	if err != nil {
		return err
	}
	if sess.User != actor.User {
		return core.E(core.CodeNotFound, "revoke session")
	}
	return s.end(ctx, sess)
}

// SignOutEverywhere ends all sessions of a user but one (0: all), also those that are opened meanwhile.
func (s *Service) SignOutEverywhere(ctx context.Context, user core.UserID, keep core.SessionID) error {
	for {
		list, err := s.Sessions.ListSessions(ctx, user)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(sess Session) bool { return sess.ID == keep })
		if len(list) == 0 {
			return nil
		}
		for _, sess := range list {
			if err := s.end(ctx, sess); err != nil {
				return err
			}
		}
	}
}

// ListSessions gives the actor's sessions that have not ended, newest first.
func (s *Service) ListSessions(ctx context.Context, actor core.Actor) ([]Session, error) {
	list, err := s.Sessions.ListSessions(ctx, actor.User)
	if err != nil {
		return nil, err
	}
	now := s.Events.Clock()
	alive := list[:0]
	for _, sess := range list {
		if !sess.over(now) {
			alive = append(alive, sess)
		}
	}
	return alive, nil
}

// StepUp proves the actor's password again, which allows dangerous acts for a while; CodeStepUpRequired for a wrong one.
func (s *Service) StepUp(ctx context.Context, actor core.Actor, password string) error {
	if err := core.Limit(ctx, s.Limiter, "step_up_rate", actor.User, s.Limits.LoginRate); err != nil {
		return err
	}
	if err := s.Identity.CheckPassword(ctx, actor.User, password); err != nil {
		if core.CodeOf(err) == core.CodePasswordWrong {
			s.Audit.Record(ctx, core.AuditEntry{Action: "STEP_UP_FAILED", User: actor.User})
			return core.E(core.CodeStepUpRequired, "step up").Because(err)
		}
		return err
	}
	for {
		sess, err := s.Sessions.GetSession(ctx, actor.Session)
		if err != nil {
			return err
		}
		sess.SteppedUpAt = s.Events.Clock().UTC()
		sess.Generation++
		ok, err := s.Sessions.SwapSession(ctx, sess)
		s.sessions.Forget(sess.ID)
		if ok || err != nil {
			return err
		}
	}
}
