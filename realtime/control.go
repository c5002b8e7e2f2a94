package realtime

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/beep-chat/beep/core"
)

// Reasons of resync.
const (
	resyncEpoch   = "epoch"   // the cursor is of another log
	resyncExpired = "expired" // older than the window
	resyncFuture  = "future"  // ahead of the log
	resyncGap     = "gap"     // the log lost events for good
)

// farewell is why a stream ends and when its client should come back. Retries are drawn between two bounds, so that
// clients do not come back together.
type farewell struct {
	bye    core.Bye
	retry  time.Duration
	latest time.Duration
}

var (
	byeSignedOut   = &farewell{core.Bye{Reason: "signed_out"}, 10 * time.Second, 20 * time.Second}
	byeSlow        = &farewell{core.Bye{Reason: "slow", Reconnect: true}, 2 * time.Second, 10 * time.Second}
	byeRestarting  = &farewell{core.Bye{Reason: "restarting", Reconnect: true}, time.Second, 4 * time.Second}
	byeUnavailable = &farewell{core.Bye{Reason: "unavailable", Reconnect: true}, 2 * time.Second, 10 * time.Second}
)

// How long a client waits before it comes back when nobody said goodbye.
const (
	shortestRetry = time.Second
	longestRetry  = 4 * time.Second
)

// appendRetry opens a block that tells the client when to come back.
func (h *Hub) appendRetry(b []byte, low, high time.Duration) []byte {
	b = append(b, "retry: "...)
	b = strconv.AppendInt(b, low.Milliseconds()+h.jitter((high-low).Milliseconds()+1), 10)
	return append(b, '\n')
}

// appendControl writes an event of the node's own. It has an id like every block with data, since some clients forget an
// id that stands alone.
func appendControl(b []byte, id Cursor, p core.Payload) []byte {
	return appendPayload(appendID(b, id), p)
}

func appendPayload(b []byte, p core.Payload) []byte {
	data, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("control event %s: %v", p.EventType(), err)) // plain data: a programmer's error
	}
	return appendBlock(b, nil, p.EventType(), data)
}

// resyncAfter spreads the refetches: over half a second at least, 2 ms a stream, 30 s at most.
func (h *Hub) resyncAfter() int64 {
	h.mu.Lock()
	n := len(h.streams)
	h.mu.Unlock()
	spread := min(max(time.Duration(n)*2*time.Millisecond, 500*time.Millisecond), 30*time.Second)
	return h.jitter(spread.Milliseconds())
}
