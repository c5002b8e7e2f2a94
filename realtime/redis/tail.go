package redis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// tail is the log's ear: it keeps a line, checks that what comes over it is contiguous, reads from the stream what is not,
// and is the one goroutine that speaks to the followers.
type tail struct {
	log     *Log
	line    *line // nil: none, one is being dialled or will be
	dialled chan dialled
	retry   *time.Timer // nil: no attempt is due
	backoff time.Duration
	failing bool      // the last attempt failed: the next failure is not news
	foreign bool      // Redis holds the log of another Beep
	probe   error     // of the last probe that was published
	begun   int64     // when the line came up, see sinceStart
	unheard time.Time // since when a published probe is missing
	heard   int64     // newest own probe seen when unheard was last judged
}

type dialled struct {
	line *line
	err  error
}

var (
	errSilent = errors.New("probes are published but not heard")
	errBehind = errors.New("the stream is behind what was pushed: another server answers")
)

func (t *tail) run(ctx context.Context) {
	defer t.hangUp()
	watch := time.NewTicker(watchPeriod)
	defer watch.Stop()
	t.dial(ctx)
	for {
		var inbox chan string
		var down <-chan error
		if t.line != nil {
			inbox, down = t.line.inbox, t.line.down
		}
		var retry <-chan time.Time
		if t.retry != nil {
			retry = t.retry.C
		}
		select {
		case <-ctx.Done():
			return
		case d := <-t.dialled:
			t.connected(ctx, d)
		case <-retry:
			t.retry = nil
			t.dial(ctx)
		case m := <-inbox:
			t.line.queued.Add(-int64(len(m)))
			t.handle(ctx, m)
		case err := <-down:
			t.drop(fmt.Errorf("the connection ended: %w", err))
		case p := <-t.log.probed:
			t.published(p)
		case <-t.log.moved:
			t.drop(ErrMoved)
		case <-watch.C:
			t.watch()
		}
	}
}

// dial opens a line in the background, so that health is told meanwhile.
func (t *tail) dial(ctx context.Context) {
	t.log.wg.Go(func() {
		n, err := t.log.dial(ctx)
		select {
		case t.dialled <- dialled{n, err}:
		case <-ctx.Done():
			if n != nil {
				n.conn.Close()
			}
		}
	})
}

// hangUp closes the line; a silent peer makes that slow, so it is not waited for here.
func (t *tail) hangUp() {
	if t.line != nil {
		t.log.wg.Go(t.line.conn.Close)
		t.line = nil
	}
}

// drop gives up the line, if there is one, and has another dialled later.
func (t *tail) drop(err error) {
	if t.line == nil {
		return
	}
	t.hangUp()
	t.log.opt.Logger.Warn("the line to the log was dropped", "error", err)
	t.later()
}

// later has a line dialled after a while: 50 ms at first, then twice as long up to 1 s, of which up to half is random.
func (t *tail) later() {
	t.backoff = min(max(2*t.backoff, backoffFirst), backoffLast)
	t.retry = time.NewTimer(t.backoff/2 + rand.N(t.backoff/2))
}

