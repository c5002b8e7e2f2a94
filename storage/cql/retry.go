package cql

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/gocql/gocql"
)

// Retries happen on two levels. The driver goes on to the next node at once, as its plan for the statement says; when no
// node has answered well, the engine waits a little and starts over, as long as patience and the call's context allow.
const (
	maxNodes   = 3 // nodes the driver asks in one go
	patience   = 3 * time.Second
	firstPause = 20 * time.Millisecond
	maxPause   = 500 * time.Millisecond
)

// nextNode is the driver's policy for statements that may run twice.
type nextNode struct{}

// Attempt implements gocql.RetryPolicy.
func (nextNode) Attempt(q gocql.RetryableQuery) bool { return q.Attempts() < maxNodes }

// GetRetryType implements gocql.RetryPolicy.
func (nextNode) GetRetryType(err error) gocql.RetryType {
	if classify(err).hopeless() {
		return gocql.Rethrow
	}
	return gocql.RetryNextHost
}

// once is the driver's policy for conditional commits: another node is asked only where nothing was sent.
type once struct{}

// Attempt implements gocql.RetryPolicy.
func (once) Attempt(gocql.RetryableQuery) bool { return false }

// GetRetryType implements gocql.RetryPolicy.
func (once) GetRetryType(error) gocql.RetryType { return gocql.Rethrow }

// pauses waits between attempts: longer each time, never the same.
type pauses struct {
	last time.Duration
	end  time.Time
}

func newPauses(now time.Time) *pauses { return &pauses{last: firstPause / 2, end: now.Add(patience)} }

// wait tells whether to go on.
func (p *pauses) wait(ctx context.Context) bool {
	p.last = min(2*p.last, maxPause)
	pause := p.last/2 + rand.N(p.last)
	if time.Now().Add(pause).After(p.end) {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
