package realtime

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
)

// anyone lets everyone hear everything and answers as fast as a cached permission does.
type anyone struct{ servers []core.ServerID }

func (anyone) CanHear(context.Context, core.UserID, core.ServerID, core.ChannelID, core.Permission) bool {
	return true
}

func (a anyone) ServersOf(context.Context, core.UserID) ([]core.ServerID, error) {
	return a.servers, nil
}

type discard struct{}

func (discard) Write([]byte, time.Duration) error { return nil }

// crowd serves n streams, each of another person in the same 50 servers, and waits until all are live.
func crowd(b *testing.B, n int, tune func(*Options)) (*FakeSource, func()) {
	b.Helper()
	var open atomic.Int64
	servers := make([]core.ServerID, 50)
	for i := range servers {
		servers[i] = core.ServerID(i + 1)
	}
	source := NewFakeSource("e1")
	opt := Options{Log: NewMemoryLog(source), Access: anyone{servers}, Members: anyone{servers}}
	tune(&opt)
	deliver := opt.Metrics.Delivered
	opt.Metrics.Delivered = func(events, bytes int) {
		if bytes > 100 && events == 0 { // ready
			open.Add(1)
		}
		if deliver != nil {
			deliver(events, bytes)
		}
	}
	hub := NewHub(opt)
	if err := hub.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			_ = hub.Serve(ctx, StreamRequest{User: core.UserID(i + 1), Address: fmt.Sprint(i % 100)}, discard{})
		})
	}
	for open.Load() < int64(n) {
		runtime.Gosched()
	}
	return source, func() {
		cancel()
		wg.Wait()
		_ = hub.Close(context.Background())
	}
}

// BenchmarkFanOut delivers events of one server to 1,000 streams through the whole path but the socket: filter, encoding,
// one write each. An operation is one delivery.
func BenchmarkFanOut(b *testing.B) {
	for _, c := range []struct {
		name  string
		batch int
		wait  time.Duration
	}{{"one event a write", 1, -1}, {"five events a write", 5, -1}, {"twenty events a write", 20, -1}} {
		b.Run(c.name, func(b *testing.B) {
			const streams = 1000
			var delivered, writes atomic.Int64
			source, end := crowd(b, streams, func(o *Options) {
				o.Coalesce = c.wait
				o.Metrics.Delivered = func(events, _ int) {
					delivered.Add(int64(events))
					writes.Add(1)
				}
			})
			defer end()
			ev := core.NewEvent(0, core.Audience{Server: 1, Channel: 2}, 0, time.Now(), core.MessageDeleted{MessageID: 5, Mentioned: make([]core.UserID, 40)})
			batch := make([]core.Event, c.batch)
			for i := range batch {
				batch[i] = ev
			}
			writes.Store(0)
			b.ReportAllocs()
			b.ResetTimer()
			sent := int64(0)
			for sent < int64(b.N) {
				source.Append(batch...)
				sent += int64(c.batch * streams)
				for delivered.Load() < sent {
					runtime.Gosched()
				}
			}
			b.StopTimer()
			b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "deliveries/s")
			b.ReportMetric(float64(sent)/float64(writes.Load()), "events/write")
		})
	}
}

// BenchmarkIdleStream weighs a live stream of a person in 50 servers, without its connection: the hub's own part, and the
// stack of the goroutine that serves it.
func BenchmarkIdleStream(b *testing.B) {
	for b.Loop() {
		const streams = 10_000
		before := memory()
		_, end := crowd(b, streams, func(*Options) {})
		after := memory()
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/streams, "heap-B/stream")
		b.ReportMetric(float64(after.StackInuse-before.StackInuse)/streams, "stack-B/stream")
		end()
	}
}

func memory() runtime.MemStats {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m
}

// BenchmarkResume replays 3,000 events of the window to a stream that comes back.
func BenchmarkResume(b *testing.B) {
	source := NewFakeSource("e1")
	hub := NewHub(Options{Log: NewMemoryLog(source), Access: anyone{}, Members: anyone{}})
	if err := hub.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	for range 3000 {
		source.Append(core.NewEvent(0, core.Audience{Server: 1, Channel: 2}, 0, time.Now(), core.MessageDeleted{MessageID: 5}))
	}
	b.ReportAllocs()
	for b.Loop() {
		ctx, cancel := context.WithCancel(context.Background())
		_ = hub.Serve(ctx, StreamRequest{User: 1, LastEventID: "e1.0"}, untilCaughtUp{cancel: cancel, at: "e1.3000\n"})
	}
	b.StopTimer()
	_ = hub.Close(context.Background())
}

// untilCaughtUp leaves when it has seen an id.
type untilCaughtUp struct {
	cancel context.CancelFunc
	at     string
}

func (u untilCaughtUp) Write(p []byte, _ time.Duration) error {
	if bytes.Contains(p, []byte(u.at)) {
		u.cancel()
	}
	return nil
}
