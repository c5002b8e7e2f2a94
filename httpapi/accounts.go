package httpapi

import (
	"context"
	"time"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
)

// granted makes the answer of a fresh session: tokens in the body, or the cookie.
func (a *API) granted(r *request, g accounts.Grant) api.AuthResult {
	out := api.AuthResult{User: g.User}
	if g.Session == 0 {
		return out
	}
	out.ExpiresAt = &core.Time{Time: g.ExpiresAt}
	if g.Cookie != "" {
		a.setCookie(r, g.Cookie, g.ExpiresAt)
		return out
	}
	out.AccessToken, out.RefreshToken = g.AccessToken, g.RefreshToken
	out.ExpiresIn = int(g.ExpiresAt.Sub(a.Clock()).Round(time.Second).Seconds())
	return out
}

// Register implements api.StrictServerInterface.
func (a *API) Register(ctx context.Context, req api.RegisterRequestObject) (api.RegisterResponseObject, error) {
	ctx, r := of(ctx)
	b := req.Body
	g, err := a.Accounts.Register(ctx, accounts.Register{FirstName: b.FirstName, LastName: b.LastName, Username: b.Username,
		Email: b.Email, Password: b.Password, Locale: string(b.Locale), Invite: b.Invite, Device: r.deviceFor(string(b.Session))})
	if err != nil {
		return nil, err
	}
	return api.Register201JSONResponse(a.granted(r, g)), nil
}

// Setup implements api.StrictServerInterface.
func (a *API) Setup(ctx context.Context, req api.SetupRequestObject) (api.SetupResponseObject, error) {
	ctx, r := of(ctx)
	b := req.Body
	g, err := a.Accounts.Setup(ctx, b.Token, accounts.Register{FirstName: b.FirstName, LastName: b.LastName, Username: b.Username,
		Email: b.Email, Password: b.Password, Locale: string(b.Locale), Device: r.deviceFor(string(b.Session))})
	if err != nil {
		return nil, err
	}
	return api.Setup201JSONResponse(a.granted(r, g)), nil
}

// Login implements api.StrictServerInterface.
func (a *API) Login(ctx context.Context, req api.LoginRequestObject) (api.LoginResponseObject, error) {
	ctx, r := of(ctx)
	g, err := a.Accounts.SignIn(ctx, accounts.SignIn{Login: req.Body.Login, Password: req.Body.Password,
		Device: r.deviceFor(string(req.Body.Session))})
	if err != nil {
		return nil, err
	}
	return api.Login200JSONResponse(a.granted(r, g)), nil
}

// Refresh implements api.StrictServerInterface.
func (a *API) Refresh(ctx context.Context, req api.RefreshRequestObject) (api.RefreshResponseObject, error) {
	ctx, r := of(ctx)
	g, err := a.Accounts.Refresh(ctx, req.Body.RefreshToken)
	if err != nil {
		return nil, err
	}
	return api.Refresh200JSONResponse(a.granted(r, g)), nil
}

// Logout implements api.StrictServerInterface.
func (a *API) Logout(ctx context.Context, _ api.LogoutRequestObject) (api.LogoutResponseObject, error) {
	ctx, r := of(ctx)
	if err := a.Accounts.SignOut(ctx, r.actor); err != nil {
		return nil, err
	}
	a.dropCookie(r)
	return api.Logout204Response{}, nil
}

// LogoutAll implements api.StrictServerInterface.
func (a *API) LogoutAll(ctx context.Context, _ api.LogoutAllRequestObject) (api.LogoutAllResponseObject, error) {
	ctx, r := of(ctx)
	if err := a.Accounts.SignOutEverywhere(ctx, r.actor.User, 0); err != nil {
		return nil, err
	}
	a.dropCookie(r)
	return api.LogoutAll204Response{}, nil
}

func (a *API) dropCookie(r *request) {
	if r.cookie != "" {
		a.setCookie(r, "", time.Unix(1, 0))
	}
}

