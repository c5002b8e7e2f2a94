package main

import (
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/plugins"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/plugins/builtin"
)

// pluginsDir holds compiled plugins below data_dir, unless plugins.cache_dir names another folder.
const pluginsDir = "plugins"

// pluginOptions are the plugins of the binary; nil when they are switched off.
func pluginOptions(cfg Config) (*node.Plugins, error) {
	if !cfg.Plugins.Enabled {
		return nil, nil
	}
	packages, err := builtin.All()
	if err != nil {
		return nil, err
	}
	p := &node.Plugins{CacheDir: pluginCache(cfg), MemoryBytes: int64(cfg.Plugins.Memory), TimeFactor: cfg.Plugins.TimeFactor}
	for _, b := range packages {
		p.Packages = append(p.Packages, pluginhost.Package{Wasm: b.Wasm})
	}
	return p, nil
}

// pluginCache is the folder of compiled plugins.
func pluginCache(cfg Config) string {
	if cfg.Plugins.CacheDir != "" {
		return cfg.Plugins.CacheDir
	}
	return filepath.Join(cfg.DataDir, pluginsDir)
}

// pluginMetrics are the figures of plugins; labels are ids of installed plugins and the words of the ABI.
type pluginMetrics struct {
	calls   *prometheus.CounterVec
	faults  *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	fuel    *prometheus.CounterVec
}

// plugins registers the metrics of plugins.
func (m *metrics) plugins() *pluginMetrics {
	p := &pluginMetrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "beep_plugin_calls_total",
			Help: "Calls of plugins, by how they ended."}, []string{"plugin", "hook", "outcome"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "beep_plugin_faults_total",
			Help: "Calls of plugins that failed; busy, resting and not_ready did not reach the plugin."}, []string{"plugin", "hook", "fault"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "beep_plugin_call_duration_seconds", Help: "Time of a call, with its wait for a slot.",
			Buckets: []float64{.00001, .000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, 1}}, []string{"plugin", "hook"}),
		fuel: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "beep_plugin_fuel_total",
			Help: "Fuel used: about a point a call or turn of a loop inside of the plugin."}, []string{"plugin", "hook"}),
	}
	m.registry.MustRegister(p.calls, p.faults, p.seconds, p.fuel)
	return p
}

func (p *pluginMetrics) call(c pluginhost.Call) {
	plugin, hook := string(c.Plugin), string(c.Hook)
	p.calls.WithLabelValues(plugin, hook, string(c.Outcome)).Inc()
	if c.Fault != "" {
		p.faults.WithLabelValues(plugin, hook, string(c.Fault)).Inc()
	}
	if c.Wall > 0 {
		p.seconds.WithLabelValues(plugin, hook).Observe(c.Wall.Seconds())
		p.fuel.WithLabelValues(plugin, hook).Add(float64(c.Fuel))
	}
}

// pluginGauges reads what a host's plugins are like now, and what became of their verdicts.
type pluginGauges struct {
	host     *pluginhost.Host
	verdicts func() plugins.RecordStats
}

var (
	pluginReady     = prometheus.NewDesc("beep_plugin_ready", "1 while the plugin is in service.", []string{"plugin", "version"}, nil)
	pluginInstances = prometheus.NewDesc("beep_plugin_instances", "Instances of a plugin.", []string{"plugin"}, nil)
	pluginResting   = prometheus.NewDesc("beep_plugin_resting", "1 for a hook that is not called because it failed too often.", []string{"plugin", "hook"}, nil)
	pluginVerdicts  = prometheus.NewDesc("beep_plugin_verdicts_total", "Verdicts for moderators, by what became of their record.", []string{"result"}, nil)
	pluginMemory    = prometheus.NewDesc("beep_plugin_memory_bytes", "Memory of all instances of all plugins.", nil, nil)
)

// Describe implements prometheus.Collector.
func (g pluginGauges) Describe(c chan<- *prometheus.Desc) {
	c <- pluginReady
	c <- pluginInstances
	c <- pluginResting
	c <- pluginMemory
	c <- pluginVerdicts
}

// Collect implements prometheus.Collector.
func (g pluginGauges) Collect(c chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	stats, memory := g.host.Stats()
	for _, s := range stats {
		ready := 0.0
		if s.State == core.PluginReady {
			ready = 1
		}
		gauge(pluginReady, ready, string(s.Plugin), s.Version)
		gauge(pluginInstances, float64(s.Instances), string(s.Plugin))
		for _, hook := range s.Resting {
			gauge(pluginResting, 1, string(s.Plugin), string(hook))
		}
	}
	gauge(pluginMemory, float64(memory))
	v := g.verdicts()
	for result, n := range map[string]int64{"kept": v.Kept, "dropped": v.Dropped, "failed": v.Failed} {
		c <- prometheus.MustNewConstMetric(pluginVerdicts, prometheus.CounterValue, float64(n), result)
	}
}

// pluginProgress tells the operator how far the compilation is. Compiled code is kept, so that this is seen once a version.
func (s *service) pluginProgress(p pluginhost.Progress) {
	log := s.logs.Logger().With("plugin", p.Plugin, "version", p.Version)
	switch p.State {
	case core.PluginCompiling:
		log.Info("plugin loads; where it was never compiled on this machine that takes some seconds, and messages do not wait for it")
	case core.PluginReady:
		log.Info("plugin is in service", "compiled_before", p.Cached)
	case core.PluginFailed:
		log.Error("plugin cannot be used", "error", p.Err)
	}
}
