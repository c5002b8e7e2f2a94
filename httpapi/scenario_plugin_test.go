package httpapi_test

import (
	"strings"

	"github.com/beep-chat/beep/core/plugins/plugintest"
)

// Paths of the plugins of plugintest.
const (
	slowPlugin     = "/servers/{public}/plugins/chat.beep.slow"
	plainPlugin    = "/servers/{public}/plugins/chat.beep.plain"
	markdownPlugin = "/servers/{public}/plugins/chat.beep.markdown"
)

func pluginScenarios() []scenario {
	list := []scenario{
		{name: "owner", op: "listPlugins", as: "ada", status: 200, has: M{"plugins.0.plugin_id": "chat.beep.moderation", "plugins.0.state": "ready",
			"plugins.0.resting.0": "message.moderate", "plugins.0.enabled": false, "plugins.0.on_failure": "open", "plugins.0.revision": 0,
			"plugins.0.config.strict": false, "plugins.0.config_schema.type": "object", "plugins.1.plugin_id": "chat.beep.plain",
			"plugins.1.config_schema": nil, "plugins.2.state": "compiling", "plugins.3": nil}},
		{name: "owner", op: "getPlugin", as: "ada", status: 200, has: M{"name.fr": "Moderation", "hooks.0": "message.moderate", "version": "1.0.0"}},
		{name: "not a server's business", op: "getPlugin", as: "ada", path: markdownPlugin, status: 404, code: "not_found"},
		{name: "unknown", op: "getPlugin", as: "ada", path: "/servers/{public}/plugins/com.example.none", status: 404, code: "not_found"},
		{name: "owner", op: "listVerdicts", as: "ada", status: 200, has: M{"verdicts.0": nil}},
		{name: "not an id", op: "listVerdicts", as: "ada", path: "/servers/{public}/plugins/chat.beep.moderation/verdicts?before=x", status: 422,
			code: "validation_failed", has: M{"errors.0.pointer": "?before"}},
		{name: "limit 101", op: "listVerdicts", as: "ada", path: "/servers/{public}/plugins/chat.beep.moderation/verdicts?limit=101", status: 422,
			code: "validation_failed", has: M{"errors.0.pointer": "?limit", "errors.0.code": "too_large"}},
	}
	list = append(list, pluginUpdateScenarios()...)
	list = append(list, pluginTryScenarios()...)
	for _, op := range []string{"listPlugins", "getPlugin", "updatePlugin", "tryPlugin", "listVerdicts"} {
		body := map[string]any{"updatePlugin": M{"enabled": true}, "tryPlugin": M{"content": "x"}}[op]
		list = append(list,
			scenario{name: "member", op: op, as: "bob", body: body, status: 403, code: "forbidden"},
			scenario{name: "neither", op: op, as: "eve", body: body, status: 404, code: "not_found"},
			scenario{name: "guest", op: op, as: "guest", body: body, status: 401, code: "unauthenticated"})
	}
	return list
}

