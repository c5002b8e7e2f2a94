// Package httpapi is Beep's front door: the REST routes on Gin, the live stream over SSE, and the one place where errors
// become answers.
//
// It owns what a request needs before a rule is asked: its id, the client's address, cross-origin protection, rate of
// requests, authentication, the body's size and its validation by the contract (package api). It refuses to hold rules:
// a handler turns a request into one call of core/<area> and the result into an answer.
//
// The handler New returns is safe for concurrent use; it starts no goroutine of its own.
//
//	handler, err := httpapi.New(httpapi.Options{Accounts: accounts, Servers: servers, ...})
//	http.Serve(listener, handler)
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/core/channels"
	"github.com/beep-chat/beep/core/members"
	"github.com/beep-chat/beep/core/messages"
	"github.com/beep-chat/beep/core/plugins"
	"github.com/beep-chat/beep/core/servers"
	"github.com/beep-chat/beep/core/snapshots"
)

// Streams serves live events; the realtime hub stands behind it.
type Streams interface {
	// ServeStream writes the stream until the client, the session or the node ends it. An error of core means that
	// nothing was written yet.
	ServeStream(ctx context.Context, req StreamRequest, w http.ResponseWriter) error
	// SetInterest says how much a stream wants of servers: "active" or "none".
	SetInterest(user core.UserID, stream string, levels map[core.ServerID]string) error
}

// StreamRequest is who wants which events, and from where on.
type StreamRequest struct {
	Actor       core.Actor
	Address     string
	LastEventID string
	Servers     []core.ServerID
	Types       []core.EventType
}

// Access is one finished request, for the access log and the metrics.
type Access struct {
	RequestID string
	Method    string
	Path      string // with ids, without the query
	Route     string // the pattern, "" where none matched
	Status    int
	Duration  time.Duration
	BytesIn   int64
	BytesOut  int
	User      core.UserID
	Address   string
	Protocol  string
}

// Options are what the front door works with.
type Options struct {
	Accounts  *accounts.Service
	Servers   *servers.Service
	Channels  *channels.Service
	Members   *members.Service
	Messages  *messages.Service
	Plugins   *plugins.Service
	Snapshots *snapshots.Service
	Streams   Streams
	Replays   core.Replays
	IDs       core.IDSource
	Limiter   core.RateLimiter
	Limits    core.Limits
	Instance  Instance
	Clock     core.Clock
	Logger    *slog.Logger
	OnAccess  func(Access) // nil: none
	Trace     func(ctx context.Context, route string, h http.Header) (context.Context, func(status int))

	TrustedProxies []netip.Prefix
	SecureCookies  bool         // the instance is reached over https
	Web            http.Handler // what is not the API: the client, the API reference
}

// Instance is what anyone may know of this Beep.
type Instance struct {
	Name               string
	Version            string
	Registration       accounts.Registration
	ValidationRequired bool
}

// API serves the contract.
type API struct {
	Options
	validator *api.Validator
	guard     *http.CrossOriginProtection
}

// New makes the front door.
func New(o Options) (http.Handler, error) {
	validator, err := api.NewValidator()
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	a := &API{Options: o, validator: validator, guard: http.NewCrossOriginProtection()}
	gin.SetMode(gin.ReleaseMode) // else Gin prints every route
	engine := gin.New()
	engine.ContextWithFallback = true
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	proxies := make([]string, 0, len(o.TrustedProxies))
	for _, p := range o.TrustedProxies {
		proxies = append(proxies, p.String())
	}
	if err := engine.SetTrustedProxies(proxies); err != nil {
		return nil, err
	}
	a.routes(engine)
	return engine, nil
}
