// Package node puts a Beep node together: the engine, the stores, the rules of core, the live log and the front door. It
// is wiring and nothing else; what it decides is the order of starting and stopping.
//
// Open gives a running node without a listener, so that `beep serve`, the tests and the benchmarks run the same thing. A
// Node is safe for concurrent use; Close ends every goroutine it started.
//
//	n, err := node.Open(ctx, node.Options{DataDir: "./beep-data", Limits: core.DefaultLimits()})
//	defer n.Close(ctx)
//	http.Serve(listener, n.Handler())
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/authz"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/core/channels"
	"github.com/beep-chat/beep/core/ids"
	"github.com/beep-chat/beep/core/jobs"
	"github.com/beep-chat/beep/core/members"
	"github.com/beep-chat/beep/core/messages"
	"github.com/beep-chat/beep/core/plugins"
	"github.com/beep-chat/beep/core/servers"
	"github.com/beep-chat/beep/core/snapshots"
	"github.com/beep-chat/beep/httpapi"
	"github.com/beep-chat/beep/identity/local"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/realtime"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/embedded"
	"github.com/beep-chat/beep/storage/wide"
)

// Options are what a node is made from. Zero values are sensible for tests; `beep serve` fills them from its config.
type Options struct {
	DataDir string
	Cluster *Cluster // nil: a lone node, with everything in DataDir
	FS      vfs.FS   // nil: the disk
	Clock   core.Clock
	Logger  *slog.Logger

	Limits  core.Limits
	Policy  accounts.Policy
	Version string
	Hasher  local.HasherOptions

	MinFree    uint64
	FreeBytes  func(dir string) (uint64, error) // nil: what the disk tells
	CacheBytes int64
	Window     realtime.Window
	Heartbeat  time.Duration

	TrustedProxies []netip.Prefix
	SecureCookies  bool
	Web            http.Handler

	Plugins  *Plugins                   // nil: the native renderer alone
	Catalog  plugins.Catalog            // what plugins are installed; nil: those of Plugins
	Audit    core.Auditor               // nil: none
	OnAccess func(httpapi.Access)       // nil: none
	OnCommit func(embedded.CommitStats) // nil: none
	Trace    func(ctx context.Context, route string, h http.Header) (context.Context, func(status int))
	Wrap     func(wide.Engine) wide.Engine         // around the engine, for tracing and faults; nil: none
	Replays  func(core.Replays) core.Replays       // around the memory of Idempotency-Keys, for tests; nil: none
	Guard    func(core.Authorizer) core.Authorizer // around the permission port, for tests; nil: none
	Streams  realtime.Metrics
}

// Node is a running node.
type Node struct {
	Engine   *embedded.Engine // of a lone node; nil in a cluster
	Stores   *storage.Stores
	Accounts *accounts.Service
	Servers  *servers.Service
	Channels *channels.Service
	Members  *members.Service
	Messages *messages.Service
	Plugins  *plugins.Service
	Guests   *pluginhost.Host // nil without Options.Plugins
	Hub      *realtime.Hub
	Hasher   *local.Hasher
	IDs      core.IDSource

	ground    ground
	db        wide.Engine
	log       realtime.Log
	directory *servers.Directory
	access    core.Authorizer
	rule      *authz.Rule
	keeper    *ids.Keeper
	jobs      *jobs.Queue
	limiter   core.RateLimiter
	handler   http.Handler

	closing sync.Once
	closed  error
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Audit == nil {
		o.Audit = noAudit{}
	}
	if o.Policy.Registration == "" {
		o.Policy.Registration = accounts.OpenRegistration
	}
	if o.Policy.DefaultLocale == "" {
		o.Policy.DefaultLocale = "en"
	}
	return o
}

type noAudit struct{}

// Record implements core.Auditor.
func (noAudit) Record(context.Context, core.AuditEntry) {}

// Open starts a node. ctx bounds the start only.
func Open(ctx context.Context, o Options) (*Node, error) {
	o = o.withDefaults()
	n := &Node{}
	var err error
	if o.Cluster != nil {
		n.ground, err = openShared(ctx, &o)
	} else {
		n.Engine, err = openEmbedded(o)
		n.ground = &lone{engine: n.Engine, clock: o.Clock}
	}
	if err != nil {
		return nil, err
	}
	if err := n.start(ctx, o); err != nil {
		return nil, errors.Join(err, n.Close(ctx))
	}
	return n, nil
}

