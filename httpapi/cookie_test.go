package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/beep-chat/beep/httpapi/apitest"
)

// cookieOf gives the cookie an answer sets.
func cookieOf(t *testing.T, a *apitest.Answer) *http.Cookie {
	t.Helper()
	cookie, err := http.ParseSetCookie(a.Header.Get("Set-Cookie"))
	if err != nil {
		t.Fatalf("%s: no cookie: %v", a, err)
	}
	return cookie
}

func TestCookieSessions(t *testing.T) {
	for _, c := range []struct {
		name   string
		secure bool
		cookie string
	}{{"https", true, "__Host-beep"}, {"plain http", false, "beep"}} {
		t.Run(c.name, func(t *testing.T) {
			k := start(t, func(o *apitest.Options) { o.SecureCookies = c.secure })
			a := k.Guest().Post("/auth/register", with(apitest.RegisterBody("ada"), "session", "cookie")).Must(201)
			cookie := cookieOf(t, a)
			if cookie.Name != c.cookie || cookie.Secure != c.secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" ||
				!cookie.Expires.After(k.Clock.Now()) {
				t.Errorf("cookie %+v", cookie)
			}
			p := k.Guest()
			p.Cookie = cookie.Name + "=" + cookie.Value
			p.Get("/users/@me").Is(200).Has("username", "ada")
			p.Post("/servers", M{"name": "Chess", "visibility": "public"}).Is(201)
			refresh(k, cookie.Value).Is(401, "session_expired")
			q := k.Guest()
			q.Cookie = "other=" + cookie.Value
			q.Get("/users/@me").Is(401, "unauthenticated")
			gone := cookieOf(t, p.Post("/auth/logout", nil).Is(204))
			if gone.Name != c.cookie || gone.Value != "" || gone.Expires.After(k.Clock.Now()) {
				t.Errorf("not cleared: %+v", gone)
			}
			if gone := cookieOf(t, p.Get("/users/@me").Is(401, "unauthenticated")); gone.Value != "" {
				t.Errorf("a dead cookie is not cleared: %+v", gone)
			}
		})
	}
}

// TestAnothersCookieIsNotUsed: tabs of a browser share a cookie; one that was opened by somebody else is told so.
func TestAnothersCookieIsNotUsed(t *testing.T) {
	k := start(t)
	ada, bob := k.Register("ada"), k.Register("bob")
	server := ada.Post("/servers", M{"name": "Chess", "visibility": "public"}).Must(201).Text("id")
	messages := "/channels/" + ada.Get("/servers/"+server+"/channels").Must(200).Text("items.0.id") + "/messages"
	meant := func(id string) apitest.With { return apitest.Header("X-Beep-User", id) }
	ada.Get("/users/@me", meant(ada.ID)).Is(200)
	ada.Get("/users/@me", meant(bob.ID)).Is(401, "session_expired")
	ada.Post(messages, M{"content": "bob's words"}, meant(bob.ID)).Is(401, "session_expired")
	ada.Get("/events", meant(bob.ID)).Is(401, "session_expired")
	if n := ada.Get(messages).Must(200).Len(""); n != 0 {
		t.Errorf("%d messages sent in another's name", n)
	}
}

// TestCrossOrigin: another site's page cannot act in a person's name; programs with a token are not concerned.
func TestCrossOrigin(t *testing.T) {
	k := start(t)
	bearer := k.Register("ada")
	cookie := cookieOf(t, k.Guest().Post("/auth/login", M{"login": "ada", "password": apitest.Password, "session": "cookie"}).Must(200))
	browser := k.Guest()
	browser.Cookie = cookie.Name + "=" + cookie.Value
	h := apitest.Header
	for _, c := range []struct {
		name    string
		as      *apitest.Person
		headers []apitest.With
		ok      bool
	}{
		{"another site", browser, []apitest.With{h("Sec-Fetch-Site", "cross-site")}, false},
		{"a sibling site", browser, []apitest.With{h("Sec-Fetch-Site", "same-site")}, false},
		{"another origin, old browser", browser, []apitest.With{h("Origin", "https://evil.example")}, false},
		{"opaque origin", browser, []apitest.With{h("Origin", "null")}, false},
		{"same origin", browser, []apitest.With{h("Sec-Fetch-Site", "same-origin")}, true},
		{"same origin, old browser", browser, []apitest.With{h("Origin", "http://example.com")}, true},
		{"typed in", browser, []apitest.With{h("Sec-Fetch-Site", "none")}, true},
		{"no browser", browser, nil, true},
		{"token from another site", bearer, []apitest.With{h("Sec-Fetch-Site", "cross-site"), h("Origin", "https://app.example")}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := k.Rows()
			a := c.as.Post("/servers", M{"name": "Chess", "visibility": "public"}, c.headers...)
			c.as.Get("/users/@me", c.headers...).Is(200)
			if c.ok {
				a.Is(201)
				return
			}
			a.Is(403, "cross_origin")
			if changed := k.Changed(rows); len(changed) > 0 {
				t.Errorf("rows changed: %q", changed)
			}
			k.Guest().Post("/auth/login", M{"login": "ada", "password": apitest.Password, "session": "cookie"}, c.headers...).Is(403, "cross_origin")
			k.Guest().Post("/auth/register", with(apitest.RegisterBody("eve"), "session", "cookie"), c.headers...).Is(403, "cross_origin")
		})
	}
}
