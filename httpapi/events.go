package httpapi

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
)

// maxStreamFilters bounds the ids and types a stream may name.
const maxStreamFilters = 200

// stream serves GET /events. Last-Event-ID, which browsers send by themselves, wins over the query.
func (a *API) stream(c *gin.Context) {
	r := state(c)
	req := StreamRequest{Actor: r.actor, Address: r.origin, LastEventID: c.GetHeader("Last-Event-ID")}
	if req.LastEventID == "" {
		req.LastEventID = c.Query("last_event_id")
	}
	if err := filters(c, &req); err != nil {
		a.fail(c, err)
		return
	}
	writeRates(c)
	err := a.Streams.ServeStream(c.Request.Context(), req, c.Writer)
	var known *core.Error
	if errors.As(err, &known) && !c.Writer.Written() {
		a.fail(c, err)
	}
}

// filters reads ?servers= and ?types=, comma-separated.
func filters(c *gin.Context, req *StreamRequest) error {
	bad := func(at string) error { return core.Invalid("open stream", at, core.CodeBadFormat, nil) }
	if s := c.Query("servers"); s != "" {
		parts := strings.Split(s, ",")
		if len(parts) > maxStreamFilters {
			return bad("?servers")
		}
		for _, p := range parts {
			id, err := core.ParseID[any](p)
			if err != nil {
				return bad("?servers")
			}
			req.Servers = append(req.Servers, core.ServerID(id))
		}
	}
	if s := c.Query("types"); s != "" {
		for p := range strings.SplitSeq(s, ",") {
			t := core.EventType(p)
			if !slices.Contains(core.AllEvents(), t) || core.IsInternal(t) {
				return bad("?types")
			}
			req.Types = append(req.Types, t)
		}
	}
	return nil
}

// CreateEventTicket implements api.StrictServerInterface.
func (a *API) CreateEventTicket(ctx context.Context, _ api.CreateEventTicketRequestObject) (api.CreateEventTicketResponseObject, error) {
	ctx, r := of(ctx)
	ticket, err := a.Accounts.NewTicket(ctx, r.actor)
	if err != nil {
		return nil, err
	}
	return api.CreateEventTicket201JSONResponse{Ticket: ticket, ExpiresIn: int(accounts.TicketLife.Seconds())}, nil
}

// SetInterest implements api.StrictServerInterface.
func (a *API) SetInterest(ctx context.Context, req api.SetInterestRequestObject) (api.SetInterestResponseObject, error) {
	_, r := of(ctx)
	levels := make(map[core.ServerID]string, len(req.Body.Servers))
	for id, level := range req.Body.Servers {
		server, err := core.ParseID[any](id)
		if err != nil {
			return nil, core.Invalid("set interest", "/servers/"+id, core.CodeBadFormat, nil)
		}
		levels[core.ServerID(server)] = string(level)
	}
	if err := a.Streams.SetInterest(r.actor.User, req.Body.SessionID, levels); err != nil {
		return nil, err
	}
	return api.SetInterest204Response{}, nil
}