func (n *Node) start(ctx context.Context, o Options) error {
	n.db = n.ground.Store()
	if o.Wrap != nil {
		n.db = o.Wrap(n.db)
	}
	n.limiter = n.ground.Limiter()
	n.Stores = storage.New(n.db, n.ground.Clock())
	keeper, err := ids.Acquire(ctx, ids.KeeperOptions{Leases: n.Stores.Leases, Clock: o.Clock, Holder: n.ground.Holder(), Takeover: true, Logger: o.Logger})
	if err != nil {
		return err
	}
	n.keeper, n.IDs = keeper, keeper.Source()
	if err := n.ground.Begin(ctx, keeper); err != nil {
		return err
	}
	shared := o.Cluster != nil
	n.directory = servers.NewDirectory(servers.DirectoryOptions{Store: n.Stores.Servers, Lookups: n.Stores.Servers, Trusted: n.hears, Shared: shared})
	n.rule = authz.NewRule(authz.Options{Source: n.directory, Members: n.Stores.Members, Trusted: n.hears, Shared: shared})
	n.access = n.rule
	if o.Guard != nil {
		n.access = o.Guard(n.rule)
	}
	hooks, err := n.openGuests(&o)
	if err != nil {
		return err
	}
	n.areas(o, hooks)
	if err := n.live(ctx, o); err != nil {
		return err
	}
	n.jobs.Start()
	n.Plugins.Start()
	n.installGuests(o)
	return n.openDoor(o)
}

// hears tells whether this node hears of every change; while it does not, what is cached is asked for again.
func (n *Node) hears() bool {
	if n.Hub == nil {
		return true
	}
	ok, _ := n.Hub.Healthy()
	return ok
}

// areas wires the rules of core to the stores and to each other.
func (n *Node) areas(o Options, hooks core.MessageHooks) {
	events := core.EventMaker{IDs: n.IDs, Clock: o.Clock}
	limiter := n.limiter
	late := &lateBinding{n: n}
	shared := o.Cluster != nil
	n.jobs = jobs.New(n.Stores.Jobs, o.Logger, n.runners())
	if shared {
		n.jobs.Share(n.Stores.Turns, n.ground.Holder())
	}
	finder := local.FinderFunc(func(ctx context.Context, login string) (core.UserID, error) { return n.Accounts.UserByName(ctx, login) })
	n.Hasher = local.NewHasher(o.Hasher)
	n.Accounts = accounts.NewService(accounts.Options{Users: n.Stores.Users, Sessions: n.Stores.Sessions, Settings: n.Stores.Settings,
		Identity:    local.NewProvider(n.Hasher, finder, n.Stores.Users),
		Memberships: late, Invites: late, Tickets: n.ground.Tickets(), Limiter: limiter, Audit: o.Audit, Events: events,
		Limits: o.Limits, Policy: o.Policy, Trusted: n.hears, Shared: shared})
	n.Members = members.NewService(members.Options{Store: n.Stores.Members, Invites: n.Stores.Invites, Servers: n.directory, Cards: late,
		People: n.Accounts, Access: n.access, Limiter: limiter, Events: events, Limits: o.Limits})
	n.Servers = servers.NewService(servers.Options{Store: n.Stores.Servers, Directory: n.directory, Founder: n.Members,
		Deletions: serverDeletions{n.jobs}, Access: n.access, Sessions: n.Accounts, Limiter: limiter, Events: events, Limits: o.Limits})
	n.Channels = channels.NewService(channels.Options{Store: n.Stores.Servers, Directory: n.directory, Deletions: channelDeletions{n.jobs},
		Access: n.access, Limiter: limiter, Events: events, Limits: o.Limits})
	n.Messages = messages.New(messages.Options{Store: n.Stores.Messages, ReadStates: n.Stores.ReadStates, Places: n.directory,
		People: people{n}, Access: n.access, Limiter: limiter, Hooks: hooks,
		Claims: n.ground.Claims(), Broadcast: late, Events: events, Limits: o.Limits, NextVersion: n.ground.NextVersion, Trusted: n.hears})
	n.Plugins = plugins.New(plugins.Options{Store: n.Stores.Plugins, Catalog: o.Catalog, People: n.Accounts, Texts: n.Messages, Access: n.access,
		Limiter: limiter, Audit: o.Audit, Events: events, Limits: o.Limits, Logger: o.Logger, Trusted: n.hears})
}

