package node_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/httpapi/apitest"
	"github.com/beep-chat/beep/storage/wide"
)

// forgetful makes every few conditional commits of a node ones of unknown outcome: half of them happened.
type forgetful struct {
	wide.Engine
	on    *atomic.Bool
	count *atomic.Int64
}

// Commit implements wide.Engine.
func (f forgetful) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if !f.on.Load() || rand.IntN(8) > 0 || len(c.Writes) == 0 || strings.HasPrefix(c.Writes[0].Meta.Name, "outbox") || c.Writes[0].Meta.Name == "leases" {
		return f.Engine.Commit(ctx, c)
	}
	f.count.Add(1)
	if rand.IntN(2) == 0 {
		if _, err := f.Engine.Commit(ctx, c); err != nil {
			return false, err
		}
	}
	return false, fmt.Errorf("%w: injected", wide.ErrUnknownOutcome)
}

// openForgetful is a cluster of two whose stores answer doubtfully while on is set.
func openForgetful(t *testing.T) (c *cluster, on *atomic.Bool, count *atomic.Int64) {
	on, count = new(atomic.Bool), new(atomic.Int64)
	c = openCluster(t, 2, func(o *apitest.Options) {
		o.Cluster = &node.Cluster{Wrap: func(e wide.Engine) wide.Engine { return forgetful{e, on, count} }}
	})
	return c, on, count
}

// Outcomes of a use or a claim.
const (
	done    = "done"
	refused = "refused"
	unknown = "unknown"
)

// act is an operation of a history: somebody uses, claims, gives back or looks.
type act struct {
	verb    string // "use", "claim", "release", "look"
	subject string // the invite's code or the name
	who     int
}

// history records what clients did and heard. Who heard nothing certain may have done it at any time after.
type history struct {
	mu    sync.Mutex
	begun time.Time
	ops   []porcupine.Operation
}

func (h *history) now() int64 { return int64(time.Since(h.begun)) }

func (h *history) add(client int, a act, call int64, outcome string) {
	end := h.now()
	if outcome == unknown {
		end = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: a, Call: call, Output: outcome, Return: end})
}

// check fails the test when no order of the operations explains what the clients heard.
func (h *history) check(t *testing.T, m porcupine.Model) {
	t.Helper()
	outcomes := map[string]int{}
	for _, o := range h.ops {
		outcomes[o.Input.(act).verb+" "+o.Output.(string)]++
	}
	t.Logf("%d operations: %v", len(h.ops), outcomes)
	if got := porcupine.CheckOperationsTimeout(m, h.ops, time.Minute); got != porcupine.Ok {
		t.Errorf("the history is not linearizable: %s", got)
	}
}

// bySubject splits a history into one for each invite or name.
func bySubject(ops []porcupine.Operation) [][]porcupine.Operation {
	parts := map[string][]porcupine.Operation{}
	for _, o := range ops {
		parts[o.Input.(act).subject] = append(parts[o.Input.(act).subject], o)
	}
	var out [][]porcupine.Operation
	for _, p := range parts {
		out = append(out, p)
	}
	return out
}

// inviteModel is an invite that maxUses people may use. Its state is the people who did, as a sorted text.
func inviteModel(maxUses int) porcupine.Model {
	return porcupine.Model{
		Partition: bySubject,
		Init:      func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			users, a := strings.Fields(state.(string)), input.(act)
			me := fmt.Sprint(a.who)
			full := len(users) >= maxUses
			if a.verb == "look" {
				return (output == refused) == full, state
			}
			mine := slices.Contains(users, me)
			next := state.(string)
			if !mine && !full {
				users = append(users, me)
				slices.Sort(users)
				next = strings.Join(users, " ")
			}
			switch output {
			case done:
				return mine || !full, next
			case refused:
				return !mine && full, state
			default:
				return true, next
			}
		},
	}
}

// nameModel is a name that one person has at a time. Its state is the person, 0 being nobody.
func nameModel() porcupine.Model {
	return porcupine.Model{
		Partition: bySubject,
		Init:      func() any { return 0 },
		Step: func(state, input, output any) (bool, any) {
			holder, a := state.(int), input.(act)
			switch {
			case a.verb == "release" && holder == a.who:
				return true, 0
			case a.verb == "release":
				return output == unknown, state // who gives a name back has it
			case output == refused:
				return holder != 0 && holder != a.who, state
			case holder == 0 || holder == a.who:
				return true, a.who
			default:
				return output == unknown, state
			}
		},
	}
}

// outcomeOf reads an answer; anything else than a success, the refusal and "unavailable" fails the test.
func outcomeOf(t *testing.T, a *apitest.Answer, refusal string) string {
	t.Helper()
	switch {
	case a.Status < http.StatusBadRequest:
		return done
	case a.Code() == refusal:
		return refused
	case a.Status == http.StatusServiceUnavailable:
		return unknown
	}
	t.Errorf("%s", a)
	return unknown
}

