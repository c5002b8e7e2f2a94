package apitest

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
)

// Recorder tells which events were logged since it was asked last.
type Recorder struct {
	t      testing.TB
	source core.EventSource
	signal chan struct{} // one token when something was logged

	mu sync.Mutex
	at uint64
}

func newRecorder(t testing.TB, source core.EventSource) *Recorder {
	r := &Recorder{t: t, source: source, signal: make(chan struct{}, 1)}
	_, r.at = source.Bounds()
	source.Follow(func([]core.LoggedEvent) {
		select {
		case r.signal <- struct{}{}:
		default:
		}
	})
	return r
}

// Take gives the events that were logged since the last time, in their order.
func (r *Recorder) Take() []core.Event {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []core.Event
	for {
		batch, err := r.source.Read(r.at, 1000)
		if err != nil {
			r.t.Fatalf("read events: %v", err)
		}
		if len(batch) == 0 {
			return out
		}
		for _, le := range batch {
			out = append(out, le.Event)
			r.at = le.Position
		}
	}
}

// Are checks the types of the events since the last time, all of them, in their order.
func (r *Recorder) Are(types ...string) {
	r.t.Helper()
	if got := TypesOf(r.Take()); !slices.Equal(got, types) {
		r.t.Errorf("events %q, want %q", got, types)
	}
}

// TypesOf names the types of events.
func TypesOf(events []core.Event) []string {
	var types []string
	for _, e := range events {
		types = append(types, string(e.Type))
	}
	return types
}

// Await gives the events from the last time on to the first of a type, which must come.
func (r *Recorder) Await(t core.EventType) []core.Event {
	r.t.Helper()
	deadline := time.After(Patience)
	var seen []core.Event
	for {
		seen = append(seen, r.Take()...)
		if slices.ContainsFunc(seen, func(e core.Event) bool { return e.Type == t }) {
			return seen
		}
		select {
		case <-r.signal:
		case <-deadline:
			r.t.Fatalf("no %s came; seen %q", t, TypesOf(seen))
		}
	}
}

// DataOf decodes what an event tells.
func DataOf(e core.Event) M {
	var m M
	_ = json.Unmarshal(e.Data, &m) // made by json.Marshal
	return m
}
