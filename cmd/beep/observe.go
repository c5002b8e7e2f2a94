package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi"
	"github.com/beep-chat/beep/internal/jsonlog"
	"github.com/beep-chat/beep/internal/pii"
	"github.com/beep-chat/beep/internal/telemetry"
	"github.com/beep-chat/beep/realtime"
	"github.com/beep-chat/beep/storage/embedded"
	"github.com/beep-chat/beep/storage/wide"
)

// auditor writes audit entries to the log, people as pseudonyms.
type auditor struct {
	logs *jsonlog.Log
	key  *pii.Key
}

// Record implements core.Auditor.
func (a auditor) Record(ctx context.Context, e core.AuditEntry) {
	entry := jsonlog.AuditEntry{Action: e.Action, ActorType: "system", Result: "ok"}
	if e.User != 0 {
		entry.User, entry.ActorType = a.key.User(e.User.String()), "user"
	}
	if kind, id, ok := strings.Cut(e.Target, ":"); ok {
		entry.TargetType, entry.Target = kind, any(id)
		if kind == "user" {
			entry.Target = a.key.User(id)
		}
	}
	for name, value := range e.Details {
		entry.Details = append(entry.Details, slog.Any(name, value))
	}
	if err := a.logs.Audit(ctx, entry); err != nil {
		a.logs.Logger().Error("write audit entry", "action", e.Action, "error", err)
	}
}

// accessTo reports finished requests to the access log and the metrics.
func accessTo(log *jsonlog.AccessLogger, m *metrics, key *pii.Key) func(httpapi.Access) {
	return func(a httpapi.Access) {
		m.requests.WithLabelValues(a.Route, knownMethod(a.Method), strconv.Itoa(a.Status)).Observe(a.Duration.Seconds())
		e := jsonlog.AccessEntry{Method: a.Method, Path: a.Path, Route: a.Route, Status: a.Status, Duration: a.Duration,
			BytesIn: a.BytesIn, BytesOut: int64(a.BytesOut), Protocol: a.Protocol, RequestID: a.RequestID}
		if a.User != 0 {
			e.User = key.User(a.User.String())
		}
		if ip, err := netip.ParseAddr(a.Address); err == nil {
			e.ClientIP = key.IP(ip)
		}
		log.Log(e)
	}
}

// knownMethod bounds the methods that appear in metrics: a client may send any word.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "other"
	}
}

// metrics are what /metrics serves; names and labels are bounded: no user, channel or server appears in them.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.HistogramVec
	commits   prometheus.Histogram
	batch     prometheus.Histogram
	opened    prometheus.Counter
	closed    *prometheus.CounterVec
	refused   *prometheus.CounterVec
	resyncs   *prometheus.CounterVec
	dropped   *prometheus.CounterVec
	delivered prometheus.Counter
}

func newMetrics(v versionInfo) *metrics {
	seconds := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	count := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{registry: prometheus.NewRegistry(),
		requests:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "beep_http_request_duration_seconds", Help: "Time from a request's head to the end of its answer.", Buckets: seconds}, []string{"route", "method", "code"}),
		commits:   prometheus.NewHistogram(prometheus.HistogramOpts{Name: "beep_store_sync_duration_seconds", Help: "Time one batch of commits waits for the disk.", Buckets: seconds}),
		batch:     prometheus.NewHistogram(prometheus.HistogramOpts{Name: "beep_store_batch_commits", Help: "Commits that share one sync.", Buckets: prometheus.ExponentialBuckets(1, 2, 10)}),
		opened:    prometheus.NewCounter(prometheus.CounterOpts{Name: "beep_sse_connects_total", Help: "Streams opened."}),
		closed:    count("beep_sse_disconnects_total", "Streams ended.", "reason"),
		refused:   count("beep_sse_refused_total", "Streams refused.", "code"),
		resyncs:   count("beep_sse_resyncs_total", "Streams told to fetch everything again.", "reason"),
		dropped:   count("beep_sse_dropped_total", "Ephemeral events that slow streams did not get.", "type"),
		delivered: prometheus.NewCounter(prometheus.CounterOpts{Name: "beep_sse_events_total", Help: "Events written to streams."}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "beep_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": v.Version, "go": v.Go}})
	info.Set(1)
	m.registry.MustRegister(m.requests, m.commits, m.batch, m.opened, m.closed, m.refused, m.resyncs, m.dropped, m.delivered, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) commit(s embedded.CommitStats) {
	m.commits.Observe(s.Sync.Seconds())
	m.batch.Observe(float64(s.Commits))
}

func (m *metrics) streams() realtime.Metrics {
	return realtime.Metrics{
		Opened:    m.opened.Inc,
		Closed:    func(reason string) { m.closed.WithLabelValues(reason).Inc() },
		Refused:   func(code core.Code) { m.refused.WithLabelValues(string(code)).Inc() },
		Resync:    func(reason string) { m.resyncs.WithLabelValues(reason).Inc() },
		Dropped:   func(kind core.EventType) { m.dropped.WithLabelValues(string(kind)).Inc() },
		Delivered: func(events, _ int) { m.delivered.Add(float64(events)) },
	}
}

// watch adds the gauges that are read from a running node.
func (m *metrics) watch(n *node.Node) {
	gauge := func(name, help string, read func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
	}
	gauge("beep_sse_connections", "Streams open now.", func() float64 { return float64(n.Hub.Stats().Streams) })
	gauge("beep_events_position", "Position of the newest event this node heard.", func() float64 {
		return float64(n.Hub.Stats().Position)
	})
}

// traceRequests starts a span for each request, as a child of the caller's where there is one.
func traceRequests(t *telemetry.Tracing) func(context.Context, string, http.Header) (context.Context, func(int)) {
	tracer := t.Tracer("httpapi")
	return func(ctx context.Context, route string, h http.Header) (context.Context, func(int)) {
		ctx, span := tracer.Start(t.Extract(ctx, h), route, trace.WithSpanKind(trace.SpanKindServer))
		return ctx, func(status int) {
			span.SetAttributes(attribute.Int("http.response.status_code", status))
			if status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, "")
			}
			span.End()
		}
	}
}

// traceStore puts a span around each call of the engine; nil when tracing is off, so that nothing stands in the way.
func traceStore(t *telemetry.Tracing, on bool) func(wide.Engine) wide.Engine {
	if !on {
		return nil
	}
	return func(e wide.Engine) wide.Engine { return tracedEngine{e, t.Tracer("storage")} }
}

type tracedEngine struct {
	wide.Engine
	tracer trace.Tracer
}

// Get implements wide.Engine.
func (t tracedEngine) Get(ctx context.Context, m *wide.Meta, key wide.Row) (wide.Row, error) {
	ctx, span := t.tracer.Start(ctx, "store.get "+m.Name)
	defer span.End()
	return t.Engine.Get(ctx, m, key)
}

// Range implements wide.Engine.
func (t tracedEngine) Range(ctx context.Context, q wide.RawQuery) ([]wide.Row, error) {
	ctx, span := t.tracer.Start(ctx, "store.range "+q.Meta.Name)
	defer span.End()
	return t.Engine.Range(ctx, q)
}

// Commit implements wide.Engine.
func (t tracedEngine) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	ctx, span := t.tracer.Start(ctx, "store.commit", trace.WithAttributes(attribute.Int("writes", len(c.Writes)), attribute.Int("events", len(c.Events))))
	defer span.End()
	ok, err := t.Engine.Commit(ctx, c)
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	return ok, err
}
