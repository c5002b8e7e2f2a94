package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/beep-chat/beep/core"
)

// ErrStopped is returned when the server asked not to come back: the session is over.
var ErrStopped = errors.New("the server ended the stream for good")

// Waiting times; all but the watchdog are spread at random, so that clients do not return together.
const (
	firstBackoff   = 500 * time.Millisecond
	maxBackoff     = 30 * time.Second
	steadyAfter    = 30 * time.Second // a connection that lived so long makes the next break the first again
	silenceAtStart = 30 * time.Second
	silenceFactor  = 2.5 // of the heartbeat
	maxErrorBody   = 64 << 10
)

// StreamOptions say what to follow and whom to tell. Callbacks come one at a time, from the goroutine that runs Stream, in
// the order of the stream; those that are nil are left out. While one runs nothing is read, so it should be quick.
type StreamOptions struct {
	URL    string          // of GET /events, query included
	HTTP   *http.Client    // nil: http.DefaultClient; it must have no Timeout, which would end the stream
	Edit   RequestEditorFn // signs each attempt; may be nil
	Cursor string          // where to begin: of the snapshot, or the last id; "" begins now

	// Event gets every event of the log, with the cursor after it.
	Event func(cursor string, e Event)
	// Resync is called when events were missed: fetch a snapshot (retrying as needed) and give its cursor. nil ends the
	// stream with an error instead, because going on would be a silent hole.
	Resync func(ctx context.Context, why core.Resync) (cursor string, err error)
	// Ready tells of a connection that stands; Broken that it went, why, and when the next attempt comes.
	Ready  func(core.Ready)
	Broken func(err error, wait time.Duration)
	// Degraded is true while the server cannot be sure that it hears everything.
	Degraded func(bool)
}

// Stream follows the live stream until ctx ends, the server ends it for good (ErrStopped), the caller may not hear it
// (*Error), or Resync fails. Breaks are healed by itself, going on after the last event that the callback got, so none is
// lost and none comes twice, or Resync is called.
func Stream(ctx context.Context, o StreamOptions) error {
	if o.HTTP == nil {
		o.HTTP = http.DefaultClient
	}
	s := &stream{StreamOptions: o, cursor: o.Cursor}
	for {
		began := time.Now()
		err := s.connect(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var final finalError
		if errors.As(err, &final) {
			return final.error
		}
		if time.Since(began) >= steadyAfter {
			s.breaks = 0
		}
		if errors.Is(err, errResynced) {
			continue
		}
		wait := s.wait(err)
		if o.Broken != nil {
			o.Broken(err, wait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// finalError ends Stream.
type finalError struct{ error }

var (
	errResynced = errors.New("resynced")
	errSilent   = errors.New("nothing was heard for too long")
)

// stream is what lasts from one connection to the next.
type stream struct {
	StreamOptions
	cursor string
	breaks int           // in a row
	retry  time.Duration // as the server asked for the next time; 0: it did not
}

// wait is how long to stay away: what the server asked for, else full jitter under a bound that doubles.
func (s *stream) wait(err error) time.Duration {
	s.breaks++
	asked := s.retry
	s.retry = 0
	var refused *Error
	if errors.As(err, &refused) && refused.RetryAfter > 0 {
		asked = refused.RetryAfter
	}
	if asked > 0 && s.breaks == 1 || asked > maxBackoff {
		return asked + rand.N(asked/4+1)
	}
	bound := min(maxBackoff, firstBackoff<<min(s.breaks-1, 10))
	return max(asked, rand.N(bound)+time.Millisecond)
}

// connect makes one connection and reads it to its end. The watchdog ends the connection only: callbacks get the caller's
// own context.
func (s *stream) connect(ctx context.Context) error {
	conn, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(silenceAtStart, func() { cancel(errSilent) })
	defer watchdog.Stop()
	answer, err := s.request(conn)
	if err != nil {
		return because(conn, err)
	}
	defer answer.Body.Close()
	if err := s.accept(ctx, answer); err != nil {
		return err
	}
	silence := silenceAtStart
	blocks := NewBlockReader(wakeful{answer.Body, func() { watchdog.Reset(silence) }})
	for {
		b, err := blocks.Next()
		if err != nil {
			return because(conn, err)
		}
		if b.Retry > 0 {
			s.retry = b.Retry
		}
		if b.Data == "" {
			continue
		}
		heartbeat, err := s.dispatch(ctx, b)
		if err != nil {
			return err
		}
		if heartbeat > 0 {
			silence = time.Duration(float64(heartbeat) * silenceFactor)
		}
		if b.HasID {
			s.cursor = b.ID
		}
		watchdog.Reset(silence)
	}
}

// because prefers the watchdog's reason to the cancelled request it caused.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errSilent) {
		return cause
	}
	return err
}

// wakeful tells of every read that brought something, comments too.
type wakeful struct {
	r    io.Reader
	woke func()
}

func (w wakeful) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.woke()
	}
	return n, err
}

func (s *stream) request(ctx context.Context) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return nil, finalError{err}
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("X-Beep-Client", "go")
	if s.cursor != "" {
		r.Header.Set("Last-Event-ID", s.cursor)
	}
	if s.Edit != nil {
		if err := s.Edit(ctx, r); err != nil {
			return nil, err
		}
	}
	return s.HTTP.Do(r)
}

