package core

import (
	"context"
	"sync"
)

// RateNotes collects the verdicts of a request's rate limits, so that the edge can tell the client where it stands.
type RateNotes struct {
	mu    sync.Mutex
	notes []RateNote
}

// RateNote is one verdict.
type RateNote struct {
	Policy  string
	Rate    Rate
	Verdict RateVerdict
}

type rateNotesKey struct{}

// WithRateNotes gives a context that collects verdicts.
func WithRateNotes(ctx context.Context, n *RateNotes) context.Context {
	return context.WithValue(ctx, rateNotesKey{}, n)
}

// NoteRate records a verdict if the context collects them.
func NoteRate(ctx context.Context, policy string, rate Rate, v RateVerdict) {
	n, ok := ctx.Value(rateNotesKey{}).(*RateNotes)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.notes = append(n.notes, RateNote{policy, rate, v})
}

// All gives what was recorded.
func (n *RateNotes) All() []RateNote {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.notes
}
