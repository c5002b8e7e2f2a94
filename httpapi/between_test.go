package httpapi_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/httpapi/apitest"
	"github.com/beep-chat/beep/storage/wide"
)

// These tests let something happen between two steps of a request: around one commit, or after one question of rights.

// between is put around the engine; its step, when there is one, is taken in place of the first commit it is meant for.
type between struct {
	wide.Engine
	step *atomic.Pointer[step]
}

type step struct {
	meant func(wide.Commit) bool
	take  func(commit func() (bool, error)) (bool, error)
}

func (b between) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if s := b.step.Load(); s != nil && s.meant(c) && b.step.CompareAndSwap(s, nil) {
		return s.take(func() (bool, error) { return b.Engine.Commit(ctx, c) })
	}
	return b.Engine.Commit(ctx, c)
}

// newBetween makes a world and the place for a step.
func newBetween(t *testing.T, change ...func(*apitest.Options)) (*world, *atomic.Pointer[step]) {
	t.Helper()
	place := new(atomic.Pointer[step])
	return newWorld(t, append(change, func(o *apitest.Options) {
		o.Wrap = func(e wide.Engine) wide.Engine { return between{e, place} }
	})...), place
}

// inserts and marks name commits by their first write.
func inserts(table string) func(wide.Commit) bool {
	return func(c wide.Commit) bool {
		return len(c.Writes) > 0 && c.Writes[0].Meta.Name == table && c.Writes[0].Op == wide.OpInsert
	}
}

func marks(table string) func(wide.Commit) bool {
	return func(c wide.Commit) bool {
		return c.If != nil && c.Writes[0].Meta.Name == table && c.Writes[0].Op == wide.OpUpdate
	}
}

// TestDeletionOfUnknownOutcome: where the mark was stored although its commit failed, the rows follow all the same.
func TestDeletionOfUnknownOutcome(t *testing.T) {
	w, place := newBetween(t)
	place.Store(&step{marks("server_layout"), func(commit func() (bool, error)) (bool, error) {
		_, _ = commit()
		return false, wide.ErrUnknownOutcome
	}})
	w.ada.Delete("/servers/"+w.public).Is(503, "unavailable")
	w.settled(t)
	w.bob.Get("/servers/"+w.public).Is(404, "not_found")
	if traces := w.Traces(w.public); len(traces) > 0 {
		t.Errorf("still stored: %q", traces)
	}
}

// TestInviteRevokedMeanwhile: an invite that is revoked while somebody uses it for the first time lets nobody in.
func TestInviteRevokedMeanwhile(t *testing.T) {
	w, place := newBetween(t)
	code := w.ada.Post("/servers/"+w.private+"/invites", nil).Must(201).Text("code")
	rows := w.Rows()
	place.Store(&step{marks("invites"), func(commit func() (bool, error)) (bool, error) {
		w.ada.Delete("/invites/" + code).Is(204)
		return commit()
	}})
	w.eve.Post("/invites/"+code+"/join", nil).Is(404, "invite_invalid")
	w.eve.Get("/servers/"+w.private).Is(404, "not_found")
	if changed := fmt.Sprint(w.Changed(rows)); changed != "[invites -1 invites_by_server -1]" {
		t.Errorf("rows %s", changed)
	}
}

// TestJoinWhileDeleted: who joins a server that is removed meanwhile hears that it is gone, after having heard of the joining.
func TestJoinWhileDeleted(t *testing.T) {
	w, place := newBetween(t)
	place.Store(&step{inserts("members"), func(commit func() (bool, error)) (bool, error) {
		w.ada.Delete("/servers/" + w.public).Is(204)
		w.settled(t)
		w.Events().Take()
		return commit()
	}})
	w.eve.Post("/servers/"+w.public+"/join", nil).Is(404, "not_found")
	events := w.Events().Take()
	if types := apitest.TypesOf(events); !slices.Equal(types, []string{"member.joined", "server.deleted"}) {
		t.Fatalf("events %q", types)
	}
	if to := events[1].Audience.Users; !slices.Equal(to, []core.UserID{core.UserID(number(w.eve.ID))}) {
		t.Errorf("told %v", to)
	}
	if traces := w.Traces(w.public); len(traces) > 0 {
		t.Errorf("still stored: %q", traces)
	}
}

