package redis

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// line is one subscribed connection, of its own and never repaired: when it breaks, another one is dialled, so that no
// reconnect goes unnoticed. Its callbacks run on the connection's reader and never wait.
type line struct {
	conn  rueidis.DedicatedClient
	down  <-chan error
	inbox chan string
	state state // of the log, asked after subscribing: what came later is pushed

	queued   atomic.Int64 // bytes in the inbox
	overflow atomic.Bool  // a message found the inbox full
	heard    atomic.Int64 // newest own probe that arrived, handled or not
}

// dial opens a line: it subscribes first and asks for the state then, so that nothing falls between. ctx ends the wait for
// answers; dialling itself takes at most twice the dial time-out.
func (l *Log) dial(ctx context.Context) (*line, error) {
	conn, _ := l.opt.DB.Client.Dedicate()
	n := &line{conn: conn, inbox: make(chan string, inboxFrames)}
	n.down = conn.SetPubSubHooks(rueidis.PubSubHooks{OnMessage: func(m rueidis.PubSubMessage) { l.receive(n, m) }})
	ctx, cancel := context.WithTimeout(ctx, meetTimeout)
	defer cancel()
	err := conn.Do(ctx, conn.B().Subscribe().Channel(l.channel, l.hints).Build()).Error()
	if err == nil {
		n.state, err = l.meet(ctx, conn)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("listen to the log: %w", err)
	}
	return n, nil
}

// receive is called for every message, by the connection's reader.
func (l *Log) receive(n *line, m rueidis.PubSubMessage) {
	if m.Channel == l.hints {
		if b := l.bus.Load(); b != nil {
			b.receive(m.Message)
		}
		return
	}
	if strings.HasPrefix(m.Message, "p ") {
		if f, err := parseFrame(m.Message); err == nil {
			if sent, own := l.ownProbe(f.tag); own {
				n.heard.Store(sent)
			}
		}
	}
	size := int64(len(m.Message))
	if n.queued.Add(size) > inboxBytes {
		n.queued.Add(-size)
		n.overflow.Store(true)
		return
	}
	select {
	case n.inbox <- m.Message:
	default:
		n.queued.Add(-size)
		n.overflow.Store(true)
	}
}
