package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"
)

const (
	mostNodes    = 3
	loadRate     = 333 // messages a second of the whole community, the load the product is made for
	loadSenders  = 33
	loadStreams  = 120 // that hear each message: 40,000 deliveries a second on all nodes together
	streamOwners = 6
)

// limitsOn are limits that nobody meets here but that are asked for, since asking Redis is part of what a send costs.
var limitsOn = []string{"BEEP_LIMITS_MESSAGE_RATE=1000/10s", "BEEP_LIMITS_REQUEST_RATE=1000/1s"}

// measureNodes gives one, two and three nodes the same load. All of it is sent to the first, so that what the others use is
// what it costs to be there: to hear of each message, and to hand it to their share of the streams.
func measureNodes(ctx context.Context, b *bench) error {
	for n := 1; n <= mostNodes; n++ {
		if err := b.measureNodes(ctx, n); err != nil {
			return fmt.Errorf("%d nodes: %w", n, err)
		}
	}
	return nil
}

func (b *bench) measureNodes(ctx context.Context, n int) (err error) {
	s, err := b.open(ctx, "nodes-"+strconv.Itoa(n))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	nodes, stop, err := s.startAll(ctx, n, append([]string{"GOMAXPROCS=1"}, limitsOn...)...)
	defer func() { err = errors.Join(err, stop()) }()
	if err != nil {
		return err
	}
	senders, err := register(nodes[0].addr, "sender", loadSenders)
	defer hangUp(senders)
	if err != nil {
		return err
	}
	owners, err := register(nodes[0].addr, "listener", streamOwners)
	defer hangUp(owners)
	if err != nil {
		return err
	}
	alone, err := community(senders, "alone", 1)
	if err != nil {
		return err
	}
	heard, err := community(append(append([]*person{}, senders...), owners...), "heard", 1)
	if err != nil {
		return err
	}
	var c crowd
	defer c.close()
	for i, node := range nodes {
		err := c.open(node.addr, loadStreams/n, "event: message.created", func(k int) (string, string) {
			return "/api/v1/events", owners[(i+k)%len(owners)].token
		})
		if err != nil {
			return err
		}
	}
	if _, err := b.sendAtRate(ctx, senders, alone[0], warmUp); err != nil {
		return err
	}
	l := load{b: b, s: s, nodes: nodes, crowd: &c, senders: senders}
	return l.measure(ctx, alone[0], heard[0])
}

// load is a measurement on some nodes.
type load struct {
	b       *bench
	s       *site
	nodes   []*process
	crowd   *crowd
	senders []*person
}

// spell is a time in which something was measured.
type spell struct {
	took     time.Duration
	cpu      []time.Duration // of each node
	messages float64
	heard    float64
	sends    *hdrhistogram.Histogram
	tally    tally // before it
}

// measure has nothing happen, then messages that no stream hears, then messages that all hear, so that each can be taken
// from the next.
func (l load) measure(ctx context.Context, alone, heard string) error {
	idle, err := l.spell(ctx, "")
	if err != nil {
		return err
	}
	sent, err := l.spell(ctx, alone)
	if err != nil {
		return err
	}
	if err := sent.tally.report(ctx, "nodes", l.name()+": a message", sent.messages); err != nil {
		return err
	}
	for _, listener := range l.crowd.timed() {
		listener.latency.Reset()
	}
	delivered, err := l.spell(ctx, heard)
	if err != nil {
		return err
	}
	l.crowd.close()
	l.report(idle, sent, delivered)
	return nil
}

func (l load) spell(ctx context.Context, channel string) (spell, error) {
	l.crowd.quiet(ctx, settle)
	tally, err := l.s.tally(ctx)
	if err != nil {
		return spell{}, err
	}
	sp := spell{tally: tally, sends: newHistogram()}
	before, began, heard := l.cpu(), time.Now(), l.crowd.heard.Load()
	if channel == "" {
		select {
		case <-time.After(2 * settle):
		case <-ctx.Done():
			return sp, ctx.Err()
		}
	} else if sp.sends, err = l.b.sendAtRate(ctx, l.senders, channel, l.b.duration); err != nil {
		return sp, err
	}
	l.crowd.quiet(ctx, requestLimit)
	sp.took, sp.messages, sp.heard = time.Since(began), float64(sp.sends.TotalCount()), float64(l.crowd.heard.Load()-heard)
	for i, now := range l.cpu() {
		sp.cpu = append(sp.cpu, now-before[i])
	}
	return sp, nil
}

