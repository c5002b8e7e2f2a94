package redis

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/internal/token"
)

var alice = core.Actor{User: 1<<62 + 7, Session: 1<<61 + 9, Platform: core.ApplicationAdministrator,
	SteppedUpAt: time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)}

func newHash() token.Hash { return token.New("beep_tk", 1).Hash() }

func tickets(t testing.TB, s *redistest.Server) *Tickets {
	k := NewTickets(s.Open(t), time.Now)
	k.timeout = 10 * time.Second
	return k
}

func TestTicketsOverTwoNodes(t *testing.T) {
	s := redistest.Start(t)
	a, b := tickets(t, s), tickets(t, s)
	for name, actor := range map[string]core.Actor{"administrator": alice, "plain": {User: 5, Session: 6}} {
		t.Run(name, func(t *testing.T) {
			hash := newHash()
			if err := a.PutTicket(t.Context(), hash, actor, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if got, ok, err := b.TakeTicket(t.Context(), hash, time.Now()); err != nil || !ok || got != actor {
				t.Fatalf("got %+v, %v, %v, want %+v", got, ok, err, actor)
			}
			if got, ok, err := a.TakeTicket(t.Context(), hash, time.Now()); err != nil || ok || got != (core.Actor{}) {
				t.Fatalf("a second time: %+v, %v, %v", got, ok, err)
			}
		})
	}
	if got, ok, err := a.TakeTicket(t.Context(), newHash(), time.Now()); err != nil || ok || got != (core.Actor{}) {
		t.Fatalf("unknown: %+v, %v, %v", got, ok, err)
	}
}

func TestATicketIsUsedOnce(t *testing.T) {
	s := redistest.Start(t)
	nodes := []*Tickets{tickets(t, s), tickets(t, s)}
	for range 50 {
		hash := newHash()
		if err := nodes[0].PutTicket(t.Context(), hash, alice, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		var taken atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if _, ok, err := nodes[i%2].TakeTicket(context.Background(), hash, time.Now()); err == nil && ok {
					taken.Add(1)
				}
			})
		}
		wg.Wait()
		if taken.Load() != 1 {
			t.Fatalf("taken %d times", taken.Load())
		}
	}
}

func TestTicketsEnd(t *testing.T) {
	s := redistest.Start(t)
	a := tickets(t, s)
	now := time.Now()
	a.clock = func() time.Time { return now }
	put := func(life time.Duration) token.Hash {
		hash := newHash()
		if err := a.PutTicket(t.Context(), hash, alice, now.Add(life)); err != nil {
			t.Fatal(err)
		}
		return hash
	}
	hash := put(time.Hour)
	if _, ok, err := a.TakeTicket(t.Context(), hash, now.Add(time.Hour)); err != nil || ok {
		t.Fatalf("at its end: %v, %v", ok, err)
	}
	hash = put(time.Hour)
	if _, ok, err := a.TakeTicket(t.Context(), hash, now.Add(time.Hour-1)); err != nil || !ok {
		t.Fatalf("a nanosecond before its end: %v, %v", ok, err)
	}
	for _, life := range []time.Duration{0, -time.Hour} {
		if _, ok, err := a.TakeTicket(t.Context(), put(life), now); err != nil || ok {
			t.Fatalf("a ticket good for %v: %v, %v", life, ok, err)
		}
	}
	hash = put(accounts.TicketLife)
	ttl, err := a.db.Client.Do(t.Context(), a.db.Client.B().Pttl().Key(a.name(hash)).Build()).AsInt64()
	if err != nil || ttl <= 0 || ttl > accounts.TicketLife.Milliseconds() {
		t.Fatalf("redis forgets it in %d ms (%v)", ttl, err)
	}
}

func TestTicketsFailClosed(t *testing.T) {
	for name, away := range map[string]func(*redistest.Server){
		"killed": func(s *redistest.Server) { s.Kill() },
		"frozen": func(s *redistest.Server) { s.Stop(t) }, // the server ends with its own test
	} {
		t.Run(name, func(t *testing.T) {
			s := redistest.Start(t)
			a := NewTickets(s.Open(t), time.Now)
			hash := newHash()
			away(s)
			if err := a.PutTicket(t.Context(), hash, alice, time.Now().Add(time.Hour)); core.CodeOf(err) != core.CodeUnavailable {
				t.Fatalf("put: %v", err)
			}
			if got, ok, err := a.TakeTicket(t.Context(), hash, time.Now()); core.CodeOf(err) != core.CodeUnavailable || ok || got != (core.Actor{}) {
				t.Fatalf("take: %+v, %v, %v", got, ok, err)
			}
		})
	}
}

func TestAStrangersTicketIsRefused(t *testing.T) {
	a := tickets(t, redistest.Start(t))
	other := encodeTicket(alice, time.Now().Add(time.Hour))
	other[0]++
	for _, value := range []string{"", string(other), "\x01", "\x01\x80"} {
		hash := newHash()
		if err := a.db.Client.Do(t.Context(), a.db.Client.B().Set().Key(a.name(hash)).Value(value).Build()).Error(); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := a.TakeTicket(t.Context(), hash, time.Now()); ok || core.CodeOf(err) != core.CodeUnavailable {
			t.Errorf("%q: %v, %v", value, ok, err)
		}
	}
}

func FuzzDecodeTicket(f *testing.F) {
	f.Add(encodeTicket(alice, alice.SteppedUpAt))
	f.Add(encodeTicket(core.Actor{User: 5, Session: 6}, time.Unix(0, 0)))
	f.Add([]byte{ticketForm, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		actor, until, err := decodeTicket(b)
		if err != nil {
			return
		}
		again, at, err := decodeTicket(encodeTicket(actor, until))
		if err != nil || again != actor || !at.Equal(until) {
			t.Fatalf("%+v until %v became %+v until %v: %v", actor, until, again, at, err)
		}
	})
}
