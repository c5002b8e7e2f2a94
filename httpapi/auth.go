package httpapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
)

// The session cookie. With the __Host- prefix a browser takes it only over https, for this host and the whole path.
const (
	secureCookieName = "__Host-beep"
	plainCookieName  = "beep"
)

// userHeader tells whom a client takes its session for. A browser's tabs share one cookie: without this a tab would act in the
// name of who signed in later in another one.
const userHeader = "X-Beep-User"

// anyone lets a request through without a session; one that is there is still used (for rates), if it is good.
func (a *API) anyone(c *gin.Context) {
	r := state(c)
	if credential := a.credential(c, r); credential != "" {
		if actor, err := a.Accounts.Authenticate(c.Request.Context(), credential); err == nil {
			r.actor = actor
		}
	}
}

// signedIn requires a session.
func (a *API) signedIn(c *gin.Context) {
	r := state(c)
	credential := a.credential(c, r)
	if credential == "" {
		a.refuse(c, core.E(core.CodeUnauthenticated, "authenticate"))
		return
	}
	actor, err := a.Accounts.Authenticate(c.Request.Context(), credential)
	if err != nil {
		if r.cookie != "" && core.CodeOf(err) == core.CodeUnauthenticated {
			a.setCookie(r, "", time.Unix(1, 0))
		}
		a.refuse(c, err)
		return
	}
	if meant := c.GetHeader(userHeader); meant != "" && meant != actor.User.String() {
		a.refuse(c, core.E(core.CodeSessionExpired, "authenticate"))
		return
	}
	r.actor = actor
}

// refuse answers who could not prove a session; such requests count against the address, or tokens could be tried without
// end.
func (a *API) refuse(c *gin.Context, err error) {
	if a.limitRequests(c); !c.IsAborted() {
		a.fail(c, err)
	}
}

// signedInOrTicket is signedIn, for clients that cannot set headers too: ?ticket= works once.
func (a *API) signedInOrTicket(c *gin.Context) {
	ticket := c.Query("ticket")
	if ticket == "" {
		a.signedIn(c)
		return
	}
	actor, err := a.Accounts.RedeemTicket(c.Request.Context(), ticket)
	if err != nil {
		a.refuse(c, err)
		return
	}
	state(c).actor = actor
}

// credential gives the bearer token or, without one, the session cookie.
func (a *API) credential(c *gin.Context, r *request) string {
	if h := c.GetHeader("Authorization"); h != "" {
		scheme, value, ok := strings.Cut(h, " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return "?" // present but unusable: refused, not ignored
		}
		return strings.TrimSpace(value)
	}
	cookie, err := c.Request.Cookie(cookieName(r))
	if err != nil {
		return ""
	}
	r.cookie = cookie.Value
	return cookie.Value
}

func cookieName(r *request) string {
	if r.secure {
		return secureCookieName
	}
	return plainCookieName
}

func (a *API) setCookie(r *request, value string, until time.Time) {
	cookie := http.Cookie{Name: cookieName(r), Value: value, Path: "/", Expires: until, HttpOnly: true, Secure: r.secure, SameSite: http.SameSiteLaxMode}
	r.header.Set("Set-Cookie", cookie.String())
}

func (r *request) deviceFor(mode string) accounts.Device {
	kind := accounts.TokenSession
	if mode == string(accounts.CookieSession) {
		kind = accounts.CookieSession
	}
	agent := strings.ToValidUTF8(r.device, "�")
	if runes := []rune(agent); len(runes) > 200 {
		agent = string(runes[:200])
	}
	return accounts.Device{Kind: kind, UserAgent: agent, Address: r.origin, Network: network(r.address)}
}