func (l load) cpu() (all []time.Duration) {
	for _, n := range l.nodes {
		all = append(all, n.cpu())
	}
	return all
}

func (l load) name() string {
	if len(l.nodes) == 1 {
		return "1 node"
	}
	return fmt.Sprintf("%d nodes", len(l.nodes))
}

// report tells what each node used for what, without what it uses anyway.
func (l load) report(idle, sent, delivered spell) {
	add := func(name string, value float64, unit, note string) {
		l.b.report.add("nodes", l.name()+": "+name, value, unit, note)
	}
	note := fmt.Sprintf("GOMAXPROCS=1 each, limits asked for; %d senders at the first node, %d streams on all", loadSenders, len(l.crowd.listeners))
	add("messages", sent.messages/sent.took.Seconds(), "/s", note)
	l.b.report.latencies("nodes", l.name()+": send", sent.sends)
	l.b.report.latencies("nodes", l.name()+": publish to client", l.crowd.latencies())
	rest := func(i int) float64 { return idle.cpu[i].Seconds() / idle.took.Seconds() }
	share := delivered.heard / float64(len(l.nodes))
	for i := range l.nodes {
		who := fmt.Sprintf("node %d, ", i+1)
		doing := "sent there"
		if i > 0 {
			doing = "sent at another"
		}
		add(who+"idle", 100*rest(i), "%", "of one core, with its streams")
		message := (sent.cpu[i].Seconds() - rest(i)*sent.took.Seconds()) / sent.messages
		add(who+"processor time of 1,000 messages", 1e6*message, "ms", doing+", heard by no stream; idling taken off")
		delivery := (delivered.cpu[i].Seconds() - rest(i)*delivered.took.Seconds() - message*delivered.messages) / share
		add(who+"processor time of 1,000 deliveries", 1e6*delivery, "ms", fmt.Sprintf("%.0f deliveries there, the messages taken off, which at the first node is the greater part", share))
	}
	add("delivered", 100*delivered.heard/(delivered.messages*float64(len(l.crowd.listeners))), "%", fmt.Sprintf("%.0f deliveries/s", delivered.heard/delivered.took.Seconds()))
}

// timed are the listeners whose deliveries are timed.
func (c *crowd) timed() (some []*listener) {
	for _, l := range c.listeners {
		if l.latency != nil {
			some = append(some, l)
		}
	}
	return some
}

// sendAtRate has people send loadRate messages a second together. Who is late sends the next at once, so the rate is held as
// long as the node can.
func (b *bench) sendAtRate(ctx context.Context, people []*person, channel string, d time.Duration) (*hdrhistogram.Histogram, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	all := newHistogram()
	var mu sync.Mutex
	var g errgroup.Group
	pace := time.Duration(len(people)) * time.Second / loadRate
	for i, p := range people {
		g.Go(func() error {
			h, err := b.pacedLoop(ctx, p, channel, i, pace)
			mu.Lock()
			defer mu.Unlock()
			all.Merge(h)
			return err
		})
	}
	err := g.Wait()
	if cause := context.Cause(ctx); err == nil && errors.Is(cause, context.Canceled) {
		err = cause
	}
	return all, err
}

func (b *bench) pacedLoop(ctx context.Context, p *person, channel string, seed int, pace time.Duration) (*hdrhistogram.Histogram, error) {
	h := newHistogram()
	next := time.Now().Add(pace * time.Duration(seed%10) / 10) // not all at the same moment
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return h, nil
		case <-time.After(time.Until(next)):
		}
		next = next.Add(pace)
		now := time.Now()
		stamp := strconv.FormatInt(now.UnixNano(), 10)
		body, err := json.Marshal(map[string]string{"content": sentAt + stamp + " " + b.texts[(seed*911+n)%len(b.texts)], "nonce": stamp + "-" + strconv.Itoa(seed)})
		if err != nil {
			return h, err
		}
		status, answer, err := p.conn.do("POST", "/api/v1/channels/"+channel+"/messages", p.token, body)
		if err == nil && status != http.StatusCreated {
			err = fmt.Errorf("a send was answered %d %s", status, answer)
		}
		if err != nil {
			return h, err
		}
		if err := h.RecordValue(max(1, time.Since(now).Microseconds())); err != nil {
			return h, err
		}
	}
}
