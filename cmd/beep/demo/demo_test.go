package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/identity/local"
)

// thePlan is read once; nobody changes it.
var thePlan = sync.OnceValues(NewPlan)

func newPlan(t *testing.T) Plan {
	t.Helper()
	plan, err := thePlan()
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestPlan holds what the loader and Beep rely on, for every line of the corpus.
func TestPlan(t *testing.T) {
	plan := newPlan(t)
	usernames := map[string]bool{plan.Owner.Username: true, plan.Guest.Username: true}
	for _, p := range plan.People {
		if !core.ValidUsername(p.Username) || usernames[p.Username] || p.FirstName == "" || p.LastName == "" {
			t.Errorf("bad or double person %+v", p)
		}
		usernames[p.Username] = true
	}
	nonces := map[string]bool{}
	var replies, mentions, actions int
	for _, c := range plan.Channels {
		for i, l := range c.Lines {
			if nonces[l.Nonce] || len(l.Nonce) > core.MaxNonceRunes {
				t.Errorf("nonce %q", l.Nonce)
			}
			nonces[l.Nonce] = true
			if l.Content == "" || utf8.RuneCountInString(l.Content) > 4000 || l.ReplyTo >= i {
				t.Errorf("%s: %+v", c.Name, l)
			}
			if l.ReplyTo >= 0 {
				replies++
			}
			if l.To >= 0 {
				mentions++
				if !strings.HasPrefix(l.Content, "@"+plan.People[l.To].Username) {
					t.Errorf("%q does not mention %s", l.Content, plan.People[l.To].Username)
				}
			}
			if strings.HasPrefix(l.Content, "*") && strings.HasSuffix(l.Content, "*") {
				actions++
			}
		}
	}
	t.Logf("%d people, %d messages, %d replies, %d mentions, %d actions", len(plan.People), plan.Total(), replies, mentions, actions)
	if plan.Total() < 14_000 || replies < 3900 || mentions < 5000 || actions < 30 || len(plan.People) < 1500 {
		t.Error("the plan lacks something")
	}
	again, err := NewPlan()
	if err != nil || !slices.Equal(again.People, plan.People) || !slices.Equal(again.Channels[3].Lines, plan.Channels[3].Lines) {
		t.Error("two plans differ: a second run would not find what the first made")
	}
}

func TestLimit(t *testing.T) {
	plan := newPlan(t)
	for _, n := range []int{1, 10, 11, 500, plan.Total(), plan.Total() + 5} {
		got := plan.Limit(n)
		if want := min(n, plan.Total()); got.Total() != want {
			t.Errorf("limit %d: %d messages", n, got.Total())
		}
		for i, c := range got.Channels {
			for j, l := range c.Lines {
				if l != plan.Channels[i].Lines[j] {
					t.Fatalf("limit %d changes line %d", n, j)
				}
			}
		}
	}
	if plan.Limit(0).Total() != plan.Total() {
		t.Error("0 limits")
	}
}

func TestUsernames(t *testing.T) {
	long := strings.Repeat("a", 40)
	c := newCrowd([]string{"Matt|", "matt", "|Matt|", "k", "demo", "[zero]", "a.b", "|||", long, long + "b", "É"}, "demo")
	for nick, want := range map[string]string{"matt": "matt", "MATT": "matt", "Matt|": "matt2", "|Matt|": "matt3", "k": "k_irc", "demo": "demo2",
		"{zero}": "zero", "a.b": "a.b", "|||": "_irc", long: long[:32], long + "b": long[:31] + "2", "É": "_irc2"} {
		if got := c.list[c.index(nick)].Username; got != want || !core.ValidUsername(got) {
			t.Errorf("%s: %q, want %q", nick, got, want)
		}
	}
}

// beep is a running node on a disk that outlives it.
type beep struct {
	node *node.Node
	http *httptest.Server
}

func start(t *testing.T, fs vfs.FS, clock core.Clock) beep {
	t.Helper()
	n, err := node.Open(t.Context(), node.Options{DataDir: "data", FS: fs, Clock: clock, Hasher: local.HasherOptions{MemoryKiB: 8, Time: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return beep{n, httptest.NewServer(n.Handler())}
}

func (b beep) stop(t *testing.T) {
	t.Helper()
	b.http.Close()
	if err := b.node.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// said gives what a channel holds, oldest first: the nonces.
func (b beep) said(t *testing.T, l *Loader, channel int) []core.Message {
	t.Helper()
	var out []core.Message
	var before core.MessageID
	for {
		q := core.MessageQuery{Channel: l.channels[channel], Limit: core.MaxPage, Before: before}
		page, err := b.node.Messages.List(t.Context(), core.Actor{User: b.owner(t)}, q)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page...)
		if len(page) < core.MaxPage {
			slices.Reverse(out)
			return out
		}
		before = page[len(page)-1].ID
	}
}

func (b beep) owner(t *testing.T) core.UserID {
	t.Helper()
	id, err := b.node.Accounts.UserByName(t.Context(), ownerUsername)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// check compares every channel with the plan: each line once, in order, by its author, answering what it should.
func (b beep) check(t *testing.T, l *Loader, plan Plan) {
	t.Helper()
	for i, c := range plan.Channels {
		got := b.said(t, l, i)
		if len(got) != len(c.Lines) {
			t.Fatalf("%s holds %d messages, want %d", c.Name, len(got), len(c.Lines))
		}
		for j, line := range c.Lines {
			m := got[j]
			if m.Nonce != line.Nonce || m.Author.Username != plan.People[line.Author].Username {
				t.Fatalf("%s line %d: %q by %s", c.Name, j, m.Nonce, m.Author.Username)
			}
			if (m.ReplyTo != nil) != (line.ReplyTo >= 0) || m.ReplyTo != nil && m.ReplyTo.ID != got[line.ReplyTo].ID {
				t.Fatalf("%s line %d answers %+v", c.Name, j, m.ReplyTo)
			}
			if line.To >= 0 && len(m.Mentions.Users) == 0 {
				t.Fatalf("%s line %d mentions nobody: %q", c.Name, j, m.Content)
			}
		}
	}
}

// small is a plan in which replies happen: the annotated lines of one conversation and the first ones of two more.
func small(t *testing.T) Plan {
	t.Helper()
	plan := newPlan(t)
	c := plan.Channels[8]
	lines := slices.Clone(c.Lines[len(c.Lines)-50:])
	for i := range lines {
		lines[i].ReplyTo = max(-1, lines[i].ReplyTo-(len(c.Lines)-50))
	}
	plan.Channels = []Channel{{c.Category, c.Name, c.Topic, lines}, plan.Channels[0], plan.Channels[4]}
	for i := range plan.Channels {
		plan.Channels[i].Lines = plan.Channels[i].Lines[:min(len(plan.Channels[i].Lines), 50)]
	}
	return plan
}

func TestLoadTwiceDoublesNothing(t *testing.T) {
	plan, fs, now := small(t), vfs.NewMem(), time.Now()
	for run, wait := range []time.Duration{0, time.Second, 24 * time.Hour} { // the last is long after nonces are forgotten
		b := start(t, fs, func() time.Time { return now.Add(wait).Add(time.Since(now)) })
		loader := NewLoader(plan, Options{Password: "look-around-a-bit"})
		report, err := loader.Load(t.Context(), b.http.URL)
		if err != nil {
			t.Fatal(err)
		}
		if run == 0 && report.Sent != plan.Total() || run > 0 && (report.Sent != 0 || report.Present != plan.Total() || report.People != 0) {
			t.Errorf("run %d: %+v of %d", run, report, plan.Total())
		}
		b.check(t, loader, plan)
		b.stop(t)
	}
}

// TestLoadGoesOn cuts a load off at several points; whatever was done, the next ones complete it.
func TestLoadGoesOn(t *testing.T) {
	plan, fs, now := small(t), vfs.NewMem(), time.Now()
	for attempt := range 6 {
		b := start(t, fs, func() time.Time { return now.Add(time.Duration(attempt) * time.Hour).Add(time.Since(now)) })
		ctx, cancel := context.WithCancel(t.Context())
		cut := []struct {
			stage Stage
			after int
		}{{Arriving, 5}, {Talking, 1}, {Talking, 30}, {Talking, 60}}
		loader := NewLoader(plan, Options{Password: "look-around-a-bit", Progress: func(s Stage, done, _ int) {
			if attempt < len(cut) && s == cut[attempt].stage && done == cut[attempt].after {
				cancel()
			}
		}})
		_, err := loader.Load(ctx, b.http.URL)
		cancel()
		if attempt < len(cut) != errors.Is(err, context.Canceled) {
			t.Fatalf("attempt %d: %v", attempt, err)
		}
		if attempt >= len(cut) {
			b.check(t, loader, plan)
		}
		b.stop(t)
	}
}

// TestDeletedStaysDeleted: what somebody took away does not come back at the end of the channel, and a nonce that looks like
// ours but is somebody else's is no progress.
func TestDeletedStaysDeleted(t *testing.T) {
	plan, b := small(t), start(t, vfs.NewMem(), nil)
	defer b.stop(t)
	half := plan.Limit(30)
	loader := NewLoader(half, Options{Password: "look-around-a-bit"})
	if _, err := loader.Load(t.Context(), b.http.URL); err != nil {
		t.Fatal(err)
	}
	owner := core.Actor{User: b.owner(t)}
	gone := b.said(t, loader, 1)[3]
	if err := b.node.Messages.Delete(t.Context(), owner, gone.ChannelID, gone.ID); err != nil {
		t.Fatal(err)
	}
	last := plan.Channels[1].Lines[40].Nonce
	if _, _, err := b.node.Messages.Send(t.Context(), owner, core.NewMessage{Channel: gone.ChannelID, Content: "not in the plan", Nonce: last}); err != nil {
		t.Fatal(err)
	}
	loader = NewLoader(plan, Options{Password: "look-around-a-bit"})
	report, err := loader.Load(t.Context(), b.http.URL)
	if err != nil || report.Sent != plan.Total()-30 {
		t.Fatalf("%+v %v", report, err)
	}
	if got := len(b.said(t, loader, 1)); got != len(plan.Channels[1].Lines) { // one less, one more
		t.Errorf("%d messages, want %d", got, len(plan.Channels[1].Lines))
	}
}

func TestLive(t *testing.T) {
	plan, b := small(t).Limit(60), start(t, vfs.NewMem(), nil)
	defer b.stop(t)
	loader := NewLoader(plan, Options{Password: "look-around-a-bit", Hold: 7})
	report, err := loader.Load(t.Context(), b.http.URL)
	if err != nil || report.Sent != 60-3*7 {
		t.Fatalf("%+v %v", report, err)
	}
	if err := loader.Live(t.Context(), b.http.URL, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	b.check(t, loader, plan)
}

func TestLoadTellsWhatFailed(t *testing.T) {
	b := start(t, vfs.NewMem(), nil)
	defer b.stop(t)
	loader := NewLoader(newPlan(t).Limit(1), Options{Password: "short"})
	_, err := loader.Load(t.Context(), b.http.URL)
	if err == nil || !strings.Contains(err.Error(), "sign in as "+ownerUsername) || !strings.Contains(fmt.Sprint(err), "validation_failed") {
		t.Errorf("%v", err)
	}
}
