package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
)

// killWorld is the people outside of the process that is killed: what they sent, what they were told, what they heard.
type killWorld struct {
	base     string
	http     *http.Client
	tokens   []string
	channels []core.ChannelID
	cancel   context.CancelFunc
	group    sync.WaitGroup
	stop     atomic.Bool

	flying  atomic.Int64 // sends under way
	acked   atomic.Int64
	resyncs atomic.Int64

	mu        sync.Mutex
	changed   *sync.Cond // on mu: an acknowledgement, a stream, up or down, the end
	isDown    bool
	over      bool // the test gave up waiting
	sent      map[string]core.MessageID
	connected int // streams
	writers   int // senders that have not ended
	listeners []*listener
}

func newKillWorld(t *testing.T, base string) *killWorld {
	t.Helper()
	w := &killWorld{base: base + "/api/v1", sent: make(map[string]core.MessageID),
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: killSenders + killStreams}}}
	w.changed = sync.NewCond(&w.mu)
	for i := range killUsers {
		var account struct {
			AccessToken string `json:"access_token"`
		}
		name := fmt.Sprintf("person%d", i)
		w.must(t, "", "/auth/register", fmt.Sprintf(`{"first_name":"A","last_name":"B","username":%q,"email":%q,"password":"correct horse battery"}`,
			name, name+"@example.org"), &account)
		w.tokens = append(w.tokens, account.AccessToken)
	}
	var server core.Server
	w.must(t, w.tokens[0], "/servers", `{"name":"Study room","visibility":"public"}`, &server)
	for i := range 4 {
		var channel core.Channel
		w.must(t, w.tokens[0], "/servers/"+server.ID.String()+"/channels", fmt.Sprintf(`{"name":"talk-%d","type":"text"}`, i), &channel)
		w.channels = append(w.channels, channel.ID)
	}
	for _, token := range w.tokens[1:] {
		w.must(t, token, "/servers/"+server.ID.String()+"/join", `{}`, &struct{}{})
	}
	return w
}

func (w *killWorld) must(t *testing.T, token, path, body string, into any) {
	t.Helper()
	status, text, err := w.post(t.Context(), token, path, body)
	if err == nil && status/100 == 2 {
		err = json.Unmarshal(text, into)
	}
	if err != nil || status/100 != 2 {
		t.Fatalf("%s: %d %s %v", path, status, text, err)
	}
}

func (w *killWorld) post(ctx context.Context, token, path, body string) (status int, text []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := w.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}

func (w *killWorld) start(t *testing.T) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	w.cancel = cancel
	t.Cleanup(func() {
		w.stop.Store(true)
		cancel()
		w.up()
		w.group.Wait()
	})
	for i := range killStreams {
		l := &listener{w: w, token: w.tokens[i%killUsers]}
		w.listeners = append(w.listeners, l)
		follow := l.follow
		if i%10 == 0 { // the others are read more cheaply, to leave the machine to the node
			follow = l.followAsClient
		}
		w.group.Go(func() {
			if err := follow(ctx); ctx.Err() == nil {
				t.Errorf("stream %d ended: %v", i, err)
			}
		})
	}
	w.awaitStreams(t)
	w.writers = killSenders
	for i := range killSenders {
		w.group.Go(func() {
			w.send(ctx, i)
			w.note(func() { w.writers-- })
		})
	}
}

// killPace is the time between two messages of a sender. Unpaced, the senders would run ahead of a hundred streams on the
// same processors by more than the window of events, and a resync would be right.
const killPace = 20 * time.Millisecond

// send writes messages; one whose answer did not come is sent again with the same nonce.
func (w *killWorld) send(ctx context.Context, sender int) {
	token := w.tokens[sender%killUsers]
	pace := time.NewTicker(killPace)
	defer pace.Stop()
	for n := 0; !w.stop.Load(); n++ {
		select {
		case <-pace.C:
		case <-ctx.Done():
			return
		}
		nonce := fmt.Sprintf("s%d-%d", sender, n)
		path := "/channels/" + w.channels[n%len(w.channels)].String() + "/messages"
		body := fmt.Sprintf(`{"content":"message %d of sender %d","nonce":%q}`, n, sender, nonce)
		for {
			m, err := w.try(ctx, token, path, body)
			if ctx.Err() != nil {
				return
			}
			if err == nil {
				w.note(func() { w.sent[nonce] = m; w.acked.Add(1) })
				break
			}
			w.awaitUp()
		}
	}
}

