package telemetry_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/beep-chat/beep/internal/telemetry"
)

func TestOffByDefault(t *testing.T) {
	tr, err := telemetry.New(t.Context(), telemetry.Options{Service: "app", Sample: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tr.Tracer("x").Start(t.Context(), "y")
	defer span.End()
	if span.IsRecording() {
		t.Error("a span is recorded without an endpoint")
	}
	if err := tr.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// collector takes what is exported.
func collector(t *testing.T) (url string, paths <-chan string) {
	t.Helper()
	got := make(chan string, 16)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.URL.Path
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

func TestSpansReachTheCollector(t *testing.T) {
	for _, c := range []struct{ name, suffix, want string }{
		{"a host", "", "/v1/traces"}, {"a slash", "/", "/v1/traces"}, {"a path", "/otlp/v1/traces", "/otlp/v1/traces"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, paths := collector(t)
			tr, err := telemetry.New(t.Context(), telemetry.Options{Service: "app", Endpoint: url + c.suffix, Sample: 1})
			if err != nil {
				t.Fatal(err)
			}
			_, span := tr.Tracer("x").Start(t.Context(), "y")
			span.End()
			if err := tr.Close(t.Context()); err != nil { // sends what is queued
				t.Fatal(err)
			}
			select {
			case got := <-paths:
				if got != c.want {
					t.Errorf("posted to %s, want %s", got, c.want)
				}
			default:
				t.Error("nothing was sent")
			}
		})
	}
}

func TestCallerDecidesSampling(t *testing.T) {
	url, _ := collector(t)
	tr, err := telemetry.New(t.Context(), telemetry.Options{Service: "app", Endpoint: url, Sample: 0})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tr.Close(context.Background()) }()
	const id = "0af7651916cd43dd8448eb211c80319c"
	for flags, want := range map[string]bool{"01": true, "00": false} {
		h := http.Header{"Traceparent": {"00-" + id + "-b7ad6b7169203331-" + flags}}
		ctx, span := tr.Tracer("x").Start(tr.Extract(t.Context(), h), "y")
		if span.SpanContext().IsSampled() != want || span.SpanContext().TraceID().String() != id {
			t.Errorf("flags %s: sampled %v in trace %s", flags, span.SpanContext().IsSampled(), span.SpanContext().TraceID())
		}
		out := http.Header{}
		tr.Inject(ctx, out)
		if len(out.Get("Traceparent")) != 55 {
			t.Errorf("injected %q", out.Get("Traceparent"))
		}
		if a := telemetry.LogAttrs(ctx); len(a) != 2 || !a[0].Equal(slog.String("trace_id", id)) {
			t.Errorf("log attributes %v", a)
		}
		span.End()
	}
	_, span := tr.Tracer("x").Start(t.Context(), "y")
	defer span.End()
	if span.SpanContext().IsSampled() {
		t.Error("sampled at a share of 0")
	}
	if telemetry.LogAttrs(t.Context()) != nil {
		t.Error("log attributes without a span")
	}
}

func TestLostSpansAreToldOf(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	var log bytes.Buffer
	tr, err := telemetry.New(t.Context(), telemetry.Options{Endpoint: s.URL, Sample: 1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tr.Tracer("x").Start(t.Context(), "y")
	span.End()
	if err := tr.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `msg="traces not delivered" spans=1`) {
		t.Errorf("log %q", log.String())
	}
}

func TestBadEndpoint(t *testing.T) {
	if _, err := telemetry.New(t.Context(), telemetry.Options{Endpoint: "http://[::1"}); err == nil {
		t.Error("a URL that does not parse was taken")
	}
}
