package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beep-chat/beep/core"
)

// script answers the connections of a stream one after the other, and keeps what was asked. After its end it refuses.
type script struct {
	mu      sync.Mutex
	answers []func(*http.Request) (*http.Response, error)
	asked   []string // "Last-Event-ID @ time since start"
	began   time.Time
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Header.Get("Last-Event-ID"))
	i := len(s.asked) - 1
	s.mu.Unlock()
	if i >= len(s.answers) {
		return status(204, "", "")(r)
	}
	return s.answers[i](r)
}

// says sends a text and ends the connection; hangs sends it and goes silent until the request is given up.
func says(text string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		return stream200(io.NopCloser(strings.NewReader(text))), nil
	}
}

func hangs(text string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		pr, pw := io.Pipe()
		go func() {
			fmt.Fprint(pw, text)
			<-r.Context().Done()
			pw.CloseWithError(r.Context().Err())
		}()
		return stream200(pr), nil
	}
}

func stream200(body io.ReadCloser) *http.Response {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream; charset=utf-8"}}, Body: body}
}

func status(code int, retryAfter, body string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/problem+json"}}
		if retryAfter != "" {
			h.Set("Retry-After", retryAfter)
		}
		return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func block(id, event, data string) string {
	return fmt.Sprintf("id: %s\nevent: %s\ndata: %s\n\n", id, event, data)
}

func typing(id string) string {
	return block(id, "typing.started", fmt.Sprintf(`{"v":1,"id":%q,"type":"typing.started","at":"2026-03-01T09:30:00.000Z","user_id":"7"}`, id[2:]))
}

const readyBlock = "id: e.1\nevent: ready\ndata: {\"session_id\":\"s\",\"resumed\":false,\"heartbeat_ms\":20000,\"cursor\":\"e.1\"}\n\n"

// listen runs Stream over a script and gives what was told: "event CURSOR", "ready", "resync REASON", "degraded BOOL".
func listen(t *testing.T, s *script, o StreamOptions) (told []string, breaks []time.Duration, err error) {
	t.Helper()
	s.began = time.Now()
	o.URL, o.HTTP = "http://beep.test/api/v1/events", &http.Client{Transport: s}
	o.Event = func(cursor string, e Event) { told = append(told, "event "+cursor) }
	o.Ready = func(core.Ready) { told = append(told, "ready") }
	o.Degraded = func(on bool) { told = append(told, fmt.Sprint("degraded ", on)) }
	o.Broken = func(_ error, wait time.Duration) { breaks = append(breaks, wait) }
	err = Stream(t.Context(), o)
	return told, breaks, err
}

func TestStreamResumesAfterBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []func(*http.Request) (*http.Response, error){
			says(readyBlock + typing("e.2") + typing("e.3") + "id: e.4\nda"), // cut in the middle of a block
			func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
			says(block("e.4", "heartbeat", `{"at":"2026-03-01T09:30:00.000Z"}`)),
			says(block("e.4", "degraded", `{"reason":"log"}`) + typing("e.5") + block("e.5", "healed", `{}`)),
		}}
		told, breaks, err := listen(t, s, StreamOptions{Cursor: "e.0"})
		if !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
		if want := []string{"e.0", "e.3", "e.3", "e.4", "e.5"}; !slices.Equal(s.asked, want) {
			t.Errorf("resumed from %v, want %v", s.asked, want)
		}
		if want := []string{"ready", "event e.2", "event e.3", "degraded true", "event e.5", "degraded false"}; !slices.Equal(told, want) {
			t.Errorf("told %v", told)
		}
		if len(breaks) != 4 {
			t.Errorf("breaks %v", breaks)
		}
	})
}

func TestStreamStopsForGood(t *testing.T) {
	unauthenticated := `{"code":"session_expired","status":401,"detail":"x","instance":"r"}`
	for _, c := range []struct {
		name    string
		answers []func(*http.Request) (*http.Response, error)
		check   func(error) bool
	}{
		{"204", nil, func(err error) bool { return errors.Is(err, ErrStopped) }},
		{"bye without return", []func(*http.Request) (*http.Response, error){says(readyBlock + block("e.2", "bye", `{"reason":"signed_out","reconnect":false}`))},
			func(err error) bool { return errors.Is(err, ErrStopped) }},
		{"401", []func(*http.Request) (*http.Response, error){status(401, "", unauthenticated)},
			func(err error) bool {
				var e *Error
				return errors.As(err, &e) && e.Code == core.CodeSessionExpired && e.Status == 401 && e.RequestID == "r"
			}},
		{"resync without a callback", []func(*http.Request) (*http.Response, error){says(readyBlock + block("e.9", "resync", `{"reason":"expired","after_ms":5}`))},
			func(err error) bool {
				return err != nil && strings.Contains(err.Error(), "events were missed: expired")
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: c.answers}
				if _, _, err := listen(t, s, StreamOptions{}); !c.check(err) {
					t.Error(err)
				}
				if want := max(1, len(c.answers)); len(s.asked) != want {
					t.Errorf("asked %d times", len(s.asked))
				}
			})
		})
	}
}

