package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/beep-chat/beep/cmd/beep/demo"
	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/identity/local"
	"github.com/beep-chat/beep/internal/config"
)

// demoPassword is everybody's in the demo. It is no secret: it is printed and served to whoever opens the page.
const demoPassword = "look-around-a-bit"

const (
	demoDataDir = "./beep-demo"
	demoHold    = 150             // lines of each channel that --live keeps for later
	demoStep    = 2 * time.Second // between two of them
)

// demoOptions are the flags of `beep demo`.
type demoOptions struct {
	dataDir  string
	messages int
	live     bool
}

func newDemoCommand(o *globalOptions) *cobra.Command {
	var d demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a node that is filled with real conversations",
		Long: `Runs a node like "beep serve", with an example community made of real conversations: the #ubuntu IRC channel, 2004 to
2016. People register, join and write through the ordinary REST interface, which takes a moment the first time. What is
there already is not made again, so that an interrupted demo is completed by the next.

Everybody has the same password, which is printed and offered on the page: whoever reaches the port may sign in as anyone.
Filling is done on a port of this machine only and without limits on rates; after that the node runs with the limits of the
configuration.

With store.engine cql the demo uses a keyspace and a Redis prefix of its own, the configured ones with "_demo" added.`,
		Example: `  beep demo                     everything, about 14,000 messages
  beep demo --messages 1000     a small one
  beep demo --live              keep some lines back and go on with one every two seconds`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, origins, err := loadConfig(*o)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return runDemo(ctx, demoConfig(cfg, origins, d), d, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&d.dataDir, "data-dir", demoDataDir, "`folder` of the demo's data, apart from that of beep serve")
	cmd.Flags().IntVar(&d.messages, "messages", 0, "how many messages, spread over the channels (0: all)")
	cmd.Flags().BoolVar(&d.live, "live", false, "keep the last lines of each channel back and post them slowly, so that the page moves")
	return cmd
}

// demoConfig is what the demo runs with. Its data stand apart, whatever the configuration says, so that it never writes into
// a real community; a terminal that shows who to sign in as is not scrolled away by the access log unless that was asked for.
func demoConfig(cfg Config, origins config.Origins, d demoOptions) Config {
	cfg.DataDir = d.dataDir
	cfg.CQL.Keyspace += demoSuffix
	cfg.Redis.Prefix += demoSuffix
	if origins["log.access"] == config.OriginDefault {
		cfg.Log.Access = false
	}
	return cfg
}

// demoSuffix is added to the names under which a cluster keeps a demo.
const demoSuffix = "_demo"

// fillingConfig is the demo's while it is filled: on this machine only, and without the limits that tell people from programs.
func fillingConfig(cfg Config) Config {
	cfg.HTTP.Listen, cfg.HTTP.PublicURL, cfg.HTTP.TrustedProxies = "127.0.0.1:0", "", nil
	cfg.Accounts.Registration, cfg.Accounts.RequireValidation = "open", "never"
	off := config.Rate{}
	l := &cfg.Limits
	l.MessageRate, l.RequestRate, l.RegisterRate, l.LoginRate, l.CreateRate, l.JoinRate = off, off, off, off, off, off
	l.MessageCharacters = max(l.MessageCharacters, DefaultConfig().Limits.MessageCharacters)
	cfg.Log.Access, cfg.Log.Level = false, "warning"
	return cfg
}

// cheapHashes is for accounts whose password is printed: hashing it slowly would protect nothing. It is hashed again, at the
// ordinary cost, when somebody signs in later.
func cheapHashes(o *node.Options) {
	o.Hasher = local.HasherOptions{MemoryKiB: 64, Time: 1, Parallel: o.Hasher.Parallel}
}

// runDemo fills the demo's data folder and then serves it until ctx ends.
func runDemo(ctx context.Context, cfg Config, d demoOptions, out, notes io.Writer) error {
	if err := checkListen(cfg.HTTP.Listen); err != nil {
		return err // told before the filling, which may take a while
	}
	plan, err := demo.NewPlan()
	if err != nil {
		return err
	}
	loader := demo.NewLoader(plan.Limit(d.messages), demo.Options{Password: demoPassword, Hold: hold(d), Progress: newProgress(notes)})
	report, err := fillDemo(ctx, fillingConfig(cfg), loader)
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted; what is done stays, and the next beep demo goes on from there")
	case err != nil:
		return fmt.Errorf("fill the demo: %w; what is done stays, and the next beep demo goes on from there", err)
	}
	printReport(notes, report)
	return serveDemo(ctx, cfg, d, loader, out, notes)
}

func hold(d demoOptions) int {
	if !d.live {
		return 0
	}
	return demoHold
}

// checkListen tells whether the address is free.
func checkListen(listen string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("http.listen: %w; choose another with BEEP_HTTP_LISTEN (beep doctor tells who holds it)", err)
	}
	return l.Close()
}

// fillDemo runs a node until the loader is done with it. That node's log, with a line for each account that is made, goes to
// a file, so that the terminal can show how far it is.
func fillDemo(ctx context.Context, cfg Config, loader *demo.Loader) (report demo.Report, err error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return report, fmt.Errorf("data folder of the demo: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(cfg.DataDir, "filling.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return report, fmt.Errorf("data folder of the demo: %w", err)
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	loaded := make(chan error, 1)
	s := newService(cfg, log, io.Discard)
	s.adjust = cheapHashes
	started := false
	err = s.run(ctx, func(addr string) {
		started = true
		go func() {
			defer cancel()
			var err error
			report, err = loader.Load(ctx, "http://"+addr)
			loaded <- err
		}()
	})
	if started {
		if loadErr := <-loaded; err == nil {
			err = loadErr
		}
	}
	return report, err
}

// serveDemo runs the filled node.
func serveDemo(ctx context.Context, cfg Config, d demoOptions, loader *demo.Loader, out, notes io.Writer) error {
	guest := demoGuest{Server: demo.ServerName, Login: demo.GuestUsername, Password: demoPassword}
	s := newService(cfg, out, notes)
	s.web = webHandler(&guest)
	ctx, cancel := context.WithCancel(ctx)
	live := make(chan struct{})
	close(live)
	err := s.run(ctx, func(addr string) {
		fmt.Fprintf(notes, "  Sign in as    %s, password %s (everybody has this password)\n  Data source   Kummerfeld et al., ACL 2019, CC BY 4.0\n\n",
			guest.Login, guest.Password)
		if !d.live {
			return
		}
		live = make(chan struct{})
		go func() {
			defer close(live)
			if err := loader.Live(ctx, "http://"+localAddress(addr), demoStep); err != nil {
				fmt.Fprintln(notes, "  The conversations stopped:", err)
			}
		}()
	})
	cancel()
	<-live
	return err
}

// localAddress is how this machine reaches a listener that may be on all its interfaces.
func localAddress(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (ip == nil || ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return addr
}
