package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/identity/local"
	"github.com/beep-chat/beep/internal/admin"
	"github.com/beep-chat/beep/internal/jsonlog"
	"github.com/beep-chat/beep/internal/telemetry"
	"github.com/beep-chat/beep/realtime"
)

// shutdownGrace is how long requests under way may take to end after the streams were drained.
const shutdownGrace = 10 * time.Second

func newServeCommand(o *globalOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run a node",
		Long: `Runs a node until it is interrupted. Without a configuration it listens on port 8080 and keeps its data in
./beep-data. At the first start it prints a one-time link that makes the first administrator.

  beep serve
  BEEP_HTTP_LISTEN=:9000 BEEP_DATA_DIR=/var/lib/beep beep serve
  beep serve --config /etc/beep.yaml

SIGTERM or Ctrl-C stops it: open streams are told to come back, requests under way are finished.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, _, err := loadConfig(*o)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return serve(ctx, cfg, cmd.OutOrStdout(), cmd.ErrOrStderr(), nil)
		},
	}
}

// service is a running node with its listeners and everything around it.
type service struct {
	cfg     Config
	logs    *jsonlog.Log
	node    *node.Node
	tracing *telemetry.Tracing
	admin   *admin.Server
	control *control
	public  *http.Server
	notes   io.Writer // what a person at the terminal should read
	web     http.Handler
	adjust  func(*node.Options) // changes what the configuration does not name; nil: nothing
	failed  chan error
}

// serve runs a node until ctx ends. ready, if not nil, is called with the public address once the node answers.
func serve(ctx context.Context, cfg Config, out, notes io.Writer, ready func(addr string)) error {
	return newService(cfg, out, notes).run(ctx, ready)
}

func newService(cfg Config, out, notes io.Writer) *service {
	return &service{cfg: cfg, notes: notes, logs: openLogs(cfg, out), web: webHandler(nil), failed: make(chan error, 2)}
}

func (s *service) run(ctx context.Context, ready func(addr string)) (err error) {
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.open(ctx); err != nil {
		return err
	}
	addr, err := s.listen()
	if err != nil {
		return err
	}
	if err := s.greet(ctx, addr); err != nil {
		return err
	}
	if ready != nil {
		ready(addr)
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	case <-s.node.Lost():
		return errPlaceTaken
	}
}

// errPlaceTaken ends a node that was frozen or cut off from the store for longer than its lease. Its supervisor starts it
// again; it goes on at once, under another worker id.
var errPlaceTaken = errors.New("another node took this one's place, because its lease ended while it was frozen or cut off from the store: start it again; nothing that was acknowledged is lost")

// open makes everything but the listeners.
func (s *service) open(ctx context.Context) error {
	cfg := s.cfg
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("data_dir: %w; create the folder or choose another with BEEP_DATA_DIR", err)
	}
	key, err := openPseudonyms(cfg)
	if err != nil {
		return err
	}
	version := readVersion()
	s.tracing, err = telemetry.New(ctx, telemetry.Options{Service: serviceName, Version: version.Version, Instance: containerID(),
		Endpoint: cfg.Trace.Endpoint, Sample: cfg.Trace.Sample, Logger: s.logs.Logger()})
	if err != nil {
		return err
	}
	m := newMetrics(version)
	o, err := nodeOptions(cfg)
	if err != nil {
		return err
	}
	o.Version, o.Logger, o.Web = version.Version, s.logs.Logger(), s.web
	o.Audit = auditor{s.logs, key}
	o.OnAccess = accessTo(s.logs.Access(), m, key)
	o.OnCommit, o.Streams = m.commit, m.streams()
	o.Trace, o.Wrap = traceRequests(s.tracing), traceStore(s.tracing, cfg.Trace.Endpoint != "")
	if o.Cluster != nil {
		m.watchCluster(o.Cluster)
	}
	if o.Plugins, err = pluginOptions(cfg); err != nil {
		return err
	}
	if o.Plugins != nil {
		o.Plugins.OnCall, o.Plugins.OnProgress = m.plugins().call, s.pluginProgress
	}
	if s.adjust != nil {
		s.adjust(&o)
	}
	if s.node, err = node.Open(ctx, o); err != nil {
		return err
	}
	m.watch(s.node)
	if s.node.Guests != nil {
		m.registry.MustRegister(pluginGauges{s.node.Guests, s.node.Plugins.RecordStats})
	}
	if o.Cluster != nil {
		m.watchBacklog(s.node)
	}
	s.admin = admin.New(admin.Options{Listen: cfg.Admin.Listen, Metrics: m.registry, Checks: s.checks(), Pprof: cfg.Admin.Pprof,
		Name: serviceName, Logger: s.logs.Logger()})
	s.control, err = openControl(cfg.DataDir, s.node, s.logs.Logger())
	return err
}

// orMost is a limit, or the most the store holds together where the operator turned it off.
func orMost(limit, most int) int {
	if limit == 0 {
		return most
	}
	return limit
}

// nodeOptions translates the configuration.
func nodeOptions(cfg Config) (node.Options, error) {
	l := cfg.Limits
	dir := filepath.Join(cfg.DataDir, storeDir)
	cluster, err := clusterOptions(cfg)
	if cluster != nil {
		dir = cfg.DataDir
	}
	return node.Options{
		DataDir: dir,
		Cluster: cluster,
		Limits: core.Limits{MessageRate: core.Rate(l.MessageRate), RequestRate: core.Rate(l.RequestRate), RegisterRate: core.Rate(l.RegisterRate),
			LoginRate: core.Rate(l.LoginRate), CreateRate: core.Rate(l.CreateRate), JoinRate: core.Rate(l.JoinRate),
			TypingRate: core.DefaultLimits().TypingRate, PluginRate: core.DefaultLimits().PluginRate,
			StreamsPerUser: l.StreamsPerUser, StreamsPerAddress: l.StreamsPerAddress,
			ServersPerUser: orMost(l.ServersPerUser, 500), MessageCharacters: l.MessageCharacters,
			ChannelsPerServer: orMost(l.ChannelsPerServer, 900), RolesPerServer: orMost(l.RolesPerServer, 1000),
			InvitesPerServer: orMost(l.InvitesPerServer, 4000)},
		Policy:         accounts.Policy{Registration: accounts.Registration(cfg.Accounts.Registration), RequireValidation: cfg.Accounts.RequireValidation == "always"},
		Hasher:         local.HasherOptions{Parallel: cfg.Accounts.PasswordHashers},
		MinFree:        uint64(cfg.Store.MinFree),
		CacheBytes:     int64(cfg.Store.Cache),
		Window:         realtime.Window{Age: cfg.Stream.WindowAge, Events: cfg.Stream.WindowEvents, Bytes: int(cfg.Stream.WindowBytes)},
		Heartbeat:      cfg.Stream.Heartbeat,
		TrustedProxies: cfg.HTTP.TrustedProxies,
		SecureCookies:  strings.HasPrefix(cfg.HTTP.PublicURL, "https://"),
	}, err
}

// checks are what /readyz asks.
func (s *service) checks() []admin.Check {
	return []admin.Check{{Name: "store", Run: func(ctx context.Context) error { return s.node.Writable(ctx) }},
		{Name: "events", Degrades: true, Run: func(context.Context) error {
			if ok, reason := s.node.Hub.Healthy(); !ok {
				return errors.New(reason)
			}
			return nil
		}}}
}

// listen opens the admin port, then the public one, and gives its address.
func (s *service) listen() (string, error) {
	if err := s.admin.Start(); err != nil {
		return "", fmt.Errorf("admin.listen: %w; choose another with BEEP_ADMIN_LISTEN", err)
	}
	l, err := net.Listen("tcp", s.cfg.HTTP.Listen)
	if err != nil {
		return "", fmt.Errorf("http.listen: %w; choose another with BEEP_HTTP_LISTEN (beep doctor tells who holds it)", err)
	}
	s.public = &http.Server{Handler: s.node.Handler(), ReadHeaderTimeout: s.cfg.HTTP.ReadHeaderTimeout, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10}
	go func() {
		if err := s.public.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return l.Addr().String(), nil
}

// greet tells a person what to open, and how to become the administrator.
func (s *service) greet(ctx context.Context, addr string) error {
	base := s.cfg.HTTP.PublicURL
	if base == "" {
		_, port, _ := net.SplitHostPort(addr)
		base = "http://localhost:" + port
	}
	base = strings.TrimSuffix(base, "/")
	fmt.Fprintf(s.notes, "\n  Beep %s is running.\n\n  Open          %s\n  API           %s/docs\n  Health        http://%s/readyz\n  Data          %s\n",
		readVersion().Version, base, base, s.admin.Addr(), s.cfg.DataDir)
	switch {
	case s.cfg.HTTP.PublicURL == "" && !isLocal("http://"+s.cfg.HTTP.Listen):
		fmt.Fprintf(s.notes, "\n  Note: other devices can reach %s too, over plain http. For more than a try, put a TLS proxy in front and\n  set http.public_url; or listen on this machine only: BEEP_HTTP_LISTEN=127.0.0.1:8080\n", s.cfg.HTTP.Listen)
	case strings.HasPrefix(base, "http://") && !isLocal(base):
		fmt.Fprintf(s.notes, "\n  Warning: people reach this Beep over plain http. Passwords and sessions can be read on the way;\n  put a TLS proxy in front and set http.public_url to its https address.\n")
	}
	token, err := s.node.Accounts.NewSetupToken(ctx)
	if err != nil || token == "" {
		fmt.Fprintln(s.notes)
		return err
	}
	fmt.Fprintf(s.notes, "\n  There is no administrator yet. This link makes the first one; it works once:\n\n    %s/#/setup/%s\n\n", base, token)
	return nil
}

func isLocal(base string) bool {
	host := strings.TrimPrefix(base, "http://")
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// stop ends what was opened, in order: no new work, streams, requests, store, logs.
func (s *service) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Drain.Max+2*shutdownGrace)
	defer cancel()
	var errs []error
	if s.admin != nil {
		s.admin.Drain()
	}
	if s.control != nil {
		errs = append(errs, s.control.close())
	}
	if s.node != nil && s.public != nil {
		errs = append(errs, s.node.Hub.Drain(ctx, s.cfg.Drain.Max))
		ending, done := context.WithTimeout(ctx, shutdownGrace)
		errs = append(errs, s.public.Shutdown(ending))
		done()
	}
	if s.node != nil {
		errs = append(errs, s.node.Close(ctx))
	}
	if s.admin != nil {
		errs = append(errs, s.admin.Close(ctx))
	}
	if s.tracing != nil {
		errs = append(errs, s.tracing.Close(ctx))
	}
	return errors.Join(append(errs, s.logs.Close(ctx))...)
}
