package httpapi

import (
	"context"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
)

// SendMessage implements api.StrictServerInterface.
func (a *API) SendMessage(ctx context.Context, req api.SendMessageRequestObject) (api.SendMessageResponseObject, error) {
	ctx, r := of(ctx)
	in := core.NewMessage{Channel: req.ChannelID, Content: req.Body.Content, Nonce: req.Body.Nonce}
	if req.Body.ReplyTo != nil {
		in.ReplyTo = *req.Body.ReplyTo
	}
	m, created, err := a.Messages.Send(ctx, r.actor, in)
	switch {
	case err != nil:
		return nil, err
	case created:
		return api.SendMessage201JSONResponse(m), nil
	default:
		return api.SendMessage200JSONResponse(m), nil
	}
}

// ListMessages implements api.StrictServerInterface.
func (a *API) ListMessages(ctx context.Context, req api.ListMessagesRequestObject) (api.ListMessagesResponseObject, error) {
	ctx, r := of(ctx)
	q := core.MessageQuery{Channel: req.ChannelID, Limit: core.DefaultPage}
	if p := req.Params; p.Limit != nil {
		q.Limit = *p.Limit
	}
	given := 0
	for _, b := range []struct {
		from *core.MessageID
		to   *core.MessageID
	}{{req.Params.Before, &q.Before}, {req.Params.After, &q.After}, {req.Params.Around, &q.Around}} {
		if b.from != nil {
			*b.to = *b.from
			given++
		}
	}
	if given > 1 {
		return nil, core.Invalid("list messages", "?before", core.CodeNotAllowedValue, map[string]any{"allowed": "one of before, after, around"})
	}
	list, err := a.Messages.List(ctx, r.actor, q)
	if err != nil {
		return nil, err
	}
	return api.ListMessages200JSONResponse(list), nil
}

// GetMessage implements api.StrictServerInterface.
func (a *API) GetMessage(ctx context.Context, req api.GetMessageRequestObject) (api.GetMessageResponseObject, error) {
	ctx, r := of(ctx)
	m, err := a.Messages.Get(ctx, r.actor, req.ChannelID, req.MessageID)
	if err != nil {
		return nil, err
	}
	return api.GetMessage200JSONResponse(m), nil
}

// EditMessage implements api.StrictServerInterface.
func (a *API) EditMessage(ctx context.Context, req api.EditMessageRequestObject) (api.EditMessageResponseObject, error) {
	ctx, r := of(ctx)
	m, err := a.Messages.Edit(ctx, r.actor, req.ChannelID, req.MessageID, req.Body.Content)
	if err != nil {
		return nil, err
	}
	return api.EditMessage200JSONResponse(m), nil
}

// DeleteMessage implements api.StrictServerInterface.
func (a *API) DeleteMessage(ctx context.Context, req api.DeleteMessageRequestObject) (api.DeleteMessageResponseObject, error) {
	ctx, r := of(ctx)
	if err := a.Messages.Delete(ctx, r.actor, req.ChannelID, req.MessageID); err != nil {
		return nil, err
	}
	return api.DeleteMessage204Response{}, nil
}

// MarkRead implements api.StrictServerInterface.
func (a *API) MarkRead(ctx context.Context, req api.MarkReadRequestObject) (api.MarkReadResponseObject, error) {
	ctx, r := of(ctx)
	if err := a.Messages.MarkRead(ctx, r.actor, req.ChannelID, req.Body.MessageID); err != nil {
		return nil, err
	}
	return api.MarkRead204Response{}, nil
}

// SendTyping implements api.StrictServerInterface.
func (a *API) SendTyping(ctx context.Context, req api.SendTypingRequestObject) (api.SendTypingResponseObject, error) {
	ctx, r := of(ctx)
	if err := a.Messages.Typing(ctx, r.actor, req.ChannelID); err != nil {
		return nil, err
	}
	return api.SendTyping204Response{}, nil
}

// Sync implements api.StrictServerInterface.
func (a *API) Sync(ctx context.Context, _ api.SyncRequestObject) (api.SyncResponseObject, error) {
	ctx, r := of(ctx)
	snap, err := a.Snapshots.Take(ctx, r.actor)
	if err != nil {
		return nil, err
	}
	return api.Sync200JSONResponse(snap), nil
}
