package demo

import (
	"context"
	"time"
)

// turn is how many lines one channel has before the next has its turn, so that a reader can follow.
const turn = 5

// Live sends the lines that are left, one every step, a few of one channel and then of the next, until none is left or ctx
// ends; then it gives nil. Load must have succeeded, at this Beep or at one that ran on the same data.
func (l *Loader) Live(ctx context.Context, base string, step time.Duration) error {
	if err := l.at(base); err != nil {
		return err
	}
	defer l.o.HTTP.CloseIdleConnections()
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		moved := false
		for i := range l.channels {
			for range turn {
				n := l.next(i)
				if n == len(l.ids[i]) {
					break
				}
				select {
				case <-ctx.Done():
					return nil
				case <-tick.C:
				}
				if err := l.send(ctx, i, n); err != nil {
					if ctx.Err() != nil {
						return nil
					}
					return err
				}
				moved = true
			}
		}
		if !moved {
			return nil
		}
	}
}

// next is the line after the last that a channel has.
func (l *Loader) next(channel int) int {
	for n := len(l.ids[channel]); n > 0; n-- {
		if l.ids[channel][n-1] != 0 {
			return n
		}
	}
	return 0
}
