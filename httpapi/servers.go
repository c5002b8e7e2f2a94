package httpapi

import (
	"context"
	"time"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/channels"
	"github.com/beep-chat/beep/core/members"
	"github.com/beep-chat/beep/core/servers"
)

// ifVersion reads If-Match; 0 when the client does not ask. Another form than our ETag can match nothing.
func ifVersion(header *string) (int64, error) {
	if header == nil || *header == "*" {
		return 0, nil
	}
	v, ok := api.ParseETag(*header)
	if !ok {
		return 0, core.E(core.CodeVersionConflict, "read If-Match")
	}
	return v, nil
}

func etag(version int64) *string {
	s := api.ETag(version)
	return &s
}

// ListMyServers implements api.StrictServerInterface.
func (a *API) ListMyServers(ctx context.Context, _ api.ListMyServersRequestObject) (api.ListMyServersResponseObject, error) {
	ctx, r := of(ctx)
	list, err := a.Servers.List(ctx, r.actor)
	if err != nil {
		return nil, err
	}
	return api.ListMyServers200JSONResponse{Items: list}, nil
}

// CreateServer implements api.StrictServerInterface.
func (a *API) CreateServer(ctx context.Context, req api.CreateServerRequestObject) (api.CreateServerResponseObject, error) {
	ctx, r := of(ctx)
	in := servers.New{Name: req.Body.Name, Description: req.Body.Description, Visibility: req.Body.Visibility}
	if req.Body.Template != nil {
		in.Template = *req.Body.Template
	}
	s, err := a.Servers.Create(ctx, r.actor, in)
	if err != nil {
		return nil, err
	}
	return api.CreateServer201JSONResponse(s), nil
}

// GetServer implements api.StrictServerInterface.
func (a *API) GetServer(ctx context.Context, req api.GetServerRequestObject) (api.GetServerResponseObject, error) {
	ctx, r := of(ctx)
	v, err := a.Servers.Get(ctx, r.actor, req.ServerID)
	if err != nil {
		return nil, err
	}
	out := api.GetServer200JSONResponse{Body: api.ServerView{Server: v.Server, Card: v.Card}}
	if v.Server != nil {
		out.Headers.ETag = etag(v.Server.Version)
	}
	return out, nil
}

