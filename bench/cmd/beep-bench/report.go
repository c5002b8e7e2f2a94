package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// report is what was measured, on which machine.
type report struct {
	At      time.Time `json:"at"`
	Beep    string    `json:"beep"`
	Machine machine   `json:"machine"`
	Store   string    `json:"cql,omitempty"` // the servers behind the cql engine
	Skipped []string  `json:"skipped,omitempty"`
	Figures []figure  `json:"figures"`

	engine string // of what is added now
}

// machine is what a figure depends on besides Beep.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Go     string `json:"go"`
	Kernel string `json:"kernel"`
	Load   string `json:"load"` // of 1, 5 and 15 minutes, before the run
	Memory string `json:"memory"`
}

// figure is one number with its unit and its conditions.
type figure struct {
	Part   string  `json:"part"`
	Engine string  `json:"engine,omitempty"`
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Note   string  `json:"note,omitempty"`
}

func newReport(beep string) report {
	return report{At: time.Now().UTC(), Beep: beep, Machine: machine{CPU: field("/proc/cpuinfo", "model name"), Cores: runtime.NumCPU(),
		Go: runtime.Version(), Kernel: line("/proc/sys/kernel/osrelease"), Load: firstWords(line("/proc/loadavg"), 3),
		Memory: field("/proc/meminfo", "MemTotal")}}
}

func (r *report) add(part, name string, value float64, unit, note string) {
	r.Figures = append(r.Figures, figure{part, r.engine, name, value, unit, note})
}

// latencies adds the usual quantiles of a histogram of microseconds.
func (r *report) latencies(part, what string, h *hdrhistogram.Histogram) {
	for _, q := range []float64{50, 99, 99.9} {
		r.add(part, fmt.Sprintf("%s p%v", what, q), float64(h.ValueAtQuantile(q))/1000, "ms", "")
	}
}

// newHistogram counts microseconds from 1 to 60 s, to three digits.
func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, 60_000_000, 3) }

func (r *report) write(file string) error {
	m := r.Machine
	fmt.Printf("\n%s, %d cores, %s, kernel %s, %s, load before %s\nBeep %s, %s\n\n", m.CPU, m.Cores, m.Memory, m.Kernel, m.Go, m.Load,
		r.Beep, r.At.Format(time.RFC3339))
	if r.Store != "" {
		fmt.Printf("%s\n\n", r.Store)
	}
	for _, what := range r.Skipped {
		fmt.Printf("skipped: %s\n\n", what)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for _, f := range r.Figures {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s %s\t%s\n", f.Part, f.Engine, f.Name, number(f.Value), f.Unit, f.Note)
	}
	if err := w.Flush(); err != nil || file == "" {
		return err
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644)
}

// number shows as many digits as a benchmark is worth.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// line is the first line of a file of the system, "unknown" where there is none.
func line(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(b), "\n")
	return first
}

// field is the value of a "name: value" line.
func field(file, name string) string {
	b, _ := os.ReadFile(file)
	for l := range strings.SplitSeq(string(b), "\n") {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

func firstWords(s string, n int) string {
	words := strings.Fields(s)
	return strings.Join(words[:min(n, len(words))], " ")
}
