// Package telemetry makes a program's OpenTelemetry tracer from a few settings.
//
// It owns the provider, its exporter and their end. It refuses globals: nothing is registered with the otel package, so
// that two programs in one process (as in tests) do not see each other's spans. Without an endpoint every span is a no-op
// that costs nothing.
//
// A Tracing is safe for concurrent use; Close is called once, after the last span.
//
//	t, err := telemetry.New(ctx, telemetry.Options{Service: "app", Endpoint: "http://127.0.0.1:4318", Sample: 0.05})
//	defer t.Close(ctx)
//	ctx, span := t.Tracer("app/http").Start(t.Extract(ctx, r.Header), "GET /things")
package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Bounds of what waits for the collector; when the queue is full, spans are dropped by the exporter.
const (
	maxQueuedSpans = 2048
	exportTimeout  = 10 * time.Second
)

// tracesPath is where OTLP/HTTP takes traces when the endpoint names a host only.
const tracesPath = "/v1/traces"

// Options says who traces and where to.
type Options struct {
	Service  string
	Version  string
	Instance string       // which instance of the service
	Endpoint string       // URL of an OTLP/HTTP collector; "" turns tracing off
	Sample   float64      // share of traces started here that are kept, 0 to 1; a caller's decision is followed
	Logger   *slog.Logger // told of traces that did not arrive; nil: nobody
}

// reporting tells the program's own log of batches that did not arrive, once a batch; the SDK would tell the process's
// standard error.
type reporting struct {
	sdktrace.SpanExporter
	logger *slog.Logger
}

// ExportSpans implements sdktrace.SpanExporter.
func (r reporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := r.SpanExporter.ExportSpans(ctx, spans); err != nil {
		r.logger.WarnContext(ctx, "traces not delivered", "spans", len(spans), "error", err)
	}
	return nil
}

// Tracing gives tracers and carries trace contexts over HTTP headers (W3C traceparent).
type Tracing struct {
	provider   trace.TracerProvider
	propagator propagation.TextMapPropagator
	shutdown   func(context.Context) error
}

// New makes the tracing. It does not wait for the collector, which may come and go.
func New(ctx context.Context, o Options) (*Tracing, error) {
	t := &Tracing{provider: noop.NewTracerProvider(), propagator: propagation.TraceContext{},
		shutdown: func(context.Context) error { return nil }}
	if o.Endpoint == "" {
		return t, nil
	}
	endpoint, err := tracesURL(o.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("trace endpoint: %w", err)
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint), otlptracehttp.WithTimeout(exportTimeout))
	if err != nil {
		return nil, fmt.Errorf("trace exporter: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.Sample))),
		sdktrace.WithBatcher(reporting{exporter, o.Logger}, sdktrace.WithMaxQueueSize(maxQueuedSpans), sdktrace.WithExportTimeout(exportTimeout)),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", o.Service),
			attribute.String("service.version", o.Version),
			attribute.String("service.instance.id", o.Instance),
		)),
	)
	t.provider, t.shutdown = provider, provider.Shutdown
	return t, nil
}

// tracesURL completes a collector's address: a bare host takes traces under /v1/traces.
func tracesURL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = tracesPath
	}
	return u.String(), nil
}

// Tracer gives the tracer of one part of the program.
func (t *Tracing) Tracer(name string) trace.Tracer { return t.provider.Tracer(name) }

// Provider is what libraries that trace by themselves want.
func (t *Tracing) Provider() trace.TracerProvider { return t.provider }

// Extract reads the caller's trace context from a request.
func (t *Tracing) Extract(ctx context.Context, h http.Header) context.Context {
	return t.propagator.Extract(ctx, propagation.HeaderCarrier(h))
}

// Inject writes the trace context into a request to somebody else.
func (t *Tracing) Inject(ctx context.Context, h http.Header) {
	t.propagator.Inject(ctx, propagation.HeaderCarrier(h))
}

// Close sends what is queued and ends the exporter.
func (t *Tracing) Close(ctx context.Context) error {
	if err := t.shutdown(ctx); err != nil {
		return fmt.Errorf("close tracing: %w", err)
	}
	return nil
}

// LogAttrs gives the ids of the span in ctx for log lines; it fits jsonlog's FromContext.
func LogAttrs(ctx context.Context) []slog.Attr {
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsValid() {
		return nil
	}
	return []slog.Attr{slog.String("trace_id", sc.TraceID().String()), slog.String("span_id", sc.SpanID().String())}
}
