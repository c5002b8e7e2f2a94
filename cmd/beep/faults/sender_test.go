package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
)

// kept is how many of its messages a sender goes on to edit and delete.
const kept = 20

// sender writes messages, edits and deletes some of its own, and now and then does two things to one message at once,
// through two nodes.
type sender struct {
	w      *world
	number int
	random *rand.Rand
	caller caller
	mine   []*entry
	edits  int
}

func (w *world) newSender(number int) *sender {
	return &sender{w: w, number: number, random: rand.New(rand.NewPCG(w.seed, uint64(number))),
		caller: caller{w: w, token: w.people[number%users].token, node: number % len(w.nodes)}}
}

// run goes on until the world stops; every operation that was begun is repeated until its outcome is known.
func (s *sender) run(ctx context.Context) {
	for n := 0; !s.w.stop.Load() && ctx.Err() == nil; n++ {
		pause(ctx, pace/2+time.Duration(s.random.Int64N(int64(pace))))
		switch dice := s.random.IntN(100); {
		case dice < 70 || len(s.mine) == 0:
			s.send(ctx, n)
		case dice < 85:
			s.edit(ctx, &s.caller, s.any())
		case dice < 90:
			s.delete(ctx, &s.caller, s.take())
		case dice < 95:
			e := s.any()
			s.atOnce(func(c *caller) { s.edit(ctx, c, e) }, func(c *caller) { s.edit(ctx, c, e) })
		default:
			e := s.take()
			s.atOnce(func(c *caller) { s.edit(ctx, c, e) }, func(c *caller) { s.delete(ctx, c, e) })
		}
	}
}

func (s *sender) any() *entry { return s.mine[s.random.IntN(len(s.mine))] }

func (s *sender) take() *entry {
	i := s.random.IntN(len(s.mine))
	e := s.mine[i]
	s.mine = append(s.mine[:i:i], s.mine[i+1:]...)
	return e
}

// atOnce does two things at the same time, each beginning at another node.
func (s *sender) atOnce(one, other func(*caller)) {
	second := s.caller
	second.node = (second.node + 1) % len(s.w.nodes)
	var group sync.WaitGroup
	group.Go(func() { one(&s.caller) })
	group.Go(func() { other(&second) })
	group.Wait()
}

func (s *sender) send(ctx context.Context, n int) {
	nonce := fmt.Sprintf("s%d-%d", s.number, n)
	channel := s.w.channels[n%len(s.w.channels)]
	e := s.w.book.open(nonce, "message "+nonce, channel)
	if s.post(ctx, &s.caller, e) {
		s.mine = append(s.mine, e)
		s.mine = s.mine[max(0, len(s.mine)-kept):]
	}
}

// post sends a message until it is acknowledged.
func (s *sender) post(ctx context.Context, c *caller, e *entry) bool {
	body := fmt.Sprintf(`{"content":%q,"nonce":%q}`, e.content, e.nonce)
	a, _, ok := c.call(ctx, http.MethodPost, "/channels/"+e.channel.String()+"/messages", body, nil)
	if !ok {
		return false
	}
	var m core.Message
	if err := json.Unmarshal(a.body, &m); err != nil || m.ID == 0 || m.Content != e.content {
		s.w.complain("nonce %s was answered with %s", e.nonce, a.body)
		return false
	}
	if !s.w.book.acknowledged(e, m) {
		s.w.complain("nonce %s was acknowledged as %d, which is another message", e.nonce, m.ID)
	}
	return true
}

func missing(status int) bool { return status == http.StatusNotFound }

// edit changes a message. Not found is an answer once its deletion was begun.
func (s *sender) edit(ctx context.Context, c *caller, e *entry) {
	b := s.w.book
	var content string
	b.do(func() { s.edits++; content = fmt.Sprintf("%s, edit %d", e.nonce, s.edits) })
	a, unsure, ok := c.call(ctx, http.MethodPatch, path(e), fmt.Sprintf(`{"content":%q}`, content), missing)
	var ending bool
	b.do(func() {
		e.unsure[content] = unsure || !ok
		ending = e.ending
	})
	switch {
	case !ok:
	case missing(a.status):
		if !ending {
			s.w.complain("%s was edited and not found: %s", e.nonce, a)
		}
	default:
		var m core.Message
		if err := json.Unmarshal(a.body, &m); err != nil || m.ID != e.id || m.Content != content {
			s.w.complain("an edit of %s was answered with %s", e.nonce, a.body)
		} else if !b.edited(e, m, content) {
			s.w.complain("two edits of %s have version %d", e.nonce, m.Version)
		}
	}
}

// delete removes a message. Not found is an answer to a deletion that was tried before.
func (s *sender) delete(ctx context.Context, c *caller, e *entry) {
	s.w.book.do(func() { e.ending = true })
	a, unsure, ok := c.call(ctx, http.MethodDelete, path(e), "", missing)
	if ok && missing(a.status) && !unsure {
		s.w.complain("%s was deleted and not found: %s", e.nonce, a)
	}
	if ok {
		s.w.book.do(func() { e.ended = true })
	}
}

func path(e *entry) string { return "/channels/" + e.channel.String() + "/messages/" + e.id.String() }
