package redis

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// probed is the outcome of publishing a probe.
type probed struct {
	sent  int64 // see sinceStart
	state state
	err   error
}

// probeLoop publishes a probe every probePeriod, and at once when the tail asks for one. It waits for the tail to take each
// outcome.
func (l *Log) probeLoop(ctx context.Context) {
	period := time.NewTimer(0)
	defer period.Stop()
	for {
		select {
		case <-period.C:
		case <-l.kick:
		case <-ctx.Done():
			return
		}
		if !l.faults.noProbe {
			p := l.sendProbe(ctx)
			select {
			case l.probed <- p:
			case <-ctx.Done():
				return
			}
		}
		period.Reset(probePeriod)
	}
}

func (l *Log) sendProbe(ctx context.Context) probed {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	p := probed{sent: l.sinceStart()}
	p.state, p.err = l.probe(ctx, l.node+"-"+strconv.FormatInt(p.sent, 10))
	return p
}

// sinceStart is this log's own clock, in microseconds; never zero.
func (l *Log) sinceStart() int64 { return l.opt.Clock().Sub(l.started).Microseconds() + 1 }

// ownProbe tells when a probe was sent, if this log did.
func (l *Log) ownProbe(tag string) (sent int64, own bool) {
	text, own := strings.CutPrefix(tag, l.node+"-")
	if !own {
		return 0, false
	}
	sent, err := strconv.ParseInt(text, 10, 64)
	return sent, err == nil
}
