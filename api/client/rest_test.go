package client

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/beep-chat/beep/api/wire"
	"github.com/beep-chat/beep/core"
)

func TestRESTClient(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization")+" "+string(body))
		w.Header().Set("Content-Type", "application/json")
		switch r.Method {
		case http.MethodPatch:
			io.WriteString(w, `{"id":"5","server_id":"3","type":"text","name":"a","topic":"","parent_id":null,"position":0,"created_at":"2026-03-01T09:30:00.000Z","version":2}`)
		case http.MethodGet:
			io.WriteString(w, `{"id":"3","name":"card","description":"","visibility":"public","member_count":4,"channel_count":1}`)
		default:
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(429)
			io.WriteString(w, `{"code":"rate_limited","status":429,"detail":"slow","instance":"r9","params":{"retry_after_ms":2400}}`)
		}
	}))
	defer s.Close()
	c, err := NewClientWithResponses(s.URL+"/api/v1", WithRequestEditorFn(Bearer(func() string { return "tok" })))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()

	patched, err := c.UpdateChannelWithResponse(ctx, 5, &UpdateChannelParams{}, UpdateChannelRequest{ParentID: wire.Null[core.ChannelID]()})
	if err != nil || patched.JSON200 == nil || patched.JSON200.Version != 2 || Check(patched.HTTPResponse, patched.Body) != nil {
		t.Errorf("%v %+v", err, patched)
	}
	card, err := c.GetServerWithResponse(ctx, 3)
	if err != nil || card.JSON200 == nil || card.JSON200.Server != nil || card.JSON200.Card.MemberCount != 4 {
		t.Errorf("%v %+v", err, card)
	}
	sent, err := c.SendMessageWithResponse(ctx, 5, SendMessageRequest{Content: "hi"})
	if err != nil {
		t.Fatal(err)
	}
	var refused *Error
	if err := Check(sent.HTTPResponse, sent.Body); !errors.As(err, &refused) || refused.Code != core.CodeRateLimited ||
		refused.RetryAfter != 3*time.Second || refused.RequestID != "r9" || refused.Params["retry_after_ms"] != 2400.0 {
		t.Errorf("%+v", refused)
	}
	want := []string{
		`PATCH /api/v1/channels/5 Bearer tok {"parent_id":null}`,
		`GET /api/v1/servers/3 Bearer tok `,
		`POST /api/v1/channels/5/messages Bearer tok {"content":"hi"}`,
	}
	for i, w := range want {
		if i >= len(asked) || asked[i] != w {
			t.Errorf("asked %q, want %q", asked, w)
			break
		}
	}
}

func TestOptionalLeavesAbsentMembersOut(t *testing.T) {
	for want, body := range map[string]UpdateChannelRequest{
		`{}`:                 {},
		`{"parent_id":null}`: {ParentID: wire.Null[core.ChannelID]()},
		`{"parent_id":"9"}`:  {ParentID: wire.Some(core.ChannelID(9))},
	} {
		t.Run(want, func(t *testing.T) {
			b, err := json.Marshal(body)
			if err != nil || string(b) != want {
				t.Errorf("%s %v", b, err)
			}
			var back UpdateChannelRequest
			if err := json.Unmarshal(b, &back); err != nil || back.ParentID.Set != body.ParentID.Set {
				t.Errorf("%+v %v", back, err)
			}
		})
	}
}