// TestClusterInviteUses: the uses of invites are exact and linearizable over two nodes, while the store answers doubtfully.
func TestClusterInviteUses(t *testing.T) {
	const people, invites, maxUses = 24, 3, 5
	c, on, count := openForgetful(t)
	in := newPlace(c, "ada")
	var codes []string
	for range invites {
		codes = append(codes, in.ada.Post("/servers/"+in.server+"/invites", M{"max_uses": maxUses}).Must(201).Text("code"))
	}
	crowd := make([]*apitest.Person, people)
	for i := range crowd {
		crowd[i] = c.Register(fmt.Sprint("p", i))
	}
	h := &history{begun: time.Now()}
	on.Store(true)
	var wg sync.WaitGroup
	for i, p := range crowd {
		wg.Go(func() {
			for try := range 3 {
				a := act{"use", codes[i%invites], i}
				call := h.now()
				outcome := outcomeOf(t, p.On(1+(i+try)%2).Post("/invites/"+a.subject+"/join", nil), "invite_used_up")
				h.add(i, a, call, outcome)
				if outcome == done {
					break // a member uses no invite
				}
				look := act{"look", a.subject, i}
				call = h.now()
				if outcome := outcomeOf(t, c.Guest().On(1+i%2).Get("/invites/"+a.subject), "invite_used_up"); outcome != unknown {
					h.add(people+i, look, call, outcome)
				}
			}
		})
	}
	wg.Wait()
	on.Store(false)
	h.check(t, inviteModel(maxUses))
	if count.Load() == 0 {
		t.Error("no outcome was unknown")
	}
	for _, code := range codes {
		a := act{"use", code, people}
		h.add(0, a, h.now(), outcomeOf(t, c.Register("late-"+code).On(2).Post("/invites/"+code+"/join", nil), "invite_used_up"))
	}
	h.check(t, inviteModel(maxUses))
}

// TestClusterNames: a username has one holder at a time over two nodes, while the store answers doubtfully.
func TestClusterNames(t *testing.T) {
	const people, rounds = 16, 12
	names := []string{"alpha", "beta", "gamma"}
	c, on, count := openForgetful(t)
	h := &history{begun: time.Now()}
	crowd := make([]*apitest.Person, people)
	for i := range crowd {
		crowd[i] = c.Register(fmt.Sprint("p", i))
	}
	on.Store(true)
	var wg sync.WaitGroup
	for i, p := range crowd {
		wg.Go(func() {
			held, rnd := "", rand.New(rand.NewPCG(3, uint64(i)))
			for j := range rounds {
				next := names[rnd.IntN(len(names))]
				call := h.now()
				outcome := outcomeOf(t, p.On(1+(i+j)%2).Patch("/users/@me", M{"username": next}), "username_taken")
				h.add(i, act{"claim", next, i + 1}, call, outcome)
				if held != "" && held != next && outcome != refused {
					h.add(people+i, act{"release", held, i + 1}, call, outcome)
				}
				if outcome == unknown {
					return // what became of it is not known: this person says no more
				}
				if outcome == done {
					held = next
				}
			}
		})
	}
	wg.Wait()
	on.Store(false)
	h.check(t, nameModel())
	if count.Load() == 0 {
		t.Error("no outcome was unknown")
	}
}

// TestHistoriesBite: histories that no order explains are found.
func TestHistoriesBite(t *testing.T) {
	op := func(client int, a act, call, end int64, out string) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: a, Call: call, Return: end, Output: out}
	}
	for name, c := range map[string]struct {
		model porcupine.Model
		ops   []porcupine.Operation
		ok    bool
	}{
		"one use too many": {inviteModel(1), []porcupine.Operation{op(1, act{"use", "x", 1}, 1, 2, done), op(2, act{"use", "x", 2}, 1, 2, done)}, false},
		"an early refusal": {inviteModel(1), []porcupine.Operation{op(1, act{"use", "x", 1}, 1, 2, refused), op(2, act{"use", "x", 2}, 3, 4, done)}, false},
		"a doubtful use":   {inviteModel(1), []porcupine.Operation{op(1, act{"use", "x", 1}, 1, math.MaxInt64, unknown), op(2, act{"use", "x", 2}, 3, 4, refused)}, true},
		"two holders":      {nameModel(), []porcupine.Operation{op(1, act{"claim", "x", 1}, 1, 2, done), op(2, act{"claim", "x", 2}, 3, 4, done)}, false},
		"a change of hands": {nameModel(), []porcupine.Operation{op(1, act{"claim", "x", 1}, 1, 2, done), op(1, act{"release", "x", 1}, 3, 6, done),
			op(2, act{"claim", "x", 2}, 5, 7, done)}, true},
		"taken from nobody": {nameModel(), []porcupine.Operation{op(1, act{"claim", "x", 1}, 1, 2, refused)}, false},
	} {
		if got := porcupine.CheckOperations(c.model, c.ops); got != c.ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}
