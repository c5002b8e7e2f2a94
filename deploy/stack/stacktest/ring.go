package stacktest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// MaxNodes bounds a ring: three are what a quorum that survives a loss needs.
const MaxNodes = 3

const (
	// startTimeout is how long a node may take until it answers, on a machine that is busy with other tests.
	startTimeout = 3 * time.Minute
	// endTimeout is how long a killed process may take to be gone.
	endTimeout = 30 * time.Second
	pollEvery  = 100 * time.Millisecond
)

// Options say what to start. The zero value is one fast node.
type Options struct {
	Nodes   int    // 1 to MaxNodes; 0 is 1
	Durable bool   // sync every write before it is acknowledged: needed by tests that kill nodes and count writes
	Net     string // the first three numbers of the addresses, for example "127.0.2"; "" chooses some that are free
	Heap    string // of each node; "" is 512m
}

// Cassandra is a running ring. Nodes are counted from 0.
type Cassandra struct {
	t     testing.TB
	o     Options
	root  string
	nodes []*node
	claim net.Listener // holds the addresses against other rings, as long as this process lives
}

// StartCassandra starts a ring and waits until each node answers and sees the others.
func StartCassandra(t testing.TB, o Options) *Cassandra {
	t.Helper()
	root, err := checkout()
	if err != nil {
		t.Fatal(err)
	}
	if o, err = o.normal(); err != nil {
		t.Fatal(err)
	}
	require(t, root)
	c := &Cassandra{t: t, o: o, root: root}
	if c.o.Net, c.claim, err = claimNet(o.Net, o.Nodes); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	t.Cleanup(c.end) // after TempDir, so it runs before that removes the folder
	for i := range o.Nodes {
		c.nodes = append(c.nodes, &node{folder: filepath.Join(folder, "n"+strconv.Itoa(i+1))})
	}
	for i := range c.nodes { // one after the other: the first makes the ring, each other asks it
		if err := c.start(i); err != nil {
			t.Fatal(err)
		}
		if err := c.await(i, func(ctx context.Context) error { return c.probe(ctx, i) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.settle(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (o Options) normal() (Options, error) {
	if o.Nodes == 0 {
		o.Nodes = 1
	}
	if o.Nodes < 1 || o.Nodes > MaxNodes {
		return o, fmt.Errorf("stacktest: %d nodes: use 1 to %d", o.Nodes, MaxNodes)
	}
	return o, nil
}

// Hosts are the addresses of the nodes, host:port.
func (c *Cassandra) Hosts() []string {
	hosts := make([]string, len(c.nodes))
	for i := range hosts {
		hosts[i] = c.Host(i)
	}
	return hosts
}

// Host is host:port of node i.
func (c *Cassandra) Host(i int) string { return net.JoinHostPort(c.address(i), strconv.Itoa(cqlPort)) }

func (c *Cassandra) address(i int) string { return fmt.Sprintf("%s.%d", c.o.Net, i+1) }

// Kill ends node i like kill -9 and waits until it is gone. Killing what is down does nothing.
func (c *Cassandra) Kill(i int) {
	c.t.Helper()
	if err := c.nodes[i].kill(); err != nil {
		c.t.Errorf("kill node %d: %v", i, err)
	}
}

// Restart starts node i with what its folder holds, after killing it when it runs. It does not wait: WaitUp does.
func (c *Cassandra) Restart(i int) {
	c.t.Helper()
	if !c.o.Durable {
		c.t.Fatal("stacktest: only Durable nodes come back: the others forget their newest tables when they are killed")
	}
	c.Kill(i)
	if err := c.start(i); err != nil {
		c.t.Errorf("restart node %d: %v", i, err)
	}
}

// Pause freezes node i: it answers nobody, its connections stay open.
func (c *Cassandra) Pause(i int) { c.signal(i, syscall.SIGSTOP) }

// Resume thaws a frozen node.
func (c *Cassandra) Resume(i int) { c.signal(i, syscall.SIGCONT) }

func (c *Cassandra) signal(i int, sig syscall.Signal) {
	c.t.Helper()
	if err := c.nodes[i].signal(sig); err != nil {
		c.t.Errorf("%v to node %d: %v", sig, i, err)
	}
}

// WaitUp waits until node i answers, and, when all nodes run, until each of them sees all: then each has every replica.
func (c *Cassandra) WaitUp(i int) {
	c.t.Helper()
	if err := c.await(i, func(ctx context.Context) error { return c.probe(ctx, i) }); err != nil {
		c.t.Error(err)
		return
	}
	if err := c.settle(); err != nil {
		c.t.Error(err)
	}
}

// settle waits until each node sees all, while all run. What one saw may be gone when the next is asked, so it ends when all
// see all in a row, at the first question.
func (c *Cassandra) settle() error {
	for tries := 0; tries != len(c.nodes); {
		tries = 0
		for i := range c.nodes {
			err := c.await(i, func(ctx context.Context) error {
				tries++
				if !c.allRun() {
					return nil // one was killed meanwhile: there is nothing to wait for
				}
				return c.seesAll(ctx, i)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Cassandra) allRun() bool {
	for _, n := range c.nodes {
		if !n.runs() {
			return false
		}
	}
	return true
}

// await polls until a probe of node i holds.
func (c *Cassandra) await(i int, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(c.t.Context(), startTimeout)
	defer cancel()
	var last error
	for {
		if last = probe(ctx); last == nil {
			return nil
		}
		if !c.nodes[i].runs() {
			return fmt.Errorf("node %d on %s ended: %w\n%s", i, c.Host(i), last, c.nodes[i].logTail())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("node %d on %s is not up after %v: %w\n%s", i, c.Host(i), startTimeout, last, c.nodes[i].logTail())
		case <-time.After(pollEvery):
		}
	}
}

func (c *Cassandra) start(i int) error {
	env := append(os.Environ(), "STACK_CQL_PORT="+strconv.Itoa(cqlPort), "STACK_STORAGE_PORT="+strconv.Itoa(storagePort),
		"STACK_DURABLE="+map[bool]string{true: "1", false: "0"}[c.o.Durable])
	if c.o.Heap != "" {
		env = append(env, "STACK_HEAP="+c.o.Heap)
	}
	script := filepath.Join(c.root, "deploy", "stack", "cassandra-node")
	return c.nodes[i].start(env, script, strconv.Itoa(i+1), strconv.Itoa(c.o.Nodes), c.o.Net, c.nodes[i].folder)
}

// end kills what runs, all at once, and gives the addresses back.
func (c *Cassandra) end() {
	var wg sync.WaitGroup
	for i := range c.nodes {
		wg.Go(func() { c.Kill(i) })
	}
	wg.Wait()
	c.claim.Close()
}
