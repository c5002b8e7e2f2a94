// Package apitest is the kit for tests of the front door: it starts whole nodes, speaks to them as people do, and holds
// every answer to the contract.
//
// It owns the nodes under test, clients (one a person) for REST and the stream, a recorder of the events that were logged, a
// probe in front of the permission port and a look into the rows that are stored. It refuses to know what a test expects
// beyond the contract. Answers that the contract does not know fail the test, whoever asked; so does an operation without a
// place in it.
//
// Start gives one node in memory, whose clock stands still. StartCluster gives several over a real Cassandra and a Redis of
// their own, by the real clock; there each request goes to the next node, after all nodes have heard of what came before, so
// that a table written for one node holds for several. A person who is pinned (On) stays with a node, and waits for nobody.
//
// A Kit is safe for concurrent use once it is started, except for Restart, Die and Reopen. What it starts ends with the test.
//
//	kit := apitest.Start(t)
//	ada := kit.Register("ada")
//	server := ada.Post("/servers", apitest.M{"name": "Chess", "visibility": "public"}).Is(201)
//	kit.Events().Are("member.joined")
package apitest

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/plugins/plugintest"
	"github.com/beep-chat/beep/identity/local"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

// Options are those of the node; Start gives them to its caller to change.
type Options = node.Options

// M is a JSON object.
type M = map[string]any

// Patience is how long something may take that must happen. Nothing waits that long unless it fails.
const Patience = 10 * time.Second

// Kit is one node, or several, with everything a test needs around.
type Kit struct {
	T     testing.TB
	Node  *node.Node // the first one
	Clock *Clock
	Probe *Probe            // asked before the permission rule
	Redis *redistest.Server // of a cluster

	contract *Contract
	recorder *Recorder
	members  []*member
	turn     *atomic.Int64 // of the requests that may go to any node
	mu       *sync.Mutex   // over the listeners
}

// Start starts a node in memory, with the default limits except that rates are off, cheap password hashing, the plugins of
// plugintest and a clock that stands still until it is advanced.
func Start(t testing.TB, change ...func(*Options)) *Kit {
	t.Helper()
	k := newKit(t, NewClock())
	o := k.options(change)
	if o.DataDir == "" {
		o.DataDir, o.FS = "data", vfs.NewMem()
	}
	k.members = []*member{{options: o}}
	k.open()
	t.Cleanup(k.close)
	return k
}

func newKit(t testing.TB, clock *Clock) *Kit {
	return &Kit{T: t, Clock: clock, Probe: &Probe{}, contract: LoadContract(t), turn: new(atomic.Int64), mu: new(sync.Mutex)}
}

func (k *Kit) options(change []func(*Options)) Options {
	o := Options{Clock: k.Clock.Now, Limits: Limits(), Version: "test", Hasher: local.HasherOptions{MemoryKiB: 64, Time: 1, Queue: 1000},
		Guard: k.Probe.guard, Catalog: plugintest.New()}
	for _, f := range change {
		f(&o)
	}
	return o
}

// Limits are the default limits without the rates.
func Limits() core.Limits {
	d := core.DefaultLimits()
	return core.Limits{StreamsPerUser: d.StreamsPerUser, StreamsPerAddress: d.StreamsPerAddress, ServersPerUser: d.ServersPerUser,
		MessageCharacters: d.MessageCharacters, ChannelsPerServer: d.ChannelsPerServer, RolesPerServer: d.RolesPerServer,
		InvitesPerServer: d.InvitesPerServer}
}

func (k *Kit) open() {
	k.T.Helper()
	for _, m := range k.members {
		if err := m.open(); err != nil {
			k.T.Fatalf("open a node: %v", err)
		}
	}
	k.Node = k.members[0].node
	k.recorder = newRecorder(k.T, k.Node.Log(), k.Announced)
}

func (k *Kit) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, m := range k.members {
		if err := m.close(); err != nil {
			k.T.Errorf("close a node: %v", err)
		}
	}
}

// Restart closes the nodes and opens them again on the same files. Options may be changed on the way.
func (k *Kit) Restart(change ...func(*Options)) {
	k.T.Helper()
	k.close()
	for _, m := range k.members {
		for _, f := range change {
			f(&m.options)
		}
	}
	k.open()
}

// Advance moves the clock.
func (k *Kit) Advance(d time.Duration) {
	k.T.Helper()
	if k.Clock.real {
		k.T.Fatal("the clock of a cluster cannot be moved")
	}
	k.Clock.Advance(d)
	if err := k.Node.RenewLease(context.Background()); err != nil {
		k.T.Fatalf("advance the clock: %v", err)
	}
}

// Handler is the front door of the first node.
func (k *Kit) Handler() http.Handler { return k.Node.Handler() }

// URL is the address of the first node on loopback.
func (k *Kit) URL() string { return k.URLOf(1) }

// Contract is what answers are held to.
func (k *Kit) Contract() *Contract { return k.contract }

// Events is the recorder of what was logged.
func (k *Kit) Events() *Recorder { return k.recorder }

// Clock stands still until it is advanced, or is the real one.
type Clock struct {
	real bool
	mu   sync.Mutex
	now  time.Time
}

// NewClock makes a clock that shows a moment of 2026.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)} }

// Moves tells whether the clock stands still until it is advanced.
func (c *Clock) Moves() bool { return !c.real }

// Now tells the time.
func (c *Clock) Now() time.Time {
	if c.real {
		return time.Now()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
