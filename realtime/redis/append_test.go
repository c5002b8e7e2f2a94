package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/realtime/logtest"
)

// run makes n events with the ids from first on.
func run(first, n int) []core.Event {
	events := make([]core.Event, n)
	for i := range events {
		events[i] = logtest.Event(first + i)
	}
	return events
}

func ids(t *testing.T, l *Log) (out []core.EventID) {
	t.Helper()
	got, err := l.Read(0, MaxRead)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range got {
		out = append(out, e.Event.ID)
	}
	return out
}

func TestAppendSkipsWhatIsKnown(t *testing.T) {
	t.Parallel()
	l := openAt(t, redistest.Start(t).Open(t))
	appendTo(t, l, run(1, 3)...)
	appendTo(t, l, run(2, 3)...)
	appendTo(t, l, run(5, 1)[0], run(5, 1)[0])
	if got := fmt.Sprint(ids(t, l)); got != "[1 2 3 4 5]" {
		t.Error(got)
	}
}

func TestAppendSplitsLongBatches(t *testing.T) {
	t.Parallel()
	appends := 0
	l := openAt(t, redistest.Start(t).Open(t), func(o *Options) {
		o.Metrics.Appended = func(added, _ int) {
			appends++
			if added > MaxBatchEvents {
				t.Errorf("%d events in one call", added)
			}
		}
	})
	appendTo(t, l, run(1, 2*MaxBatchEvents+1)...)
	if appends != 3 {
		t.Errorf("%d calls for %d events", appends, 2*MaxBatchEvents+1)
	}
	large := run(1000, 3)
	for i := range large {
		large[i].Data = make([]byte, 600<<10)
	}
	appends = 0
	appendTo(t, l, large...)
	if appends != 3 {
		t.Errorf("%d calls for 1.8 MB", appends)
	}
	if got := ids(t, l); len(got) != 2*MaxBatchEvents+4 {
		t.Errorf("%d events", len(got))
	}
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	l := openAt(t, redistest.Start(t).Open(t))
	large := logtest.Event(1)
	large.Data = make([]byte, MaxBatchBytes)
	if err := l.Append(t.Context(), []core.Event{large}); !errors.Is(err, ErrEventTooLarge) {
		t.Errorf("an event over 1 MB: %v", err)
	}
	if err := l.Append(t.Context(), []core.Event{{Type: core.EventTypingStarted}}); err == nil {
		t.Error("an event without an id was appended")
	}
	l.Close()
	if err := l.Append(t.Context(), run(1, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("append to a closed log: %v", err)
	}
	if _, err := l.Read(0, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("read a closed log: %v", err)
	}
	if ok, reason := l.Health(); ok || reason != ReasonClosed {
		t.Errorf("a closed log is healthy: %v, %s", ok, reason)
	}
}

// TestAppendEndsInTime: a frozen Redis answers nobody.
func TestAppendEndsInTime(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l := openAt(t, server.Open(t))
	server.Stop(t)
	defer server.Continue(t)
	done := make(chan error, 1)
	go func() { done <- l.Append(context.Background(), run(1, 1)) }()
	select {
	case err := <-done:
		if err == nil {
			t.Error("acknowledged by a frozen server")
		}
	case <-time.After(patience):
		t.Error("append does not end")
	}
}

// TestOutOfMemory: what Redis refuses is not remembered as known.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l := openAt(t, server.Open(t))
	appendTo(t, l, run(1, 1)...)
	command(t, server, "CONFIG", "SET", "maxmemory", "1")
	if err := l.Append(t.Context(), run(2, 3)); err == nil || !strings.Contains(err.Error(), "OOM") {
		t.Errorf("append without memory: %v", err)
	}
	command(t, server, "CONFIG", "SET", "maxmemory", "0")
	appendTo(t, l, run(2, 3)...)
	if got := fmt.Sprint(ids(t, l)); got != "[1 2 3 4]" {
		t.Error(got)
	}
}

// TestStreamIsBroken: an event whose entry cannot be written is not known either.
func TestStreamIsBroken(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l := openAt(t, server.Open(t))
	command(t, server, "SET", l.key.stream, "not a stream")
	if err := l.Append(t.Context(), run(1, 3)); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
		t.Errorf("append to what is not a stream: %v", err)
	}
	command(t, server, "DEL", l.key.stream)
	appendTo(t, l, run(1, 3)...)
	if got := fmt.Sprint(ids(t, l)); got != "[1 2 3]" {
		t.Error(got)
	}
}

// TestStreamAheadOfMeta: somebody lowered the counter while nobody was there who knew better.
func TestStreamAheadOfMeta(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	db := server.Open(t)
	l := openAt(t, db)
	appendTo(t, l, run(1, 5)...)
	epoch := l.Epoch()
	l.Close()
	command(t, server, "HSET", l.key.meta, "seq", "2")
	l = openAt(t, db)
	w := follow(l, "log")
	appendTo(t, l, run(6, 1)...)
	w.await(t, "the event", func(n note) bool { return n.id == 6 })
	if l.Epoch() == epoch {
		t.Error("the positions are used again in the same epoch")
	}
}

