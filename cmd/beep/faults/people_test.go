package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
)

// person is somebody with an account.
type person struct {
	name  string
	id    core.UserID
	token string
}

// world is everything outside of the processes: people, what they sent and were told, and what their streams heard.
type world struct {
	t        *testing.T
	fault    string
	seed     uint64
	nodes    []*process
	calls    *http.Client // for requests
	lines    *http.Client // for streams
	people   []person
	channels []core.ChannelID
	book     *book

	cancel  context.CancelFunc
	group   sync.WaitGroup
	writers sync.WaitGroup
	stop    atomic.Bool

	refused atomic.Int64 // 503 and 429
	cut     atomic.Int64 // connections, time-outs
	resyncs atomic.Int64
	beats   atomic.Int64 // rounds of heal

	mu         sync.Mutex
	changed    *sync.Cond // on mu: something that somebody waits for
	complaints []string
	healed     time.Duration // the longest
	listeners  []*listener
	clients    []*whole
}

// newWorld makes accounts, a server and its channels, before anything fails.
func newWorld(t *testing.T, fault string, seed uint64, nodes []*process) *world {
	t.Helper()
	transport := func() *http.Transport {
		return &http.Transport{DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext, MaxIdleConnsPerHost: 2 * senders}
	}
	w := &world{t: t, fault: fault, seed: seed, nodes: nodes, book: newBook(), calls: &http.Client{Transport: transport()},
		lines: &http.Client{Transport: transport()}}
	w.changed = sync.NewCond(&w.mu)
	w.people = w.register("person", users)
	var server core.Server
	w.must(w.people[0], "POST", "/servers", `{"name":"Study room","visibility":"public"}`, &server)
	for i := range 4 {
		var channel core.Channel
		w.must(w.people[0], "POST", "/servers/"+server.ID.String()+"/channels", fmt.Sprintf(`{"name":"talk-%d","type":"text"}`, i), &channel)
		w.channels = append(w.channels, channel.ID)
	}
	for _, p := range w.people[1:] {
		w.must(p, "POST", "/servers/"+server.ID.String()+"/join", `{}`, nil)
	}
	return w
}

// register makes accounts.
func (w *world) register(name string, n int) []person {
	w.t.Helper()
	list := make([]person, n)
	for i := range list {
		var account struct {
			AccessToken string        `json:"access_token"`
			User        core.SelfUser `json:"user"`
		}
		list[i].name = fmt.Sprintf("%s%d", name, i)
		w.must(person{}, "POST", "/auth/register", fmt.Sprintf(
			`{"first_name":"A","last_name":"B","username":%q,"email":%q,"password":"correct horse battery"}`, list[i].name, list[i].name+"@example.org"), &account)
		list[i].token, list[i].id = account.AccessToken, account.User.ID
	}
	return list
}

// answer is what became of one attempt. Status 0: the connection was cut or nothing came in time.
type answer struct {
	status int
	body   []byte
	waits  bool // it says when to come back
	err    error
}

func (a answer) String() string {
	if a.err != nil {
		return a.err.Error()
	}
	return fmt.Sprintf("%d %s", a.status, a.body)
}

// attempt makes one request to one node.
func (w *world) attempt(ctx context.Context, node int, token, method, path, body string) answer {
	most := callTimeout
	if path == "/sync" {
		most = lineTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+w.nodes[node].address+"/api/v1"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return answer{err: err}
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := w.calls.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{err: err}
	}
	return answer{status: resp.StatusCode, body: text, waits: resp.Header.Get("Retry-After") != ""}
}

// caller sends requests for a person and goes over to the next node when one does not serve.
type caller struct {
	w      *world
	token  string
	node   int
	pinned bool // it stays with its node
}

// call repeats a request until its outcome is known; unsure says that an earlier attempt may have been carried out. A status that
// fine does not know, other than a refusal, breaks a promise. ok is false when ctx ended first.
func (c *caller) call(ctx context.Context, method, path, body string, fine func(int) bool) (a answer, unsure, ok bool) {
	for ctx.Err() == nil {
		a = c.w.attempt(ctx, c.node, c.token, method, path, body)
		switch {
		case ctx.Err() != nil:
			return a, unsure, false
		case a.err != nil:
			c.w.cut.Add(1)
			unsure = true
		case a.status == http.StatusServiceUnavailable || a.status == http.StatusTooManyRequests:
			c.w.refused.Add(1)
			unsure = unsure || a.status == http.StatusServiceUnavailable
			if !a.waits {
				c.w.complain("%s %s: %d without Retry-After", method, path, a.status)
			}
		case a.status/100 == 2 || fine != nil && fine(a.status):
			return a, unsure, true
		default:
			c.w.complain("%s %s at %s: %v", method, path, c.w.nodes[c.node].name, a)
			return a, unsure, false
		}
		if !c.pinned {
			c.node = (c.node + 1) % len(c.w.nodes)
		}
		pause(ctx, 50*time.Millisecond+rand.N(100*time.Millisecond))
	}
	return a, unsure, false
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// readAll marks everything as read, as people who listen do. It keeps snapshots from counting hundreds of messages for each of
// the streams that fetch one at the same time.
func (w *world) readAll() {
	w.t.Helper()
	newest := make(map[core.ChannelID]core.MessageID)
	w.book.do(func() {
		for id, e := range w.book.byID {
			newest[e.channel] = max(newest[e.channel], id)
		}
	})
	for _, p := range w.people {
		for channel, id := range newest {
			w.must(p, http.MethodPut, "/channels/"+channel.String()+"/read", fmt.Sprintf(`{"message_id":"%d"}`, id), nil)
		}
	}
}

// must is for what happens before and after faults.
func (w *world) must(p person, method, path, body string, into any) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), patience)
	defer cancel()
	c := caller{w: w, token: p.token}
	a, _, ok := c.call(ctx, method, path, body, nil)
	if ok && into != nil {
		a.err = json.Unmarshal(a.body, into)
	}
	if !ok || a.err != nil {
		w.t.Fatalf("%s %s: %v", method, path, a)
	}
}

// complain notes a broken promise.
func (w *world) complain(format string, args ...any) {
	w.note(func() {
		if len(w.complaints) < maxComplains {
			w.complaints = append(w.complaints, fmt.Sprintf(format, args...))
		}
	})
}

// complained gives the broken promises so far.
func (w *world) complained() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.complaints)
}

// note changes the state and tells those who wait.
func (w *world) note(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	w.changed.Broadcast()
}

// until waits for something to become true and fails the test when it takes too long.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	if !w.soon(patience, is) {
		w.t.Fatalf("waited in vain for %s; complaints: %q", what, w.complained())
	}
}

// soon waits for something to become true; false when that takes longer than d.
func (w *world) soon(d time.Duration, is func() bool) bool {
	late := false
	timer := time.AfterFunc(d, func() { w.note(func() { late = true }) })
	defer timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for !is() {
		if late {
			return false
		}
		w.changed.Wait()
	}
	return true
}
