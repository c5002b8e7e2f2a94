package httpapi_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// refresh exchanges a refresh token.
func refresh(k *apitest.Kit, token string) *apitest.Answer {
	return k.Guest().Post("/auth/refresh", M{"refresh_token": token})
}

func TestRefreshRotation(t *testing.T) {
	k := start(t)
	for _, c := range []struct {
		name  string
		steps func(first string) (again string) // gives the token that is used again
		wait  time.Duration
		code  string // "" where it works
		dies  bool   // the session
	}{
		{"lost answer, once", func(r string) string { refresh(k, r).Must(200); return r }, 9 * time.Second, "", false},
		{"lost answer, twice", func(r string) string { refresh(k, r).Must(200); refresh(k, r).Must(200); return r }, time.Second, "refresh_reused", true},
		{"after the grace", func(r string) string { refresh(k, r).Must(200); return r }, 10 * time.Second, "refresh_reused", true},
		{"an older one", func(r string) string {
			refresh(k, refresh(k, r).Must(200).Text("refresh_token")).Must(200)
			return r
		}, 0, "refresh_reused", true},
		{"a guess", func(r string) string { return r[:len(r)-12] + "AAAAAAAAAAAA" }, 0, "session_expired", false},
		{"nonsense", func(string) string { return "beep_rt_1_x" }, 0, "session_expired", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := k.Register(fmt.Sprintf("ada-%d", len(c.name)))
			again := c.steps(p.Refresh)
			k.Events().Take()
			k.Advance(c.wait)
			a := refresh(k, again)
			if a.Code() != c.code {
				t.Fatalf("%s, want %q", a, c.code)
			}
			sessions, err := k.Node.Stores.Sessions.ListSessions(t.Context(), core.UserID(number(p.ID)))
			if err != nil || (len(sessions) == 0) != c.dies {
				t.Errorf("%d sessions left, err %v", len(sessions), err)
			}
			if c.dies {
				k.Events().Are("session.revoked")
				p.Get("/users/@me").Is(401, "unauthenticated")
				refresh(k, again).Is(401, "session_expired")
			} else {
				k.Events().Are()
			}
		})
	}
}

func TestTokensOfASession(t *testing.T) {
	k := start(t)
	p := k.Register("ada")
	first := p.Token
	k.Advance(accounts.AccessLife - time.Second)
	p.Get("/users/@me").Is(200)
	k.Advance(time.Second)
	p.Get("/users/@me").Is(401, "session_expired")
	p.Renew()
	p.Get("/users/@me").Is(200)
	for name, token := range map[string]string{"spent": first, "a refresh token": p.Refresh, "nonsense": "x", "empty": " ", "cut": p.Token[:len(p.Token)-1],
		"changed": p.Token[:len(p.Token)-8] + "AAAAAAAA"} {
		q := *p
		q.Token = token
		if a := q.Get("/users/@me"); a.Code() != "unauthenticated" || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %s", name, a)
		}
	}
	q := *p
	q.Token = ""
	q.Get("/users/@me", apitest.Header("Authorization", "Basic YTpi")).Is(401, "unauthenticated")
	q.Get("/users/@me", apitest.Header("Authorization", "bearer "+p.Token)).Is(200)
	counts := atOnce(20, func(int) *apitest.Answer { return refresh(k, p.Refresh) })
	if counts["200 "] != 2 || counts["401 refresh_reused"] < 1 || counts["401 refresh_reused"]+counts["401 session_expired"] != 18 {
		t.Errorf("20 refreshes at once: %v", counts)
	}
	idle := k.Register("idle")
	k.Advance(accounts.IdleLife)
	refresh(k, idle.Refresh).Is(401, "session_expired")
	idle.Get("/users/@me").Is(401, "unauthenticated")
}

