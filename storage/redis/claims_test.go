package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/messages"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

// changes collects what is said of Redis.
type changes struct {
	mu  sync.Mutex
	all []string
}

func (c *changes) add(shared bool, _ error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, map[bool]string{true: "up", false: "down"}[shared])
}

func (c *changes) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.all, " ")
}

// rig is one node: its claims, and what they said of Redis.
type rig struct {
	*Claims
	told *changes
}

// node makes the claims of one node. They wait for a slow machine, except where a test says otherwise.
func node(t testing.TB, s *redistest.Server) rig {
	told := &changes{}
	c := NewClaims(s.Open(t), messages.NewLocalClaims(time.Now), ClaimsOptions{Vouch: true, Changed: told.add})
	c.timeout = 10 * time.Second
	return rig{c, told}
}

var lastID atomic.Int64

// claim makes an attempt with an id of its own and tells whether that is the one that is bound.
func (r rig) claim(t testing.TB, nonce string) (got messages.Claimed, own bool) {
	t.Helper()
	id := core.MessageID(lastID.Add(1))
	got, err := r.Claim(context.Background(), key(nonce), id)
	if err != nil || got.ID == 0 {
		t.Fatalf("claim %s: %+v, %v", nonce, got, err)
	}
	return got, got.ID == id
}

func (r rig) end(nonce string, o messages.Outcome) { r.Release(key(nonce), o) }

func key(nonce string) messages.NonceKey {
	return messages.NonceKey{Channel: 1, Author: 2, Nonce: nonce}
}

// age makes Redis's history long enough, or not, to vouch.
func age(t testing.TB, db *redisdb.DB, by time.Duration) {
	t.Helper()
	now, err := db.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	born := strconv.FormatInt(now.Add(-by).UnixMilli(), 10)
	if err := db.Client.Do(t.Context(), db.Client.B().Hset().Key(db.Key("nonces")).FieldValue().FieldValue("born", born).Build()).Error(); err != nil {
		t.Fatal(err)
	}
}

func (r rig) wantVouched(t testing.TB, nonce string, want bool) {
	t.Helper()
	if got, own := r.claim(t, nonce); got.Vouched != want || !own {
		t.Fatalf("claim %s: %+v (own id: %v), want vouched %v", nonce, got, own, want)
	}
	r.end(nonce, messages.Stored)
}

func TestTwoNodesRaceForOneNonce(t *testing.T) {
	s := redistest.Start(t)
	nodes := []rig{node(t, s), node(t, s), node(t, s)}
	for i := range 100 {
		nonce := fmt.Sprint("race ", i)
		ids := make([]core.MessageID, len(nodes))
		var owners atomic.Int64
		var wg sync.WaitGroup
		for n, r := range nodes {
			wg.Go(func() {
				got, own := r.claim(t, nonce)
				ids[n] = got.ID
				if own {
					owners.Add(1)
				}
			})
		}
		wg.Wait()
		if ids[0] != ids[1] || ids[0] != ids[2] || owners.Load() != 1 {
			t.Fatalf("round %d: ids %v, %d brought theirs", i, ids, owners.Load())
		}
		for _, r := range nodes {
			r.end(nonce, messages.Stored)
		}
	}
}

func TestOneNodeWaitsForItself(t *testing.T) {
	a := node(t, redistest.Start(t))
	first, _ := a.claim(t, "n")
	waited := make(chan error)
	go func() {
		_, err := a.Claim(context.Background(), key("n"), 999)
		waited <- err
	}()
	a.end("n", messages.Stored)
	if err := <-waited; err != nil && !errors.Is(err, messages.ErrSettled) { // nil when it came after the end
		t.Fatal(err)
	} else if err == nil {
		a.end("n", messages.Unknown)
	}
	if again, _ := a.claim(t, "n"); again.ID != first.ID || again.Vouched {
		t.Fatalf("after %+v: %+v", first, again)
	}
}

func TestOutcomes(t *testing.T) {
	s := redistest.Start(t)
	a, b := node(t, s), node(t, s)
	a.wantVouched(t, "first", false)
	age(t, a.db, time.Hour)
	for name, c := range map[string]struct {
		outcome messages.Outcome
		free    bool
	}{"failed": {messages.Failed, true}, "stored": {messages.Stored, false}, "unknown": {messages.Unknown, false}} {
		t.Run(name, func(t *testing.T) {
			first, own := a.claim(t, name)
			if !own || !first.Vouched {
				t.Fatalf("first: %+v", first)
			}
			a.end(name, c.outcome)
			if next, own := b.claim(t, name); own != c.free || next.Vouched != c.free || !own && next.ID != first.ID {
				t.Fatalf("first %+v, then %+v (own id: %v)", first, next, own)
			}
		})
	}
}

