package redis

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/redis/rueidis"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/token"
)

// ticketTimeout is how long Redis may take with a ticket. It is longer than that of a claim: nothing can stand in for Redis.
const ticketTimeout = time.Second

// Tickets are the tickets of a cluster: given out by any node, good once on any.
type Tickets struct {
	db      *redisdb.DB
	clock   core.Clock
	timeout time.Duration
}

var _ accounts.Tickets = (*Tickets)(nil)

// NewTickets keeps tickets in Redis. The clock is that of the accounts service, whose times until it is given.
func NewTickets(db *redisdb.DB, clock core.Clock) *Tickets {
	return &Tickets{db: db, clock: clock, timeout: ticketTimeout}
}

// PutTicket implements accounts.Tickets; CodeUnavailable when Redis did not confirm it.
func (t *Tickets) PutTicket(ctx context.Context, hash token.Hash, actor core.Actor, until time.Time) error {
	left := until.Sub(t.clock())
	if left <= 0 {
		return nil // too old to be taken
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	ms := (left + time.Millisecond - 1).Milliseconds()
	set := t.db.Client.B().Set().Key(t.name(hash)).Value(rueidis.BinaryString(encodeTicket(actor, until))).PxMilliseconds(ms).Build()
	if err := t.db.Client.Do(ctx, set).Error(); err != nil {
		return core.E(core.CodeUnavailable, "put a ticket into redis").Because(err)
	}
	return nil
}

// TakeTicket implements accounts.Tickets; CodeUnavailable when Redis did not answer: the ticket may then be used up.
func (t *Tickets) TakeTicket(ctx context.Context, hash token.Hash, now time.Time) (core.Actor, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	text, err := t.db.Client.Do(ctx, t.db.Client.B().Getdel().Key(t.name(hash)).Build()).AsBytes()
	if rueidis.IsRedisNil(err) {
		return core.Actor{}, false, nil
	}
	if err != nil {
		return core.Actor{}, false, core.E(core.CodeUnavailable, "take a ticket from redis").Because(err)
	}
	actor, until, err := decodeTicket(text)
	if err != nil {
		return core.Actor{}, false, core.E(core.CodeUnavailable, "take a ticket from redis").Because(err)
	}
	if !now.Before(until) {
		return core.Actor{}, false, nil
	}
	return actor, true, nil
}

func (t *Tickets) name(hash token.Hash) string {
	return t.db.Key("ticket", base64.RawURLEncoding.EncodeToString(hash[:]))
}

// ticketForm is the first byte of a ticket. Another form of a ticket takes another byte.
const ticketForm = 1

var errTicket = errors.New("not a ticket this version can read; were all nodes brought to one version?")

// encodeTicket writes the form, varints of user, session, the time until which the ticket is good and that of the last
// step-up, both in nanoseconds since 1970 (0: never), then the platform role.
func encodeTicket(a core.Actor, until time.Time) []byte {
	b := make([]byte, 1, 40)
	b[0] = ticketForm
	stepUp := int64(0)
	if !a.SteppedUpAt.IsZero() {
		stepUp = a.SteppedUpAt.UnixNano()
	}
	for _, n := range []int64{int64(a.User), int64(a.Session), until.UnixNano(), stepUp} {
		b = binary.AppendVarint(b, n)
	}
	return append(b, a.Platform...)
}

func decodeTicket(b []byte) (core.Actor, time.Time, error) {
	if len(b) == 0 || b[0] != ticketForm {
		return core.Actor{}, time.Time{}, errTicket
	}
	b = b[1:]
	var n [4]int64
	for i := range n {
		value, size := binary.Varint(b)
		if size <= 0 {
			return core.Actor{}, time.Time{}, errTicket
		}
		n[i], b = value, b[size:]
	}
	a := core.Actor{User: core.UserID(n[0]), Session: core.SessionID(n[1]), Platform: core.PlatformRole(b)}
	if n[3] != 0 {
		a.SteppedUpAt = time.Unix(0, n[3]).UTC()
	}
	return a, time.Unix(0, n[2]).UTC(), nil
}
