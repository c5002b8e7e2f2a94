package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/oapi-codegen/runtime"

	"github.com/beep-chat/beep/core"
)

// outcome is a failure as "code" or, for validation, as "pointer code" of every field.
func outcome(failure *core.Error) []string {
	if failure == nil {
		return nil
	}
	if failure.Code != core.CodeValidationFailed {
		return []string{string(failure.Code)}
	}
	list := []string{}
	for _, f := range failure.Fields {
		list = append(list, f.Pointer+" "+string(f.Code))
	}
	return list
}

func TestBody(t *testing.T) {
	v := validator(t)
	content := func(s string) string { return `{"content":"` + s + `"}` }
	for _, c := range []struct {
		name, op, body string
		want           []string
	}{
		{"plain", "sendMessage", content("hi"), nil},
		{"tab and newline", "sendMessage", content(`a\tb\nc`), nil},
		{"line separators", "sendMessage", content("a\u2028b\u2029c") + " \n", nil},
		{"emoji as escapes", "sendMessage", content(`\ud83d\ude00`), nil},
		{"nul escape", "sendMessage", content(`a\u0000b`), []string{"/content control_character"}},
		{"carriage return", "sendMessage", content(`a\r\nb`), []string{"/content control_character"}},
		{"escaped delete", "sendMessage", content(`\u007f`), []string{"/content control_character"}},
		{"raw delete", "sendMessage", content("\x7f"), []string{"/content control_character"}},
		{"raw delete after an escape", "sendMessage", content("\\t\x7f"), []string{"/content control_character"}},
		{"raw C1", "sendMessage", content("\u0085"), []string{"/content control_character"}},
		{"escaped C1", "sendMessage", content(`\u009f`), []string{"/content control_character"}},
		{"raw C1 after an escape", "sendMessage", content("\\t\u0080"), []string{"/content control_character"}},
		{"no-break space is text", "sendMessage", content("\u00a0"), nil},
		{"control in a name", "sendMessage", `{"content":"a","no\u0001nce":"1"}`, []string{"/ control_character", "/no\u0001nce unknown_field"}},
		{"raw control character is no JSON", "sendMessage", content("a\x01"), []string{"bad_json"}},
		{"raw newline is no JSON", "sendMessage", content("a\nb"), []string{"bad_json"}},
		{"lone high surrogate", "sendMessage", content(`\ud83d`), []string{"bad_json"}},
		{"lone low surrogate", "sendMessage", content(`\ude00`), []string{"bad_json"}},
		{"high and high", "sendMessage", content(`\ud83d\ud83d`), []string{"bad_json"}},
		{"bad utf-8", "sendMessage", content("a\xff"), []string{"bad_utf8"}},
		{"overlong utf-8", "sendMessage", content("\xc0\x80"), []string{"bad_utf8"}},
		{"surrogate in utf-8", "sendMessage", content("\xed\xa0\x80"), []string{"bad_utf8"}},
		{"bad utf-8 before bad json", "sendMessage", "{\xff", []string{"bad_utf8"}},
		{"not json", "sendMessage", `hello`, []string{"bad_json"}},
		{"cut off", "sendMessage", `{"content":"a"`, []string{"bad_json"}},
		{"two values", "sendMessage", content("a") + content("b"), []string{"bad_json"}},
		{"trailing comma", "sendMessage", `{"content":"a",}`, []string{"bad_json"}},
		{"twice", "sendMessage", `{"content":"a","content":"b"}`, []string{"bad_json"}},
		{"twice by escape", "sendMessage", `{"content":"a","c\u006fntent":"b"}`, []string{"bad_json"}},
		{"bad escape", "sendMessage", content(`\x`), []string{"bad_json"}},
		{"bad hex", "sendMessage", content(`\u00g0`), []string{"bad_json"}},
		{"leading zero", "createInvite", `{"max_uses":01}`, []string{"bad_json"}},
		{"bare minus", "createInvite", `{"max_uses":-}`, []string{"bad_json"}},
		{"no digits after the point", "createInvite", `{"max_uses":1.}`, []string{"bad_json"}},
		{"too deep", "sendMessage", strings.Repeat("[", 100) + strings.Repeat("]", 100), []string{"bad_json"}},
		{"too large", "sendMessage", content(strings.Repeat("a", MaxBodyBytes)), []string{"body_too_large"}},
		{"missing", "sendMessage", `{}`, []string{"/content required"}},
		{"no body", "sendMessage", ``, []string{"/content required"}},
		{"null body", "sendMessage", ` null `, []string{"/content required"}},
		{"empty text", "sendMessage", content(""), []string{"/content too_short"}},
		{"unknown", "sendMessage", `{"content":"a","colour":1,"Content":"b"}`, []string{"/Content unknown_field", "/colour unknown_field"}},
		{"pointer escapes", "sendMessage", `{"content":"a","a/b~c":1}`, []string{"/a~1b~0c unknown_field"}},
		{"wrong type", "sendMessage", `{"content":7}`, []string{"/content wrong_type"}},
		{"null text", "sendMessage", `{"content":null}`, []string{"/content wrong_type"}},
		{"list instead of object", "sendMessage", `[]`, []string{" wrong_type"}},
		{"nonce of 36 emoji", "sendMessage", `{"content":"a","nonce":"` + strings.Repeat("😀", 36) + `"}`, nil},
		{"nonce of 37", "sendMessage", `{"content":"a","nonce":"` + strings.Repeat("n", 37) + `"}`, []string{"/nonce too_long"}},
		{"id as number", "sendMessage", `{"content":"a","reply_to":12}`, []string{"/reply_to wrong_type"}},
		{"id with sign", "sendMessage", `{"content":"a","reply_to":"-12"}`, []string{"/reply_to bad_format"}},
		{"id beyond 63 bits", "sendMessage", `{"content":"a","reply_to":"9999999999999999999"}`, []string{"/reply_to bad_format"}},
		{"no reply", "sendMessage", `{"content":"a","reply_to":null}`, nil},
		{"several at once", "register", `{"first_name":"","username":"A B","email":"x","password":"short","session":"paper","age":3}`,
			[]string{"/age unknown_field", "/email too_short", "/email bad_format", "/first_name too_short", "/last_name required", "/password too_short", "/session not_allowed_value", "/username bad_format"}},
		{"password of 10 code points", "register", `{"first_name":"a","last_name":"","username":"ada","email":"a@b","password":"éééééééééé"}`, nil},
		{"too small", "createInvite", `{"max_uses":0}`, []string{"/max_uses too_small"}},
		{"too large a number", "createInvite", `{"max_uses":10001}`, []string{"/max_uses too_large"}},
		{"far too large a number", "createInvite", `{"max_uses":1` + strings.Repeat("0", 400) + `}`, []string{"/max_uses wrong_type"}},
		{"fraction", "createInvite", `{"max_uses":1.5}`, []string{"/max_uses wrong_type"}},
		{"whole but written as a fraction", "createInvite", `{"max_uses":1.0}`, []string{"/max_uses wrong_type"}},
		{"exponent", "createInvite", `{"max_uses":1e3}`, []string{"/max_uses wrong_type"}},
		{"no bounds", "createInvite", `{"max_uses":null}`, nil},
		{"optional body absent", "createInvite", "", nil},
		{"optional body null", "createInvite", "null", nil},
		{"no change", "updateMe", "", nil},
		{"neither password nor code", "stepUp", `{}`, []string{" too_short"}},
		{"no body where none is known", "logout", "", nil},
		{"empty object where no body is known", "logout", "{}", nil},
		{"a body where none is known", "logout", `{"a":1}`, []string{"/a unknown_field"}},
		{"nested", "setInterest", `{"session_id":"s","servers":{"1":"active","2":"loud"}}`, []string{"/servers/2 not_allowed_value"}},
		{"anything in a configuration", "updatePlugin", `{"config":{"a":{"b/c":[1.5,{"d":1e3,"e":null}]},"f":"<>"}}`, nil},
		{"a control character in a configuration", "updatePlugin", `{"config":{"a":["x\u0000"]}}`, []string{"/config/a/0 control_character"}},
		{"a number for a configuration", "updatePlugin", `{"config":1.5}`, []string{"/config wrong_type"}},
		{"no configuration", "updatePlugin", `{"config":null}`, []string{"/config wrong_type"}},
		{"a fraction beside the configuration", "updatePlugin", `{"enabled":1.5,"config":{}}`, []string{"/enabled wrong_type"}},
		{"a fraction where the contract knows of nothing", "updatePlugin", `{"enabled":{"a":1.5},"config":{}}`, []string{"/enabled wrong_type", "/enabled/a wrong_type"}},
		{"nothing to change", "updatePlugin", `{}`, []string{" too_short"}},
		{"unknown operation", "fly", `{}`, []string{"internal"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, failure := v.Body(c.op, []byte(c.body))
			if got := outcome(failure); !slices.Equal(got, c.want) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			if failure == nil && value == nil {
				t.Error("accepted without a value")
			}
		})
	}
}

