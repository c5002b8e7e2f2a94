package redis

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/realtime/logtest"
)

// ear is a bus that remembers; heard has room for all that a test sends.
type ear struct {
	*Bus
	heard chan string
}

func newEar(t *testing.T, l *Log) ear {
	t.Helper()
	e := ear{heard: make(chan string, 10_000)}
	b, err := NewBus(l, BusOptions{
		Deliver: func(ev core.Event) { e.heard <- fmt.Sprint("event ", ev.ID) },
		Told:    func(topic string, data []byte) { e.heard <- topic + " " + string(data) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	e.Bus = b
	return e
}

func (e ear) next(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-e.heard:
		if got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
	case <-time.After(patience):
		t.Fatalf("did not hear %q", want)
	}
}

func TestBusReachesEveryNodeOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b := newEar(t, openAt(t, server.Open(t))), newEar(t, openAt(t, server.Open(t)))
	for n := range 200 {
		a.Publish(logtest.Event(n + 1))
		if err := a.Tell("topic", fmt.Append(nil, n)); err != nil {
			t.Fatal(err)
		}
		for _, e := range []ear{a, b} { // one at a time: the queues are short
			e.next(t, fmt.Sprint("event ", n+1))
			e.next(t, fmt.Sprint("topic ", n))
		}
	}
	b.Publish(logtest.Event(1000))
	a.next(t, "event 1000")
	b.next(t, "event 1000")
}

// TestBusWithoutRedis: publishing does not wait, this node hears itself, and the bus works again afterwards.
func TestBusWithoutRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b := newEar(t, openAt(t, server.Open(t))), newEar(t, openAt(t, server.Open(t)))
	server.Stop(t)
	for n := range 2*busQueue + busBatch {
		a.Publish(logtest.Event(n + 1))
		a.next(t, fmt.Sprint("event ", n+1))
	}
	server.Continue(t)
	again := time.NewTicker(20 * time.Millisecond) // a hint may be lost while the backlog is sent
	defer again.Stop()
	deadline := time.After(patience)
	last := 0
	for {
		select {
		case got := <-b.heard:
			if got == "after " {
				return
			}
			var n int
			if _, err := fmt.Sscanf(got, "event %d", &n); err != nil || n <= last {
				t.Fatalf("%q after event %d", got, last)
			}
			last = n
		case <-again.C:
			if err := a.Tell("after", nil); err != nil {
				t.Fatal(err)
			}
		case <-deadline:
			t.Fatal("the bus is silent")
		}
	}
}

func TestBusRefuses(t *testing.T) {
	t.Parallel()
	l := openAt(t, redistest.Start(t).Open(t))
	e := newEar(t, l)
	if _, err := NewBus(l, BusOptions{}); !errors.Is(err, ErrBusExists) {
		t.Errorf("a second bus: %v", err)
	}
	for topic, data := range map[string]int{"": 1, "a b": 1, "a\nb": 1, strings.Repeat("x", 65): 1, "big": MaxHintBytes + 1} {
		if err := e.Tell(topic, make([]byte, data)); !errors.Is(err, ErrBadHint) {
			t.Errorf("topic %q, %d bytes: %v", topic, data, err)
		}
	}
	logged := core.NewEvent(5, core.Audience{}, 0, time.Now(), core.ChannelDeleted{})
	e.Publish(logged)
	if err := e.Tell("last", nil); err != nil {
		t.Fatal(err)
	}
	e.next(t, "last ")
}

// TestBusIsBounded: a handler that does not return costs messages, never memory or the log.
func TestBusIsBounded(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	dropped := make(chan string, 100_000)
	l := openAt(t, server.Open(t), func(o *Options) { o.Metrics.Dropped = func(kind string) { dropped <- kind } })
	stuck := make(chan struct{})
	b, err := NewBus(l, BusOptions{Deliver: func(core.Event) { <-stuck }})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	defer close(stuck)
	for n := range busQueue + 10 {
		b.Publish(logtest.Event(n + 1))
	}
	if kind := <-dropped; kind != "event" {
		t.Error(kind)
	}
	w := follow(l, "log")
	appendTo(t, l, logtest.Event(1))
	w.await(t, "an event of the log", func(n note) bool { return n.id == 1 })
}