// TestASharedBindingStays: another node may be storing under the id that this one gives up.
func TestASharedBindingStays(t *testing.T) {
	s := redistest.Start(t)
	a, b, c := node(t, s), node(t, s), node(t, s)
	first, _ := a.claim(t, "n")
	if joined, _ := b.claim(t, "n"); joined.ID != first.ID {
		t.Fatalf("%+v joined as %+v", first, joined)
	}
	a.end("n", messages.Failed)
	if later, own := c.claim(t, "n"); own || later.ID != first.ID || later.Vouched {
		t.Fatalf("after the first gave up: %+v", later)
	}
	b.end("n", messages.Failed) // not its own id: it may not take it back
	if later, own := a.claim(t, "n"); own || later.ID != first.ID {
		t.Fatalf("after the second gave up: %+v", later)
	}
}

func TestABindingLivesFromTheLastAttempt(t *testing.T) {
	s := redistest.Start(t)
	a, b := node(t, s), node(t, s)
	if a.life != core.NonceLife {
		t.Fatalf("a binding lives %v", a.life)
	}
	ttl := func() time.Duration {
		n, err := a.db.Client.Do(t.Context(), a.db.Client.B().Pttl().Key(a.name(key("n"))).Build()).AsInt64()
		if err != nil {
			t.Fatal(err)
		}
		return time.Duration(n) * time.Millisecond
	}
	a.claim(t, "n")
	if d := ttl(); d > core.NonceLife || d < core.NonceLife-time.Minute {
		t.Fatalf("bound for %v", d)
	}
	expire := a.db.Client.B().Pexpire().Key(a.name(key("n"))).Milliseconds(60_000).Build()
	if err := a.db.Client.Do(t.Context(), expire).Error(); err != nil {
		t.Fatal(err)
	}
	b.claim(t, "n")
	if d := ttl(); d < core.NonceLife-time.Minute {
		t.Fatalf("bound for %v after another attempt", d)
	}
}

func TestABindingExpires(t *testing.T) {
	a := node(t, redistest.Start(t))
	a.life = 20 * time.Millisecond
	first, _ := a.claim(t, "n")
	a.end("n", messages.Stored)
	for begun := time.Now(); time.Since(begun) < 10*time.Second; {
		<-time.After(2 * a.life)
		next, own := a.claim(t, "n")
		a.end("n", messages.Stored)
		if own {
			if next.ID == first.ID {
				t.Fatal("one id twice")
			}
			return
		}
	}
	t.Fatal("the binding never expired")
}

func TestVouchingNeedsALongHistory(t *testing.T) {
	s := redistest.Start(t)
	a, b := node(t, s), node(t, s)
	a.wantVouched(t, "first", false)
	age(t, a.db, core.NonceLife-time.Minute)
	a.wantVouched(t, "too young", false)
	age(t, a.db, core.NonceLife+time.Minute)
	a.wantVouched(t, "old enough", true)
	b.wantVouched(t, "on the other node", true)
	if got, _ := b.claim(t, "old enough"); got.Vouched {
		t.Fatal("vouched for a nonce that was claimed before")
	}
	age(t, a.db, -time.Hour)
	a.wantVouched(t, "redis's clock stepped back", false)
	age(t, a.db, time.Hour)
	a.vouch = "0"
	a.wantVouched(t, "nobody asked to vouch", false)
}

// TestVouchingEndsWithTheData: restarts, with and without what was written, failovers and emptied databases.
func TestVouchingEndsWithTheData(t *testing.T) {
	start := func(t *testing.T, args ...string) (*redistest.Server, rig) {
		s := redistest.Start(t, args...)
		a := node(t, s)
		a.wantVouched(t, "first", false)
		age(t, a.db, time.Hour)
		a.wantVouched(t, "before", true)
		return s, a
	}
	t.Run("restart with everything", func(t *testing.T) {
		s, _ := start(t, "--appendonly", "yes", "--appendfsync", "always")
		s.Kill()
		s.Run(t)
		b := node(t, s)
		if got, own := b.claim(t, "before"); own || got.Vouched {
			t.Fatalf("the data did not survive: %+v", got)
		}
		b.wantVouched(t, "after", false)
	})
	t.Run("restart with nothing", func(t *testing.T) {
		s, _ := start(t)
		s.Kill()
		s.Run(t)
		node(t, s).wantVouched(t, "before", false)
	})
	t.Run("emptied", func(t *testing.T) {
		_, a := start(t)
		if err := a.db.Client.Do(t.Context(), a.db.Client.B().Flushall().Build()).Error(); err != nil {
			t.Fatal(err)
		}
		a.wantVouched(t, "before", false)
	})
	t.Run("failover", func(t *testing.T) {
		s, a := start(t, "--repl-diskless-sync-delay", "0")
		replica := redistest.Start(t, "--replicaof", "127.0.0.1", strconv.Itoa(s.Port))
		b := node(t, replica)
		awaitKey(t, b.db, a.name(key("before")))
		if err := b.db.Client.Do(t.Context(), b.db.Client.B().Arbitrary("REPLICAOF", "NO", "ONE").Build()).Error(); err != nil {
			t.Fatal(err)
		}
		if got, own := b.claim(t, "before"); own || got.Vouched {
			t.Fatalf("the replica lacks the data: %+v", got)
		}
		b.wantVouched(t, "after", false)
	})
}

