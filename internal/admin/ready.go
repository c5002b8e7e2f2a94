package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Check is one thing that must work before the process may get traffic.
type Check struct {
	Name string
	// Run returns nil when it works. It gets two seconds; its error is shown to operators.
	Run func(ctx context.Context) error
	// Degrades marks what the process can do without: it is told of and does not fail readiness.
	Degrades bool
}

const (
	checkTimeout = 2 * time.Second
	// freshFor is how long an answer is given again, so that a storm of probes does not become a storm of checks.
	freshFor = 250 * time.Millisecond
)

// The words of a report.
const (
	statusOK       = "ok"
	statusReady    = "ready"
	statusDegraded = "degraded"
	statusFailed   = "failed"
	statusUnready  = "unready"
	statusDraining = "draining"
)

type report struct {
	Status string        `json:"status"`
	Checks []checkResult `json:"checks,omitempty"`
}

type checkResult struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	Error  string `json:"error,omitempty"`
	TookMS int64  `json:"took_ms"`
}

type readiness struct {
	checks   []Check
	draining atomic.Bool

	mu   sync.Mutex // held while the checks run: probes that come meanwhile share their result
	last report
	at   time.Time
}

func newReadiness(checks []Check) *readiness { return &readiness{checks: checks} }

// ServeHTTP implements http.Handler.
func (r *readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	// The checks outlive a probe that gives up: others wait for the same result.
	rep := r.report(context.WithoutCancel(req.Context()))
	status := http.StatusOK
	if r.draining.Load() {
		rep.Status = statusDraining
	}
	if rep.Status == statusUnready || rep.Status == statusDraining {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, rep)
}

func (r *readiness) report(ctx context.Context) report {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.at.IsZero() && time.Since(r.at) < freshFor {
		return r.last
	}
	results := make([]checkResult, len(r.checks))
	var wait sync.WaitGroup
	for i, c := range r.checks {
		wait.Go(func() { results[i] = run(ctx, c) })
	}
	wait.Wait()
	r.last, r.at = report{Status: verdict(results), Checks: results}, time.Now()
	return r.last
}

func verdict(results []checkResult) string {
	status := statusReady
	for _, c := range results {
		switch c.Status {
		case statusFailed:
			return statusUnready
		case statusDegraded:
			status = statusDegraded
		}
	}
	return status
}

var errNoAnswer = errors.New("no answer in time")

// run calls one check. A check that ignores its context is left behind and counts as failed; it holds one goroutine until
// it returns.
func run(ctx context.Context, c Check) checkResult {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	start := time.Now()
	answer := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				answer <- fmt.Errorf("check panicked: %v", p)
			}
		}()
		answer <- c.Run(ctx)
	}()
	var err error
	select {
	case err = <-answer:
	case <-ctx.Done():
		err = errNoAnswer
	}
	res := checkResult{Name: c.Name, Status: statusOK, TookMS: time.Since(start).Milliseconds()}
	if err != nil {
		res.Status, res.Error = statusFailed, err.Error()
		if c.Degrades {
			res.Status = statusDegraded
		}
	}
	return res
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the probe hung up: there is nobody to tell
}
