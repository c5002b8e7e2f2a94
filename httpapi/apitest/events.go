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
	source journal
	settle func() // waits until what was committed is logged

	mu sync.Mutex
	at uint64
}

// journal is the log that streams are fed from.
type journal interface {
	Bounds() (oldest, newest uint64)
	Read(after uint64, limit int) ([]core.LoggedEvent, error)
}

func newRecorder(t testing.TB, source journal, settle func()) *Recorder {
	settle()
	r := &Recorder{t: t, source: source, settle: settle}
	_, r.at = source.Bounds()
	return r
}

// Take gives the events that were logged since the last time, in their order.
func (r *Recorder) Take() []core.Event {
	r.t.Helper()
	r.settle()
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
	var seen []core.Event
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(pause) {
		seen = append(seen, r.Take()...)
		if slices.ContainsFunc(seen, func(e core.Event) bool { return e.Type == t }) {
			return seen
		}
	}
	r.t.Fatalf("no %s came; seen %q", t, TypesOf(seen))
	return nil
}

// DataOf decodes what an event tells.
func DataOf(e core.Event) M {
	var m M
	_ = json.Unmarshal(e.Data, &m) // made by json.Marshal
	return m
}
