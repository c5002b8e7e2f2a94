package httpapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
)

// How much of a body that is too large is read to the end, so that the client gets its answer on a live connection.
const maxDrain = 256 << 10

// checkRequest holds query, headers and body to the contract before the handler runs.
func (a *API) checkRequest(operation string) gin.HandlerFunc {
	return func(c *gin.Context) {
		if problem := a.validator.Params(operation, c.Request.URL.Query(), c.Request.Header); problem != nil {
			a.fail(c, problem)
			return
		}
		if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
			return
		}
		raw, err := readBody(c)
		if err != nil {
			a.fail(c, err)
			return
		}
		value, problem := a.validator.Body(operation, raw)
		if problem != nil {
			a.fail(c, problem)
			return
		}
		c.Request.Body = api.NewValidBody(raw, value)
	}
}

// bodyTime is how long a client may take to send a body of at most 64 KiB.
const bodyTime = 20 * time.Second

func readBody(c *gin.Context) ([]byte, error) {
	if c.Request.Body == nil || c.Request.ContentLength == 0 {
		return nil, nil
	}
	rc := http.NewResponseController(c.Writer)
	_ = rc.SetReadDeadline(time.Now().Add(bodyTime)) // not every connection has one
	defer func() { _ = rc.SetReadDeadline(time.Time{}) }()
	tooLarge := core.E(core.CodeBodyTooLarge, "read body").With("limit", api.MaxBodyBytes)
	raw, err := io.ReadAll(io.LimitReader(c.Request.Body, api.MaxBodyBytes+1))
	if err != nil {
		return nil, core.E(core.CodeBadJSON, "read body").Because(err)
	}
	if len(raw) > api.MaxBodyBytes {
		_, err := io.CopyN(io.Discard, c.Request.Body, maxDrain)
		if !errors.Is(err, io.EOF) {
			c.Header("Connection", "close")
		}
		return nil, tooLarge
	}
	if len(raw) == 0 {
		return nil, nil
	}
	kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, core.E(core.CodeUnsupportedMediaType, "read body").With("want", "application/json")
	}
	return raw, nil
}