func pluginUpdateScenarios() []scenario {
	refused := func(name, config string, has M) scenario {
		return scenario{name: name, op: "updatePlugin", as: "ada", body: `{"enabled": true, "config": ` + config + `}`, status: 422, code: "validation_failed", has: has}
	}
	return []scenario{
		{name: "on", op: "updatePlugin", as: "ada", body: M{"enabled": true}, status: 200,
			has: M{"enabled": true, "dry_run": false, "revision": 1, "config.strict": false, "config.words": nil}, fires: []string{"plugin.updated"}},
		{name: "everything", op: "updatePlugin", as: "ada", body: M{"enabled": true, "dry_run": true, "on_failure": "closed", "config": M{"words": []string{"<spam>"}}},
			status: 200, has: M{"dry_run": true, "on_failure": "closed", "config.words.0": "<spam>", "config.strict": false}, fires: []string{"plugin.updated"}},
		{name: "compiling", op: "updatePlugin", as: "ada", path: slowPlugin, body: M{"enabled": true}, status: 200, has: M{"state": "compiling", "enabled": true},
			fires: []string{"plugin.updated"}},
		{name: "compiling, asked about a configuration", op: "updatePlugin", as: "ada", path: slowPlugin, body: M{"config": M{}}, status: 503,
			code: "plugin_unavailable", has: M{"params.plugin": "chat.beep.slow", "params.hook": "lifecycle.config_changed"}},
		{name: "nothing to configure", op: "updatePlugin", as: "ada", path: plainPlugin, body: M{"config": M{"a": 1}}, status: 422,
			code: "validation_failed", has: M{"errors.0.pointer": "/config", "errors.0.code": "unknown_field"}},
		{name: "nothing configured", op: "updatePlugin", as: "ada", path: plainPlugin, body: M{"config": M{}}, status: 200, fires: []string{"plugin.updated"}},
		refused("by schema, all at once", `{"strict": 1, "words": [""], "x": null}`, M{"errors.0.pointer": "/config/strict", "errors.0.code": "wrong_type",
			"errors.1.pointer": "/config/words/0", "errors.1.code": "too_short", "errors.2.pointer": "/config/x", "errors.2.code": "unknown_field"}),
		refused("by the plugin", `{"words": ["a", "`+plugintest.Refused+`"]}`, M{"errors.0.pointer": "/config/words/1", "errors.0.code": "refused_by_plugin",
			"errors.0.detail": plugintest.RefusedText["en"], "errors.1": nil}),
		refused("an exponent", `{"x/y": [1, 1e9]}`, M{"errors.0.pointer": "/config/x~1y/1", "errors.0.code": "wrong_type"}),
		refused("a list", `[]`, M{"errors.0.pointer": "/config", "errors.0.code": "wrong_type"}),
		refused("null", `null`, M{"errors.0.pointer": "/config", "errors.0.code": "wrong_type"}),
		{name: "unknown way to fail", op: "updatePlugin", as: "ada", body: M{"on_failure": "ajar"}, status: 422, code: "validation_failed",
			has: M{"errors.0.pointer": "/on_failure", "errors.0.code": "not_allowed_value"}},
		{name: "nothing", op: "updatePlugin", as: "ada", body: M{}, status: 422, code: "validation_failed"},
		{name: "not a server's business", op: "updatePlugin", as: "ada", path: markdownPlugin, body: M{"enabled": true}, status: 404, code: "not_found"},
	}
}

func pluginTryScenarios() []scenario {
	try := func(name, content string, has M) scenario {
		return scenario{name: name, op: "tryPlugin", as: "ada", body: M{"content": content, "config": M{"words": []string{"spam"}}}, status: 200, has: has}
	}
	return []scenario{
		try("allowed", "hello", M{"action": "allow", "reason": nil, "content": nil}),
		try("rejected", "buy spam", M{"action": "reject", "reason.fr": plugintest.Reason["fr"], "rule": "words[0]", "excerpt": "spam"}),
		try("replaced", "swap it", M{"action": "replace", "content": "**** it"}),
		try("flagged", "odd", M{"action": "flag", "rule": "odd"}),
		{name: "as it is stored", op: "tryPlugin", as: "ada", body: M{"content": "buy spam"}, status: 200, has: M{"action": "allow"}},
		{name: "in a channel", op: "tryPlugin", as: "ada", body: `{"content": "x", "channel_id": "{general}"}`, status: 200, has: M{"action": "allow"}},
		{name: "in another server's channel", op: "tryPlugin", as: "ada", body: `{"content": "x", "channel_id": "{den}"}`, status: 404, code: "not_found"},
		{name: "in no channel there is", op: "tryPlugin", as: "ada", body: `{"content": "x", "channel_id": "{nothing}"}`, status: 404, code: "not_found"},
		{name: "fails", op: "tryPlugin", as: "ada", body: M{"content": "broken"}, status: 503, code: "plugin_unavailable",
			has: M{"params.plugin": "chat.beep.moderation", "params.hook": "message.moderate"}},
		{name: "compiling", op: "tryPlugin", as: "ada", path: slowPlugin + "/try", body: M{"content": "x"}, status: 503, code: "plugin_unavailable"},
		{name: "has nothing to say", op: "tryPlugin", as: "ada", path: plainPlugin + "/try", body: M{"content": "x"}, status: 404, code: "not_found"},
		{name: "blank", op: "tryPlugin", as: "ada", body: M{"content": " "}, status: 422, code: "validation_failed", has: M{"errors.0.code": "empty"}},
		{name: "too long", op: "tryPlugin", as: "ada", body: M{"content": strings.Repeat("é", 4001)}, status: 422, code: "validation_failed",
			has: M{"errors.0.code": "too_long", "errors.0.pointer": "/content"}},
		{name: "a configuration that is none", op: "tryPlugin", as: "ada", body: M{"content": "x", "config": M{"strict": 1}}, status: 422,
			code: "validation_failed", has: M{"errors.0.pointer": "/config/strict"}},
	}
}
