package httpapi

import (
	"bytes"
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/members"
)

// once makes a creation happen once for an Idempotency-Key, however often it is asked for.
func (a *API) once(operation string) gin.HandlerFunc {
	return func(c *gin.Context) {
		key := c.GetHeader("Idempotency-Key")
		if key == "" {
			return
		}
		ctx := c.Request.Context()
		k := core.ReplayKey{User: state(c).actor.User, Route: operation + " " + c.Request.URL.Path, Key: key}
		digest := bodyDigest(c)
		id, err := a.IDs.Next()
		if err != nil {
			a.fail(c, err)
			return
		}
		answer, reserve, err := a.Replays.BeginReplay(ctx, k, digest, core.Reserve{ID: id, Code: members.NewInviteCode()})
		if err != nil {
			a.fail(c, err)
			return
		}
		if answer != nil {
			writeRates(c)
			c.Header("Idempotency-Replayed", "true")
			c.Data(answer.Status, "application/json", answer.Body)
			c.Abort()
			return
		}
		recorder := &recorder{ResponseWriter: c.Writer}
		c.Writer = recorder
		c.Request = c.Request.WithContext(core.WithReserve(ctx, reserve))
		c.Next()
		a.settle(context.WithoutCancel(ctx), k, digest, recorder)
	}
}

func (a *API) settle(ctx context.Context, k core.ReplayKey, digest []byte, rec *recorder) {
	var answer *core.ReplayAnswer
	switch status := rec.Status(); {
	case status >= http.StatusInternalServerError: // the outcome may be unknown: the next attempt uses the same reserve
		if err := a.Replays.SuspendReplay(ctx, k); err != nil {
			a.Logger.Error("suspend the attempt of an Idempotency-Key", "error", err)
		}
		return
	case status == http.StatusCreated:
		answer = &core.ReplayAnswer{Status: rec.Status(), Body: rec.body.Bytes(), ETag: rec.Header().Get("ETag")}
	}
	if err := a.Replays.EndReplay(ctx, k, digest, answer); err != nil {
		a.Logger.Error("remember the answer of an Idempotency-Key", "error", err)
	}
}

func bodyDigest(c *gin.Context) []byte {
	b, ok := c.Request.Body.(api.ValidBody)
	if !ok {
		return nil
	}
	return b.Digest()
}

// recorder keeps a copy of what the handler writes.
type recorder struct {
	gin.ResponseWriter
	body bytes.Buffer
}

func (r *recorder) Write(p []byte) (int, error) {
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

func (r *recorder) WriteString(s string) (int, error) {
	r.body.WriteString(s)
	return r.ResponseWriter.WriteString(s)
}
