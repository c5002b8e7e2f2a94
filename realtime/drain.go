package realtime

import (
	"context"
	"fmt"
	"time"
)

// Drain empties the hub before a shutdown: it refuses new streams and ends those there are, spread over a time that grows
// with their number (1 s or less below 100, 35 s at 20,000) but not over more than limit, each with its own time to come
// back. It returns when the last one is gone, or with the context's error.
func (h *Hub) Drain(ctx context.Context, limit time.Duration) error {
	h.mu.Lock()
	h.drainingNow()
	streams := make([]*stream, 0, len(h.streams)) // in the map's order: random
	for _, s := range h.streams {
		streams = append(streams, s)
	}
	h.mu.Unlock()
	window := min(drainWindow(len(streams)), limit)
	begun := time.Now()
	for i, s := range streams {
		due := begun.Add(window * time.Duration(i) / time.Duration(len(streams)))
		if err := until(ctx, due); err != nil {
			return fmt.Errorf("drain streams: %w", err)
		}
		s.end(byeRestarting)
	}
	select {
	case <-h.emptied:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain streams: %w", ctx.Err())
	}
}

// drainingNow refuses new streams from here on. The lock is held.
func (h *Hub) drainingNow() {
	if h.draining {
		return
	}
	h.draining = true
	if len(h.streams) == 0 {
		close(h.emptied)
	}
}

func drainWindow(streams int) time.Duration {
	if streams <= 100 {
		return time.Duration(streams) * 10 * time.Millisecond
	}
	return min(time.Second+34*time.Second*time.Duration(streams-100)/19_900, 45*time.Second)
}

func until(ctx context.Context, due time.Time) error {
	wait := time.Until(due)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
