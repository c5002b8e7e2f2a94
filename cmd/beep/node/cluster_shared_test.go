package node_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// atOnce calls f n times in parallel and counts the answers by status and code.
func atOnce(n int, f func(i int) *apitest.Answer) map[string]int {
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		counts = map[string]int{}
		start  = make(chan struct{})
	)
	for i := range n {
		wg.Go(func() {
			<-start
			a := f(i)
			mu.Lock()
			defer mu.Unlock()
			counts[fmt.Sprintf("%d %s", a.Status, a.Code())]++
		})
	}
	close(start)
	wg.Wait()
	return counts
}

// TestClusterRates: what a person may do in a time is counted over all nodes, and the time to come back is true.
func TestClusterRates(t *testing.T) {
	c := openCluster(t, 2, func(o *apitest.Options) {
		d := core.DefaultLimits()
		o.Limits.MessageRate, o.Limits.LoginRate = d.MessageRate, d.LoginRate
	})
	in := newPlace(c, "ada")
	say := func(p *apitest.Person, i int) *apitest.Answer {
		return p.On(1+i%2).Post("/channels/"+in.general+"/messages", M{"content": "x"})
	}
	begun := time.Now()
	for i := range 10 {
		say(in.ada, i).Is(201)
	}
	refused := say(in.ada, 0).Is(429, "rate_limited").Has("params.policy", "message_rate")
	say(in.ada, 1).Is(429, "rate_limited")
	after, err := strconv.Atoi(refused.Header.Get("Retry-After"))
	if err != nil || after < 1 || time.Duration(after)*time.Second > 10*time.Second-time.Since(begun)+2*time.Second {
		t.Errorf("Retry-After %q, %s after the first", refused.Header.Get("Retry-After"), time.Since(begun))
	}
	bob := in.member(c, "bob")
	counts := atOnce(40, func(i int) *apitest.Answer { return say(bob, i) })
	if counts["201 "] != 10 || counts["429 rate_limited"] != 30 {
		t.Errorf("40 at once over two nodes: %v", counts)
	}
	time.Sleep(time.Duration(after) * time.Second) // what the answer asked for
	say(in.ada, 1).Is(201)
	eve := c.Register("eve")
	counts = atOnce(30, func(i int) *apitest.Answer {
		return c.Guest().On(1+i%2).Post("/auth/login", M{"login": "eve", "password": "wrong horse battery"})
	})
	limit := core.DefaultLimits().LoginRate.Count
	if counts["401 invalid_credentials"] != limit || counts["429 rate_limited"] != 30-limit {
		t.Errorf("30 guesses at %s's password over two nodes: %v, want %d", eve.Name, counts, limit)
	}
}

// TestClusterStreams: tickets, typing and interest cross nodes.
func TestClusterStreams(t *testing.T) {
	c := openCluster(t, 2)
	in := newPlace(c, "ada")
	bob := in.member(c, "bob")
	t.Run("ticket", func(t *testing.T) {
		ticket := bob.On(1).Post("/events/ticket", nil).Must(201).Text("ticket")
		c.Guest().On(2).Stream("?ticket=" + ticket).Close()
		for i := range 2 {
			c.Guest().On(1+i).Get("/events?ticket="+ticket).Is(401, "ticket_invalid")
		}
		gone := bob.On(1).SignIn()
		ticket = gone.Post("/events/ticket", nil).Must(201).Text("ticket")
		gone.Post("/auth/logout", nil).Is(204)
		c.Guest().On(2).Get("/events?ticket="+ticket).Is(401, "ticket_invalid")
		ticket = bob.On(1).Post("/events/ticket", nil).Must(201).Text("ticket")
		counts := atOnce(10, func(i int) *apitest.Answer {
			answer := c.Guest().On(1+i%2).Dial(t.Context(), "/events?ticket="+ticket)
			return &apitest.Answer{Status: answer.StatusCode}
		})
		if counts["200 "] != 1 {
			t.Errorf("one ticket, 10 at once over two nodes: %v", counts)
		}
	})
	t.Run("typing", func(t *testing.T) {
		s := in.ada.On(2).Stream("?types=typing.started")
		soon(t, "the typing", func() { bob.On(1).Post("/channels/"+in.general+"/typing", nil).Is(204) }, func() {
			if e := s.Until("typing.started", nil); e["user_id"] != bob.ID {
				t.Errorf("%v", e)
			}
		})
		s.Close()
	})
	t.Run("interest", func(t *testing.T) {
		s := bob.On(2).Stream("")
		set := func(p *apitest.Person, level string) {
			p.On(1).Put("/events/interest", M{"session_id": s.Ready["session_id"], "servers": M{in.server: level}}).Is(204)
		}
		hears := func() bool {
			passed := s.Between(func() {
				in.say("x")
				c.Heard()
				bob.On(2).Patch("/users/@me", M{"first_name": fmt.Sprint(time.Now().UnixNano())}).Is(200)
			}, "user.updated")
			return slices.Contains(passed, "message.created")
		}
		becomes := func(want bool) {
			t.Helper()
			for deadline := time.Now().Add(patience); hears() != want; { // the hint is not logged, so no event tells that it came
				if time.Now().After(deadline) {
					t.Fatalf("hears messages: %v", !want)
				}
			}
		}
		set(bob, "none")
		becomes(false)
		set(in.ada, "active") // another person's
		if hears() {
			t.Error("another person set the interest of a stream")
		}
		set(bob, "active")
		becomes(true)
	})
}
