package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/beep-chat/beep/core"
)

// Goals of sends through the built-in plugins.
const (
	pluginSendsGoal = 6000 // a second
	pluginP99Goal   = 35   // ms
)

// measurePlugins sends with plugins off and with the built-in ones on, and then beside a plugin that means harm.
func measurePlugins(ctx context.Context, b *bench) error {
	for _, on := range []bool{false, true} {
		if err := b.sendsThroughPlugins(ctx, on); err != nil {
			return fmt.Errorf("plugins %s: %w", onOff(on), err)
		}
	}
	if err := b.measureNeighbour(ctx); err != nil {
		return fmt.Errorf("neighbour: %w", err)
	}
	return nil
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// sendsThroughPlugins is the part sends with plugins on or off; on, the server has the most rules it may have, of which none is met.
func (b *bench) sendsThroughPlugins(ctx context.Context, on bool) (err error) {
	s, err := b.open(ctx, "plugins-"+onOff(on))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	p, _, err := s.start(ctx, 1, fmt.Sprintf("BEEP_PLUGINS_ENABLED=%v", on))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	people, err := register(p.addr, "sender", b.senders)
	defer hangUp(people)
	if err != nil {
		return err
	}
	channels, err := community(people, "plugins", b.channels)
	if err != nil {
		return err
	}
	metrics := "http://" + p.admin + "/metrics"
	if on {
		if err := guestsReady(ctx, metrics, markdownGuest, moderationGuest); err != nil {
			return err
		}
		if err := moderate(people[0], channels[0]); err != nil {
			return err
		}
	}
	if _, err := sendFor(ctx, b, people, channels, warmUp); err != nil {
		return err
	}
	counted, err := countCalls(ctx, metrics)
	if err != nil {
		return err
	}
	before := p.usage()
	h, err := sendFor(ctx, b, people, channels, b.duration)
	if err != nil {
		return err
	}
	after := p.usage()
	took, sent := after.at.Sub(before.at), float64(h.TotalCount())
	prefix := "plugins " + onOff(on) + ": "
	note := fmt.Sprintf("%d senders, %d channels, synced", b.senders, b.channels)
	b.report.add("plugins", prefix+"node's processor time a send", float64((after.node-before.node).Microseconds())/sent, "µs", "")
	b.report.add("plugins", prefix+"memory after", p.rss()/1024, "MB", "RSS")
	if !on {
		b.report.add("plugins", prefix+"durable sends", sent/took.Seconds(), "/s", note)
		b.report.latencies("plugins", prefix+"send", h)
		return nil
	}
	note += "; moderation with " + rulesName
	b.report.atLeast("plugins", prefix+"durable sends", sent/took.Seconds(), pluginSendsGoal, "/s", note)
	b.report.add("plugins", prefix+"send p50", float64(h.ValueAtQuantile(50))/1000, "ms", "")
	b.report.atMost("plugins", prefix+"send p99", float64(h.ValueAtQuantile(99))/1000, pluginP99Goal, "ms", "")
	b.report.add("plugins", prefix+"send p99.9", float64(h.ValueAtQuantile(99.9))/1000, "ms", "")
	now, err := countCalls(ctx, metrics)
	if err != nil {
		return err
	}
	return b.reportReached(now.since(counted), sent)
}

// reportReached tells how many of the messages reached each guest. Moderation is asked for every message, so a run in which it was
// not measured something else.
func (b *bench) reportReached(c callCounts, sent float64) error {
	for _, id := range []core.PluginID{moderationGuest, markdownGuest} {
		share := 100 * c.reached[string(id)] / sent
		note := fmt.Sprintf("%.0f calls; %.0f failed; %.0f not made", c.reached[string(id)], c.failed[string(id)], c.refused[string(id)])
		b.report.add("plugins", "plugins on: messages that reached "+string(id), share, "%", note)
	}
	if c.reached[string(moderationGuest)] == 0 {
		return errors.New("no message reached the moderation guest: is it enabled?")
	}
	return nil
}

// serverOf is the server that a channel lies in.
func serverOf(p *person, channel string) (string, error) {
	var c struct {
		Server string `json:"server_id"`
	}
	err := p.call("GET", "/channels/"+channel, nil, &c)
	return c.Server, err
}

// moderate enables the moderation plugin with many rules in the server of a channel, which the person owns.
func moderate(owner *person, channel string) error {
	config, err := moderationConfig()
	if err != nil {
		return err
	}
	return setPlugin(owner, channel, moderationGuest, map[string]any{"enabled": true, "config": config})
}

func setPlugin(owner *person, channel string, id core.PluginID, change map[string]any) error {
	server, err := serverOf(owner, channel)
	if err != nil {
		return err
	}
	return owner.call("PATCH", "/servers/"+server+"/plugins/"+string(id), change, nil)
}

// guestsReady waits until guests are in service: a node serves while they compile.
func guestsReady(ctx context.Context, metrics string, ids ...core.PluginID) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		all, err := readMetrics(ctx, metrics)
		if err != nil {
			return err
		}
		ready := 0
		for _, id := range ids {
			for _, s := range all["beep_plugin_ready"] {
				if s.labels["plugin"] == string(id) && s.value == 1 {
					ready++
				}
			}
		}
		if ready == len(ids) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of the guests %v are in service after %v; is the binary built with them (make guests)? %w", ready, ids, startLimit, ctx.Err())
		}
	}
}
