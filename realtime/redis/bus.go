package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/beep-chat/beep/core"
)

// Bounds of the bus.
const (
	MaxHintBytes  = 16 << 10
	MaxTopicBytes = 64

	busQueue     = 1024 // leaving, and the same arriving
	busBatch     = 64   // messages of one round trip
	publishLimit = 500 * time.Millisecond
)

// Bus carries what is not logged from every node to every node: ephemeral events, and hints between nodes. It may lose
// any of it, never repeats it, and keeps the order of one publisher. It listens on the log's line, so the log's probes
// watch over it too. It is safe for concurrent use.
type Bus struct {
	log  *Log
	opt  BusOptions
	out  chan string
	in   chan message
	end  context.CancelFunc
	idle sync.WaitGroup
}

// BusOptions say who hears. Both are called from one goroutine, also for what this node publishes; they are quick. Either
// may be nil.
type BusOptions struct {
	Deliver func(core.Event)                // an ephemeral event
	Told    func(topic string, data []byte) // a hint
}

// message is something to deliver: an event, or a hint when topic is set.
type message struct {
	event core.Event
	topic string
	data  []byte
}

// Errors of the bus.
var (
	ErrBusExists = errors.New("the log has a bus already")
	ErrBadHint   = errors.New("want a topic of 1 to 64 bytes without space and line break, and data up to 16 KB")
)

// NewBus starts the bus of a log. A log has one.
func NewBus(l *Log, o BusOptions) (*Bus, error) {
	if o.Deliver == nil {
		o.Deliver = func(core.Event) {}
	}
	if o.Told == nil {
		o.Told = func(string, []byte) {}
	}
	running, end := context.WithCancel(context.Background())
	b := &Bus{log: l, opt: o, out: make(chan string, busQueue), in: make(chan message, busQueue), end: end}
	if !l.bus.CompareAndSwap(nil, b) {
		end()
		return nil, ErrBusExists
	}
	b.idle.Go(func() { b.send(running) })
	b.idle.Go(func() { b.deliver(running) })
	return b, nil
}

// Close ends the bus; what it has not sent or delivered yet is dropped. Close it before its log.
func (b *Bus) Close() {
	b.log.bus.CompareAndSwap(b, nil)
	b.end()
	b.idle.Wait()
}

// Publish gives an ephemeral event (core.IsEphemeral; others are refused silently, they belong into the log) to this node
// and all others. It never waits: what finds a queue full is dropped, and while Redis is away only this node hears it.
func (b *Bus) Publish(e core.Event) {
	if !core.IsEphemeral(e.Type) {
		return
	}
	data, err := encode(e)
	if err != nil || len(data) > MaxHintBytes {
		b.log.opt.Metrics.Dropped("event")
		return
	}
	b.arrive(message{event: e})
	b.leave("e "+b.log.node+"\n"+data, "event")
}

// Tell gives a hint to this node and all others, on the same terms as Publish.
func (b *Bus) Tell(topic string, data []byte) error {
	if topic == "" || len(topic) > MaxTopicBytes || strings.ContainsAny(topic, " \n") || len(data) > MaxHintBytes {
		return fmt.Errorf("tell %q (%d bytes): %w", topic, len(data), ErrBadHint)
	}
	own := append([]byte(nil), data...)
	b.arrive(message{topic: topic, data: own})
	b.leave("h "+b.log.node+" "+topic+"\n"+string(data), "hint")
	return nil
}

func (b *Bus) leave(text, kind string) {
	select {
	case b.out <- text:
	default:
		b.log.opt.Metrics.Dropped(kind)
	}
}

func (b *Bus) arrive(m message) {
	select {
	case b.in <- m:
	default:
		b.log.opt.Metrics.Dropped(m.kind())
	}
}

func (m message) kind() string {
	if m.topic != "" {
		return "hint"
	}
	return "event"
}

// receive takes a message off the line; it is called by the connection's reader and does not wait. This node's own were
// delivered when they were published.
func (b *Bus) receive(text string) {
	m, node, ok := parseMessage(text)
	if ok && node != b.log.node {
		b.arrive(m)
	}
}

// parseMessage reads "e NODE\n<event>" or "h NODE TOPIC\n<data>".
func parseMessage(text string) (m message, node string, ok bool) {
	head, body, ok := strings.Cut(text, "\n")
	parts := strings.Split(head, " ")
	switch {
	case !ok || len(body) > MaxHintBytes:
		return message{}, "", false
	case len(parts) == 2 && parts[0] == "e":
		err := m.event.UnmarshalBinary([]byte(body))
		return m, parts[1], err == nil && core.IsEphemeral(m.event.Type)
	case len(parts) == 3 && parts[0] == "h" && parts[2] != "":
		return message{topic: parts[2], data: []byte(body)}, parts[1], true
	}
	return message{}, "", false
}

func (b *Bus) deliver(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-b.in:
			if m.topic != "" {
				b.opt.Told(m.topic, m.data)
			} else {
				b.opt.Deliver(m.event)
			}
		}
	}
}

// send publishes what is queued. What Redis does not take in time is dropped: it is stale by then.
func (b *Bus) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case text := <-b.out:
			b.publish(ctx, b.more([]string{text}))
		}
	}
}

// more adds what is queued already.
func (b *Bus) more(batch []string) []string {
	for len(batch) < busBatch {
		select {
		case text := <-b.out:
			batch = append(batch, text)
		default:
			return batch
		}
	}
	return batch
}

func (b *Bus) publish(ctx context.Context, batch []string) {
	ctx, cancel := context.WithTimeout(ctx, publishLimit)
	defer cancel()
	c := b.log.opt.DB.Client
	cmds := make([]rueidis.Completed, len(batch))
	for i, text := range batch {
		cmds[i] = c.B().Publish().Channel(b.log.hints).Message(text).Build()
	}
	for i, r := range c.DoMulti(ctx, cmds...) {
		if r.Error() != nil {
			kind := "event"
			if batch[i][0] == 'h' {
				kind = "hint"
			}
			b.log.opt.Metrics.Dropped(kind)
		}
	}
}
