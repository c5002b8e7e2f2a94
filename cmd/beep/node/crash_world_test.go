package node_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/core/channels"
	"github.com/beep-chat/beep/core/servers"
	"github.com/beep-chat/beep/identity/local"
	"github.com/beep-chat/beep/storage/wide"
)

const (
	crashUsers    = 6
	crashChannels = 4
	crashSenders  = 12
	crashDir      = "data/store"
	looks         = 8
)

// community is the people and places a crash happens to. It is made once; every seed starts from a copy of its disk.
type community struct {
	disk     *vfs.MemFS
	epoch    string
	people   []core.Actor
	channels []core.ChannelID
}

// faults are what a test breaks on purpose, to see that the checker notices. The zero value is an honest node.
type faults struct {
	fs   func(vfs.FS) vfs.FS           // under the node that crashes
	wrap func(wide.Engine) wide.Engine // around its engine, before and after the crash
}

// openNode runs a node on a disk; skew is how wrong its wall clock is.
func openNode(t testing.TB, fs vfs.FS, skew time.Duration, f faults) *node.Node {
	t.Helper()
	n, err := reopen(t, fs, skew, f)
	if err != nil {
		t.Fatalf("open node: %v", err)
	}
	return n
}

func reopen(t testing.TB, fs vfs.FS, skew time.Duration, f faults) (*node.Node, error) {
	return node.Open(t.Context(), node.Options{DataDir: crashDir, FS: fs, Limits: core.Limits{MessageCharacters: 4000},
		Clock: func() time.Time { return time.Now().Add(skew) }, Hasher: local.HasherOptions{MemoryKiB: 64, Time: 1}, Wrap: f.wrap})
}

func closeNode(t testing.TB, n *node.Node) {
	t.Helper()
	if err := n.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("close node: %v", err)
	}
}

