package api

import (
	"errors"
	"strings"
	"testing"

	"github.com/beep-chat/beep/core"
)

func TestProblem(t *testing.T) {
	limited := core.E(core.CodeRateLimited, "send message").With("retry_after_ms", int64(2400)).With("policy", "message")
	twoTongues := core.E(core.CodeMessageRejected, "").With("reason", core.Text{"en": "No links here.", "fr": "Pas de liens ici."}).With("plugin", "a.b")
	for _, c := range []struct {
		name   string
		err    *core.Error
		lang   Lang
		status int
		body   string
	}{
		{"rate, en", limited, English, 429, `{"type":"/docs/errors#rate_limited","title":"Too Many Requests","status":429,"detail":"You are going a little fast. Try again in 3 s.","instance":"r1","code":"rate_limited","params":{"policy":"message","retry_after_ms":2400}}`},
		{"rate, fr", limited, French, 429, `{"type":"/docs/errors#rate_limited","title":"Trop de requêtes","status":429,"detail":"Vous allez un peu vite. Réessayez dans 3 s.","instance":"r1","code":"rate_limited","params":{"policy":"message","retry_after_ms":2400}}`},
		{"param missing", core.E(core.CodeServersLimit, ""), English, 422, `{"type":"/docs/errors#servers_limit","title":"Too many servers","status":422,"detail":"Too many servers","instance":"r1","code":"servers_limit"}`},
		{"the cause stays behind", core.E(core.CodeInternal, "op").With("dsn", "secret").Because(errors.New("disk on fire")), English, 500, `{"type":"/docs/errors#internal","title":"Something went wrong","status":500,"detail":"Beep made a mistake; it has been noted. Please try again in a moment.","instance":"r1","code":"internal"}`},
		{"unknown code", core.E("no_such_code", ""), English, 500, `{"type":"/docs/errors#internal","title":"Something went wrong","status":500,"detail":"Beep made a mistake; it has been noted. Please try again in a moment.","instance":"r1","code":"internal"}`},
		{"fields", core.Invalid("op", "/name", core.CodeTooLong, map[string]any{"max": 100}), French, 422, `{"type":"/docs/errors#validation_failed","title":"Certains champs sont à revoir","status":422,"detail":"Veuillez corriger les champs indiqués.","instance":"r1","code":"validation_failed","errors":[{"pointer":"/name","code":"too_long","detail":"100 au maximum."}]}`},
		{"reason of a plugin", core.E(core.CodeMessageRejected, "").With("reason", "No links here."), English, 422, `{"type":"/docs/errors#message_rejected","title":"Message not accepted","status":422,"detail":"No links here.","instance":"r1","code":"message_rejected","params":{"reason":"No links here."}}`},
		{"reason in two languages, en", twoTongues, English, 422, `{"type":"/docs/errors#message_rejected","title":"Message not accepted","status":422,"detail":"No links here.","instance":"r1","code":"message_rejected","params":{"plugin":"a.b","reason":"No links here."}}`},
		{"reason in two languages, fr", twoTongues, French, 422, `{"type":"/docs/errors#message_rejected","title":"Message refusé","status":422,"detail":"Pas de liens ici.","instance":"r1","code":"message_rejected","params":{"plugin":"a.b","reason":"Pas de liens ici."}}`},
		{"reason in one language", core.E(core.CodeMessageRejected, "").With("reason", core.Text{"en": "No."}), French, 422, `{"type":"/docs/errors#message_rejected","title":"Message refusé","status":422,"detail":"No.","instance":"r1","code":"message_rejected","params":{"reason":"No."}}`},
		{"a plugin's own words about a field", core.Invalid("op", "/config/words", core.CodeRefusedByPlugin, map[string]any{"message": core.Text{"en": "Too many.", "fr": "Trop."}}), French, 422, `{"type":"/docs/errors#validation_failed","title":"Certains champs sont à revoir","status":422,"detail":"Veuillez corriger les champs indiqués.","instance":"r1","code":"validation_failed","errors":[{"pointer":"/config/words","code":"refused_by_plugin","detail":"Trop."}]}`},
		{"param JSON cannot say", core.E(core.CodeBanned, "").With("f", func() {}), English, 403, `{"type":"/docs/errors#banned","title":"You are banned here","status":403,"detail":"You have been banned from this server.","instance":"r1","code":"banned"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			body, status := Problem(c.err, c.lang, "r1")
			if status != c.status || string(body) != c.body {
				t.Errorf("%d\ngot  %s\nwant %s", status, body, c.body)
			}
		})
	}
}

func TestAcceptLanguage(t *testing.T) {
	for header, want := range map[string]Lang{
		"":                               English,
		"fr":                             French,
		"fr-CA, en;q=0.9":                French,
		"FR-fr":                          French,
		"en, fr":                         English,
		"fr, en":                         French,
		"en;q=0.5, fr;q=0.8":             French,
		"de, fr;q=0.1":                   French,
		"de":                             English,
		"fr;q=0":                         English,
		"fr;q=zero, en;q=0.1":            English,
		"fr;q=2":                         English,
		"fr;q=NaN":                       English,
		"*, fr;q=0.5":                    English,
		"fr ; q=0.5 , en ; q=0.4":        French,
		"french":                         English,
		strings.Repeat("de,", 40) + "fr": English,
		strings.Repeat("de,", 31) + "fr": French,
	} {
		t.Run(header, func(t *testing.T) {
			if got := AcceptLanguage(header); got != want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestETag(t *testing.T) {
	if v, ok := ParseETag(ETag(17)); !ok || v != 17 {
		t.Errorf("%d %v", v, ok)
	}
	for _, bad := range []string{"", "*", `v3`, `"v3`, `"3"`, `W/"v3"`, `"v-1"`, `"v3", "v4"`} {
		if _, ok := ParseETag(bad); ok {
			t.Errorf("%q was read", bad)
		}
	}
}