// connected takes a line into use: the epoch is taken over, what was missed is read, and a probe is sent to prove it.
func (t *tail) connected(ctx context.Context, d dialled) {
	l := t.log
	l.opt.Metrics.Connected(d.err)
	if d.err != nil {
		t.failed(d.err)
		return
	}
	t.failing = false
	t.line, t.begun, t.unheard, t.heard = d.line, l.sinceStart(), time.Time{}, 0
	s := d.line.state
	switch epoch := l.Epoch(); epoch {
	case s.epoch:
	case "":
		l.begin(s)
	default:
		l.breakOff(s, "epoch")
	}
	if !t.catchUp(ctx, s.seq) {
		return
	}
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

func (t *tail) failed(err error) {
	if !t.failing {
		t.log.opt.Logger.Warn("cannot listen to the log; trying again", "error", err)
	}
	t.failing = true
	select {
	case t.log.attempts <- err:
	default:
	}
	t.later()
}

// begin starts at the end of a log just opened.
func (l *Log) begin(s state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.epoch, l.born, l.tip, l.oldest = s.epoch, s.born, s.seq, s.from+1
}

// handle takes one message from the inbox.
func (t *tail) handle(ctx context.Context, message string) {
	f, err := parseFrame(message)
	if err != nil { // not ours; if it was, its positions will be missed
		t.log.opt.Logger.Debug("unknown message on the log's channel", "error", err)
		return
	}
	epoch, tip := t.log.position()
	switch {
	case f.epoch != epoch:
		t.drop(ErrMoved)
	case f.probe:
		t.probeHeard(ctx, f, tip)
	default:
		t.eventsHeard(ctx, f, tip)
	}
}

func (t *tail) eventsHeard(ctx context.Context, f frame, tip uint64) {
	if f.position > tip+1 {
		t.gap("missing")
		if !t.catchUp(ctx, f.position-1) {
			return
		}
		_, tip = t.log.position()
	}
	next := make([]stored, 0, len(f.events))
	for i, data := range f.events {
		if position := f.position + uint64(i); position > tip {
			next = append(next, stored{position, data})
		}
	}
	t.deliver(next)
}

// probeHeard uses anybody's probe to notice that the last events were lost, and its own as proof.
func (t *tail) probeHeard(ctx context.Context, f frame, tip uint64) {
	if f.position > tip {
		t.gap("tip")
		if !t.catchUp(ctx, f.position) {
			return
		}
	}
	sent, own := t.log.ownProbe(f.tag)
	if !own {
		return
	}
	t.backoff = 0
	trip := time.Duration(t.log.sinceStart()-sent) * time.Microsecond
	begun := t.log.started.Add(time.Duration(sent) * time.Microsecond)
	t.log.opt.Metrics.Probe(trip, time.UnixMilli(f.ms).Sub(begun.Add(trip/2)))
	t.proved(begun)
}

func (t *tail) proved(sent time.Time) {
	t.log.prove(sent)
	select {
	case <-t.log.ready:
	default:
		close(t.log.ready)
	}
}

func (t *tail) gap(reason string) {
	if t.line.overflow.Swap(false) {
		reason = "overflow"
	}
	t.log.opt.Metrics.Gap(reason)
}

// catchUp reads from the stream up to a position at least. When it cannot, the line is dropped and it says false.
func (t *tail) catchUp(ctx context.Context, upTo uint64) bool {
	l := t.log
	if l.faults.noRefill {
		l.mu.Lock()
		l.tip = max(l.tip, upTo)
		l.mu.Unlock()
		return true
	}
	for {
		epoch, tip := l.position()
		if tip >= upTo {
			return true
		}
		p, err := t.page(ctx, tip)
		switch {
		case err != nil:
		case p.epoch != epoch:
			err = ErrMoved
		case p.seq < upTo:
			err = errBehind
		}
		if err != nil {
			t.drop(err)
			return false
		}
		l.opt.Metrics.Refilled(len(p.events))
		t.deliver(p.events)
		if len(p.events) == 0 { // trimmed to nothing
			l.breakOff(state{epoch: epoch, from: p.seq}, "lost")
		}
	}
}

func (t *tail) page(ctx context.Context, after uint64) (page, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	return t.log.readPage(ctx, after, refillPage)
}

// deliver hands over events that come after the tip. Where they do not follow it, what lies between is lost for good; so is
// an event that this version cannot read.
func (t *tail) deliver(in []stored) {
	l := t.log
	for len(in) > 0 {
		epoch, tip := l.position()
		if in[0].position != tip+1 {
			l.breakOff(state{epoch: epoch, from: in[0].position - 1}, "lost")
		}
		run := in[:contiguous(in)]
		events := decode(run)
		l.tell(events)
		n := len(events)
		if n < len(run) {
			l.breakOff(state{epoch: epoch, from: in[n].position}, "unreadable")
			n++
		}
		in = in[n:]
	}
}

// published judges what became of a probe.
func (t *tail) published(p probed) {
	t.probe, t.foreign = p.err, errors.Is(p.err, ErrOtherCluster)
	switch {
	case p.err != nil || t.line == nil:
	case p.state.epoch != t.log.Epoch():
		t.drop(ErrMoved)
	case p.sent >= t.begun && p.sent > t.line.heard.Load() && t.unheard.IsZero():
		t.unheard = t.log.opt.Clock()
	}
}

// watch finds a silent line, and tells when the proof became too old.
func (t *tail) watch() {
	l := t.log
	now := l.opt.Clock()
	if l.faults.noProbe && t.line != nil {
		t.proved(now)
	}
	if t.line != nil {
		if heard := t.line.heard.Load(); heard > t.heard {
			t.heard, t.unheard = heard, time.Time{}
		}
		if !t.unheard.IsZero() && now.Sub(t.unheard) > silentAfter {
			t.drop(errSilent)
		}
	}
	l.mu.Lock()
	lost := l.healthy && now.Sub(l.proof) > proofLimit
	l.mu.Unlock()
	if lost {
		l.setHealth(false, t.reason())
	}
}

func (t *tail) reason() string {
	switch {
	case t.foreign:
		return ReasonOtherCluster
	case t.failing || t.probe != nil:
		return ReasonUnreachable
	}
	return ReasonSilent
}