// live starts the hub over the log.
func (n *Node) live(ctx context.Context, o Options) error {
	n.log = n.ground.Log()
	n.Hub = realtime.NewHub(realtime.Options{Log: n.log, Access: hearing{n.access}, Members: n.Members,
		Sessions: n.Accounts, Apply: n.apply, Lost: n.forgetAll, Clock: o.Clock, Logger: o.Logger, Metrics: o.Streams, Window: o.Window,
		StreamsPerUser: o.Limits.StreamsPerUser, StreamsPerAddress: o.Limits.StreamsPerAddress, Heartbeat: o.Heartbeat})
	if err := n.Hub.Start(ctx); err != nil {
		return err
	}
	return n.ground.Join(n.Hub)
}

func (n *Node) openDoor(o Options) error {
	snaps := snapshots.NewService(snapshots.Options{Cursor: cursor{n.Hub}, Accounts: n.Accounts, Members: n.Members, Servers: n.directory,
		Channels: n.Channels, Messages: n.Messages, Access: n.access, Parallel: 4 * runtime.GOMAXPROCS(0)})
	replays := core.Replays(n.Stores.Replays)
	if o.Replays != nil {
		replays = o.Replays(replays)
	}
	handler, err := httpapi.New(httpapi.Options{Accounts: n.Accounts, Servers: n.Servers, Channels: n.Channels, Members: n.Members,
		Messages: n.Messages, Plugins: n.Plugins, Snapshots: snaps, Streams: streams{n.Hub, n.ground, o.Cluster != nil},
		Replays: replays, IDs: n.IDs, Limiter: n.limiter, Limits: o.Limits,
		Instance: httpapi.Instance{Name: "Beep", Version: o.Version, Registration: o.Policy.Registration, ValidationRequired: o.Policy.RequireValidation},
		Clock:    o.Clock, Logger: o.Logger, OnAccess: o.OnAccess, Trace: o.Trace, TrustedProxies: o.TrustedProxies,
		SecureCookies: o.SecureCookies, Web: o.Web})
	n.handler = handler
	return err
}

// Log is what the node's streams are fed from.
func (n *Node) Log() realtime.Log { return n.log }

// Handler is the public API with the web client.
func (n *Node) Handler() http.Handler { return n.handler }

// RenewLease extends the claim on the worker id now. The node does so by itself every ids.RenewEvery; who moves the clock
// further than ids.Reach, as tests do, asks for it so that ids need not wait.
func (n *Node) RenewLease(ctx context.Context) error { return n.keeper.Renew(ctx) }

// Lost is closed when another node took this one's worker id, because it was frozen or cut off from the store for longer than
// its lease. It refuses writes from then on and has to be closed and opened anew.
func (n *Node) Lost() <-chan struct{} { return n.keeper.Lost() }

// Close stops the node: streams, jobs, what is recorded of plugins, announcing, worker lease, store, in this order. It may be
// called after a failed start, and again.
func (n *Node) Close(ctx context.Context) error {
	n.closing.Do(func() { n.closed = n.close(ctx) })
	return n.closed
}

func (n *Node) close(ctx context.Context) error {
	var errs []error
	if n.Hub != nil {
		errs = append(errs, n.Hub.Close(ctx))
	}
	if n.jobs != nil {
		n.jobs.Close()
	}
	if n.Guests != nil {
		n.Guests.Close()
	}
	if n.Plugins != nil {
		errs = append(errs, n.Plugins.Close(ctx))
	}
	n.ground.End()
	if n.keeper != nil {
		errs = append(errs, n.keeper.Close(ctx))
	}
	errs = append(errs, n.ground.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stop node: %w", err)
	}
	return nil
}

// Writable tells whether the store takes writes now: an empty commit goes the whole way to the disk.
func (n *Node) Writable(ctx context.Context) error {
	_, err := n.db.Commit(ctx, wide.Commit{})
	return err
}