func TestStreamResyncs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		s := &script{answers: []func(*http.Request) (*http.Response, error){
			says(readyBlock + block("f.50", "resync", `{"reason":"epoch","after_ms":1500}`) + typing("f.51")),
			says(typing("f.61")),
			status(400, "", `{"code":"bad_last_event_id"}`),
			says(typing("f.71")),
		}}
		var reasons []string
		o := StreamOptions{Cursor: "e.1", Resync: func(_ context.Context, why core.Resync) (string, error) {
			at = append(at, time.Since(s.began))
			reasons = append(reasons, why.Reason)
			return fmt.Sprintf("f.%d0", 5+len(reasons)), nil
		}}
		told, _, err := listen(t, s, o)
		if !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
		if want := []string{"e.1", "f.60", "f.61", "f.70", "f.71"}; !slices.Equal(s.asked, want) {
			t.Errorf("asked from %v, want %v", s.asked, want)
		}
		if want := []string{"ready", "event f.61", "event f.71"}; !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
		if !slices.Equal(reasons, []string{"epoch", "bad_last_event_id"}) || at[0] != 1500*time.Millisecond {
			t.Errorf("%v at %v", reasons, at)
		}
	})
}

func TestStreamWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []func(*http.Request) (*http.Response, error){hangs(readyBlock), hangs("")}}
		var broken []error
		began := time.Now()
		var at []time.Duration
		err := Stream(t.Context(), StreamOptions{URL: "http://beep.test", HTTP: &http.Client{Transport: s},
			Broken: func(err error, _ time.Duration) {
				broken = append(broken, err)
				at = append(at, time.Since(began))
				began = time.Now()
			}})
		if !errors.Is(err, ErrStopped) || len(broken) != 2 || !errors.Is(broken[0], errSilent) || !errors.Is(broken[1], errSilent) {
			t.Fatalf("%v %v", err, broken)
		}
		if at[0] != 50*time.Second { // 2.5 heartbeats of 20 s
			t.Errorf("silent for %v", at[0])
		}
		if at[1] < silenceAtStart || at[1] > silenceAtStart+maxBackoff {
			t.Errorf("before ready: silent for %v", at[1])
		}
	})
}

func TestStreamWaits(t *testing.T) {
	for _, c := range []struct {
		name      string
		breaks    int
		retry     time.Duration
		err       error
		low, high time.Duration
	}{
		{"first break", 0, 0, io.EOF, 0, 501 * time.Millisecond},
		{"fourth break", 3, 0, io.EOF, 0, 4001 * time.Millisecond},
		{"bounded", 50, 0, io.EOF, 0, 30*time.Second + time.Millisecond},
		{"as the server asked", 0, 2 * time.Second, io.EOF, 2 * time.Second, 2500 * time.Millisecond},
		{"at least what the server asked", 6, 2 * time.Second, io.EOF, 2 * time.Second, 30*time.Second + time.Millisecond},
		{"Retry-After", 0, 0, &Error{RetryAfter: 7 * time.Second}, 7 * time.Second, 8750 * time.Millisecond},
		{"long Retry-After", 5, 0, &Error{RetryAfter: 90 * time.Second}, 90 * time.Second, 113 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			seen := map[time.Duration]bool{}
			for range 200 {
				s := &stream{breaks: c.breaks, retry: c.retry}
				w := s.wait(c.err)
				if w < c.low || w > c.high {
					t.Fatalf("waits %v", w)
				}
				seen[w] = true
			}
			if len(seen) < 50 {
				t.Errorf("only %d different waits: clients would return together", len(seen))
			}
		})
	}
}

func TestStreamEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &script{answers: []func(*http.Request) (*http.Response, error){hangs(readyBlock)}}
		ready := make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- Stream(ctx, StreamOptions{URL: "http://beep.test", HTTP: &http.Client{Transport: s}, Ready: func(core.Ready) { close(ready) }})
		}()
		<-ready
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
