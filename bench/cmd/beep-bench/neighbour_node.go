package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/identity/local"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
	"github.com/beep-chat/beep/plugins/builtin"
)

// nodeCommand makes this binary serve a node that has hostile plugins beside the built-in ones, which no configuration of Beep can
// ask for. It prints the address it listens on.
const nodeCommand = "node-serve"

const (
	nodeAddress = "BENCH_NODE_ADDRESS"
	nodeDir     = "BENCH_NODE_DIR"
	nodeFactor  = "BENCH_NODE_TIME_FACTOR"
)

// harmful are the modules of package hostile that the node has, each under an id of its own and so with a breaker of its own.
var harmful = []string{"Loop", "CallTree", "Fill", "Divisions"}

func harmfulID(i int) core.PluginID {
	return core.PluginID(fmt.Sprintf("chat.beep.bench.hostile-%d", i+1))
}

func nodePackages() ([]pluginhost.Package, error) {
	built, err := builtin.All()
	if err != nil {
		return nil, err
	}
	var out []pluginhost.Package
	for _, p := range built {
		out = append(out, pluginhost.Package{Wasm: p.Wasm})
	}
	for i, name := range harmful {
		m, err := runaway(name)
		if err != nil {
			return nil, err
		}
		out = append(out, pluginhost.Package{Wasm: m.Make(hostile.Manifest(string(harmfulID(i)), string(core.HookModerate)))})
	}
	return out, nil
}

// serveNode runs the node until it is told to stop.
func serveNode() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	packages, err := nodePackages()
	if err != nil {
		return err
	}
	factor, err := strconv.Atoi(os.Getenv(nodeFactor))
	if err != nil {
		return fmt.Errorf("%s: %w", nodeFactor, err)
	}
	var calls callTable
	dir := os.Getenv(nodeDir)
	n, err := node.Open(ctx, node.Options{DataDir: filepath.Join(dir, "data"), Limits: unlimited(), MinFree: 512 << 20, CacheBytes: 64 << 20,
		Hasher:  local.HasherOptions{MemoryKiB: 64, Time: 1}, // signing up is not what is measured
		Plugins: &node.Plugins{Packages: packages, CacheDir: filepath.Join(dir, "native"), TimeFactor: factor, OnCall: calls.add}})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", os.Getenv(nodeAddress))
	if err != nil {
		return errors.Join(err, n.Close(context.Background()))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) { calls.write(w, n.Guests) })
	mux.Handle("/", n.Handler())
	server := &http.Server{Handler: mux}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	fmt.Println(l.Addr())
	select {
	case <-ctx.Done():
		err = server.Close()
	case err = <-served:
	}
	end, cancel := context.WithTimeout(context.Background(), stopLimit/2)
	defer cancel()
	return errors.Join(err, n.Close(end))
}

// unlimited are the limits without those that tell people from programs, as the other nodes of the bench have them.
func unlimited() core.Limits {
	l := core.DefaultLimits()
	l.MessageRate, l.RequestRate, l.RegisterRate, l.LoginRate, l.CreateRate, l.JoinRate, l.PluginRate =
		core.Rate{}, core.Rate{}, core.Rate{}, core.Rate{}, core.Rate{}, core.Rate{}, core.Rate{}
	l.StreamsPerUser, l.StreamsPerAddress = 0, 0
	return l
}

// callTable counts calls of plugins under the names that a real node has for them.
type callTable struct {
	mu    sync.Mutex
	calls map[pluginhost.Call]int // without time and fuel
}

func (t *callTable) add(c pluginhost.Call) {
	c.Wall, c.Fuel = 0, 0
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.calls == nil {
		t.calls = map[pluginhost.Call]int{}
	}
	t.calls[c]++
}

func (t *callTable) write(w http.ResponseWriter, h *pluginhost.Host) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c, n := range t.calls {
		fmt.Fprintf(w, "%s{plugin=%q,outcome=%q} %d\n", callsMetric, c.Plugin, c.Outcome, n)
		if c.Fault != "" {
			fmt.Fprintf(w, "%s{plugin=%q,fault=%q} %d\n", faultsMetric, c.Plugin, c.Fault, n)
		}
	}
	all, _ := h.Stats()
	for _, s := range all {
		if s.State == core.PluginReady {
			fmt.Fprintf(w, "beep_plugin_ready{plugin=%q} 1\n", s.Plugin)
		}
	}
}
