package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
)

// request is what the front door knows of one request; it travels in the context.
type request struct {
	id        string
	operation string
	address   string // of the client
	origin    string // what limits know of it: an IPv4 address, an IPv6 /64
	actor     core.Actor
	rates     core.RateNotes
	secure    bool
	header    http.Header // of the answer, for handlers that set a cookie
	device    string
	cookie    string // the session cookie that came with the request
}

type requestKey struct{}

// of gives the request's own context, its state and its actor, to a strict handler.
func of(ctx context.Context) (context.Context, *request) {
	if c, ok := ctx.(*gin.Context); ok {
		ctx = c.Request.Context()
	}
	r, _ := ctx.Value(requestKey{}).(*request)
	return ctx, r
}

func state(c *gin.Context) *request {
	_, r := of(c)
	return r
}

var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func newRequestID() string {
	var b [10]byte
	rand.Read(b[:])
	return idAlphabet.EncodeToString(b[:])
}

// requestID takes the client's X-Request-Id when it is harmless in a log.
func requestID(h string) string {
	if h == "" || len(h) > 64 {
		return newRequestID()
	}
	for i := range len(h) {
		c := h[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return newRequestID()
		}
	}
	return h
}

// observe gives the request its state, traces it, and reports it when it is done.
func (a *API) observe(c *gin.Context) {
	start := a.Clock()
	r := &request{id: requestID(c.GetHeader("X-Request-Id")), address: c.ClientIP(), origin: origin(c.ClientIP()), header: c.Writer.Header(),
		secure: a.SecureCookies || c.Request.TLS != nil, device: c.Request.UserAgent()}
	ctx, done := bounded(c)
	defer done()
	ctx = context.WithValue(ctx, requestKey{}, r)
	ctx = core.WithRateNotes(ctx, &r.rates)
	finish := func(int) {}
	if a.Trace != nil {
		ctx, finish = a.Trace(ctx, c.Request.Method+" "+c.FullPath(), c.Request.Header)
	}
	c.Request = c.Request.WithContext(ctx)
	c.Writer.Header().Set("X-Request-Id", r.id)
	c.Next()
	finish(c.Writer.Status())
	if a.OnAccess == nil {
		return
	}
	a.OnAccess(Access{RequestID: r.id, Method: c.Request.Method, Path: c.Request.URL.Path, Route: c.FullPath(),
		Status: c.Writer.Status(), Duration: a.Clock().Sub(start), BytesIn: max(0, c.Request.ContentLength),
		BytesOut: max(0, c.Writer.Size()), User: r.actor.User, Address: r.address, Protocol: c.Request.Proto})
}

// Bounds of a request's time. A stream sets its own.
const (
	requestTime = 30 * time.Second // of a change
	answerTime  = time.Minute      // for a client to take its answer
)

// bounded gives the request's context. A change goes on when its client hangs up: what was handed to the store happens
// anyway, and to stop listening in between would only make its outcome unknown.
func bounded(c *gin.Context) (context.Context, context.CancelFunc) {
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(answerTime)) // not every writer has one
	ctx := c.Request.Context()
	if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), requestTime)
}

// recoverPanic turns a programmer's error into an answer and a log entry; the node goes on.
func (a *API) recoverPanic(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		a.Logger.ErrorContext(c, "panic in a handler", "error", fmt.Sprint(p), "stack_trace", string(debug.Stack()), "request_id", state(c).id)
		if !c.Writer.Written() {
			a.fail(c, core.E(core.CodeInternal, "handle request"))
		}
		c.Abort()
	}()
	c.Next()
}

// begin names the operation and refuses requests that another site's page makes in a person's name.
func (a *API) begin(operation string) gin.HandlerFunc {
	return func(c *gin.Context) {
		state(c).operation = operation
		if c.GetHeader("Authorization") != "" {
			return
		}
		if err := a.guard.Check(c.Request); err != nil {
			a.fail(c, core.E(core.CodeCrossOrigin, "check origin").Because(err))
		}
	}
}

// limitRequests bounds the requests of a principal, and of an address without one.
func (a *API) limitRequests(c *gin.Context) {
	r := state(c)
	key := core.RateKey{Policy: "request_rate", ID: int64(r.actor.User)}
	if r.actor.User == 0 {
		key.Text = r.origin
	}
	if err := core.LimitKey(c.Request.Context(), a.Limiter, key, a.Limits.RequestRate, false); err != nil {
		a.fail(c, err)
	}
}

// noteRates tells the client where it stands with the limits that were asked, before the answer is written.
func (a *API) noteRates(next api.StrictHandlerFunc, _ string) api.StrictHandlerFunc {
	return func(c *gin.Context, req any) (any, error) {
		answer, err := next(c, req)
		writeRates(c)
		return answer, err
	}
}

// writeRates sets RateLimit-Policy and RateLimit (IETF httpapi draft).
func writeRates(c *gin.Context) {
	notes := state(c).rates.All()
	if len(notes) == 0 {
		return
	}
	policy, limit := make([]byte, 0, 96), make([]byte, 0, 96)
	for i, n := range notes {
		if i > 0 {
			policy, limit = append(policy, ", "...), append(limit, ", "...)
		}
		policy = appendItem(policy, n.Policy, "q", n.Rate.Count, "w", seconds(n.Rate.Per))
		limit = appendItem(limit, n.Policy, "r", n.Verdict.Remaining, "t", seconds(n.Verdict.Reset))
	}
	h := c.Writer.Header()
	h.Set("RateLimit-Policy", string(policy))
	h.Set("RateLimit", string(limit))
}

// appendItem writes "name";a=1;b=2, an item of a structured field.
func appendItem(b []byte, name, k1 string, v1 int, k2 string, v2 int) []byte {
	b = strconv.AppendQuote(b, name)
	b = append(append(append(b, ';'), k1...), '=')
	b = strconv.AppendInt(b, int64(v1), 10)
	b = append(append(append(b, ';'), k2...), '=')
	return strconv.AppendInt(b, int64(v2), 10)
}

// seconds rounds up to whole seconds.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// fail answers with an error and ends the request. What has no code is internal: the one log line about it is written
// here, and the client gets the request id to tell.
func (a *API) fail(c *gin.Context, err error) {
	r := state(c)
	var e *core.Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		e = core.E(core.CodeUnavailable, "handle request").Because(err)
	default:
		e = core.E(core.CodeInternal, "handle request").Because(err)
	}
	body, status := api.Problem(e, api.AcceptLanguage(c.GetHeader("Accept-Language")), r.id)
	if status >= http.StatusInternalServerError && c.Request.Context().Err() == nil {
		a.Logger.ErrorContext(c, "request failed", "error", err.Error(), "code", string(e.Code), "operation", r.operation, "request_id", r.id)
	}
	writeRates(c)
	h := c.Writer.Header()
	if ms, ok := e.Params["retry_after_ms"].(int64); ok {
		h.Set("Retry-After", strconv.FormatInt((ms+999)/1000, 10))
	} else if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		h.Set("Retry-After", "1")
	}
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="beep"`)
	}
	h.Set("Cache-Control", "no-store")
	c.Data(status, "application/problem+json", body)
	c.Abort()
}

// origin is the address that limits count: of IPv6 the /64, since whoever has one address there has them all.
func origin(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// network shortens an address to its /24 or /48, which is what a session remembers.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	bits := 48
	if ip = ip.Unmap(); ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}
