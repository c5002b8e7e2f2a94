package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

// done is how an attempt ended.
type done int

const (
	yes     done = iota // it was carried out
	no                  // it was refused, because others were first
	nobody              // nobody learned
	reading             // no attempt, a look at the end: how many there are
)

// attempt is one attempt on one thing that is counted or held: to take it, or to let it go.
type attempt struct {
	thing string
	who   int
	frees bool
}

// looked is what an operation gave.
type looked struct {
	done  done
	count int // of reading
}

// history is what happened, as those who asked saw it.
type history struct {
	mu    sync.Mutex
	begun time.Time
	ops   []porcupine.Operation
}

func (h *history) now() int64 { return int64(time.Since(h.begun)) }

func (h *history) add(call int64, in attempt, out looked) {
	end := h.now()
	if out.done == nobody {
		end = int64(time.Hour) // it may be carried out at any time
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: in.who, Input: in, Call: call, Output: out, Return: end})
}

// holders is the model of one thing: a set of people, each a bit, of at most room. A name has room for one, an invite for its
// uses. Who is in already may take it again.
func holders(room int) porcupine.Model {
	count := func(set uint64) (n int) {
		for ; set != 0; set &= set - 1 {
			n++
		}
		return n
	}
	step := func(state, input, output any) []any {
		set, in, out := state.(uint64), input.(attempt), output.(looked)
		bit := uint64(1) << in.who
		fits := set&bit != 0 || count(set) < room
		switch {
		case out.done == reading && count(set) == out.count, out.done == no && !fits:
			return []any{set}
		case out.done == reading, out.done == no, out.done == yes && !in.frees && !fits:
			return nil
		}
		after := set | bit
		if in.frees {
			after = set &^ bit
		}
		if out.done == yes {
			return []any{after}
		}
		if !in.frees && !fits {
			return []any{set}
		}
		return []any{set, after}
	}
	m := porcupine.NondeterministicModel{Init: func() []any { return []any{uint64(0)} }, Step: step,
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			parts := make(map[string][]porcupine.Operation)
			for _, op := range all {
				thing := op.Input.(attempt).thing
				parts[thing] = append(parts[thing], op)
			}
			var list [][]porcupine.Operation
			for _, part := range parts {
				list = append(list, part)
			}
			return list
		}}
	return m.ToModel()
}

// check fails the test when no order of the operations explains what was seen.
func (h *history) check(t *testing.T, what string, room int) {
	t.Helper()
	switch verdict := porcupine.CheckOperationsTimeout(holders(room), h.ops, patience); verdict {
	case porcupine.Ok:
	case porcupine.Illegal:
		t.Errorf("%s: no order explains what was seen in %d operations", what, len(h.ops))
	default:
		t.Errorf("%s: %d operations could not be judged within %v: %v", what, len(h.ops), patience, verdict)
	}
}

// unknowns counts attempts of unknown outcome.
func (h *history) unknowns() (n int) {
	for _, op := range h.ops {
		if op.Output.(looked).done == nobody {
			n++
		}
	}
	return n
}

const (
	contenders = 10
	exactUses  = 3
)

// TestFaultExact: people take names and use up invites through two nodes, of which one is killed all the time. What they saw
// must be explained by some order in which it happened one by one.
func TestFaultExact(t *testing.T) {
	t.Parallel() // few people
	eachSeed(t, func(t *testing.T, seed uint64) {
		p := place{store: sharedCassandra(t), redis: always(redistest.Start(t).Addr())}
		w := newWorld(t, "exact", seed, startCluster(t, p, 2))
		people := w.register("guest", contenders)
		names, invites := &history{begun: time.Now()}, &history{begun: time.Now()}
		n := rounds(t, 4, maxRounds)
		for round := range n {
			var group sync.WaitGroup
			server, code := w.invite(round)
			for i, p := range people {
				random := rand.New(rand.NewPCG(seed, uint64(round*contenders+i)))
				group.Go(func() { w.rename(names, i, p, round, random) })
				group.Go(func() { w.join(invites, i, p, code, random) })
			}
			pause(t.Context(), 50*time.Millisecond+rand.N(200*time.Millisecond))
			victim := w.nodes[round%2]
			victim.kill()
			victim.start()
			group.Wait()
			w.countUses(invites, server, code)
		}
		for _, c := range w.complained() {
			t.Error(c)
		}
		names.check(t, "names", 1)
		invites.check(t, "uses of invites", exactUses)
		report(t, fmt.Sprintf("fault exact: seed %d, %d rounds, %d operations on names (%d unknown), %d on invites (%d unknown), linearizable: %v",
			seed, n, len(names.ops), names.unknowns(), len(invites.ops), invites.unknowns(), !t.Failed()))
	})
}

// once makes one attempt and says how it ended.
func (c *caller) once(ctx context.Context, method, path, body string, refused int) (answer, done) {
	a := c.w.attempt(ctx, c.node, c.token, method, path, body)
	c.node = (c.node + 1) % len(c.w.nodes)
	switch {
	case a.err != nil, a.status == http.StatusServiceUnavailable, a.status == http.StatusTooManyRequests:
		return a, nobody
	case a.status/100 == 2:
		return a, yes
	case a.status == refused:
		return a, no
	}
	c.w.complain("%s %s: %v", method, path, a)
	return a, nobody
}

