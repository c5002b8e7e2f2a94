package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/beep-chat/beep/core"
)

const (
	neighbourGoal = 10 // % that p99 in the other server may differ by
	attackers     = 8  // people in the server with the hostile plugin
	attackPace    = 100 * time.Millisecond
	// spellTimes is how much longer than other measurements a spell is: a collection or a stall of the disk takes a tenth of a
	// second, and shorter spells would tell of those.
	spellTimes = 4
)

// neighbours are two servers of one node: A, in which hostile plugins are enabled, and B, whose people should not feel it.
type neighbours struct {
	b              *bench
	node           *process
	metrics        string
	inA, inB       []*person
	channelA       string
	channelsB      []string
	rate           float64 // of B's sends
	without, with  *hdrhistogram.Histogram
	rounds         []string  // what each said
	times          []float64 // by how much p99 was longer in each
	stopped, spare float64   // calls of hostile plugins that ran, and that their breakers kept from running
}

// measureNeighbour finds the most that server B does, and then has it do half of that on a fixed schedule, with and without a
// hostile plugin at work in server A.
func (b *bench) measureNeighbour(ctx context.Context) (err error) {
	n := &neighbours{b: b, without: newHistogram(), with: newHistogram()}
	if n.node, err = b.startNeighbours(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.node.stop(), os.RemoveAll(b.data("neighbours"))) }()
	defer func() { hangUp(append(n.inA, n.inB...)) }()
	if err := n.settle(ctx); err != nil {
		return err
	}
	if _, err := sendFor(ctx, b, n.inB, n.channelsB, warmUp); err != nil {
		return err
	}
	began := time.Now()
	h, err := sendFor(ctx, b, n.inB, n.channelsB, b.duration)
	if err != nil {
		return err
	}
	most := float64(h.TotalCount()) / time.Since(began).Seconds()
	n.rate = most / 2
	b.report.add("plugins", "neighbour: the most server B does", most, "/s", fmt.Sprintf("%d senders, built-in plugins on; a node inside of the bench's child, without access log and metrics%s", b.senders, b.limitsNote()))
	for i, name := range harmful {
		if err := n.round(ctx, i); err != nil {
			return fmt.Errorf("beside %s: %w", name, err)
		}
	}
	n.report()
	return nil
}

// startNeighbours runs the node in a process of its own.
func (b *bench) startNeighbours(ctx context.Context) (*process, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, nodeCommand)
	cmd.Env = append(cleanEnv(), nodeAddress+"="+addr, nodeDir+"="+b.data("neighbours"), fmt.Sprintf("%s=%d", nodeFactor, b.factor))
	p, _, err := launch(ctx, cmd, httpReady("http://"+addr+"/metrics"))
	if err != nil {
		return nil, err
	}
	p.addr = addr
	return p, nil
}

// settle makes both servers, and waits for all plugins.
func (n *neighbours) settle(ctx context.Context) (err error) {
	if n.inB, err = register(n.node.addr, "neighbour", n.b.senders); err != nil {
		return err
	}
	if n.channelsB, err = community(n.inB, "server B", n.b.channels); err != nil {
		return err
	}
	if n.inA, err = register(n.node.addr, "attacker", attackers); err != nil {
		return err
	}
	channels, err := community(n.inA, "server A", 1)
	if err != nil {
		return err
	}
	n.channelA, n.metrics = channels[0], "http://"+n.node.addr+"/metrics"
	ids := []core.PluginID{markdownGuest, moderationGuest}
	for i := range harmful {
		ids = append(ids, harmfulID(i))
	}
	if err := guestsReady(ctx, n.metrics, ids...); err != nil {
		return err
	}
	return moderate(n.inB[0], n.channelsB[0])
}

// round measures once without and once with one of the hostile plugins, whose breaker has not opened yet. Which comes first
// changes from round to round, so that what grows with time favours neither.
func (n *neighbours) round(ctx context.Context, i int) error {
	var without, with *hdrhistogram.Histogram
	for _, hostile := range []bool{i%2 == 1, i%2 == 0} {
		h, err := n.spell(ctx, i, hostile)
		if err != nil {
			return err
		}
		if hostile {
			with = h
			n.with.Merge(h)
		} else {
			without = h
			n.without.Merge(h)
		}
	}
	n.times = append(n.times, p99(with)/p99(without))
	n.rounds = append(n.rounds, fmt.Sprintf("%s %s to %s ms", harmful[i], number(p99(without)), number(p99(with))))
	return nil
}

func p99(h *hdrhistogram.Histogram) float64 { return float64(h.ValueAtQuantile(99)) / 1000 }

// spell has people send in both servers; the plugin is enabled just before, so that opening its breaker is part of it.
func (n *neighbours) spell(ctx context.Context, i int, hostile bool) (h *hdrhistogram.Histogram, err error) {
	before, err := countCalls(ctx, n.metrics)
	if err != nil {
		return nil, err
	}
	if hostile {
		if err := setPlugin(n.inA[0], n.channelA, harmfulID(i), map[string]any{"enabled": true}); err != nil {
			return nil, err
		}
		defer func() {
			err = errors.Join(err, setPlugin(n.inA[0], n.channelA, harmfulID(i), map[string]any{"enabled": false}))
		}()
	}
	limited, cancel := context.WithTimeout(ctx, spellTimes*n.b.duration)
	defer cancel()
	var wg sync.WaitGroup
	failed := make([]error, len(n.inA))
	for k, p := range n.inA {
		wg.Go(func() { _, failed[k] = n.b.pacedLoop(limited, p, n.channelA, k, attackPace) })
	}
	h, err = n.b.sendOnSchedule(ctx, n.inB, n.channelsB, n.rate, spellTimes*n.b.duration)
	wg.Wait()
	if err = errors.Join(append(failed, err)...); err != nil || !hostile {
		return h, err
	}
	after, err := countCalls(ctx, n.metrics)
	if err != nil {
		return nil, err
	}
	c, id := after.since(before), string(harmfulID(i))
	if c.failed[id] == 0 || c.refused[id] == 0 {
		return nil, fmt.Errorf("%.0f calls of it failed and %.0f were refused: its breaker did not open while it was measured", c.failed[id], c.refused[id])
	}
	n.stopped, n.spare = n.stopped+c.failed[id], n.spare+c.refused[id]
	return h, nil
}

func (n *neighbours) report() {
	add := func(what string, value float64, unit, note string) {
		n.b.report.add("plugins", "neighbour: "+what, value, unit, note)
	}
	add("server B sends", n.rate, "/s", fmt.Sprintf("half of the most, on a fixed schedule; in server A %d people send %.0f/s each", attackers, float64(time.Second)/float64(attackPace)))
	n.b.report.latencies("plugins", "neighbour: send in B, nobody harms", n.without)
	n.b.report.latencies("plugins", "neighbour: send in B, hostile plugin in A", n.with)
	slices.Sort(n.times)
	n.b.report.atMost("plugins", "neighbour: p99 in B, with against without", 100*(n.times[len(n.times)/2]-1), neighbourGoal, "%",
		fmt.Sprintf("median of %d rounds: %s", len(n.rounds), strings.Join(n.rounds, ", ")))
	add("calls of hostile plugins that were stopped", n.stopped, "", fmt.Sprintf("then %.0f were not made: the breakers had opened", n.spare))
}