func (w *killWorld) try(ctx context.Context, token, path, body string) (core.MessageID, error) {
	w.flying.Add(1)
	defer w.flying.Add(-1)
	status, text, err := w.post(ctx, token, path, body)
	if err != nil {
		return 0, err
	}
	if status != http.StatusCreated && status != http.StatusOK {
		return 0, fmt.Errorf("send: %d %s", status, text)
	}
	var m core.Message
	err = json.Unmarshal(text, &m)
	return m.ID, err
}

// note changes the state and tells those who wait.
func (w *killWorld) note(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	w.changed.Broadcast()
}

func (w *killWorld) down() { w.note(func() { w.isDown = true }) }
func (w *killWorld) up()   { w.note(func() { w.isDown = false }) }

func (w *killWorld) awaitUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.isDown {
		w.changed.Wait()
	}
}

// until waits for something to become true and fails the test when it takes too long.
func (w *killWorld) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	late := time.AfterFunc(killStart, func() { w.note(func() { w.over = true }) })
	defer late.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for !is() && !w.over {
		w.changed.Wait()
	}
	if w.over {
		t.Fatalf("waited in vain for %s: %d acknowledged, %d streams", what, w.acked.Load(), w.connected)
	}
}

func (w *killWorld) awaitStreams(t *testing.T) {
	t.Helper()
	w.until(t, "the streams", func() bool { return w.connected == killStreams })
}

func (w *killWorld) awaitAcks(t *testing.T, n int64) {
	t.Helper()
	w.until(t, "acknowledgements", func() bool { return w.acked.Load() >= n })
}

// finish lets the senders end and waits until every stream has heard as much as the one that heard most.
func (w *killWorld) finish(t *testing.T) {
	t.Helper()
	w.awaitStreams(t)
	w.stop.Store(true)
	w.until(t, "the last sends", func() bool { return w.writers == 0 })
	want := len(w.history(t))
	w.until(t, "the last events", func() bool {
		return !slices.ContainsFunc(w.listeners, func(l *listener) bool { return l.count.Load() < int64(want) })
	})
	w.cancel()
	w.group.Wait()
}

type killVerdict struct{ lost, doubled, gaps int }

// check holds what was acknowledged and what each stream heard against the history.
func (w *killWorld) check(t *testing.T) killVerdict {
	t.Helper()
	var v killVerdict
	history := w.history(t)
	byNonce := make(map[string]core.MessageID, len(history))
	for _, m := range history {
		key := m.Nonce
		if other, ok := byNonce[key]; ok {
			v.doubled++
			t.Errorf("nonce %s made %d and %d", key, other, m.ID)
		}
		byNonce[key] = m.ID
	}
	for nonce, id := range w.sent {
		if byNonce[nonce] != id {
			v.lost++
			t.Errorf("nonce %s was acknowledged as %d and is %d", nonce, id, byNonce[nonce])
		}
	}
	first := w.listeners[0].heard
	for i, l := range w.listeners {
		heard := slices.Sorted(slices.Values(l.heard))
		if len(slices.Compact(heard)) != len(l.heard) || len(l.heard) != len(history) || !slices.Equal(l.heard, first) {
			v.gaps++
			t.Errorf("stream %d heard %d messages, %d different ones, of %d", i, len(l.heard), len(slices.Compact(heard)), len(history))
		}
	}
	if n := w.resyncs.Load(); n != 0 {
		t.Errorf("%d streams were not resumed", n)
	}
	return v
}

func (w *killWorld) history(t *testing.T) []core.Message {
	t.Helper()
	r := &running{t: t, base: w.base[:len(w.base)-len("/api/v1")]}
	var all []core.Message
	for _, ch := range w.channels {
		all = append(all, r.history(ch.String(), w.tokens[0])...)
	}
	return all
}