// newCommunity makes two servers with two channels each, and people who joined both.
func newCommunity(t testing.TB) *community {
	t.Helper()
	c := &community{disk: vfs.NewCrashableMem()}
	n := openNode(t, c.disk, 0, faults{})
	c.epoch = n.Engine.Epoch()
	ctx := t.Context()
	for i := range crashUsers {
		name := fmt.Sprintf("person%d", i)
		grant, err := n.Accounts.Register(ctx, accounts.Register{FirstName: "A", LastName: "B", Username: name,
			Email: name + "@example.org", Password: "correct horse battery"})
		if err != nil {
			t.Fatal(err)
		}
		c.people = append(c.people, core.Actor{User: grant.User.ID, Session: grant.Session})
	}
	for i := range 2 {
		server, err := n.Servers.Create(ctx, c.people[0], servers.New{Name: fmt.Sprintf("server %d", i), Visibility: core.Public})
		if err != nil {
			t.Fatal(err)
		}
		for j := range crashChannels / 2 {
			ch, err := n.Channels.Create(ctx, c.people[0], server.ID, channels.New{Name: fmt.Sprintf("channel-%d", j), Type: core.TextChannel})
			if err != nil {
				t.Fatal(err)
			}
			c.channels = append(c.channels, ch.ID)
		}
		for _, p := range c.people[1:] {
			if _, err := n.Members.Join(ctx, p, server.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	closeNode(t, n)
	return c
}

// attempt is one message as its sender knows it. A sender does one thing at a time, so at most one change of it has an
// unknown outcome.
type attempt struct {
	author  core.Actor
	channel core.ChannelID
	nonce   string
	content string // as acknowledged
	maybe   string // the content of an edit that was not acknowledged; "" when there is none

	id         core.MessageID // 0: the send was not acknowledged
	version    int64          // as acknowledged
	gone       bool           // the deletion was acknowledged
	maybeGone  bool           // a deletion was tried
	begin, end int64          // places of the first try and of the acknowledgement in the order of things
}

// ledger is what the people outside know: everything that was acknowledged before the power went, and what was tried.
type ledger struct {
	tick  atomic.Int64
	acked atomic.Int64

	mu       sync.Mutex
	after    *vfs.MemFS // the disk as the power cut left it; set once
	attempts []*attempt
	read     map[mark]core.MessageID // acknowledged read markers
	heard    []core.LoggedEvent      // what a follower was shown
}

type mark struct {
	user    core.UserID
	channel core.ChannelID
}

// note records an acknowledgement unless the power is already gone; it tells whether it is.
func (l *ledger) note(record func()) (over bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.after != nil {
		return true
	}
	record()
	return false
}

func (l *ledger) add(a *attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attempts = append(l.attempts, a)
}

// storm is one seed: a node under load whose power goes at a seeded moment.
type storm struct {
	t    testing.TB
	seed uint64
	c    *community
	disk *vfs.MemFS
	n    *node.Node
	l    *ledger
	cut  int64 // acknowledgements after which the power goes; every eighth seed, sooner when a repeated send was answered
	cfg  vfs.CrashCloneCfg
}

// strike runs the load until the power goes and gives what is left of the disk.
func strike(t testing.TB, c *community, seed uint64, f faults) (*ledger, *vfs.MemFS) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	disk := c.disk.CrashClone(vfs.CrashCloneCfg{})
	fs := slowDisk(disk)
	if f.fs != nil {
		fs = f.fs(disk)
	}
	s := &storm{t: t, seed: seed, c: c, disk: disk, n: openNode(t, fs, 0, f), l: &ledger{read: make(map[mark]core.MessageID)},
		cut: 40 + rng.Int64N(220), cfg: vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng}}
	_, stop := s.n.Engine.Follow(s.hear)
	var group sync.WaitGroup
	for i := range crashSenders {
		group.Go(func() { s.send(i) })
	}
	group.Wait()
	stop()
	closeNode(t, s.n)
	return s.l, s.l.after
}

// hear keeps what the live log shows before the power goes: nothing of it may be unheard of afterwards.
func (s *storm) hear(batch []core.LoggedEvent) {
	s.l.note(func() { s.l.heard = append(s.l.heard, batch...) })
}

// ack records an acknowledgement and cuts the power when it was the last; it tells whether the power is gone.
func (s *storm) ack(record func()) (over bool) {
	return s.l.note(func() {
		record()
		if s.l.acked.Add(1) == s.cut {
			s.l.after = s.disk.CrashClone(s.cfg)
		}
	})
}

// send is one sender: it sends, repeats, edits, deletes and reads until the power goes.
func (s *storm) send(i int) {
	rng := rand.New(rand.NewPCG(s.seed, uint64(100+i)))
	var mine []*attempt
	for n := 0; ; n++ {
		var over bool
		var err error
		switch roll := rng.IntN(100); {
		case roll < 70 || len(mine) == 0:
			a := &attempt{author: s.c.people[i%crashUsers], channel: s.c.channels[rng.IntN(crashChannels)],
				nonce: fmt.Sprintf("s%d-%d", i, n), content: fmt.Sprintf("message %d of sender %d, seed %d", n, i, s.seed)}
			over, err = s.sendNew(a, rng.IntN(4) == 0)
			mine = append(mine, a)
		case roll < 78:
			over, err = s.repeat(mine[rng.IntN(len(mine))])
		case roll < 90:
			over, err = s.edit(mine[rng.IntN(len(mine))], fmt.Sprintf("edit %d of sender %d", n, i))
		case roll < 95:
			over, err = s.remove(mine[rng.IntN(len(mine))])
		default:
			over, err = s.markRead(mine[rng.IntN(len(mine))])
		}
		if err != nil {
			s.t.Errorf("seed %d: sender %d, step %d: %v", s.seed, i, n, err)
			s.l.note(func() { s.l.after = s.disk.CrashClone(s.cfg) })
			return
		}
		if over {
			return
		}
	}
}

// sendNew sends a message; twice asks for the same nonce from two sides at once.
func (s *storm) sendNew(a *attempt, twice bool) (over bool, err error) {
	a.begin = s.l.tick.Add(1)
	s.l.add(a)
	err = sendAttempt(s.t.Context(), s.n, a, twice, func(m core.Message, again bool) {
		s.ack(func() {
			if a.id, a.version, a.end = m.ID, m.Version, s.l.tick.Add(1); again && s.seed%8 == 0 {
				s.cut = min(s.cut, s.l.acked.Load()+1)
			}
		})
	})
	return s.l.note(func() {}), err
}

// sendAttempt sends with the nonce, from two sides at once when asked to, which must get the same message; the second begins
// when it sees the message of the first or has looked often enough. It hands on each answer as it comes: the quicker one
// must be as durable as the other.
func sendAttempt(ctx context.Context, n *node.Node, a *attempt, twice bool, answer func(m core.Message, again bool)) error {
	in := core.NewMessage{Channel: a.channel, Content: a.content, Nonce: a.nonce}
	send := func(again bool) (core.Message, bool, error) {
		m, created, err := n.Messages.Send(ctx, a.author, in)
		if err == nil {
			answer(m, again)
		}
		return m, created, err
	}
	if !twice {
		_, _, err := send(false)
		return err
	}
	var made [2]bool
	var got [2]core.Message
	var errs [2]error
	var group sync.WaitGroup
	group.Go(func() { got[0], made[0], errs[0] = send(false) })
	group.Go(func() {
		seen := false
		for i := 0; i < looks && !seen; i++ {
			page, err := n.Messages.List(ctx, a.author, core.MessageQuery{Channel: a.channel, Limit: 5})
			seen = err == nil && slices.ContainsFunc(page, func(m core.Message) bool { return m.Nonce == a.nonce && m.Author.ID == a.author.User })
		}
		got[1], made[1], errs[1] = send(seen)
	})
	group.Wait()
	if err := cmp.Or(errs[0], errs[1]); err != nil {
		return err
	}
	if got[0].ID != got[1].ID || made[0] && made[1] {
		return fmt.Errorf("nonce %s: two sends at once made %d and %d", a.nonce, got[0].ID, got[1].ID)
	}
	return nil
}

// repeat sends a nonce again that was acknowledged.
func (s *storm) repeat(a *attempt) (over bool, err error) {
	m, created, err := s.n.Messages.Send(s.t.Context(), a.author, core.NewMessage{Channel: a.channel, Content: a.content, Nonce: a.nonce})
	switch {
	case a.gone && core.CodeOf(err) == core.CodeNotFound:
		err = nil
	case err == nil && (created || m.ID != a.id || a.gone):
		err = fmt.Errorf("nonce %s again: created=%v, message %d instead of %d", a.nonce, created, m.ID, a.id)
	}
	return s.l.note(func() {}), err
}

func (s *storm) edit(a *attempt, content string) (over bool, err error) {
	if a.gone {
		return s.l.note(func() {}), nil
	}
	s.l.note(func() { a.maybe = content })
	m, err := s.n.Messages.Edit(s.t.Context(), a.author, a.channel, a.id, content)
	if err != nil {
		return false, err
	}
	return s.ack(func() { a.content, a.maybe, a.version = content, "", m.Version }), nil
}

func (s *storm) remove(a *attempt) (over bool, err error) {
	if a.gone {
		return s.l.note(func() {}), nil
	}
	s.l.note(func() { a.maybeGone = true })
	if err := s.n.Messages.Delete(s.t.Context(), a.author, a.channel, a.id); err != nil {
		return false, err
	}
	return s.ack(func() { a.gone = true }), nil
}

func (s *storm) markRead(a *attempt) (over bool, err error) {
	if err := s.n.Messages.MarkRead(s.t.Context(), a.author, a.channel, a.id); err != nil {
		return false, err
	}
	return s.ack(func() {
		k := mark{a.author.User, a.channel}
		s.l.read[k] = max(s.l.read[k], a.id)
	}), nil
}