// rename takes a few names one after the other; each gives the one before back.
func (w *world) rename(h *history, who int, p person, round int, random *rand.Rand) {
	c := caller{w: w, token: p.token, node: random.IntN(2)}
	for range 4 {
		var me core.SelfUser
		a, _, ok := c.call(w.t.Context(), http.MethodGet, "/users/@me", "", nil)
		if !ok || json.Unmarshal(a.body, &me) != nil {
			return
		}
		to := fmt.Sprintf("name-%d-%d", round, random.IntN(3))
		for ended := nobody; ended == nobody && w.t.Context().Err() == nil; {
			call := h.now()
			_, ended = c.once(w.t.Context(), http.MethodPatch, "/users/@me", fmt.Sprintf(`{"username":%q}`, to), http.StatusConflict)
			h.add(call, attempt{thing: to, who: who}, looked{done: ended})
			if strings.HasPrefix(me.Username, "name-") && me.Username != to && ended != no {
				h.add(call, attempt{thing: me.Username, who: who, frees: true}, looked{done: ended})
			}
			if ended == nobody {
				pause(w.t.Context(), 50*time.Millisecond)
			}
		}
	}
}

// invite makes a private server and an invite that a few may use.
func (w *world) invite(round int) (core.ServerID, string) {
	w.t.Helper()
	var server core.Server
	w.must(w.people[0], http.MethodPost, "/servers", fmt.Sprintf(`{"name":"Private %d","visibility":"private"}`, round), &server)
	var made core.Invite
	w.must(w.people[0], http.MethodPost, "/servers/"+server.ID.String()+"/invites", fmt.Sprintf(`{"max_uses":%d}`, exactUses), &made)
	return server.ID, made.Code
}

func (w *world) join(h *history, who int, p person, code string, random *rand.Rand) {
	c := caller{w: w, token: p.token, node: random.IntN(2)}
	pause(w.t.Context(), time.Duration(random.Int64N(int64(200*time.Millisecond))))
	for ended := nobody; ended == nobody && w.t.Context().Err() == nil; {
		call := h.now()
		_, ended = c.once(w.t.Context(), http.MethodPost, "/invites/"+code+"/join", "", http.StatusGone)
		h.add(call, attempt{thing: code, who: who}, looked{done: ended})
		if ended == nobody {
			pause(w.t.Context(), 50*time.Millisecond)
		}
	}
}

// countUses looks at an invite when all is quiet, and at who is a member.
func (w *world) countUses(h *history, server core.ServerID, code string) {
	w.t.Helper()
	var page struct{ Items []core.Invite }
	var members struct{ Items []core.Member }
	call := h.now()
	w.must(w.people[0], http.MethodGet, "/servers/"+server.String()+"/invites", "", &page)
	w.must(w.people[0], http.MethodGet, "/servers/"+server.String()+"/members", "", &members)
	if len(page.Items) != 1 || page.Items[0].Code != code {
		w.t.Fatalf("invites of server %d: %+v", server, page.Items)
	}
	uses := page.Items[0].Uses
	h.add(call, attempt{thing: code, who: 0}, looked{done: reading, count: uses})
	if joined := len(members.Items) - 1; joined != uses {
		w.t.Errorf("%d uses of invite %s and %d members", uses, code, joined)
	}
}

// TestTheModelSees: histories that no order explains are found.
func TestTheModelSees(t *testing.T) {
	type op struct {
		call, end int64
		in        attempt
		out       looked
	}
	take := func(who int) attempt { return attempt{thing: "x", who: who} }
	for _, c := range []struct {
		name string
		room int
		ops  []op
		want porcupine.CheckResult
	}{
		{"one after the other", 1, []op{{0, 1, take(1), looked{done: yes}}, {2, 3, take(2), looked{done: no}}}, porcupine.Ok},
		{"two hold a name", 1, []op{{0, 1, take(1), looked{done: yes}}, {2, 3, take(2), looked{done: yes}}}, porcupine.Illegal},
		{"given back between", 1, []op{{0, 1, take(1), looked{done: yes}}, {2, 3, attempt{"x", 1, true}, looked{done: yes}},
			{4, 5, take(2), looked{done: yes}}}, porcupine.Ok},
		{"refused though free", 1, []op{{0, 1, take(1), looked{done: no}}}, porcupine.Illegal},
		{"refused for one of unknown outcome", 1, []op{{0, 9, take(2), looked{done: nobody}}, {2, 3, take(1), looked{done: no}}}, porcupine.Ok},
		{"one use too many", 2, []op{{0, 1, take(1), looked{done: yes}}, {0, 1, take(2), looked{done: yes}}, {0, 1, take(3), looked{done: yes}}},
			porcupine.Illegal},
		{"a use that is not counted", 2, []op{{0, 1, take(1), looked{done: yes}}, {2, 3, take(0), looked{done: reading, count: 0}}}, porcupine.Illegal},
		{"a use counted twice", 2, []op{{0, 1, take(1), looked{done: yes}}, {2, 3, take(0), looked{done: reading, count: 2}}}, porcupine.Illegal},
	} {
		t.Run(c.name, func(t *testing.T) {
			var ops []porcupine.Operation
			for _, o := range c.ops {
				ops = append(ops, porcupine.Operation{Input: o.in, Call: o.call, Output: o.out, Return: o.end})
			}
			if got := porcupine.CheckOperationsTimeout(holders(c.room), ops, patience); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
