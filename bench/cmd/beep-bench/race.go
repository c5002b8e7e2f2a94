package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// contender is one of several ways to do the same thing.
type contender struct {
	name  string
	calls int          // that a round makes
	round func() error // must be the same work each time
}

// minRounds are made even when the time is up.
const minRounds = 3

// times is what one contender needed: a call's mean in each round, in the order of the rounds.
type times struct {
	name  string
	calls []float64 // microseconds
}

// race has contenders take turns until the time is up, so that whatever else the machine does hits all of them alike. A round
// that is not counted comes first.
func race(ctx context.Context, d time.Duration, all ...contender) ([]times, error) {
	out := make([]times, len(all))
	var end time.Time
	for n := 0; n <= minRounds || time.Now().Before(end); n++ {
		for i, c := range all {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			began := time.Now()
			if err := c.round(); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if n > 0 {
				out[i].calls = append(out[i].calls, float64(time.Since(began).Nanoseconds())/1000/float64(c.calls))
			}
		}
		if n == 0 {
			end = time.Now().Add(d)
		}
	}
	for i, c := range all {
		out[i].name = c.name
	}
	return out, nil
}

func (t times) median() float64 { return median(t.calls) }

// over is how many times as long as another contender this one needs: the median of what each round says.
func (t times) over(other times) float64 {
	ratios := make([]float64, len(t.calls))
	for i := range ratios {
		ratios[i] = t.calls[i] / other.calls[i]
	}
	return median(ratios)
}

// note tells of how many rounds a figure is, and how far they lie apart.
func (t times) note() string {
	sorted := slices.Sorted(slices.Values(t.calls))
	return fmt.Sprintf("median of %d rounds, p90 %s µs", len(sorted), number(sorted[len(sorted)*9/10]))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
