package accounts

import (
	"context"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/token"
)

const ticketPrefix = "beep_tk"

// TicketLife is how long a ticket for the event stream is good for; it works once.
const TicketLife = 30 * time.Second

// Tickets remembers the tickets that were given out. One node keeps them in memory; a cluster puts Redis here.
type Tickets interface {
	PutTicket(ctx context.Context, hash token.Hash, actor core.Actor, until time.Time) error
	// TakeTicket gives a ticket's actor and forgets it; false when it is unknown, used or too old.
	TakeTicket(ctx context.Context, hash token.Hash, now time.Time) (core.Actor, bool, error)
}

// NewTicket makes a ticket for the actor's session: for clients that cannot set headers on the stream.
func (s *Service) NewTicket(ctx context.Context, actor core.Actor) (string, error) {
	tok := token.New(ticketPrefix, int64(actor.Session))
	return tok.Text(), s.Tickets.PutTicket(ctx, tok.Hash(), actor, s.Events.Clock().Add(TicketLife))
}

// RedeemTicket gives the actor of a ticket, once, while its session lives.
func (s *Service) RedeemTicket(ctx context.Context, ticket string) (core.Actor, error) {
	invalid := core.E(core.CodeTicketInvalid, "redeem ticket")
	tok, err := token.Parse(ticket)
	if err != nil || tok.Prefix() != ticketPrefix {
		return core.Actor{}, invalid
	}
	actor, ok, err := s.Tickets.TakeTicket(ctx, tok.Hash(), s.Events.Clock())
	if err != nil {
		return core.Actor{}, err
	}
	if !ok {
		return core.Actor{}, invalid
	}
	k, err := s.sessions.Get(ctx, actor.Session)
	switch {
	case core.CodeOf(err) == core.CodeNotFound, err == nil && (k.User != actor.User || k.over(s.Events.Clock())):
		return core.Actor{}, invalid
	case err != nil:
		return core.Actor{}, err
	}
	return actor, nil
}

// LocalTickets are the tickets of one node.
type LocalTickets struct {
	mu      sync.Mutex
	tickets map[token.Hash]localTicket
}

type localTicket struct {
	actor core.Actor
	until time.Time
}

// maxTickets bounds the tickets that wait; with more, those past their time go first and then new ones are refused.
const maxTickets = 50_000

// NewLocalTickets makes the tickets of a single node.
func NewLocalTickets() *LocalTickets { return &LocalTickets{tickets: make(map[token.Hash]localTicket)} }

// PutTicket implements Tickets.
func (l *LocalTickets) PutTicket(_ context.Context, hash token.Hash, actor core.Actor, until time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.tickets) >= maxTickets {
		l.purge(until.Add(-TicketLife))
	}
	if len(l.tickets) >= maxTickets {
		return core.E(core.CodeBusy, "make ticket")
	}
	l.tickets[hash] = localTicket{actor, until}
	return nil
}

func (l *LocalTickets) purge(now time.Time) {
	for h, t := range l.tickets {
		if !now.Before(t.until) {
			delete(l.tickets, h)
		}
	}
}

// TakeTicket implements Tickets.
func (l *LocalTickets) TakeTicket(_ context.Context, hash token.Hash, now time.Time) (core.Actor, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.tickets[hash]
	delete(l.tickets, hash)
	return t.actor, ok && now.Before(t.until), nil
}