// TestListWhileDeleted: a server that is deleted while the servers of its owner are listed is left out.
func TestListWhileDeleted(t *testing.T) {
	w := newWorld(t)
	var deleted atomic.Bool
	w.Probe.Change(func(a apitest.Ask, rights core.Permission) core.Permission {
		if a.Server == core.ServerID(number(w.public)) && deleted.CompareAndSwap(false, true) {
			w.ada.Delete("/servers/" + w.public).Is(204)
		}
		return rights
	})
	w.bob.Get("/users/@me/servers").Is(200).Has("items.0.id", w.private).Has("items.1", nil)
}

// TestCreationThatFails: a server that could not be stored leaves nothing of its foundation, and its slot is free.
func TestCreationThatFails(t *testing.T) {
	w, place := newBetween(t, func(o *apitest.Options) { o.Limits.ServersPerUser = 2 })
	w.eve.Post("/servers/"+w.public+"/join", nil).Must(200)
	rows := w.Rows()
	w.Events().Take()
	place.Store(&step{inserts("server_layout"), func(func() (bool, error)) (bool, error) { return false, wide.ErrStorageFull }})
	w.eve.Post("/servers", M{"name": "Go", "visibility": "public"}).Is(503, "storage_full")
	w.Events().Are()
	if changed := fmt.Sprint(w.Changed(rows)); changed != "[channel_lookup +1]" {
		t.Errorf("rows %s", changed)
	}
	w.eve.Post("/servers", M{"name": "Go", "visibility": "public"}).Is(201)
}

// TestSlotsThatLeadNowhere: a slot that was claimed by an attempt that died is taken back when it is missed; one of a server
// that may still come to be is not.
func TestSlotsThatLeadNowhere(t *testing.T) {
	for _, c := range []struct {
		name string
		died func(wide.Commit) bool
		ask  func(*world) *apitest.Answer
		soon string // the answer to the next creation before foundingLife is over
	}{
		{"before the membership", inserts("members"), func(w *world) *apitest.Answer { return w.eve.Post("/servers/"+w.public+"/join", nil) }, ""},
		{"before the layout", inserts("server_layout"), func(w *world) *apitest.Answer {
			return w.eve.Post("/servers", M{"name": "Go", "visibility": "public"})
		}, "servers_limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, place := newBetween(t, func(o *apitest.Options) { o.Limits.ServersPerUser = 2 })
			w.eve.Post("/servers", M{"name": "First", "visibility": "public"}).Must(201)
			place.Store(&step{c.died, func(func() (bool, error)) (bool, error) { return false, wide.ErrUnknownOutcome }})
			c.ask(w).Is(503, "unavailable")
			create := func() *apitest.Answer { return w.eve.Post("/servers", M{"name": "Next", "visibility": "public"}) }
			if a := create(); a.Code() != c.soon {
				t.Fatalf("%s, want %q", a, c.soon)
			}
			w.Advance(time.Minute)
			if c.soon != "" {
				create().Is(201)
			}
			create().Is(422, "servers_limit")
			if n := w.eve.Get("/users/@me/servers").Is(200).Len("items"); n != 2 {
				t.Errorf("member of %d", n)
			}
		})
	}
}

// TestOnePersonsWays: whatever one person does at once with one server, slots and memberships agree in the end. The invite is
// used up, so that one way gives its slot back while another keeps it.
func TestOnePersonsWays(t *testing.T) {
	w := newWorld(t)
	code := w.ada.Post("/servers/"+w.public+"/invites", M{"max_uses": 1}).Must(201).Text("code")
	w.Register("zoe").Post("/invites/"+code+"/join", nil).Must(200)
	eve := core.UserID(number(w.eve.ID))
	for range 50 {
		atOnce(12, func(i int) *apitest.Answer {
			switch i % 6 {
			case 0:
				return w.eve.Delete("/servers/" + w.public + "/members/@me")
			case 1, 2:
				return w.eve.Post("/servers/"+w.public+"/join", nil)
			default:
				return w.eve.Post("/invites/"+code+"/join", nil)
			}
		})
		held, err := w.Node.Stores.Members.ListSlots(t.Context(), eve)
		if err != nil {
			t.Fatal(err)
		}
		mine, err := w.Node.Stores.Members.ListServersOf(t.Context(), eve)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Node.Stores.Members.GetMember(t.Context(), core.ServerID(number(w.public)), eve); (err == nil) != (len(mine) == 1) || len(held) != len(mine) && !(clustered(t) && len(mine) == 0) {
			t.Fatalf("slots of %v, servers %v, member: %v", held, mine, err)
		}
	}
}