// StepUp implements api.StrictServerInterface.
func (a *API) StepUp(ctx context.Context, req api.StepUpRequestObject) (api.StepUpResponseObject, error) {
	ctx, r := of(ctx)
	if err := a.Accounts.StepUp(ctx, r.actor, req.Body.Password); err != nil {
		return nil, err
	}
	return api.StepUp204Response{}, nil
}

// ListSessions implements api.StrictServerInterface.
func (a *API) ListSessions(ctx context.Context, _ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	ctx, r := of(ctx)
	list, err := a.Accounts.ListSessions(ctx, r.actor)
	if err != nil {
		return nil, err
	}
	page := api.SessionPage{Items: make([]api.Session, 0, len(list))}
	for _, s := range list {
		page.Items = append(page.Items, api.Session{ID: s.ID, CreatedAt: core.Time{Time: s.CreatedAt},
			LastUsedAt: core.Time{Time: s.LastUsedAt}, UserAgent: s.UserAgent, Current: s.ID == r.actor.Session})
	}
	return api.ListSessions200JSONResponse(page), nil
}

// RevokeSession implements api.StrictServerInterface.
func (a *API) RevokeSession(ctx context.Context, req api.RevokeSessionRequestObject) (api.RevokeSessionResponseObject, error) {
	ctx, r := of(ctx)
	if err := a.Accounts.RevokeSession(ctx, r.actor, req.SessionID); err != nil {
		return nil, err
	}
	if req.SessionID == r.actor.Session {
		a.dropCookie(r)
	}
	return api.RevokeSession204Response{}, nil
}

// GetMe implements api.StrictServerInterface.
func (a *API) GetMe(ctx context.Context, _ api.GetMeRequestObject) (api.GetMeResponseObject, error) {
	ctx, r := of(ctx)
	me, err := a.Accounts.Self(ctx, r.actor.User)
	if err != nil {
		return nil, err
	}
	return api.GetMe200JSONResponse(me), nil
}

// UpdateMe implements api.StrictServerInterface.
func (a *API) UpdateMe(ctx context.Context, req api.UpdateMeRequestObject) (api.UpdateMeResponseObject, error) {
	ctx, r := of(ctx)
	in := accounts.Update{FirstName: req.Body.FirstName, LastName: req.Body.LastName, Username: req.Body.Username}
	if locale := string(req.Body.Locale); locale != "" {
		in.Locale = &locale
	}
	me, err := a.Accounts.Update(ctx, r.actor, in)
	if err != nil {
		return nil, err
	}
	return api.UpdateMe200JSONResponse(me), nil
}

// ChangePassword implements api.StrictServerInterface.
func (a *API) ChangePassword(ctx context.Context, req api.ChangePasswordRequestObject) (api.ChangePasswordResponseObject, error) {
	ctx, r := of(ctx)
	err := a.Accounts.ChangePassword(ctx, r.actor, req.Body.CurrentPassword, req.Body.NewPassword, !req.Body.SignOutOthers)
	if err != nil {
		return nil, err
	}
	return api.ChangePassword204Response{}, nil
}

// GetUser implements api.StrictServerInterface.
func (a *API) GetUser(ctx context.Context, req api.GetUserRequestObject) (api.GetUserResponseObject, error) {
	ctx, _ = of(ctx)
	u, err := a.Accounts.Get(ctx, req.UserID)
	if err != nil {
		return nil, err
	}
	return api.GetUser200JSONResponse(u), nil
}

// GetInstance implements api.StrictServerInterface.
func (a *API) GetInstance(ctx context.Context, _ api.GetInstanceRequestObject) (api.GetInstanceResponseObject, error) {
	ctx, _ = of(ctx)
	pending, err := a.Accounts.SetupPending(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetInstance200JSONResponse{Name: a.Instance.Name, Version: a.Instance.Version, SetupPending: pending,
		Registration: api.Registration(a.Instance.Registration), ValidationRequired: a.Instance.ValidationRequired,
		Limits: api.InstanceLimits{BodyBytes: api.MaxBodyBytes, MessageCharacters: a.Limits.MessageCharacters,
			MessageRate: a.Limits.MessageRate.String(), ServersPerUser: a.Limits.ServersPerUser, StreamsPerUser: a.Limits.StreamsPerUser},
	}, nil
}
