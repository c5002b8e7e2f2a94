// Package admin is the HTTP server for operators: is the process alive, may it get traffic, its metrics and, when asked
// for, its profiles. It stands on a port of its own that the public does not reach.
//
//	GET /livez         200 as long as the process answers; never looks at anything else
//	GET /readyz        200 with the state of every check, 503 when one fails or the server drains
//	GET /metrics       Prometheus text
//	GET /debug/pprof/  profiles, only with Options.Pprof
//
// It owns those routes and their server. It refuses to know what is checked: checks are given, and one that is marked
// Degrades is told of without failing readiness.
//
// A Server is safe for concurrent use. Readiness is computed at most every 250 ms, whatever the number of probes.
//
//	s := admin.New(admin.Options{Listen: "127.0.0.1:9090", Metrics: registry, Checks: []admin.Check{{Name: "store", Run: store.Ping}}})
//	if err := s.Start(); err != nil { ... }
//	defer s.Close(ctx)
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	headTimeout = 5 * time.Second
	// answerTimeout lets a profile of two minutes through.
	answerTimeout  = 150 * time.Second
	maxHeaderBytes = 16 << 10
	maxScrapes     = 4
)

// Options is what the server shows.
type Options struct {
	Listen  string              // address and port; port 0 lets the system choose
	Metrics prometheus.Gatherer // of /metrics
	Checks  []Check             // of /readyz
	Pprof   bool
	Name    string       // value of the Server header, so that a second start can tell who holds the port; "": none
	Logger  *slog.Logger // problems of the server itself; nil: none
}

// Server is the admin server.
type Server struct {
	ready   *readiness
	http    *http.Server
	address string
	logger  *slog.Logger
	bound   net.Listener
	done    chan struct{}
}

// New makes the server without listening.
func New(o Options) *Server {
	s := &Server{ready: newReadiness(o.Checks), address: o.Listen, logger: o.Logger, done: make(chan struct{})}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	s.http = &http.Server{
		Handler: named(o.Name, s.routes(o)), ReadHeaderTimeout: headTimeout, ReadTimeout: headTimeout, WriteTimeout: answerTimeout,
		IdleTimeout: time.Minute, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
	return s
}

func (s *Server) routes(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, report{Status: statusOK}) })
	mux.Handle("GET /readyz", s.ready)
	if o.Metrics != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(o.Metrics, promhttp.HandlerOpts{
			MaxRequestsInFlight: maxScrapes, EnableOpenMetrics: true,
			ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
		}))
	}
	if o.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func named(name string, next http.Handler) http.Handler {
	if name == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", name)
		next.ServeHTTP(w, r)
	})
}

// Handler is the routes, for tests and for those who listen themselves.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// Start listens and serves until Close. It fails when the address cannot be had.
func (s *Server) Start() error {
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		return fmt.Errorf("admin server: %w", err)
	}
	s.bound = l
	go func() {
		defer close(s.done)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.logger.Error("admin server ended", "error", err)
		}
	}()
	return nil
}

// Addr is the address that is listened on, nil before Start.
func (s *Server) Addr() net.Addr {
	if s.bound == nil {
		return nil
	}
	return s.bound.Addr()
}

// Drain makes /readyz answer 503 from now on, so that no new traffic is sent here; /livez stays 200.
func (s *Server) Drain() { s.ready.draining.Store(true) }

// Close lets running answers end, until ctx ends. It may be called without Start.
func (s *Server) Close(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
		return fmt.Errorf("close admin server: %w", err)
	}
	if s.bound != nil {
		<-s.done
	}
	return nil
}
