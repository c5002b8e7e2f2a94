package faults

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/beep-chat/beep/core"
)

// heard is an event of a message as a stream had it.
type heard struct {
	position uint64
	event    int64 // its id
	message  core.MessageID
	kind     core.EventType
}

// run is what a stream heard in one piece: from where it began, or was told to fetch everything again, until the next such
// moment.
type run struct {
	epoch string
	from  uint64    // position after which it begins
	asked time.Time // when its snapshot was asked for
	since time.Time // when its snapshot was there
	heard []heard
}

// listener is a stream through all faults. It reads the wire itself, strictly, and keeps an account.
type listener struct {
	w      *world
	number int
	caller caller
	cursor string
	at     atomic.Int64 // the node of its line

	mu   sync.Mutex // guards runs
	runs []run

	// Guarded by the world.
	online bool
	beats  map[string]bool // rounds of heal it heard
}

func (w *world) newListener(number int) *listener {
	return &listener{w: w, number: number, caller: caller{w: w, token: w.people[number%users].token, node: number % len(w.nodes)}}
}

// follow goes on until ctx ends, at the other node whenever the line breaks.
func (l *listener) follow(ctx context.Context) {
	if !l.sync(ctx) {
		return
	}
	for ctx.Err() == nil {
		err := l.connect(ctx)
		l.w.note(func() { l.online = false })
		if again := (errResync{}); errors.As(err, &again) {
			pause(ctx, again.after)
			l.sync(ctx)
			continue
		}
		l.caller.node = (l.caller.node + 1) % len(l.w.nodes)
		pause(ctx, 20*time.Millisecond+rand.N(100*time.Millisecond))
	}
}

// sync fetches a snapshot and begins a new run behind it.
func (l *listener) sync(ctx context.Context) bool {
	asked := time.Now()
	a, _, ok := l.caller.call(ctx, http.MethodGet, "/sync", "", nil)
	if !ok {
		return false
	}
	var snap struct {
		Cursor string `json:"cursor"`
	}
	err := json.Unmarshal(a.body, &snap)
	epoch, position, good := parseCursor(snap.Cursor)
	if err != nil || !good {
		l.w.complain("a snapshot with cursor %q: %v", snap.Cursor, err)
		return false
	}
	l.cursor = snap.Cursor
	l.mu.Lock()
	l.runs = append(l.runs, run{epoch: epoch, from: position, asked: asked, since: time.Now()})
	l.mu.Unlock()
	l.w.note(func() {})
	return true
}

func parseCursor(s string) (epoch string, position uint64, ok bool) {
	epoch, digits, ok := strings.Cut(s, ".")
	position, err := strconv.ParseUint(digits, 10, 64)
	return epoch, position, ok && err == nil
}

// errResync says that events were missed.
type errResync struct{ after time.Duration }

func (e errResync) Error() string { return "told to resync" }

// connect reads one connection to its end.
func (l *listener) connect(ctx context.Context) error {
	l.at.Store(int64(l.caller.node))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watchdog := time.AfterFunc(callTimeout, cancel) // until it stands
	defer watchdog.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.w.nodes[l.caller.node].address+"/api/v1/events", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+l.caller.token)
	req.Header.Set("Last-Event-ID", l.cursor)
	resp, err := l.w.lines.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch busy := resp.StatusCode == http.StatusServiceUnavailable || resp.StatusCode == http.StatusTooManyRequests; {
	case busy && resp.Header.Get("Retry-After") == "":
		l.w.complain("stream %d: %d without Retry-After", l.number, resp.StatusCode)
		fallthrough
	case busy:
		l.w.refused.Add(1)
		return fmt.Errorf("answered %d", resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		l.w.complain("stream %d was answered %d", l.number, resp.StatusCode)
		return fmt.Errorf("answered %d", resp.StatusCode)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 0, 4096), 1<<20)
	var b block
	for lines.Scan() {
		watchdog.Reset(silence)
		if !b.line(lines.Text()) {
			continue
		}
		if err := l.take(b); err != nil {
			return err
		}
		b = block{resumed: b.resumed}
	}
	return lines.Err()
}

// block is one block of the wire. What a broken connection cut off is never complete.
type block struct {
	event, id, data string
	resumed         bool
}

// line takes a line; true ends the block.
func (b *block) line(text string) bool {
	if text == "" {
		return true
	}
	switch name, value, _ := strings.Cut(text, ": "); name {
	case "event":
		b.event = value
	case "id":
		b.id = value
	case "data":
		b.data = value
	}
	return false
}

func (l *listener) take(b block) error {
	switch kind := core.EventType(b.event); kind {
	case core.EventReady:
		if strings.Contains(b.data, `"resumed":true`) {
			l.w.note(func() { l.online = true })
		} // else resync must follow: what comes before it would be a hole
	case core.EventResync:
		l.w.resyncs.Add(1)
		var why core.Resync
		if err := json.Unmarshal([]byte(b.data), &why); err != nil {
			l.w.complain("stream %d: resync %s: %v", l.number, b.data, err)
		}
		l.w.note(func() { l.online = true })
		return errResync{time.Duration(why.AfterMS) * time.Millisecond}
	case core.EventMessageCreated, core.EventMessageUpdated, core.EventMessageDeleted:
		l.hear(kind, b)
	}
	if b.id != "" {
		l.cursor = b.id
	}
	return nil
}

func (l *listener) hear(kind core.EventType, b block) {
	epoch, position, ok := parseCursor(b.id)
	h := heard{position: position, event: digits(b.data, `"id":"`), kind: kind}
	key := `"message":{"id":"`
	if kind == core.EventMessageDeleted {
		key = `"message_id":"`
	}
	h.message = core.MessageID(digits(b.data, key))
	if !ok || h.event == 0 || h.message == 0 {
		l.w.complain("stream %d: an event that cannot be read: %q %s", l.number, b.id, b.data)
		return
	}
	l.mu.Lock()
	r := &l.runs[len(l.runs)-1]
	same := epoch == r.epoch
	r.heard = append(r.heard, h)
	l.mu.Unlock()
	if !same {
		l.w.complain("stream %d: the epoch became %s without a resync", l.number, epoch)
	}
	if _, beat, found := strings.Cut(b.data, `"content":"`+beatWord); found && kind == core.EventMessageCreated {
		name, _, _ := strings.Cut(beat, `"`)
		l.w.note(func() {
			if l.beats == nil {
				l.beats = make(map[string]bool)
			}
			l.beats[name] = true
		})
	}
}

// digits is the number behind a key.
func digits(data, key string) int64 {
	_, rest, _ := strings.Cut(data, key)
	text, _, _ := strings.Cut(rest, `"`)
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// account is a copy of the runs so far.
func (l *listener) account() []run {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]run, len(l.runs))
	copy(list, l.runs)
	return list
}