// TestSessionsOfAUser: a user holds at most MaxSessions, and signing out everywhere ends however many there are.
func TestSessionsOfAUser(t *testing.T) {
	k := start(t)
	first := k.Register("ada")
	second := first.SignIn()
	for range accounts.MaxSessions - 2 {
		first.SignIn()
	}
	first.Get("/users/@me").Is(200)
	k.Events().Take()
	last := first.SignIn()
	k.Events().Are("session.revoked")
	first.Get("/users/@me").Is(401, "unauthenticated")
	second.Get("/users/@me").Is(200)
	if n := last.Get("/auth/sessions").Is(200).Len("items"); n != accounts.MaxSessions {
		t.Errorf("%d sessions", n)
	}
	now := k.Clock.Now()
	for range 1100 { // of a time when nothing bounded them; opened later, they are listed before the others
		id, err := core.NewSessionID(k.Node.IDs)
		if err == nil {
			err = k.Node.Stores.Sessions.PutSession(t.Context(), accounts.Session{ID: id, User: core.UserID(number(first.ID)),
				Kind: accounts.TokenSession, Generation: 1, CreatedAt: now, LastUsedAt: now})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	last.Post("/auth/logout-all", nil).Is(204)
	second.Get("/users/@me").Is(401, "unauthenticated")
	if rows := k.Rows(); rows["sessions"]+rows["sessions_by_user"] != 0 {
		t.Errorf("%d sessions left, %d in the list", rows["sessions"], rows["sessions_by_user"])
	}
}

// TestExpiredInvitesMakeRoom: what has expired does not count, and is gone after the next creation.
func TestExpiredInvitesMakeRoom(t *testing.T) {
	k := rated(t, func(l *core.Limits) { l.InvitesPerServer = 3 })
	ada := k.Register("ada")
	path := "/servers/" + ada.Post("/servers", M{"name": "Chess", "visibility": "public"}).Must(201).Text("id") + "/invites"
	kept := ada.Post(path, nil).Is(201).Text("code")
	for range 2 {
		ada.Post(path, M{"expires_in_s": 60}).Is(201)
	}
	ada.Post(path, nil).Is(422, "invites_limit")
	k.Advance(time.Minute)
	ada.Get(path).Is(200).Has("items.0.code", kept).Has("items.1", nil)
	ada.Post(path, nil).Is(201)
	if rows := k.Rows(); rows["invites"] != 2 || rows["invites_by_server"] != 2 {
		t.Errorf("%d invites, %d in the list", rows["invites"], rows["invites_by_server"])
	}
	ada.Post(path, nil).Is(201)
	ada.Post(path, nil).Is(422, "invites_limit")
}

// TestVisibilityIsTold: members hear that what they may do has changed, which only a change of the visibility brings.
func TestVisibilityIsTold(t *testing.T) {
	w := newWorld(t)
	w.ada.Patch("/servers/"+w.public, M{"visibility": "private"}).Is(200)
	events := w.Events().Take()
	if types := apitest.TypesOf(events); !slices.Equal(types, []string{"server.updated", "access.changed"}) {
		t.Fatalf("events %q", types)
	}
	if to := events[1].Audience; fmt.Sprint(to.Server) != w.public || apitest.DataOf(events[1])["server_id"] != w.public {
		t.Errorf("told %v: %s", to, events[1].Data)
	}
	w.ada.Patch("/servers/"+w.public, M{"visibility": "private", "name": "Go"}).Is(200)
	w.Events().Are("server.updated")
}
