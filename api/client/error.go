package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/beep-chat/beep/core"
)

// Error is an answer that was no success: the problem document, as far as there was one.
type Error struct {
	Status     int               `json:"-"`
	Code       core.Code         `json:"code"`
	Title      string            `json:"title"`
	Detail     string            `json:"detail"`
	RequestID  string            `json:"instance"`
	Params     map[string]any    `json:"params"`
	Fields     []core.FieldError `json:"errors"`
	RetryAfter time.Duration     `json:"-"` // 0: the answer did not say
}

// Error implements error.
func (e *Error) Error() string {
	if e.Code == "" {
		return "beep answered " + strconv.Itoa(e.Status)
	}
	return fmt.Sprintf("beep answered %d %s: %s (request %s)", e.Status, e.Code, e.Detail, e.RequestID)
}

// Check is nil for a success and an *Error otherwise. It takes the parts that every answer of ClientWithResponses has.
func Check(answer *http.Response, body []byte) error {
	if answer.StatusCode < 400 {
		return nil
	}
	e := &Error{}
	if json.Unmarshal(body, e) != nil {
		e = &Error{} // a proxy's page, not ours
	}
	e.Status = answer.StatusCode
	if s, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && s >= 0 {
		e.RetryAfter = time.Duration(s) * time.Second
	}
	return e
}

// Bearer signs requests with the token of the moment, so that a refreshed token is used at once.
func Bearer(token func() string) RequestEditorFn {
	return func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token())
		return nil
	}
}