// accept tells a stream from an end for good, a refusal, a cursor that is not understood, and what may pass.
func (s *stream) accept(ctx context.Context, answer *http.Response) error {
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	switch {
	case answer.StatusCode == http.StatusNoContent:
		return finalError{ErrStopped}
	case answer.StatusCode == http.StatusOK && kind == "text/event-stream":
		return nil
	case answer.StatusCode == http.StatusOK:
		return fmt.Errorf("answered %q instead of a stream", kind)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxErrorBody))
	if err != nil {
		return err
	}
	err = Check(answer, body)
	switch code := answer.StatusCode; {
	case err == nil:
		return fmt.Errorf("answered %d instead of a stream", code)
	case codeOf(err) == core.CodeBadLastEventID:
		return s.resync(ctx, core.Resync{Reason: string(core.CodeBadLastEventID)})
	case code == http.StatusTooManyRequests || code >= 500:
		return err
	}
	return finalError{err}
}

func codeOf(err error) core.Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// dispatch handles one block; it gives the heartbeat that a ready block promises.
func (s *stream) dispatch(ctx context.Context, b Block) (heartbeat time.Duration, err error) {
	data := []byte(b.Data)
	switch core.EventType(b.Event) {
	case core.EventReady:
		var ready core.Ready
		if err := json.Unmarshal(data, &ready); err != nil {
			return 0, fmt.Errorf("parse ready: %w", err)
		}
		call(s.Ready, ready)
		return time.Duration(ready.HeartbeatMS) * time.Millisecond, nil
	case core.EventHeartbeat:
	case core.EventResync:
		var why core.Resync
		if err := json.Unmarshal(data, &why); err != nil {
			return 0, fmt.Errorf("parse resync: %w", err)
		}
		return 0, s.resync(ctx, why)
	case core.EventDegraded:
		call(s.Degraded, true)
	case core.EventHealed:
		call(s.Degraded, false)
	case core.EventBye:
		var bye core.Bye
		if err := json.Unmarshal(data, &bye); err != nil {
			return 0, fmt.Errorf("parse bye: %w", err)
		}
		if !bye.Reconnect {
			return 0, finalError{ErrStopped}
		}
		return 0, fmt.Errorf("the server said bye: %s", bye.Reason)
	default:
		return 0, s.event(b)
	}
	return 0, nil
}

func (s *stream) event(b Block) error {
	e, err := ParseEvent([]byte(b.Data))
	if err != nil {
		return err
	}
	if s.Event != nil {
		cursor := s.cursor
		if b.HasID {
			cursor = b.ID
		}
		s.Event(cursor, e)
	}
	return nil
}

// resync waits as asked, lets the caller fetch a snapshot and goes on from its cursor on a new connection, so that no event
// is read against a state that is being replaced.
func (s *stream) resync(ctx context.Context, why core.Resync) error {
	if s.Resync == nil {
		return finalError{fmt.Errorf("events were missed: %s", why.Reason)}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(max(0, why.AfterMS)) * time.Millisecond):
	}
	cursor, err := s.Resync(ctx, why)
	if err != nil {
		return finalError{err}
	}
	s.cursor = cursor
	return errResynced
}

func call[T any](fn func(T), v T) {
	if fn != nil {
		fn(v)
	}
}
