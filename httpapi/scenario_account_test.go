package httpapi_test

import "github.com/beep-chat/beep/httpapi/apitest"

func accountScenarios() []scenario {
	dora := apitest.RegisterBody("dora")
	return []scenario{
		{name: "anyone", op: "getInstance", as: "guest", status: 200, has: M{"name": "Beep", "registration": "open",
			"setup_pending": true, "limits.body_bytes": 65536, "limits.message_rate": "0"}},
		{name: "new account", op: "register", as: "guest", body: dora, status: 201, has: M{"user.username": "dora",
			"user.display_name": "Dora", "user.validated": true, "expires_in": 600}},
		{name: "cookie", op: "register", as: "guest", body: with(dora, "session", "cookie"), status: 201,
			has: M{"access_token": nil, "refresh_token": nil, "expires_in": nil}},
		{name: "name taken in another case", op: "register", as: "guest", body: with(dora, "username", "ADA"), status: 409, code: "username_taken"},
		{name: "mail taken in another case", op: "register", as: "guest", body: with(dora, "email", "Ada@Example.org"), status: 409, code: "email_taken"},
		{name: "password is the username", op: "register", as: "guest", body: with(with(dora, "username", "dorothea-x"), "password", "dorothea-x"),
			status: 422, code: "validation_failed", has: M{"errors.0.code": "password_is_identity"}},
		{name: "common password", op: "register", as: "guest", body: with(dora, "password", "1234567890"), status: 422,
			code: "validation_failed", has: M{"errors.0.code": "password_too_common", "errors.0.pointer": "/password"}},
		{name: "wrong token", op: "setup", as: "guest", body: with(dora, "token", "beep_setup_0_x"), status: 403, code: "setup_token_invalid"},
		{name: "first administrator", op: "setup", as: "guest", body: `{"token": "{setup}", "first_name": "Dora", "last_name": "D", "username": "dora",
			"email": "dora@example.org", "password": "correct horse battery"}`, status: 201, has: M{"user.platform_role": "application_administrator"}},
		{name: "by username", op: "login", as: "guest", body: M{"login": "ada", "password": apitest.Password}, status: 200, has: M{"user.id": "{ada}"}},
		{name: "by mail in another case", op: "login", as: "guest", body: M{"login": "ADA@example.org", "password": apitest.Password}, status: 200},
		{name: "wrong password", op: "login", as: "guest", body: M{"login": "ada", "password": "wrong horse battery"}, status: 401, code: "invalid_credentials"},
		{name: "nobody", op: "login", as: "guest", body: M{"login": "zoe", "password": apitest.Password}, status: 401, code: "invalid_credentials"},
		{name: "rotates", op: "refresh", as: "guest", body: `{"refresh_token": "{refresh}"}`, status: 200, has: M{"user.id": "{bob}", "expires_in": 600}},
		{name: "no token", op: "refresh", as: "guest", body: M{"refresh_token": "nonsense"}, status: 401, code: "session_expired"},
		{name: "ends the session", op: "logout", as: "bob", status: 204, fires: []string{"session.revoked"}},
		{name: "guest", op: "logout", as: "guest", status: 401, code: "unauthenticated"},
		{name: "ends every session", op: "logoutAll", as: "bob", status: 204, fires: []string{"session.revoked"}},
		{name: "guest", op: "logoutAll", as: "guest", status: 401, code: "unauthenticated"},
		{name: "right password", op: "stepUp", as: "bob", body: M{"password": apitest.Password}, status: 204},
		{name: "wrong password", op: "stepUp", as: "bob", body: M{"password": "wrong"}, status: 403, code: "step_up_required"},
		{name: "second factor that nobody has", op: "stepUp", as: "bob", body: M{"totp": "123456"}, status: 403, code: "step_up_required"},
		{name: "guest", op: "stepUp", as: "guest", body: M{"password": apitest.Password}, status: 401, code: "unauthenticated"},
		{name: "own", op: "listSessions", as: "bob", status: 200, has: M{"items.0.current": true, "next": nil}},
		{name: "guest", op: "listSessions", as: "guest", status: 401, code: "unauthenticated"},
		{name: "own", op: "revokeSession", as: "bob", path: "/auth/sessions/{session}", status: 204, fires: []string{"session.revoked"}},
		{name: "foreign", op: "revokeSession", as: "eve", path: "/auth/sessions/{session}", status: 404, code: "not_found"},
		{name: "unknown", op: "revokeSession", as: "bob", path: "/auth/sessions/{nothing}", status: 404, code: "not_found"},
		{name: "own", op: "getMe", as: "bob", status: 200, has: M{"id": "{bob}", "email": "bob@example.org", "provider": "VANILLA", "locale": "en"}},
		{name: "guest", op: "getMe", as: "guest", status: 401, code: "unauthenticated"},
		{name: "names", op: "updateMe", as: "bob", body: M{"first_name": " Robert ", "last_name": ""}, status: 200,
			has: M{"first_name": "Robert", "display_name": "Robert", "version": 2}, fires: []string{"user.updated", "member.updated", "member.updated"}},
		{name: "nothing changes", op: "updateMe", as: "bob", body: M{"first_name": "Bob"}, status: 200, has: M{"version": 1}},
		{name: "no body", op: "updateMe", as: "bob", status: 200, has: M{"version": 1}},
		{name: "username", op: "updateMe", as: "eve", body: M{"username": "Eva", "locale": "fr"}, status: 200,
			has: M{"username": "eva", "locale": "fr"}, fires: []string{"user.updated"}},
		{name: "username taken", op: "updateMe", as: "eve", body: M{"username": "Bob"}, status: 409, code: "username_taken"},
		{name: "blank name", op: "updateMe", as: "eve", body: M{"first_name": "  "}, status: 422, code: "validation_failed", has: M{"errors.0.code": "empty"}},
		{name: "changed", op: "changePassword", as: "bob", body: M{"current_password": apitest.Password, "new_password": "staple weather violin"}, status: 204},
		{name: "wrong", op: "changePassword", as: "bob", body: M{"current_password": "wrong", "new_password": "staple weather violin"}, status: 403, code: "password_wrong"},
		{name: "new one is the product's name", op: "changePassword", as: "bob", body: M{"current_password": apitest.Password, "new_password": "bob@example.org"},
			status: 422, code: "validation_failed", has: M{"errors.0.code": "password_is_identity", "errors.0.pointer": "/new_password"}},
		{name: "anyone", op: "getUser", as: "eve", path: "/users/{ada}", status: 200, has: M{"username": "ada", "email": nil}},
		{name: "unknown", op: "getUser", as: "eve", path: "/users/{nothing}", status: 404, code: "not_found"},
		{name: "guest", op: "getUser", as: "guest", path: "/users/{ada}", status: 401, code: "unauthenticated"},
		{name: "member", op: "listMyServers", as: "bob", status: 200, has: M{"items.0.id": "{public}", "items.1.id": "{private}", "items.2": nil, "next": nil}},
		{name: "none", op: "listMyServers", as: "eve", status: 200, has: M{"items.0": nil}},
	}
}

// with gives a copy of an object with one member set.
func with(m M, name string, value any) M {
	c := M{name: value}
	for k, v := range m {
		if k != name {
			c[k] = v
		}
	}
	return c
}