func awaitKey(t *testing.T, db *redisdb.DB, name string) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < 20*time.Second; time.Sleep(10 * time.Millisecond) {
		if n, _ := db.Client.Do(t.Context(), db.Client.B().Exists().Key(name).Build()).AsInt64(); n == 1 {
			return
		}
	}
	t.Fatal("the replica never got the data")
}

// TestRedisAwayAndBack: sends go on, this node's claims decide, and nobody vouches for what happened meanwhile.
func TestRedisAwayAndBack(t *testing.T) {
	for name, fault := range map[string]struct {
		away, back func(testing.TB, *redistest.Server)
	}{
		"killed": {func(_ testing.TB, s *redistest.Server) { s.Kill() }, func(t testing.TB, s *redistest.Server) { s.Run(t) }},
		"frozen": {func(t testing.TB, s *redistest.Server) { s.Stop(t) }, func(t testing.TB, s *redistest.Server) { s.Continue(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := redistest.Start(t)
			a, b := node(t, s), node(t, s)
			a.wantVouched(t, "first", false)
			age(t, a.db, time.Hour)
			a.wantVouched(t, "before", true)
			b.wantVouched(t, "before on b", true)
			fault.away(t, s)
			a.timeout = redisdb.BriefTimeout
			for i := range 50 {
				a.wantVouched(t, fmt.Sprint("away ", i), false)
			}
			kept, _ := a.claim(t, "kept")
			a.end("kept", messages.Unknown)
			if again, _ := a.claim(t, "kept"); again.ID != kept.ID {
				t.Fatalf("an attempt of unknown outcome was %v, its retry %v", kept.ID, again.ID)
			}
			a.end("kept", messages.Unknown)
			if a.told.String() != "down" {
				t.Fatalf("told %q", a.told.String())
			}
			fault.back(t, s)
			a.timeout = 10 * time.Second
			a.awaitShared(t)
			b.awaitShared(t)
			b.wantVouched(t, "back", false)
			if again, own := b.claim(t, "kept"); own && again.Vouched {
				t.Fatalf("vouched for a nonce of the time away: %+v", again)
			}
		})
	}
}

// awaitShared claims until Redis decides again.
func (r rig) awaitShared(t *testing.T) {
	t.Helper()
	settle(t, r.db)
	for i := range 4000 {
		nonce := fmt.Sprint("await ", i)
		got, own := r.claim(t, nonce)
		r.end(nonce, messages.Stored)
		if got.Vouched {
			t.Fatalf("vouched right after the return: %+v (own id: %v)", got, own)
		}
		if n, err := r.db.Client.Do(t.Context(), r.db.Client.B().Exists().Key(r.name(key(nonce))).Build()).AsInt64(); err == nil && n == 1 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("redis never decided again")
}

// settle waits until every connection has noticed a restart: each does so by one failed command.
func settle(t *testing.T, db *redisdb.DB) {
	t.Helper()
	row := 0
	for begun := time.Now(); row < 50 && time.Since(begun) < 20*time.Second; row++ {
		if db.Client.Do(t.Context(), db.Client.B().Ping().Build()).Error() != nil {
			row = 0
		}
	}
	if row < 50 {
		t.Fatal("redis did not come back")
	}
}

// TestTheClusterDecidesOverOneNode: an id that a node remembers from the time away gives way to the one all agreed on.
func TestTheClusterDecidesOverOneNode(t *testing.T) {
	s := redistest.Start(t)
	a, b := node(t, s), node(t, s)
	agreed, _ := a.claim(t, "n")
	a.end("n", messages.Unknown)
	if local, err := b.inner.Claim(t.Context(), key("n"), 777_777); err != nil || local.ID != 777_777 {
		t.Fatalf("%+v, %v", local, err)
	}
	b.inner.Release(key("n"), messages.Unknown)
	if got, _ := b.claim(t, "n"); got.ID != agreed.ID || got.Vouched {
		t.Fatalf("got %+v, all agreed on %v", got, agreed.ID)
	}
	b.end("n", messages.Unknown)
	s.Kill()
	if got, _ := b.claim(t, "n"); got.ID != agreed.ID {
		t.Fatalf("with redis away the node is back at %v, all agreed on %v", got.ID, agreed.ID)
	}
}

// TestWhatThisNodeKeptIsNotVouchedFor: an id left by an attempt of unknown outcome may be stored.
func TestWhatThisNodeKeptIsNotVouchedFor(t *testing.T) {
	a := node(t, redistest.Start(t))
	a.wantVouched(t, "first", false)
	age(t, a.db, time.Hour)
	if _, err := a.inner.Claim(t.Context(), key("n"), 777_777); err != nil {
		t.Fatal(err)
	}
	a.inner.Release(key("n"), messages.Unknown)
	if got, _ := a.claim(t, "n"); got.ID != 777_777 || got.Vouched {
		t.Fatalf("got %+v", got)
	}
}

func TestACallerThatEndsLeavesNoAttempt(t *testing.T) {
	s := redistest.Start(t)
	a := node(t, s)
	s.Stop(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if got, err := a.Claim(ctx, key("n"), 5); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%+v, %v", got, err)
	}
	s.Continue(t)
	if a.told.String() != "" {
		t.Fatalf("told %q: a caller's own end is not redis's fault", a.told.String())
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.claim(t, "n") // waits for ever if the first attempt is still there
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the attempt that ended is still under way")
	}
}

// TestGivingUpWithRedisAway: the binding stays, and a retry anywhere runs under its id.
func TestGivingUpWithRedisAway(t *testing.T) {
	s := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	a := node(t, s)
	first, _ := a.claim(t, "n")
	s.Kill()
	a.end("n", messages.Failed)
	if a.told.String() != "down" {
		t.Fatalf("told %q", a.told.String())
	}
	s.Run(t)
	b := node(t, s)
	if got, own := b.claim(t, "n"); own || got.ID != first.ID || got.Vouched {
		t.Fatalf("after %+v: %+v", first, got)
	}
}

// TestBetweenTriesNobodyAsks: one call every pause tries a Redis that failed.
func TestBetweenTriesNobodyAsks(t *testing.T) {
	s := redistest.Start(t)
	a := node(t, s)
	var clock atomic.Int64
	a.line.Now = func() time.Duration { return time.Duration(clock.Load()) }
	s.Kill()
	a.claim(t, "n")
	s.Run(t)
	clock.Store(int64(redisdb.RetryPause - 1))
	for i := range 20 {
		a.claim(t, fmt.Sprint(i))
	}
	if a.told.String() != "down" {
		t.Fatalf("redis was asked before the pause was over: told %q", a.told.String())
	}
	for i := 0; i < 20 && a.told.String() == "down"; i++ { // the first tries may meet the broken connection
		clock.Add(int64(redisdb.RetryPause))
		a.claim(t, fmt.Sprint("later ", i))
	}
	if a.told.String() != "down up" {
		t.Fatalf("after the pause: told %q", a.told.String())
	}
}

func TestNoncesAreApart(t *testing.T) {
	a := node(t, redistest.Start(t))
	seen := map[string]messages.NonceKey{}
	for _, k := range []messages.NonceKey{{Channel: 1, Author: 2, Nonce: "n"}, {Channel: 2, Author: 1, Nonce: "n"}, {Channel: 1, Author: 2, Nonce: "m"},
		{Channel: 12, Nonce: "n"}, {Channel: 1, Author: 2, Nonce: "N"}, {Channel: 1, Author: 2, Nonce: strings.Repeat("😀", core.MaxNonceRunes)}} {
		name := a.name(k)
		if other, ok := seen[name]; ok {
			t.Errorf("%+v and %+v are one", k, other)
		}
		if len(name) > 50 {
			t.Errorf("%d bytes: %q", len(name), name)
		}
		seen[name] = k
	}
}

func TestAStrangersKeyIsNotAnAnswer(t *testing.T) {
	a := node(t, redistest.Start(t))
	for i, value := range []string{"", "x", "-5", "0", "99999999999999999999"} {
		nonce := fmt.Sprint(i)
		a.line = redisdb.NewBreaker(nil)
		if err := a.db.Client.Do(t.Context(), a.db.Client.B().Set().Key(a.name(key(nonce))).Value(value).Build()).Error(); err != nil {
			t.Fatal(err)
		}
		if got, own := a.claim(t, nonce); !own || got.Vouched || !a.line.IsDown() {
			t.Errorf("%q: %+v", value, got)
		}
	}
}

func BenchmarkClaim(b *testing.B) {
	for _, vouch := range []bool{false, true} {
		b.Run(fmt.Sprint("vouch ", vouch), func(b *testing.B) {
			s := redistest.Start(b)
			c := NewClaims(s.Open(b), messages.NewLocalClaims(time.Now), ClaimsOptions{Vouch: vouch})
			for i := 0; b.Loop(); i++ {
				k := key(strconv.Itoa(i))
				if _, err := c.Claim(b.Context(), k, core.MessageID(i+1)); err != nil {
					b.Fatal(err)
				}
				c.Release(k, messages.Stored)
			}
		})
	}
}