// UpdateServer implements api.StrictServerInterface.
func (a *API) UpdateServer(ctx context.Context, req api.UpdateServerRequestObject) (api.UpdateServerResponseObject, error) {
	ctx, r := of(ctx)
	version, err := ifVersion(req.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	s, err := a.Servers.Update(ctx, r.actor, req.ServerID, servers.Update{Name: req.Body.Name, Description: req.Body.Description,
		Visibility: req.Body.Visibility, IfVersion: version})
	if err != nil {
		return nil, err
	}
	return api.UpdateServer200JSONResponse{Body: s, Headers: api.UpdateServer200ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// DeleteServer implements api.StrictServerInterface.
func (a *API) DeleteServer(ctx context.Context, req api.DeleteServerRequestObject) (api.DeleteServerResponseObject, error) {
	ctx, r := of(ctx)
	if err := a.Servers.Delete(ctx, r.actor, req.ServerID); err != nil {
		return nil, err
	}
	return api.DeleteServer204Response{}, nil
}

// JoinServer implements api.StrictServerInterface.
func (a *API) JoinServer(ctx context.Context, req api.JoinServerRequestObject) (api.JoinServerResponseObject, error) {
	ctx, r := of(ctx)
	s, err := a.Members.Join(ctx, r.actor, req.ServerID)
	if err != nil {
		return nil, err
	}
	return api.JoinServer200JSONResponse(s), nil
}

// LeaveServer implements api.StrictServerInterface.
func (a *API) LeaveServer(ctx context.Context, req api.LeaveServerRequestObject) (api.LeaveServerResponseObject, error) {
	ctx, r := of(ctx)
	if err := a.Members.Leave(ctx, r.actor, req.ServerID); err != nil {
		return nil, err
	}
	return api.LeaveServer204Response{}, nil
}

// ListMembers implements api.StrictServerInterface.
func (a *API) ListMembers(ctx context.Context, req api.ListMembersRequestObject) (api.ListMembersResponseObject, error) {
	ctx, r := of(ctx)
	cursor, limit := "", core.DefaultPage
	if req.Params.Cursor != nil {
		cursor = *req.Params.Cursor
	}
	if req.Params.Limit != nil {
		limit = *req.Params.Limit
	}
	page, err := a.Members.List(ctx, r.actor, req.ServerID, cursor, limit)
	if err != nil {
		return nil, err
	}
	out := api.ListMembers200JSONResponse{Items: page.Items}
	if page.Next != "" {
		out.Next = &page.Next
	}
	return out, nil
}

// ListInvites implements api.StrictServerInterface.
func (a *API) ListInvites(ctx context.Context, req api.ListInvitesRequestObject) (api.ListInvitesResponseObject, error) {
	ctx, r := of(ctx)
	list, err := a.Members.ListInvites(ctx, r.actor, req.ServerID)
	if err != nil {
		return nil, err
	}
	return api.ListInvites200JSONResponse{Items: list}, nil
}

// CreateInvite implements api.StrictServerInterface.
func (a *API) CreateInvite(ctx context.Context, req api.CreateInviteRequestObject) (api.CreateInviteResponseObject, error) {
	ctx, r := of(ctx)
	var in members.NewInvite
	if req.Body != nil && req.Body.MaxUses != nil {
		in.MaxUses = *req.Body.MaxUses
	}
	if req.Body != nil && req.Body.ExpiresInS != nil {
		in.Life = time.Duration(*req.Body.ExpiresInS) * time.Second
	}
	inv, err := a.Members.CreateInvite(ctx, r.actor, req.ServerID, in)
	if err != nil {
		return nil, err
	}
	return api.CreateInvite201JSONResponse(inv), nil
}

// GetInvite implements api.StrictServerInterface.
func (a *API) GetInvite(ctx context.Context, req api.GetInviteRequestObject) (api.GetInviteResponseObject, error) {
	ctx, _ = of(ctx)
	inv, err := a.Members.LookAtInvite(ctx, req.Code)
	if err != nil {
		return nil, err
	}
	return api.GetInvite200JSONResponse(inv), nil
}

// RevokeInvite implements api.StrictServerInterface.
func (a *API) RevokeInvite(ctx context.Context, req api.RevokeInviteRequestObject) (api.RevokeInviteResponseObject, error) {
	ctx, r := of(ctx)
	if err := a.Members.RevokeInvite(ctx, r.actor, req.Code); err != nil {
		return nil, err
	}
	return api.RevokeInvite204Response{}, nil
}

// JoinInvite implements api.StrictServerInterface.
func (a *API) JoinInvite(ctx context.Context, req api.JoinInviteRequestObject) (api.JoinInviteResponseObject, error) {
	ctx, r := of(ctx)
	s, err := a.Members.JoinByInvite(ctx, r.actor, req.Code)
	if err != nil {
		return nil, err
	}
	return api.JoinInvite200JSONResponse(s), nil
}

// ListChannels implements api.StrictServerInterface.
func (a *API) ListChannels(ctx context.Context, req api.ListChannelsRequestObject) (api.ListChannelsResponseObject, error) {
	ctx, r := of(ctx)
	list, err := a.Channels.List(ctx, r.actor, req.ServerID)
	if err != nil {
		return nil, err
	}
	return api.ListChannels200JSONResponse{Items: list}, nil
}

// CreateChannel implements api.StrictServerInterface.
func (a *API) CreateChannel(ctx context.Context, req api.CreateChannelRequestObject) (api.CreateChannelResponseObject, error) {
	ctx, r := of(ctx)
	in := channels.New{Name: req.Body.Name, Type: req.Body.Type, Topic: req.Body.Topic}
	if req.Body.ParentID != nil {
		in.Parent = *req.Body.ParentID
	}
	ch, err := a.Channels.Create(ctx, r.actor, req.ServerID, in)
	if err != nil {
		return nil, err
	}
	return api.CreateChannel201JSONResponse(ch), nil
}

// GetChannel implements api.StrictServerInterface.
func (a *API) GetChannel(ctx context.Context, req api.GetChannelRequestObject) (api.GetChannelResponseObject, error) {
	ctx, r := of(ctx)
	ch, err := a.Channels.Get(ctx, r.actor, req.ChannelID)
	if err != nil {
		return nil, err
	}
	return api.GetChannel200JSONResponse{Body: ch, Headers: api.GetChannel200ResponseHeaders{ETag: etag(ch.Version)}}, nil
}

// UpdateChannel implements api.StrictServerInterface.
func (a *API) UpdateChannel(ctx context.Context, req api.UpdateChannelRequestObject) (api.UpdateChannelResponseObject, error) {
	ctx, r := of(ctx)
	version, err := ifVersion(req.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	in := channels.Update{Name: req.Body.Name, Topic: req.Body.Topic, Position: req.Body.Position, IfVersion: version}
	if req.Body.ParentID.Set {
		in.Parent = new(core.ChannelID)
		if v := req.Body.ParentID.Value; v != nil {
			in.Parent = v
		}
	}
	ch, err := a.Channels.Update(ctx, r.actor, req.ChannelID, in)
	if err != nil {
		return nil, err
	}
	return api.UpdateChannel200JSONResponse{Body: ch, Headers: api.UpdateChannel200ResponseHeaders{ETag: etag(ch.Version)}}, nil
}

// DeleteChannel implements api.StrictServerInterface.
func (a *API) DeleteChannel(ctx context.Context, req api.DeleteChannelRequestObject) (api.DeleteChannelResponseObject, error) {
	ctx, r := of(ctx)
	release := req.Params.ReleaseChildren != nil && *req.Params.ReleaseChildren
	if err := a.Channels.Delete(ctx, r.actor, req.ChannelID, release); err != nil {
		return nil, err
	}
	return api.DeleteChannel204Response{}, nil
}