func TestSessionList(t *testing.T) {
	k := start(t)
	one := k.Register("ada")
	two, three := one.SignIn(), one.SignIn()
	k.Advance(time.Minute)
	list := one.Get("/auth/sessions").Is(200)
	if list.Len("items") != 3 || list.At("items.2.current") != true || list.At("items.0.current") != false {
		t.Errorf("%s", list)
	}
	third := session(three)
	one.Delete("/auth/sessions/" + third).Is(204)
	three.Get("/users/@me").Is(401, "unauthenticated")
	one.Delete("/auth/sessions/"+third).Is(404, "not_found")
	two.Post("/auth/logout", nil).Is(204)
	two.Get("/users/@me").Is(401, "unauthenticated")
	refresh(k, two.Refresh).Is(401, "session_expired")
	four := one.SignIn()
	k.Events().Take()
	one.Post("/auth/logout-all", nil).Is(204)
	k.Events().Are("session.revoked", "session.revoked")
	for _, p := range []*apitest.Person{one, four} {
		p.Get("/users/@me").Is(401, "unauthenticated")
	}
	one.SignIn().Get("/users/@me").Is(200)
}

func TestUserAgentIsBounded(t *testing.T) {
	k := start(t)
	p := k.Register("ada")
	a := k.Guest().Post("/auth/login", M{"login": "ada", "password": apitest.Password}, apitest.Header("User-Agent", strings.Repeat("é", 300)+"\xff")).Must(200)
	list := p.Get("/auth/sessions").Is(200)
	if agent := list.Text("items.0.user_agent"); agent != strings.Repeat("é", 200) {
		t.Errorf("%d bytes kept after %s", len(agent), a)
	}
}

func TestStepUp(t *testing.T) {
	k := start(t)
	p := k.Register("ada")
	server := p.Post("/servers", M{"name": "Chess", "visibility": "public"}).Must(201).Text("id")
	k.Advance(core.StepUpLife)
	p.Renew()
	p.Delete("/servers/"+server).Is(403, "step_up_required")
	p.Post("/auth/step-up", M{"password": "wrong"}).Is(403, "step_up_required")
	p.Delete("/servers/"+server).Is(403, "step_up_required")
	p.Get("/servers/" + server).Is(200)
	p.Post("/auth/step-up", M{"password": apitest.Password}).Is(204)
	k.Advance(core.StepUpLife - time.Second)
	p.Renew() // does not take the proof away
	p.Delete("/servers/" + server).Is(204)
	other := p.SignIn()
	another := other.Post("/servers", M{"name": "Chess", "visibility": "public"}).Must(201).Text("id")
	k.Advance(core.StepUpLife - time.Second)
	other.Delete("/servers/" + another).Is(204)
}

