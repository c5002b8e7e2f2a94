package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/beep-chat/beep/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a node with its log and its world.
type rig struct {
	t      *testing.T
	world  *world
	source *FakeSource
	log    *shakyLog
	hub    *Hub
	nextID core.EventID
}

// newRig starts a node. jitter is 0 everywhere, so that times and bytes are known.
func newRig(t *testing.T, tune func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, world: newWorld(), source: NewFakeSource("e1"), nextID: 1000}
	r.log = newShakyLog(r.source)
	r.start(tune)
	t.Cleanup(func() { r.close() })
	return r
}

func (r *rig) start(tune func(*Options)) {
	r.t.Helper()
	opt := Options{Log: r.log, Access: r.world, Members: r.world, Sessions: r.world, Coalesce: -1}
	if tune != nil {
		tune(&opt)
	}
	r.hub = NewHub(opt)
	r.hub.jitter = func(int64) int64 { return 0 }
	if err := r.hub.Start(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) close() {
	r.t.Helper()
	if err := r.hub.Close(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) event(to core.Audience, p core.Payload) core.Event {
	r.nextID++
	return core.NewEvent(r.nextID, to, 0, time.Now(), p)
}

// say logs a message.deleted in a channel, the shortest event of a channel, and gives its id.
func (r *rig) say(server core.ServerID, channel core.ChannelID) core.EventID {
	ev := r.event(core.Audience{Server: server, Channel: channel}, core.MessageDeleted{MessageID: 5})
	r.source.Append(ev)
	return ev.ID
}

// joins makes someone a member, in the store first and then on the log, as core does.
func (r *rig) joins(server core.ServerID, user core.UserID) {
	r.world.set(server, user, true)
	to := core.Audience{Server: server, Users: []core.UserID{user}}
	r.source.Append(r.event(to, core.MemberJoined{}))
}

func (r *rig) leaves(server core.ServerID, user core.UserID) {
	r.world.set(server, user, false)
	to := core.Audience{Server: server, Users: []core.UserID{user}}
	r.source.Append(r.event(to, core.MemberRemoved{UserID: user}))
}

// block is one parsed SSE block.
type block struct {
	id, event, data, retry string
}

func (b block) String() string { return b.event + "@" + b.id }

// parseSSE reads a stream strictly by the grammar of the HTML standard; a block that is not whole is an error.
func parseSSE(raw string) ([]block, error) {
	var blocks []block
	var b block
	for raw != "" {
		line, rest, whole := strings.Cut(raw, "\n")
		if !whole {
			return blocks, fmt.Errorf("unfinished line %q", raw)
		}
		raw = rest
		if line == "" {
			if b != (block{}) {
				blocks = append(blocks, b)
			}
			b = block{}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "":
		case "id":
			b.id = value
		case "event":
			b.event = value
		case "retry":
			b.retry = value
		case "data":
			if b.data != "" {
				b.data += "\n"
			}
			b.data += value
		default:
			return blocks, fmt.Errorf("unknown field %q", line)
		}
	}
	if b != (block{}) {
		return blocks, errors.New("unfinished block")
	}
	return blocks, nil
}

// client is a reader at the other end of a stream.
type client struct {
	t      *testing.T
	cancel context.CancelFunc
	done   chan struct{}
	err    error

	mu      sync.Mutex
	raw     []byte
	blocks  []block
	writes  int
	stalled chan struct{} // not nil: the client does not read; closed when it does again
	onPull  func([]block) // as the write begins, stalled or not
	onWrite func([]block) // as it is read
}

func (r *rig) connect(req StreamRequest) *client {
	return r.connectAs(req, &client{t: r.t})
}

func (r *rig) connectAs(req StreamRequest, c *client) *client {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel, c.done = cancel, make(chan struct{})
	hub := r.hub
	go func() {
		defer close(c.done)
		c.err = hub.Serve(ctx, req, c)
	}()
	return c
}

// leave disconnects and waits for the stream's end.
func (c *client) leave() {
	c.cancel()
	<-c.done
}

// Write implements Sink.
func (c *client) Write(p []byte, timeout time.Duration) error {
	blocks, err := parseSSE(string(p))
	if err != nil {
		c.t.Errorf("a flush is not whole blocks: %v", err)
	}
	c.mu.Lock()
	if c.onPull != nil {
		c.onPull(blocks)
	}
	gate := c.stalled
	c.mu.Unlock()
	if gate != nil {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		select {
		case <-gate:
		case <-timer.C:
			return os.ErrDeadlineExceeded
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = append(c.raw, p...)
	c.blocks = append(c.blocks, blocks...)
	c.writes++
	if c.onWrite != nil {
		c.onWrite(blocks)
	}
	return nil
}

func (c *client) stall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = make(chan struct{})
}

func (c *client) unstall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.stalled)
	c.stalled = nil
}

// got gives the blocks so far, once everything has come to rest.
func (c *client) got() []block {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]block(nil), c.blocks...)
}

// want checks the blocks so far, as event@id, separated by blanks.
func (c *client) want(blocks string) {
	c.t.Helper()
	if got := strings.Trim(fmt.Sprint(c.got()), "[]"); got != blocks {
		c.t.Errorf("got  %s\nwant %s", got, blocks)
	}
}

func (c *client) last() block {
	blocks := c.got()
	if len(blocks) == 0 {
		return block{}
	}
	return blocks[len(blocks)-1]
}

func (c *client) ended() bool {
	synctest.Wait()
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

func decode(t *testing.T, data string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(data), into); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
}