func TestBodyTellsWhereItIsBroken(t *testing.T) {
	v := validator(t)
	for _, c := range []struct {
		name, body   string
		offset, line int
	}{
		{"json", "{\n\n \"content\" 1}", 14, 3},
		{"duplicate", `{"content":"a","content":"b"}`, 15, 1},
		{"end", `{"content":"a"} x`, 16, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, failure := v.Body("sendMessage", []byte(c.body))
			if failure == nil || failure.Params["offset"] != c.offset || failure.Params["line"] != c.line {
				t.Errorf("%+v", failure)
			}
		})
	}
	_, failure := v.Body("sendMessage", []byte("{\"é\xff"))
	if failure == nil || failure.Code != core.CodeBadUTF8 || failure.Params["offset"] != 4 {
		t.Errorf("%+v", failure)
	}
}

func TestBodyBoundsItsProblems(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"content":"a"`)
	for i := range 500 {
		fmt.Fprintf(&b, `,"f%d":1`, i)
	}
	b.WriteString("}")
	_, failure := validator(t).Body("sendMessage", []byte(b.String()))
	if failure == nil || len(failure.Fields) != maxProblems {
		t.Fatalf("%v", failure)
	}
}

func TestBodyParamsFillTheTexts(t *testing.T) {
	v := validator(t)
	_, failure := v.Body("register", []byte(`{"first_name":1,"last_name":"","username":"ada","email":"a@b.c","password":"x","session":"y"}`))
	want := map[string]string{
		"/first_name": "This must be: string.",
		"/password":   "At least 10 needed.",
		"/session":    "This must be one of: token, cookie.",
	}
	for _, f := range failure.Fields {
		if got := Detail(f.Code, f.Params, English); got != want[f.Pointer] {
			t.Errorf("%s: %q", f.Pointer, got)
		}
		delete(want, f.Pointer)
	}
	if len(want) > 0 {
		t.Errorf("missing %v", want)
	}
}

func TestParams(t *testing.T) {
	v := validator(t)
	for _, c := range []struct {
		name, op, query, ifMatch string
		want                     []string
	}{
		{"none", "listMessages", "", "", nil},
		{"good", "listMessages", "limit=100&before=12", "", nil},
		{"limit 0", "listMessages", "limit=0", "", []string{"?limit too_small"}},
		{"limit 101", "listMessages", "limit=101", "", []string{"?limit too_large"}},
		{"limit in words", "listMessages", "limit=ten", "", []string{"?limit wrong_type"}},
		{"limit twice", "listMessages", "limit=1&limit=2", "", []string{"?limit bad_format"}},
		{"several", "listMessages", "limit=0&before=x", "", []string{"?before bad_format", "?limit too_small"}},
		{"unknown are ignored", "listMessages", "utm_source=x", "", nil},
		{"boolean", "deleteChannel", "release_children=true", "", nil},
		{"not a boolean", "deleteChannel", "release_children=1", "", []string{"?release_children wrong_type"}},
		{"etag", "updateServer", "", `"v3"`, nil},
		{"long etag", "updateServer", "", strings.Repeat("v", 65), []string{"If-Match too_long"}},
		{"unknown operation", "fly", "", "", []string{"internal"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			h := http.Header{}
			if c.ifMatch != "" {
				h.Set("If-Match", c.ifMatch)
			}
			got := outcome(v.Params(c.op, q, h))
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestResponseRefusesWhatTheContractDoesNotSay(t *testing.T) {
	v := validator(t)
	full := http.Header{"X-Request-Id": {"r"}, "Content-Type": {"application/json"}}
	problem := http.Header{"X-Request-Id": {"r"}, "Content-Type": {ProblemType}}
	user := `{"id":"1","username":"a","display_name":"a","avatar_url":null}`
	answer := func(code core.Code) string {
		b, _ := Problem(core.E(code, ""), English, "r")
		return string(b)
	}
	for _, c := range []struct {
		name, op string
		status   int
		header   http.Header
		body     string
		ok       bool
	}{
		{"as it is said", "getUser", 200, full, user, true},
		{"unknown operation", "fly", 200, full, user, false},
		{"another status", "getUser", 201, full, user, false},
		{"a member too many", "getUser", 200, full, user[:len(user)-1] + `,"email":"a@b"}`, false},
		{"a member too few", "getUser", 200, full, `{"id":"1"}`, false},
		{"no json", "getUser", 200, full, `<`, false},
		{"another type", "getUser", 200, http.Header{"X-Request-Id": {"r"}, "Content-Type": {"text/html"}}, user, false},
		{"no request id", "getUser", 200, http.Header{"Content-Type": {"application/json"}}, user, false},
		{"a body with 204", "logout", 204, full, user, false},
		{"204", "logout", 204, full, "", true},
		{"a listed code", "getUser", 404, problem, answer(core.CodeNotFound), true},
		{"a code that is not listed", "getUser", 404, problem, answer(core.CodeInviteInvalid), false},
		{"a code with another status", "getUser", 404, problem, strings.Replace(answer(core.CodeNotFound), `"code":"not_found"`, `"code":"internal"`, 1), false},
		{"a stream", "events", 200, http.Header{"X-Request-Id": {"r"}, "Content-Type": {"text/event-stream; charset=utf-8"}}, ":\n\n", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := v.Response(c.op, c.status, c.header, []byte(c.body)); (err == nil) != c.ok {
				t.Errorf("%v", err)
			}
		})
	}
}

// requests are the Go forms of the bodies; what Body accepts must decode into them.
func requests() map[string]any {
	return map[string]any{
		"register": new(RegisterRequest), "login": new(LoginRequest), "refresh": new(RefreshRequest), "stepUp": new(StepUpRequest),
		"updateMe": new(UpdateMeRequest), "changePassword": new(ChangePasswordRequest), "createServer": new(CreateServerRequest),
		"updateServer": new(UpdateServerRequest), "createChannel": new(CreateChannelRequest), "updateChannel": new(UpdateChannelRequest),
		"createInvite": new(CreateInviteRequest), "sendMessage": new(SendMessageRequest), "editMessage": new(EditMessageRequest),
		"markRead": new(MarkReadRequest), "setInterest": new(InterestRequest), "setup": new(SetupRequest),
	}
}

func FuzzBody(f *testing.F) {
	v := validator(f)
	for _, seed := range []string{"", "null", "{}", `{"content":"a\u00e9\ud83d\ude00","nonce":"1","reply_to":"12"}`, `{"max_uses":1e3}`,
		`{"parent_id":null,"position":-0}`, `{"session_id":"a","servers":{"1":"active"}}`, "{\"content\":\"\xff\"}", `[[[[`, `{"a":{"a":1,"a":2}}`,
		`{"first_name":"a","last_name":"b","username":"ada","email":"a@b.c","password":"0123456789"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for op, form := range requests() {
			value, failure := v.Body(op, raw)
			if failure != nil {
				continue
			}
			if err := runtime.BindJSONValue(value, form); err != nil {
				t.Errorf("%s: accepted but not bound: %v", op, err)
			}
			if len(raw) == 0 {
				continue
			}
			if err := json.Unmarshal(raw, form); err != nil && strings.TrimSpace(string(raw)) != "" {
				t.Errorf("%s: accepted but not decoded: %v", op, err)
			}
		}
	})
}

// The scanner must never be more lenient than encoding/json, nor read something else.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e+3,"x\n\u0041",true,false,null]}`, `"\ud83d\ude00"`, " 0 ", "-", "[1,]", "\"\x7f\"", `{"":""}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		value, _, absent, failure := scan(raw)
		if failure != nil || absent {
			return
		}
		var want any
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		got, _ := json.Marshal(value)
		expected, _ := json.Marshal(want)
		if string(got) != string(expected) {
			t.Fatalf("read %s instead of %s", got, expected)
		}
	})
}

func BenchmarkBodySendMessage(b *testing.B) {
	v := validator(b)
	raw := []byte(`{"content":"` + strings.Repeat("Hello wörld, ", 8) + `","nonce":"0190c6f2-7b1e-7c3a-9f5e-2d1a4b6c8e0f","reply_to":"81985529216486700"}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, failure := v.Body("sendMessage", raw); failure != nil {
			b.Fatal(failure)
		}
	}
}
