package embedded

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

func logSome(t *testing.T, e *Engine, n int) {
	t.Helper()
	for range n {
		_, err := e.Commit(t.Context(), wide.Commit{Events: []core.Event{
			{ID: 1, Type: "a.happened", At: time.UnixMilli(5).UTC(), Data: []byte(`{"n":1}`)},
			{ID: 2, Type: "b.happened", At: time.UnixMilli(6).UTC(), Data: []byte(`{"n":2}`), Audience: core.Audience{Users: []core.UserID{3}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func wantBounds(t *testing.T, e *Engine, oldest, newest uint64) {
	t.Helper()
	if o, n := e.Bounds(); o != oldest || n != newest {
		t.Fatalf("bounds %d..%d, want %d..%d", o, n, oldest, newest)
	}
}

func TestEventsSurviveReopening(t *testing.T) {
	fs := vfs.NewMem()
	e := openTest(t, Options{FS: fs, Schema: wide.NewSchema()})
	wantBounds(t, e, 0, 0)
	logSome(t, e, 3)
	wantBounds(t, e, 1, 6)
	live, err := e.Read(2, 3)
	if err != nil || len(live) != 3 || live[0].Position != 3 {
		t.Fatalf("read %+v, %v", live, err)
	}
	epoch := e.Epoch()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openTest(t, Options{FS: fs, Schema: wide.NewSchema()})
	wantBounds(t, e, 1, 6)
	if e.Epoch() != epoch || len(epoch) != 26 {
		t.Fatalf("epoch %q became %q", epoch, e.Epoch())
	}
	stored, err := e.Read(2, 3)
	if err != nil || len(stored) != 3 {
		t.Fatalf("read %+v, %v", stored, err)
	}
	for i := range stored {
		a, b := live[i], stored[i]
		if a.Position != b.Position || a.Event.ID != b.Event.ID || a.Event.Type != b.Event.Type || string(a.Event.Data) != string(b.Event.Data) ||
			len(a.Event.Audience.Users) != len(b.Event.Audience.Users) || !a.Event.At.Equal(b.Event.At) {
			t.Fatalf("stored %+v, live %+v", b, a)
		}
	}
	logSome(t, e, 1)
	wantBounds(t, e, 1, 8)
	across, err := e.Read(5, 10) // the first of these is on disk only
	if err != nil || len(across) != 3 || across[2].Position != 8 {
		t.Fatalf("read %+v, %v", across, err)
	}
	if err := e.NewEpoch(); err != nil || e.Epoch() == epoch {
		t.Fatalf("epoch %q stays: %v", e.Epoch(), err)
	}
}

func TestEventTrimming(t *testing.T) {
	for name, o := range map[string]Options{
		"window": {EventWindow: time.Minute},
		"count":  {MaxEvents: 4},
		"bytes":  {MaxEventBytes: 150},
	} {
		t.Run(name, func(t *testing.T) {
			clock := newTestClock()
			o.FS, o.Clock, o.Schema = vfs.NewMem(), clock.Now, wide.NewSchema()
			e := openTest(t, o)
			e.log.perSeg = 1
			logSome(t, e, 4)
			clock.Advance(time.Minute + time.Second)
			logSome(t, e, 1)
			if err := e.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			oldest, newest := e.Bounds()
			if oldest < 6 || oldest > 9 || newest != 10 {
				t.Fatalf("bounds %d..%d", oldest, newest)
			}
			events, err := e.Read(0, 100)
			if err != nil || len(events) == 0 || events[0].Position != oldest {
				t.Fatalf("read %+v, %v", events, err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			o.EventWindow = time.Nanosecond
			clock.Advance(time.Hour)
			e = openTest(t, o) // all are too old now; positions go on
			wantBounds(t, e, 11, 10)
			logSome(t, e, 1)
			wantBounds(t, e, 11, 12)
		})
	}
}

// TestFollow checks that a follower gets everything after its start once and in order, also when it reads from disk
// because memory no longer has it.
func TestFollow(t *testing.T) {
	e := openTest(t, Options{Schema: wide.NewSchema()})
	logSome(t, e, 2)
	var mu sync.Mutex
	var got []uint64
	slow, enough := make(chan struct{}), make(chan struct{})
	const total = 3 * eventTail
	after, stop := e.Follow(func(run []core.LoggedEvent) {
		<-slow
		mu.Lock()
		defer mu.Unlock()
		for _, ev := range run {
			got = append(got, ev.Position)
		}
		if len(got) == total {
			close(enough)
		}
	})
	if after != 4 {
		t.Fatalf("begins after %d", after)
	}
	events := make([]core.Event, eventTail/8)
	for range total / len(events) {
		if _, err := e.Commit(t.Context(), wide.Commit{Events: events}); err != nil {
			t.Fatal(err)
		}
	}
	e.log.mu.Lock()
	inMemory := len(e.log.tail)
	e.log.mu.Unlock()
	if inMemory >= total {
		t.Fatal("memory still has everything: the test does not test")
	}
	close(slow)
	<-enough
	stop()
	for i, p := range got {
		if p != after+uint64(i)+1 {
			t.Fatalf("event %d has position %d", i, p)
		}
	}
	logSome(t, e, 1)
	if len(got) != total { // stop waited for the last call, so got is ours again
		t.Fatal("called after stop")
	}
}

// TestStopWaits checks that stop returns when the last call of the follower has.
func TestStopWaits(t *testing.T) {
	e := openTest(t, Options{Schema: wide.NewSchema()})
	var inside atomic.Bool
	entered, leave := make(chan struct{}), make(chan struct{})
	_, stop := e.Follow(func([]core.LoggedEvent) {
		inside.Store(true)
		close(entered)
		<-leave
		for range 1000 { // time enough for a stop that does not wait
			runtime.Gosched()
		}
		inside.Store(false)
	})
	logSome(t, e, 1)
	<-entered
	close(leave)
	if stop(); inside.Load() {
		t.Fatal("stop returned while the follower was called")
	}
}

func TestFollowEndsWithTheEngine(t *testing.T) {
	e := openTest(t, Options{Schema: wide.NewSchema()})
	_, stop := e.Follow(func([]core.LoggedEvent) {})
	logSome(t, e, 1)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	stop()
	_, stop = e.Follow(func([]core.LoggedEvent) { t.Error("called") })
	stop()
}

// TestFailedConditionLogsNothing checks that a position is taken only by what happened.
func TestFailedConditionLogsNothing(t *testing.T) {
	claims := wide.Define[lastRow](wide.Spec{ID: 1, Name: "claims", LWT: true})
	e := openTest(t, Options{Schema: wide.NewSchema(claims)})
	c := wide.Commit{If: claims.IfAbsent(lastRow{Channel: 1}), Writes: []wide.Write{claims.Insert(lastRow{Channel: 1, ID: 2})},
		Events: []core.Event{{ID: 1, Type: "claim.made"}}}
	for i := range 3 {
		if applied, err := e.Commit(t.Context(), c); err != nil || applied != (i == 0) {
			t.Fatalf("attempt %d: %v %v", i, applied, err)
		}
	}
	wantBounds(t, e, 1, 1)
}
