package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"

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
	p, _, err := s.start(ctx, 1, fmt.Sprintf("BEEP_PLUGINS_ENABLED=%v", on), fmt.Sprintf("BEEP_PLUGINS_TIME_FACTOR=%d", b.factor))
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
	run := pluginSends{b: b, on: on, node: p, metrics: "http://" + p.admin + "/metrics", people: people, channels: channels}
	if !on {
		return run.measure(ctx)
	}
	if err := guestsReady(ctx, run.metrics, markdownGuest, moderationGuest); err != nil {
		return err
	}
	if err := moderate(people[0], channels[0]); err != nil {
		return err
	}
	if err := run.measure(ctx); err != nil {
		return err
	}
	return run.measureNew(ctx)
}

// pluginSends are people who send to a node.
type pluginSends struct {
	b        *bench
	on       bool
	node     *process
	metrics  string // where the node tells them
	people   []*person
	channels []string
}

// measure has them send the real texts, each the next when the last is answered.
func (s pluginSends) measure(ctx context.Context) error {
	if _, err := sendFor(ctx, s.b, s.people, s.channels, warmUp); err != nil {
		return err
	}
	counted, err := countCalls(ctx, s.metrics)
	if err != nil {
		return err
	}
	before := s.node.usage()
	h, err := sendFor(ctx, s.b, s.people, s.channels, s.b.duration)
	if err != nil {
		return err
	}
	after := s.node.usage()
	sent, add := float64(h.TotalCount()), s.b.report.add
	prefix := "plugins " + onOff(s.on) + ": "
	s.reportRate(prefix, sent/after.at.Sub(before.at).Seconds(), h)
	add("plugins", prefix+"node's processor time a send", float64((after.node-before.node).Microseconds())/sent, "µs", "")
	add("plugins", prefix+"memory after", s.node.rss()/1024, "MB", "RSS")
	if !s.on {
		return nil
	}
	now, err := countCalls(ctx, s.metrics)
	if err != nil {
		return err
	}
	return s.b.reportReached(now.since(counted), prefix, sent, "the texts come again and again: a node keeps what it rendered; ")
}

// reportRate holds what is sent through plugins to its goals.
func (s pluginSends) reportRate(prefix string, rate float64, h *hdrhistogram.Histogram) {
	r, note := &s.b.report, fmt.Sprintf("%d senders, %d channels, synced", s.b.senders, s.b.channels)
	if !s.on {
		r.add("plugins", prefix+"durable sends", rate, "/s", note)
		r.latencies("plugins", prefix+"send", h)
		return
	}
	r.atLeast("plugins", prefix+"durable sends", rate, pluginSendsGoal, "/s", note+"; moderation with "+rulesName+s.b.limitsNote())
	r.add("plugins", prefix+"send p50", float64(h.ValueAtQuantile(50))/1000, "ms", "")
	r.atMost("plugins", prefix+"send p99", p99(h), pluginP99Goal, "ms", "")
	r.add("plugins", prefix+"send p99.9", float64(h.ValueAtQuantile(99.9))/1000, "ms", "")
}

// measureNew has them send texts of which none comes twice, so that every one that holds Markdown is rendered by the guest.
func (s pluginSends) measureNew(ctx context.Context) error {
	b := s.b
	counted, err := countCalls(ctx, s.metrics)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, b.duration)
	defer cancel()
	all := newHistogram()
	var mu sync.Mutex
	var g errgroup.Group
	began := time.Now()
	for i, p := range s.people {
		texts := b.newTexts(i)
		g.Go(func() error {
			h, err := sendLoop(limited, p, "/api/v1/channels/"+s.channels[i%len(s.channels)]+"/messages", texts, 0)
			mu.Lock()
			defer mu.Unlock()
			all.Merge(h)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	const prefix = "plugins on, no text twice: "
	sent := float64(all.TotalCount())
	b.report.add("plugins", prefix+"durable sends", sent/time.Since(began).Seconds(), "/s", "")
	b.report.latencies("plugins", prefix+"send", all)
	now, err := countCalls(ctx, s.metrics)
	if err != nil {
		return err
	}
	return b.reportReached(now.since(counted), prefix, sent, "")
}

// maxNewTexts are more than one sender sends in a minute.
const maxNewTexts = 8000

// newTexts are real texts with a word at the end that only one sender has: a word without marks, so that what was plain stays so.
func (b *bench) newTexts(sender int) []string {
	word := []byte(" bench")
	for n := sender; n > 0; n /= 26 {
		word = append(word, byte('a'+n%26))
	}
	out := make([]string, min(maxNewTexts, len(b.texts)))
	for i := range out {
		out[i] = b.texts[(sender*911+i)%len(b.texts)] + string(word)
	}
	return out
}

// reportReached tells how many of the messages reached each guest. Moderation is asked for every message, so a run in which it was
// not measured something else.
func (b *bench) reportReached(c callCounts, prefix string, sent float64, about string) error {
	for _, id := range []core.PluginID{moderationGuest, markdownGuest} {
		share := 100 * c.reached[string(id)] / sent
		note := fmt.Sprintf("%.0f calls; %.0f failed; %.0f not made", c.reached[string(id)], c.failed[string(id)], c.refused[string(id)])
		if id == markdownGuest {
			note = about + note
		}
		b.report.add("plugins", prefix+"messages that reached "+string(id), share, "%", note)
	}
	reached, refused := c.reached[string(moderationGuest)], c.refused[string(moderationGuest)]
	if reached == 0 && refused == 0 {
		return errors.New("the moderation guest was never asked: is it enabled?")
	}
	if reached < refused {
		return errors.New("most messages were not judged: the breaker of moderation opened because it ran out of time, on a machine that is too slow or too busy; -timefactor 10 shows that everything works")
	}
	return nil
}

// limitsNote says when the limits of plugins are not those of a node.
func (b *bench) limitsNote() string {
	if b.factor == 1 {
		return ""
	}
	return fmt.Sprintf("; TIME LIMITS OF PLUGINS TIMES %d", b.factor)
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