func TestChangePassword(t *testing.T) {
	k := start(t)
	p := k.Register("ada")
	other := p.SignIn()
	const next, last = "staple weather violin", "violin weather staple"
	p.Put("/users/@me/password", M{"current_password": apitest.Password, "new_password": next}).Is(204)
	other.Get("/users/@me").Is(200)
	k.Guest().Post("/auth/login", M{"login": "ada", "password": apitest.Password}).Is(401, "invalid_credentials")
	k.Guest().Post("/auth/login", M{"login": "ada", "password": next}).Is(200)
	p.Put("/users/@me/password", M{"current_password": next, "new_password": last, "sign_out_others": true}).Is(204)
	other.Get("/users/@me").Is(401, "unauthenticated")
	p.Get("/users/@me").Is(200)
	if n := p.Get("/auth/sessions").Is(200).Len("items"); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// TestSignInTellsNothing: a wrong name and a wrong password are one answer, at the cost of one hash each.
func TestSignInTellsNothing(t *testing.T) {
	k := start(t)
	k.Register("ada")
	try := func(login, password string) (string, []string, uint64) {
		before := k.Node.Hasher.Hashes()
		a := k.Guest().Post("/auth/login", M{"login": login, "password": password}).Is(401, "invalid_credentials")
		body := strings.ReplaceAll(string(a.Body), a.Text("instance"), "")
		return body, slices.Sorted(maps.Keys(a.Header)), k.Node.Hasher.Hashes() - before
	}
	body, headers, cost := try("ada", "wrong horse battery")
	for _, c := range [][2]string{{"nobody", apitest.Password}, {"nobody@example.org", "x"}, {"ADA@example.org", "wrong"}, {"not a name at all", apitest.Password}} {
		b, h, n := try(c[0], c[1])
		if b != body || !slices.Equal(h, headers) || n != cost || cost != 1 {
			t.Errorf("%q: %d hashes, %s %v; want %d, %s %v", c[0], n, b, h, cost, body, headers)
		}
	}
}

func TestUsernamesAreUnique(t *testing.T) {
	k := start(t)
	rows := k.Rows()
	counts := atOnce(50, func(i int) *apitest.Answer {
		name := []string{"ada", "ADA", "Ada", "aDa"}[i%4]
		return k.Guest().Post("/auth/register", with(with(apitest.RegisterBody("ada"), "username", name), "email", fmt.Sprintf("a%d@example.org", i)))
	})
	expectCounts(t, "50 of one name at once", counts, "201 ", 1, "409 username_taken", 49)
	counts = atOnce(50, func(i int) *apitest.Answer {
		return k.Guest().Post("/auth/register", with(apitest.RegisterBody(fmt.Sprint("b", i)), "email", "One@Example.org"))
	})
	expectCounts(t, "50 of one mail at once", counts, "201 ", 1, "409 email_taken", 49)
	if changed := k.Changed(rows); fmt.Sprint(changed) != "[users +2 unique_claims +4 credentials +2 sessions +2 sessions_by_user +2]" {
		t.Errorf("rows %v", changed)
	}
}

// TestOrphanedNames: a name whose registration died can be had after a while; one that was given up, at once.
func TestOrphanedNames(t *testing.T) {
	k := start(t)
	if ok, err := k.Node.Stores.Users.ClaimName(t.Context(), accounts.UsernameKind, "ada", 17); !ok || err != nil {
		t.Fatal(ok, err)
	}
	k.Guest().Post("/auth/register", apitest.RegisterBody("ada")).Is(409, "username_taken")
	k.Advance(time.Minute)
	ada := k.Register("ada")
	ada.Patch("/users/@me", M{"username": "countess"}).Is(200)
	k.Guest().Post("/auth/login", M{"login": "ada", "password": apitest.Password}).Is(401, "invalid_credentials")
	k.Guest().Post("/auth/login", M{"login": "countess", "password": apitest.Password}).Is(200)
	k.Guest().Post("/auth/register", with(apitest.RegisterBody("ada"), "email", "other@example.org")).Is(201)
}

func TestRegistrationModes(t *testing.T) {
	k := start(t)
	ada := k.Register("ada")
	server := ada.Post("/servers", M{"name": "Den", "visibility": "private"}).Must(201).Text("id")
	code := ada.Post("/servers/"+server+"/invites", M{"max_uses": 1}).Must(201).Text("code")
	bob := func() *apitest.Answer { return k.Guest().Post("/auth/register", apitest.RegisterBody("bob")) }
	invited := func(name, code string) *apitest.Answer {
		return k.Guest().Post("/auth/register", with(apitest.RegisterBody(name), "invite", code))
	}
	k.Restart(func(o *apitest.Options) { o.Policy.Registration = accounts.ClosedRegistration })
	bob().Is(403, "registration_closed")
	invited("bob", code).Is(403, "registration_closed")
	k.Guest().Get("/instance").Is(200).Has("registration", "closed")
	token, err := k.Node.Accounts.NewSetupToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	k.Guest().Post("/setup", with(apitest.RegisterBody("root"), "token", token)).Is(201)

	k.Restart(func(o *apitest.Options) { o.Policy.Registration = accounts.InviteRegistration })
	bob().Is(403, "registration_needs_invite")
	invited("bob", "zzzzzzzzzz").Is(403, "registration_needs_invite")
	p := k.Guest()
	p.Token = invited("bob", code).Is(201).Text("access_token")
	invited("eve", code).Is(403, "registration_needs_invite") // used up by registering
	p.Post("/invites/"+code+"/join", nil).Is(200)             // which is the same use
	k.Guest().Get("/instance").Is(200).Has("registration", "invite")
}

func TestValidation(t *testing.T) {
	k := start(t, func(o *apitest.Options) { o.Policy.RequireValidation = true })
	k.Guest().Get("/instance").Is(200).Has("validation_required", true)
	for _, mode := range []string{"token", "cookie"} {
		a := k.Guest().Post("/auth/register", with(apitest.RegisterBody("ada-"+mode), "session", mode)).Is(201).Has("user.validated", false)
		if members, _ := a.At("").(map[string]any); len(members) != 1 || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("more than the user: %s %v", a, a.Header)
		}
	}
	login := func() *apitest.Answer {
		return k.Guest().Post("/auth/login", M{"login": "ada-token", "password": apitest.Password})
	}
	login().Is(403, "account_not_validated")
	k.Guest().Post("/auth/login", M{"login": "ada-token", "password": "wrong"}).Is(401, "invalid_credentials")
	if err := k.Node.Accounts.Validate(t.Context(), "ada-token"); err != nil {
		t.Fatal(err)
	}
	login().Is(200).Has("user.validated", true)
}

