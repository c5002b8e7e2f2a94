package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
)

// routes is the whole API, one line an operation: who may ask, then what answers. Rights are asked for in core, where
// every road ends; a test finds the operation that never asks.
func (a *API) routes(e *gin.Engine) {
	e.Use(a.observe, a.recoverPanic)
	w := a.operations()
	v := e.Group("/api/v1")
	on := func(method, path, operation string, who gin.HandlerFunc, h ...gin.HandlerFunc) {
		v.Handle(method, path, append([]gin.HandlerFunc{a.begin(operation), who, a.limitRequests, a.checkRequest(operation)}, h...)...)
	}

	on("GET", "/instance", "getInstance", a.anyone, w.GetInstance)
	on("POST", "/setup", "setup", a.anyone, w.Setup)

	on("POST", "/auth/register", "register", a.anyone, w.Register)
	on("POST", "/auth/login", "login", a.anyone, w.Login)
	on("POST", "/auth/refresh", "refresh", a.anyone, w.Refresh)
	on("POST", "/auth/logout", "logout", a.signedIn, w.Logout)
	on("POST", "/auth/logout-all", "logoutAll", a.signedIn, w.LogoutAll)
	on("POST", "/auth/step-up", "stepUp", a.signedIn, w.StepUp)
	on("GET", "/auth/sessions", "listSessions", a.signedIn, w.ListSessions)
	on("DELETE", "/auth/sessions/:session_id", "revokeSession", a.signedIn, w.RevokeSession)

	on("GET", "/users/@me", "getMe", a.signedIn, w.GetMe)
	on("PATCH", "/users/@me", "updateMe", a.signedIn, w.UpdateMe)
	on("PUT", "/users/@me/password", "changePassword", a.signedIn, w.ChangePassword)
	on("GET", "/users/@me/servers", "listMyServers", a.signedIn, w.ListMyServers)
	on("GET", "/users/:user_id", "getUser", a.signedIn, w.GetUser)

	on("POST", "/servers", "createServer", a.signedIn, a.once("createServer"), w.CreateServer)
	on("GET", "/servers/:server_id", "getServer", a.signedIn, w.GetServer)
	on("PATCH", "/servers/:server_id", "updateServer", a.signedIn, w.UpdateServer)
	on("DELETE", "/servers/:server_id", "deleteServer", a.signedIn, w.DeleteServer)
	on("POST", "/servers/:server_id/join", "joinServer", a.signedIn, w.JoinServer)
	on("GET", "/servers/:server_id/members", "listMembers", a.signedIn, w.ListMembers)
	on("DELETE", "/servers/:server_id/members/@me", "leaveServer", a.signedIn, w.LeaveServer)
	on("GET", "/servers/:server_id/invites", "listInvites", a.signedIn, w.ListInvites)
	on("POST", "/servers/:server_id/invites", "createInvite", a.signedIn, a.once("createInvite"), w.CreateInvite)
	on("GET", "/servers/:server_id/plugins", "listPlugins", a.signedIn, w.ListPlugins)
	on("GET", "/servers/:server_id/plugins/:plugin_id", "getPlugin", a.signedIn, w.GetPlugin)
	on("PATCH", "/servers/:server_id/plugins/:plugin_id", "updatePlugin", a.signedIn, w.UpdatePlugin)
	on("POST", "/servers/:server_id/plugins/:plugin_id/try", "tryPlugin", a.signedIn, w.TryPlugin)
	on("GET", "/servers/:server_id/plugins/:plugin_id/verdicts", "listVerdicts", a.signedIn, w.ListVerdicts)
	on("GET", "/invites/:code", "getInvite", a.anyone, w.GetInvite)
	on("DELETE", "/invites/:code", "revokeInvite", a.signedIn, w.RevokeInvite)
	on("POST", "/invites/:code/join", "joinInvite", a.signedIn, w.JoinInvite)

	on("GET", "/servers/:server_id/channels", "listChannels", a.signedIn, w.ListChannels)
	on("POST", "/servers/:server_id/channels", "createChannel", a.signedIn, a.once("createChannel"), w.CreateChannel)
	on("GET", "/channels/:channel_id", "getChannel", a.signedIn, w.GetChannel)
	on("PATCH", "/channels/:channel_id", "updateChannel", a.signedIn, w.UpdateChannel)
	on("DELETE", "/channels/:channel_id", "deleteChannel", a.signedIn, w.DeleteChannel)

	on("POST", "/channels/:channel_id/messages", "sendMessage", a.signedIn, w.SendMessage)
	on("GET", "/channels/:channel_id/messages", "listMessages", a.signedIn, w.ListMessages)
	on("GET", "/channels/:channel_id/messages/:message_id", "getMessage", a.signedIn, w.GetMessage)
	on("PATCH", "/channels/:channel_id/messages/:message_id", "editMessage", a.signedIn, w.EditMessage)
	on("DELETE", "/channels/:channel_id/messages/:message_id", "deleteMessage", a.signedIn, w.DeleteMessage)
	on("PUT", "/channels/:channel_id/read", "markRead", a.signedIn, w.MarkRead)
	on("POST", "/channels/:channel_id/typing", "sendTyping", a.signedIn, w.SendTyping)

	on("GET", "/sync", "sync", a.signedIn, w.Sync)
	on("POST", "/events/ticket", "createEventTicket", a.signedIn, w.CreateEventTicket)
	on("PUT", "/events/interest", "setInterest", a.signedIn, w.SetInterest)
	on("GET", "/events", "events", a.signedInOrTicket, a.stream)

	e.NoRoute(a.begin(""), a.elsewhere)
	e.NoMethod(a.begin(""), a.limitRequests, a.wrongMethod)
}

// operations are the generated handlers over the strict ones of this package.
func (a *API) operations() api.ServerInterfaceWrapper {
	strict := api.NewStrictHandlerWithOptions(a, []api.StrictMiddlewareFunc{a.noteRates}, api.StrictGinServerOptions{
		RequestErrorHandlerFunc:  func(c *gin.Context, err error) { a.fail(c, core.E(core.CodeBadJSON, "bind body").Because(err)) },
		HandlerErrorFunc:         a.fail,
		ResponseErrorHandlerFunc: a.fail,
	})
	return api.ServerInterfaceWrapper{Handler: strict, ErrorHandler: a.badParameter}
}

// badParameter answers what the generated code cannot bind. Query parameters were checked by the contract before, so this
// is a path segment that is no id: a thing that does not exist.
func (a *API) badParameter(c *gin.Context, err error, _ int) {
	a.fail(c, core.E(core.CodeNotFound, "bind parameter").Because(err))
}

// wrongMethod answers where the path exists with other methods; Gin has put them into Allow.
func (a *API) wrongMethod(c *gin.Context) {
	a.fail(c, core.E(core.CodeMethodNotAllowed, "route").With("method", c.Request.Method))
}

// elsewhere hands what is not the API to the web handler.
func (a *API) elsewhere(c *gin.Context) {
	inAPI := len(c.Request.URL.Path) >= 5 && c.Request.URL.Path[:5] == "/api/"
	switch {
	case c.Request.URL.Path == "/api/openapi.yaml":
		c.Data(http.StatusOK, "application/yaml; charset=utf-8", api.Spec())
	case inAPI || a.Web == nil:
		if a.limitRequests(c); c.IsAborted() {
			return
		}
		a.fail(c, core.E(core.CodeRouteNotFound, "route"))
	default:
		c.Status(http.StatusOK) // Gin has put 404 there
		a.Web.ServeHTTP(c.Writer, c.Request)
	}
}
