package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/beep-chat/beep/core"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// shared is one Validator for all tests: it is immutable and costs some 70 ms under the race detector.
var shared = sync.OnceValues(NewValidator)

func validator(t testing.TB) *Validator {
	t.Helper()
	v, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// eachOperation runs a subtest for every operation of the contract.
func eachOperation(t *testing.T, fn func(t *testing.T, path, method string, op *openapi3.Operation)) {
	t.Helper()
	n := 0
	for path, item := range document(t).Paths.Map() {
		for method, op := range item.Operations() {
			n++
			t.Run(op.OperationID, func(t *testing.T) { fn(t, path, method, op) })
		}
	}
	if n < 48 {
		t.Fatalf("only %d operations", n)
	}
}

func TestEveryRequestExampleIsAccepted(t *testing.T) {
	v := validator(t)
	eachOperation(t, func(t *testing.T, _, _ string, op *openapi3.Operation) {
		if op.RequestBody != nil {
			example := op.RequestBody.Value.GetMediaType("application/json").Example
			if example == nil {
				t.Fatal("the body has no example")
			}
			raw, err := json.Marshal(example)
			if err != nil {
				t.Fatal(err)
			}
			if _, failure := v.Body(op.OperationID, raw); failure != nil {
				t.Fatalf("%v %+v", failure, failure.Fields)
			}
		}
		query, header := url.Values{}, http.Header{}
		for _, p := range op.Parameters {
			raw, _ := json.Marshal(p.Value.Example)
			text := strings.Trim(string(raw), `"`)
			switch {
			case p.Value.Example == nil && p.Value.Required:
				t.Errorf("parameter %s has no example", p.Value.Name)
			case p.Value.Example == nil:
			case p.Value.In == "query":
				query.Set(p.Value.Name, text)
			case p.Value.In == "header":
				header.Set(p.Value.Name, p.Value.Example.(string))
			}
		}
		if failure := v.Params(op.OperationID, query, header); failure != nil {
			t.Fatalf("%v %+v", failure, failure.Fields)
		}
	})
}

func TestEveryAnswerExampleIsInTheContract(t *testing.T) {
	v := validator(t)
	header := http.Header{"X-Request-Id": {"r"}, "Retry-After": {"3"}}
	eachOperation(t, func(t *testing.T, _, _ string, op *openapi3.Operation) {
		for status, r := range documented(t, v)[op.OperationID] {
			if len(r.Content) == 0 {
				if err := v.Response(op.OperationID, status, header, nil); err != nil {
					t.Error(err)
				}
			}
			for kind, media := range r.Content {
				if media.Example == nil {
					t.Fatalf("%d has no example", status)
				}
				if !strings.HasSuffix(kind, "json") {
					continue
				}
				body, err := json.Marshal(media.Example)
				if err != nil {
					t.Fatal(err)
				}
				h := header.Clone()
				h.Set("Content-Type", kind+"; charset=utf-8")
				if err := v.Response(op.OperationID, status, h, body); err != nil && !listedElsewhere(err) {
					t.Error(err)
				}
			}
		}
	})
}

// listedElsewhere: a problem example is shared by all operations with its status, so its code may be another's.
func listedElsewhere(err error) bool {
	return strings.Contains(err.Error(), "is not among its x-error-codes")
}

func TestErrorCodesAreInTheCatalogueAndStatusesMatch(t *testing.T) {
	eachOperation(t, func(t *testing.T, _, method string, op *openapi3.Operation) {
		o := validator(t).ops[op.OperationID]
		want := map[int]bool{}
		for _, code := range o.codes {
			if !Known(code) {
				t.Errorf("unknown code %s", code)
			}
			want[Status(code)] = true
		}
		for status := range documented(t, validator(t))[o.id] {
			if status >= 400 && !want[status] {
				t.Errorf("answer %d has no code", status)
			}
			delete(want, status)
		}
		for status := range want {
			t.Errorf("answer %d is missing", status)
		}
		if op.Security == nil && !slices.Contains(o.codes, core.CodeUnauthenticated) {
			t.Error("needs a session but cannot answer unauthenticated")
		}
		if method != http.MethodGet && !slices.Contains(o.codes, core.CodeCrossOrigin) {
			t.Error("changes something but cannot answer cross_origin")
		}
	})
}

// The scanner refuses numbers with a fraction or an exponent, and handlers decode integers into int: both need this. Only what
// is named to be checked by a plugin is open.
func TestRequestBodiesAreClosedAndBounded(t *testing.T) {
	eachOperation(t, func(t *testing.T, _, _ string, op *openapi3.Operation) {
		if op.RequestBody != nil {
			checkBounded(t, "", op.RequestBody.Value.GetMediaType("application/json").Schema.Value)
		}
	})
}

func checkBounded(t *testing.T, at string, s *openapi3.Schema) {
	t.Helper()
	switch {
	case s.Extensions["x-checked-by"] == "plugin": // its bounds are those of the body and of core/plugins
	case s.Type.Is("object"):
		more := s.AdditionalProperties
		if (more.Has == nil || *more.Has) && more.Schema == nil {
			t.Errorf("%s: unknown fields are not refused", at)
		}
		if more.Schema != nil {
			if s.MaxProps == nil {
				t.Errorf("%s: maxProperties is missing", at)
			}
			checkBounded(t, at+"/*", more.Schema.Value)
		}
		for name, p := range s.Properties {
			checkBounded(t, at+"/"+name, p.Value)
		}
	case s.Type.Is("string"):
		if s.MaxLength == nil && s.Pattern == "" && len(s.Enum) == 0 {
			t.Errorf("%s: a string without bound", at)
		}
	case s.Type.Is("integer"):
		if s.Min == nil || s.Max == nil || *s.Max > 1<<53 {
			t.Errorf("%s: an integer without bounds", at)
		}
	case s.Type.Is("boolean"):
	default:
		t.Errorf("%s: type %v is not expected in a request", at, s.Type)
	}
}

func TestCatalogue(t *testing.T) {
	codes := Codes()
	if len(codes) < 65 {
		t.Fatalf("only %d codes", len(codes))
	}
	for _, code := range codes {
		e := find(code)
		if e.code != code || e.status < 400 || e.status > 599 {
			t.Errorf("%s: entry %+v", code, e)
		}
		for _, lang := range []Lang{English, French} {
			if e.title.in(lang) == "" || e.detail.in(lang) == "" {
				t.Errorf("%s: no text in %s", code, lang)
			}
		}
		if e.retryable && e.status < 429 {
			t.Errorf("%s: retryable with status %d", code, e.status)
		}
	}
}

func TestPermissionNamesAreCores(t *testing.T) {
	var names []string
	for _, v := range document(t).Components.Schemas["Permissions"].Value.Items.Value.Enum {
		names = append(names, v.(string))
	}
	if want := core.AllPermissions.Names(); !slices.Equal(names, want) {
		t.Errorf("contract %v\ncore     %v", names, want)
	}
}

// Core's values must read as the contract says, since handlers return them as they are.
func TestCoreValuesFitTheContract(t *testing.T) {
	v := validator(t)
	header := http.Header{"X-Request-Id": {"r"}, "Content-Type": {"application/json"}}
	user := core.User{ID: 1, Username: "ada", Locale: "en", Provider: core.ProviderVanilla, CreatedAt: core.ID[int](1).Time()}
	at := core.Time{Time: user.CreatedAt}
	none := core.Mentions{Users: []core.UserID{}, Roles: []core.RoleID{}, Channels: []core.ChannelID{}}
	message := core.Message{ID: 5, ChannelID: 2, ServerID: 3, Type: core.MessageText, Author: user.Public(), Mentions: none,
		Attachments: []core.Attachment{}, Embeds: []core.Embed{}, Reactions: []core.Reaction{}, CreatedAt: at, Version: 1}
	reply := message
	reply.ReplyTo = &core.ReplyExcerpt{ID: 4}
	server := core.Server{ID: 3, OwnerID: 1, Visibility: core.Public, Template: core.OpenTemplate, CreatedAt: at}
	card := core.ServerCard{ID: 3, Visibility: core.Public}
	parent := core.ChannelID(9)
	for name, c := range map[string]struct {
		op    string
		value any
	}{
		"self user":           {"getMe", user.Self()},
		"public user":         {"getUser", user.Public()},
		"message":             {"getMessage", message},
		"reply":               {"getMessage", reply},
		"server":              {"getServer", server},
		"card":                {"getServer", card},
		"channel":             {"getChannel", core.Channel{ID: 2, ServerID: 3, Type: core.TextChannel, ParentID: &parent, CreatedAt: at}},
		"member":              {"listMembers", MemberPage{Items: []Member{{ServerID: 3, User: user.Public(), RoleIDs: []core.RoleID{}, JoinedAt: at}}}},
		"invite":              {"getInvite", core.Invite{Server: card, CreatorID: 1, CreatedAt: at}},
		"sync, nothing read":  {"sync", Sync{User: user.Self(), Servers: []SyncServer{{Server: server, Channels: []Channel{}, Member: Member{ServerID: 3, User: user.Public(), RoleIDs: []core.RoleID{}, JoinedAt: at}, PermissionsBits: "0", LastMessageIDs: map[core.ChannelID]core.MessageID{2: 5}, ReadStates: []ReadState{{ChannelID: 2}}}}}},
		"empty list of pages": {"listMessages", MessageList{}},
		"plugin":              {"getPlugin", core.ServerPlugin{ID: "a.b", Name: core.Text{"en": "A"}, Description: core.Text{"en": "B"}, Hooks: []core.Hook{core.HookModerate}, State: core.PluginReady, Resting: []core.Hook{}, OnFailure: core.FailOpen, Config: json.RawMessage("{}")}},
		"trial":               {"tryPlugin", core.PluginTrial{Action: core.ActionAllow}},
		"verdict":             {"listVerdicts", PluginVerdictList{Verdicts: []core.PluginVerdict{{ID: 1, CreatedAt: at, ChannelID: 2, Author: user.Public(), MessageID: 3, Action: core.ActionFlag}}}},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := json.Marshal(c.value)
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Response(c.op, 200, header, body); err != nil {
				t.Errorf("%s\n%v", body, err)
			}
		})
	}
}

func documented(t *testing.T, v *Validator) answers {
	t.Helper()
	all, err := v.answers()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
