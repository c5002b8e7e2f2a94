// Package apitest is the kit for tests of the front door: it starts whole nodes in memory, speaks to them as people do, and
// holds every answer to the contract.
//
// It owns the node under test with its clock and file system, clients (one a person) for REST and the stream, a recorder
// of the events that were logged, a probe in front of the permission port and a look into the rows that are stored. It
// refuses to know what a test expects beyond the contract. Answers that the contract does not know fail the test, whoever
// asked; so does an operation without a place in it.
//
// A Kit is safe for concurrent use once it is started, except for Restart. What it starts ends with the test.
//
//	kit := apitest.Start(t)
//	ada := kit.Register("ada")
//	server := ada.Post("/servers", apitest.M{"name": "Chess", "visibility": "public"}).Is(201)
//	kit.Events().Are("member.joined")
package apitest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/identity/local"
)

// Options are those of the node; Start gives them to its caller to change.
type Options = node.Options

// M is a JSON object.
type M = map[string]any

// Patience is how long something may take that must happen. Nothing waits that long unless it fails.
const Patience = 10 * time.Second

// Kit is a node with everything a test needs around it.
type Kit struct {
	T     testing.TB
	Node  *node.Node
	Clock *Clock
	Probe *Probe // asked before the permission rule

	options  Options
	contract *Contract
	recorder *Recorder

	mu     sync.Mutex
	server *httptest.Server
}

// Start starts a node in memory, with the default limits except that rates are off, cheap password hashing and a clock that
// stands still until it is advanced.
func Start(t testing.TB, change ...func(*Options)) *Kit {
	t.Helper()
	k := &Kit{T: t, Clock: NewClock(), Probe: &Probe{}, contract: LoadContract(t)}
	k.options = Options{DataDir: "data", FS: vfs.NewMem(), Clock: k.Clock.Now, Limits: Limits(), Version: "test",
		Hasher: local.HasherOptions{MemoryKiB: 64, Time: 1, Queue: 1000}, Guard: k.Probe.guard}
	for _, f := range change {
		f(&k.options)
	}
	k.open()
	t.Cleanup(k.close)
	return k
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
	n, err := node.Open(context.Background(), k.options)
	if err != nil {
		k.T.Fatalf("open a node: %v", err)
	}
	k.Node = n
	k.recorder = newRecorder(k.T, n.Engine)
}

func (k *Kit) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.server != nil {
		k.server.CloseClientConnections()
		k.server.Close()
		k.server = nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if err := k.Node.Close(ctx); err != nil {
		k.T.Errorf("close the node: %v", err)
	}
}

// Restart closes the node and opens it again on the same files. Options may be changed on the way.
func (k *Kit) Restart(change ...func(*Options)) {
	k.T.Helper()
	k.close()
	for _, f := range change {
		f(&k.options)
	}
	k.open()
}

// Advance moves the clock.
func (k *Kit) Advance(d time.Duration) {
	k.T.Helper()
	k.Clock.Advance(d)
	if err := k.Node.RenewLease(context.Background()); err != nil {
		k.T.Fatalf("advance the clock: %v", err)
	}
}

// Handler is the front door itself.
func (k *Kit) Handler() http.Handler { return k.Node.Handler() }

// URL is the address of a listener on loopback, which is started when it is first asked for.
func (k *Kit) URL() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.server == nil {
		k.server = httptest.NewServer(k.Node.Handler())
	}
	return k.server.URL
}

// Contract is what answers are held to.
func (k *Kit) Contract() *Contract { return k.contract }

// Events is the recorder of what was logged.
func (k *Kit) Events() *Recorder { return k.recorder }

// Clock stands still until it is advanced.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that shows a moment of 2026.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)} }

// Now tells the time.
func (c *Clock) Now() time.Time {
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