// TestKeepsWithinBounds: the oldest events go when there are too many, too many bytes, or when they are too old.
func TestKeepsWithinBounds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tune func(*Options)
		most uint64 // events kept
	}{
		"events": {func(o *Options) { o.MaxEvents = 1000 }, 1200},
		"bytes":  {func(o *Options) { o.MaxBytes = 64 << 10 }, 64},
		"age":    {func(o *Options) { o.MaxAge = 50 * time.Millisecond }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			l := openAt(t, server.Open(t), c.tune)
			const n = 3000
			for first := 1; first <= n; first += 100 {
				events := run(first, 100)
				for i := range events {
					events[i].Data = make([]byte, 1<<10)
				}
				appendTo(t, l, events...)
			}
			for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
				oldest, newest := l.Bounds()
				if newest-oldest+1 <= c.most && newest == n {
					return
				}
				if time.Since(begun) > patience {
					t.Fatalf("%d to %d are kept, want at most %d", oldest, newest, c.most)
				}
			}
		})
	}
}

func TestOtherCluster(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	db := server.Open(t)
	l := openAt(t, db)
	_, err := Open(t.Context(), Options{DB: db, Cluster: "other"})
	if !errors.Is(err, ErrOtherCluster) {
		t.Fatalf("opened the log of another cluster: %v", err)
	}
	for _, word := range []string{server.Addr(), "cluster test", "this is other", "redis.prefix", "redis.database"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	w := follow(l, "log")
	command(t, server, "HSET", l.key.meta, "cluster", "other") // Redis was replaced while we run
	if err := l.Append(t.Context(), run(1, 1)); !errors.Is(err, ErrOtherCluster) {
		t.Errorf("appended to the log of another cluster: %v", err)
	}
	if n := command(t, server, "XLEN", l.key.stream); n != "0" {
		t.Errorf("the stream holds %s events", n)
	}
	w.await(t, "bad news", func(n note) bool { return n.health && !n.healthy })
	if ok, reason := l.Health(); ok || reason != ReasonOtherCluster {
		t.Errorf("health %v, %q", ok, reason)
	}
	command(t, server, "HSET", l.key.meta, "cluster", "test")
	w.await(t, "good news", func(n note) bool { return n.health && n.healthy })
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	db := server.Open(t)
	for _, o := range []Options{{Cluster: "x"}, {DB: db}, {DB: db, Cluster: "a b"}, {DB: db, Cluster: strings.Repeat("x", 65)}} {
		if l, err := Open(t.Context(), o); err == nil {
			l.Close()
			t.Errorf("opened with cluster %q", o.Cluster)
		}
	}
	server.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if l, err := Open(ctx, Options{DB: db, Cluster: "x"}); err == nil {
		l.Close()
		t.Error("opened without a server")
	}
}

// TestUnreadableEvents: what a newer version wrote has a position but cannot be handed over, so it is told as lost.
func TestUnreadableEvents(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	db := server.Open(t)
	l := openAt(t, db)
	w := follow(l, "log")
	appendTo(t, l, run(1, 2)...)
	b := batch{keys: append(l.keys(), l.opt.DB.Key("log", "id", "77")), data: []string{"\xffnews"}}
	if err := l.appendBatch(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	n := w.await(t, "a reset", isReset) // without another event
	appendTo(t, l, run(3, 2)...)
	if n.position != 3 || n.epoch != l.Epoch() {
		t.Errorf("reset to %d", n.position)
	}
	w.await(t, "the last event", func(n note) bool { return n.id == 4 })
	for after, want := range map[uint64]string{0: "[1 2]", 2: "[3 4]", 3: "[3 4]"} {
		got, err := l.Read(after, 10)
		var have []core.EventID
		for _, e := range got {
			have = append(have, e.Event.ID)
		}
		if fmt.Sprint(have) != want || err != nil {
			t.Errorf("after %d: %v, %v, want %s", after, have, err, want)
		}
	}
}

// TestPositionsOfAnotherEpoch: the next position comes, but of another epoch: pushed, or found in the stream when a probe
// of this epoch says that something is missing.
func TestPositionsOfAnotherEpoch(t *testing.T) {
	t.Parallel()
	for name, push := range map[string]string{
		"pushed": `'e another 2 0 ' .. #ARGV[1] .. '\n' .. ARGV[1]`,
		"stored": `'p ' .. ARGV[3] .. ' 2 0 x\n'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			l := openAt(t, server.Open(t))
			appendTo(t, l, run(1, 1)...)
			w := follow(l, "log")
			entry, err := encode(run(50, 1)[0])
			if err != nil {
				t.Fatal(err)
			}
			command(t, server, "EVAL", `redis.call('HSET', KEYS[1], 'epoch', 'another', 'seq', 2, 'from', 1)
				redis.call('XADD', KEYS[2], '2-0', 'e', ARGV[1])
				return redis.call('PUBLISH', ARGV[2], `+push+`)`,
				"2", l.key.meta, l.key.stream, entry, l.channel, l.Epoch())
			w.await(t, "the event", func(n note) bool { return n.id == 50 })
			for _, n := range w.all() {
				if n.id == 50 && n.epoch != "another" {
					t.Errorf("told as position %d of epoch %s", n.position, n.epoch)
				}
			}
		})
	}
}

// TestReadOfAnEndedEpoch: positions of one epoch are never answered with events of another.
func TestReadOfAnEndedEpoch(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l := openAt(t, server.Open(t))
	appendTo(t, l, run(1, 3)...)
	command(t, server, "HSET", l.key.meta, "epoch", "another")
	if got, err := l.Read(0, 10); !errors.Is(err, ErrMoved) && l.Epoch() != "another" {
		t.Errorf("%d events, %v", len(got), err)
	}
}
