package httpapi

import (
	"context"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/plugins"
)

// ListPlugins implements api.StrictServerInterface.
func (a *API) ListPlugins(ctx context.Context, req api.ListPluginsRequestObject) (api.ListPluginsResponseObject, error) {
	ctx, r := of(ctx)
	list, err := a.Plugins.List(ctx, r.actor, req.ServerID)
	if err != nil {
		return nil, err
	}
	return api.ListPlugins200JSONResponse{Plugins: list}, nil
}

// GetPlugin implements api.StrictServerInterface.
func (a *API) GetPlugin(ctx context.Context, req api.GetPluginRequestObject) (api.GetPluginResponseObject, error) {
	ctx, r := of(ctx)
	p, err := a.Plugins.Get(ctx, r.actor, req.ServerID, req.PluginID)
	if err != nil {
		return nil, err
	}
	return api.GetPlugin200JSONResponse{Body: p, Headers: api.GetPlugin200ResponseHeaders{ETag: etag(p.Revision)}}, nil
}

// UpdatePlugin implements api.StrictServerInterface.
func (a *API) UpdatePlugin(ctx context.Context, req api.UpdatePluginRequestObject) (api.UpdatePluginResponseObject, error) {
	ctx, r := of(ctx)
	in := plugins.Update{Enabled: req.Body.Enabled, DryRun: req.Body.DryRun, OnFailure: req.Body.OnFailure, Config: req.Body.Config}
	if h := req.Params.IfMatch; h != nil && *h != "*" { // here 0 is a version too
		version, err := ifVersion(h)
		if err != nil {
			return nil, err
		}
		in.IfVersion = &version
	}
	p, err := a.Plugins.Update(ctx, r.actor, req.ServerID, req.PluginID, in)
	if err != nil {
		return nil, err
	}
	return api.UpdatePlugin200JSONResponse{Body: p, Headers: api.UpdatePlugin200ResponseHeaders{ETag: etag(p.Revision)}}, nil
}

// TryPlugin implements api.StrictServerInterface.
func (a *API) TryPlugin(ctx context.Context, req api.TryPluginRequestObject) (api.TryPluginResponseObject, error) {
	ctx, r := of(ctx)
	in := plugins.Trial{Content: req.Body.Content, Config: req.Body.Config}
	if req.Body.ChannelID != nil {
		in.Channel = *req.Body.ChannelID
	}
	trial, err := a.Plugins.Try(ctx, r.actor, req.ServerID, req.PluginID, in)
	if err != nil {
		return nil, err
	}
	return api.TryPlugin200JSONResponse(trial), nil
}

// ListVerdicts implements api.StrictServerInterface.
func (a *API) ListVerdicts(ctx context.Context, req api.ListVerdictsRequestObject) (api.ListVerdictsResponseObject, error) {
	ctx, r := of(ctx)
	before, limit := core.EventID(0), core.DefaultPage
	if req.Params.Before != nil {
		before = *req.Params.Before
	}
	if req.Params.Limit != nil {
		limit = *req.Params.Limit
	}
	list, err := a.Plugins.Verdicts(ctx, r.actor, req.ServerID, req.PluginID, before, limit)
	if err != nil {
		return nil, err
	}
	return api.ListVerdicts200JSONResponse{Verdicts: list}, nil
}
