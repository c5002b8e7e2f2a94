package redis

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/realtime/logtest"
)

// batchOf makes events of 300 bytes, about a short message.
func batchOf(first, n int) []core.Event {
	events := make([]core.Event, n)
	for i := range events {
		events[i] = logtest.Event(first + i)
		events[i].Data = append(events[i].Data, make([]byte, 300-len(events[i].Data))...)
	}
	return events
}

// BenchmarkAppend appends with one node listening; an operation is one event.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 64} {
		b.Run(fmt.Sprint("batch of ", size), func(b *testing.B) {
			l := openAt(b, redistest.Start(b).Open(b))
			next := 1
			for n := 0; n < b.N; n += size {
				appendTo(b, l, batchOf(next, size)...)
				next += size
			}
		})
	}
	b.Run("64 callers", func(b *testing.B) {
		l := openAt(b, redistest.Start(b).Open(b))
		ids := make(chan int, 1)
		ids <- 1
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				id := <-ids
				ids <- id + 1
				appendTo(b, l, batchOf(id, 1)...)
			}
		})
	})
}

// arrivals tells when an event was heard.
type arrivals chan time.Time

func (a arrivals) Events([]core.LoggedEvent) { a <- time.Now() }
func (a arrivals) Reset(string, uint64)      {}
func (a arrivals) Health(bool, string)       {}

// BenchmarkLatency is the time from calling Append to a follower at another node hearing the event.
func BenchmarkLatency(b *testing.B) {
	server := redistest.Start(b)
	from, to := openAt(b, server.Open(b)), openAt(b, server.Open(b))
	heard := make(arrivals, 1)
	_, stop := to.Follow(heard)
	defer stop()
	var took []time.Duration
	next := 1
	for b.Loop() {
		begun := time.Now()
		appendTo(b, from, batchOf(next, 1)...)
		took = append(took, (<-heard).Sub(begun))
		next++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}
