package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/beep-chat/beep/api/client"
	"github.com/beep-chat/beep/core"
)

// answer is what every answer of the REST client can tell.
type answer interface {
	StatusCode() int
	GetBody() []byte
}

// checked is the error of a request, of its way or of its answer.
func checked(err error, a answer) error {
	if err != nil {
		return err
	}
	return client.Check(&http.Response{StatusCode: a.StatusCode()}, a.GetBody())
}

// coded turns the client's error into core's, which is what codes are asked of; nil for anything else.
func coded(err error) error {
	var e *client.Error
	if errors.As(err, &e) {
		return core.E(e.Code, "request")
	}
	return nil
}

// retry does something until it succeeds, fails for good, or was tried often enough. Limits and passing failures are waited
// out, as long as the answer asks for or twice as long each time.
func retry(ctx context.Context, what string, do func() error) error {
	wait := firstWait
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		pause, again := patience(err, wait)
		if !again || attempt == maxAttempts {
			return fmt.Errorf("%s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		wait *= 2
	}
}

// patience tells whether an error may pass, and after how long.
func patience(err error, wait time.Duration) (time.Duration, bool) {
	var refused *client.Error
	switch {
	case errors.Is(err, errTryAgain):
		return 0, true
	case !errors.As(err, &refused):
		return wait, true // the way there: the node may be restarting
	case refused.Status == http.StatusTooManyRequests || refused.Status >= http.StatusInternalServerError:
		ms, _ := refused.Params["retry_after_ms"].(float64)
		return max(wait, time.Duration(ms)*time.Millisecond), true
	}
	return 0, false
}

// turns lets one goroutine at a time act for a person, who may write in several channels.
type turns []sync.Mutex

func newTurns(n int) turns { return make(turns, n) }

func (t turns) with(person int, do func() error) error {
	t[person].Lock()
	defer t[person].Unlock()
	return do()
}
