package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/realtime/redis"
	"github.com/beep-chat/beep/storage/outbox"
)

// watchCluster adds what a node of a cluster measures, and has the cluster tell it. It is called before the node opens.
func (m *metrics) watchCluster(c *node.Cluster) {
	seconds := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	counter := func(name, help string) prometheus.Counter {
		n := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		m.registry.MustRegister(n)
		return n
	}
	labelled := func(name, help, label string) *prometheus.CounterVec {
		n := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
		m.registry.MustRegister(n)
		return n
	}
	histogram := func(name, help string) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: seconds})
		m.registry.MustRegister(h)
		return h
	}
	announced := counter("beep_outbox_announced_total", "Events appended to the log that nodes share.")
	waited := histogram("beep_outbox_wait_seconds", "Time from a commit to its events being in the log.")
	recovered := counter("beep_outbox_recovered_total", "Events announced after a crash, read again from the store.")
	doubted := counter("beep_outbox_doubts_total", "Commits whose outcome was unknown at first.")
	c.Outbox = outbox.Metrics{
		Announced: func(events int, wait time.Duration) {
			announced.Add(float64(events))
			waited.Observe(wait.Seconds())
		},
		Recovered: func(events int) { recovered.Add(float64(events)) },
		Doubted:   doubted.Inc,
	}
	refilled := counter("beep_log_refilled_total", "Events read from the stream because they were not heard.")
	gaps := labelled("beep_log_gaps_total", "Gaps noticed in what was heard.", "reason")
	resets := labelled("beep_log_resets_total", "Breaks of the log after which streams fetch everything again.", "reason")
	probes := histogram("beep_log_probe_seconds", "Time from publishing a probe to hearing it.")
	dropped := labelled("beep_bus_dropped_total", "Unlogged messages between nodes that were dropped.", "kind")
	healthy := prometheus.NewGauge(prometheus.GaugeOpts{Name: "beep_log_healthy", Help: "1 while this node can prove that it hears every event."})
	m.registry.MustRegister(healthy)
	drift := prometheus.NewGauge(prometheus.GaugeOpts{Name: "beep_clock_drift_seconds", Help: "How far the clock of Redis, which all nodes see, is ahead of this machine's."})
	m.registry.MustRegister(drift)
	c.Log = redis.Metrics{
		Refilled: func(events int) { refilled.Add(float64(events)) },
		Gap:      func(reason string) { gaps.WithLabelValues(reason).Inc() },
		Reset:    func(reason string) { resets.WithLabelValues(reason).Inc() },
		Probe: func(roundTrip, ahead time.Duration) {
			probes.Observe(roundTrip.Seconds())
			drift.Set(ahead.Seconds())
		},
		Dropped: func(kind string) { dropped.WithLabelValues(kind).Inc() },
		Health:  func(ok bool, _ string) { healthy.Set(oneIf(ok)) },
	}
	healthy.Set(1)
	shared := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "beep_decided_together", Help: "1 while all nodes decide together, 0 while this node decides alone because Redis does not answer."}, []string{"what"})
	m.registry.MustRegister(shared)
	for _, what := range node.DecidedTogether {
		shared.WithLabelValues(what).Set(1)
	}
	c.Shared = func(what string, together bool) { shared.WithLabelValues(what).Set(oneIf(together)) }
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// watchBacklog adds the gauges of what is not announced yet.
func (m *metrics) watchBacklog(n *node.Node) {
	gauge := func(name, help string, read func(outbox.Stats) float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return read(n.Backlog()) }))
	}
	gauge("beep_outbox_rows", "Rows of the outbox that are not announced yet.", func(s outbox.Stats) float64 { return float64(s.Rows) })
	gauge("beep_outbox_queued", "Events that wait in memory to be announced.", func(s outbox.Stats) float64 { return float64(s.Queued) })
}