func TestSetupOnce(t *testing.T) {
	k := start(t)
	token := func() string {
		s, err := k.Node.Accounts.NewSetupToken(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	old := token()
	current := token()
	setup := func(name, token string) *apitest.Answer {
		return k.Guest().Post("/setup", with(apitest.RegisterBody(name), "token", token))
	}
	k.Guest().Get("/instance").Is(200).Has("setup_pending", true)
	setup("ada", old).Is(403, "setup_token_invalid")
	rows := k.Rows()
	expectCounts(t, "20 at once", atOnce(20, func(i int) *apitest.Answer { return setup(fmt.Sprint("root", i), current) }), "201 ", 1, "403 setup_token_invalid", 19)
	if changed := k.Changed(rows); !slices.Contains(changed, "users +1") || !slices.Contains(changed, "unique_claims +2") {
		t.Errorf("rows %v", changed)
	}
	setup("late", current).Is(403, "setup_token_invalid")
	k.Guest().Get("/instance").Is(200).Has("setup_pending", false)
	if token() != "" {
		t.Error("a new link after the set-up")
	}
}

// TestOperatorActs are those of `beep admin user`.
func TestOperatorActs(t *testing.T) {
	k := start(t)
	p := k.Register("ada")
	if err := k.Node.Accounts.Grant(t.Context(), "ADA@example.org", core.UserModerator); err != nil {
		t.Fatal(err)
	}
	p.Get("/users/@me").Is(200).Has("platform_role", "user_moderator").Has("version", 2)
	if err := k.Node.Accounts.Grant(t.Context(), "ada", core.NoPlatformRole); err != nil {
		t.Fatal(err)
	}
	p.Get("/users/@me").Is(200).Has("platform_role", nil)
	if err := k.Node.Accounts.ResetPassword(t.Context(), "ada", "short"); core.CodeOf(err) != core.CodeValidationFailed {
		t.Errorf("a short password: %v", err)
	}
	if err := k.Node.Accounts.ResetPassword(t.Context(), "nobody", "staple weather violin"); core.CodeOf(err) != core.CodeNotFound {
		t.Errorf("nobody: %v", err)
	}
	p.Get("/users/@me").Is(200)
	if err := k.Node.Accounts.ResetPassword(t.Context(), "ada", "staple weather violin"); err != nil {
		t.Fatal(err)
	}
	p.Get("/users/@me").Is(401, "unauthenticated")
	k.Guest().Post("/auth/login", M{"login": "ada", "password": "staple weather violin"}).Is(http.StatusOK)
}
