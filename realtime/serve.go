package realtime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/beep-chat/beep/core"
)

// StreamRequest asks for a stream on behalf of someone who was authenticated.
type StreamRequest struct {
	User        core.UserID
	Session     core.SessionID
	Address     string // of the client, for the limit
	LastEventID string // EPOCH.POSITION to go on from; empty: from now on
	Servers     []core.ServerID
	Types       []core.EventType
}

// loadTimeout bounds how long memberships may take to load.
const loadTimeout = 10 * time.Second

// Serve runs a stream until the client leaves (ctx), the hub ends it, or the sink fails. An error that holds a
// *core.Error means that nothing was written: CodeBadLastEventID, CodeTooManyStreams {limit, per}, CodeBusy
// {retry_after_ms}, CodeShuttingDown, CodeUnavailable, CodeValidationFailed. Any other is a sink that failed. Nil is an
// ordinary end.
func (h *Hub) Serve(ctx context.Context, req StreamRequest, w Sink) error {
	s, how, err := h.join(req)
	if err != nil {
		h.opt.Metrics.Refused(core.CodeOf(err))
		return err
	}
	h.opt.Metrics.Opened()
	reason := "broken"
	defer func() {
		h.leave(s)
		h.opt.Metrics.Closed(reason)
	}()
	c := &conn{stream: s, sink: w, claim: req.LastEventID}
	reason, err = c.run(ctx, how)
	return err
}

// conn is a stream with the goroutine that writes it. A writer of another kind (many streams a goroutine) replaces this
// type and keeps stream.
type conn struct {
	*stream
	sink     Sink
	claim    string // the id the client came with
	greeted  bool   // ready was written: the client's id is ours
	degraded bool   // the client was told so
	pace     time.Time
	beat     time.Time
	recheck  time.Time
}

// byeError ends a stream after its goodbye was written.
type byeError string

func (e byeError) Error() string { return "bye: " + string(e) }

func (c *conn) run(ctx context.Context, how arrival) (reason string, err error) {
	err = c.open(ctx, how)
	if err == nil {
		err = c.live(ctx)
	}
	var bye byeError
	switch {
	case errors.As(err, &bye):
		return string(bye), nil
	case errors.Is(err, os.ErrDeadlineExceeded): // before the context, which net/http cancels when a write fails
		return byeSlow.bye.Reason, fmt.Errorf("write stream: %w", err)
	case ctx.Err() != nil:
		return "client", nil //nolint:nilerr // the client went: the end of every stream
	default:
		return "broken", fmt.Errorf("write stream: %w", err)
	}
}

// open greets at once, so that proxies and clients see the stream, and then loads what is needed to go live. The session
// is asked about after the stream was registered: a revocation before that is found here, a later one by the log.
func (c *conn) open(ctx context.Context, how arrival) error {
	if err := c.write([]byte(":\n\n"), 0); err != nil {
		return err
	}
	if !c.sessionLives(ctx) {
		return c.bye(byeSignedOut)
	}
	if err := c.load(ctx); err != nil {
		return c.bye(byeUnavailable)
	}
	h := c.hub
	at := c.cursor()
	buf := h.appendRetry(nil, shortestRetry, longestRetry)
	buf = appendControl(buf, at, core.Ready{
		SessionID: c.id, Resumed: how.resumed, HeartbeatMS: h.opt.Heartbeat.Milliseconds(), Cursor: at.String(),
	})
	if how.resync != "" {
		buf = c.appendResync(buf, how.resync)
	}
	c.greeted = true
	return c.write(buf, 0)
}

func (c *conn) appendResync(buf []byte, reason string) []byte {
	c.hub.opt.Metrics.Resync(reason)
	return appendControl(buf, c.cursor(), core.Resync{Reason: reason, AfterMS: c.hub.resyncAfter()})
}

// load makes the person's memberships known to the index, from the store. What was loaded across a break of the log may
// miss what the log lost, so it is loaded again.
func (s *stream) load(ctx context.Context) error {
	h := s.hub
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	select {
	case h.loads <- struct{}{}:
		defer func() { <-h.loads }()
	case <-ctx.Done():
		return fmt.Errorf("load memberships: %w", ctx.Err())
	}
	for {
		h.mu.Lock()
		generation, loaded := h.generation, s.listener.loaded
		h.mu.Unlock()
		if loaded {
			return nil
		}
		servers, err := h.opt.Members.ServersOf(ctx, s.user)
		if err != nil {
			if !errors.Is(ctx.Err(), context.Canceled) { // the client went, as many do while the log is away
				h.opt.Logger.Warn("load memberships of a stream", "error", err)
			}
			return fmt.Errorf("load memberships: %w", err)
		}
		h.mu.Lock()
		if h.generation == generation {
			h.index.settle(s.listener, servers)
			h.mu.Unlock()
			return nil
		}
		h.mu.Unlock()
	}
}

// live writes what comes until the stream ends. One timer serves the pace, the heartbeat and the session's recheck.
func (c *conn) live(ctx context.Context) error {
	o := &c.hub.opt
	c.recheck = time.Now().Add(o.Recheck - time.Duration(c.hub.jitter(int64(o.Recheck)/5)))
	c.pace = time.Time{} // what the client missed follows ready at once
	timer := time.NewTimer(0)
	defer timer.Stop()
	for dirty := true; ; {
		now := time.Now()
		if dirty && !now.Before(c.pace) {
			dirty = false
			if err := c.flush(ctx); err != nil {
				return err
			}
		}
		if err := c.tick(ctx, time.Now()); err != nil {
			return err
		}
		due := c.beat
		if c.recheck.Before(due) {
			due = c.recheck
		}
		if dirty && c.pace.Before(due) {
			due = c.pace
		}
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.wake:
			dirty = true
		case <-timer.C:
		}
	}
}

// tick does what is due by time alone.
func (c *conn) tick(ctx context.Context, now time.Time) error {
	o := &c.hub.opt
	if !now.Before(c.recheck) {
		c.recheck = now.Add(o.Recheck)
		if !c.sessionLives(ctx) {
			return c.bye(byeSignedOut)
		}
	}
	if now.Before(c.beat) {
		return nil
	}
	// A flush first: the heartbeat's id may only pass what was delivered.
	if err := c.flush(ctx); err != nil {
		return err
	}
	return c.write(appendControl(nil, c.cursor(), core.Heartbeat{At: core.Time{Time: o.Clock()}}), 0)
}

func (c *conn) sessionLives(ctx context.Context) bool {
	sessions := c.hub.opt.Sessions
	return sessions == nil || sessions.StillValid(ctx, c.user, c.session) || ctx.Err() != nil
}

// flush writes until there is nothing left for the stream, in as few writes as their size allows.
func (c *conn) flush(ctx context.Context) error {
	buf := borrow()
	defer func() { giveBack(buf) }()
	for drained := false; !drained; {
		f, broken := c.interrupted()
		if f != nil {
			return c.bye(f)
		}
		if broken {
			if err := c.goOn(ctx); err != nil {
				return err
			}
		}
		*buf = (*buf)[:0]
		health := c.hub.health.Load() // before the events: healed comes after those that were missing
		if !health.ok && !c.degraded {
			c.degraded = true
			*buf = appendControl(*buf, c.cursor(), core.Degraded{Reason: health.reason})
		}
		var events int
		var outrun error
		events, drained, outrun = c.fill(ctx, buf)
		if drained && health.ok && c.degraded {
			c.degraded = false
			*buf = appendControl(*buf, c.cursor(), core.Healed{})
		}
		if err := c.write(*buf, events); err != nil { // also before a goodbye: the cursor is past these events
			return err
		}
		if outrun != nil || c.lagsTooLong() {
			return c.bye(byeSlow)
		}
	}
	return nil
}

func (c *conn) lagsTooLong() bool {
	since := c.lagged()
	return !since.IsZero() && time.Since(since) > c.hub.opt.SlowAfter
}

// goOn follows the log to where it broke off to, and tells the client that it missed something: before anything else
// that carries an id of the new place.
func (c *conn) goOn(ctx context.Context) error {
	c.mu.Lock()
	reason := c.broken
	c.reader = reader{ring: c.next, cursor: c.next.fanned.Load(), behind: true}
	c.broken, c.next = "", nil
	c.mu.Unlock()
	if !c.sessionLives(ctx) { // its end may be among what was missed
		return c.bye(byeSignedOut)
	}
	if err := c.write(c.appendResync(nil, reason), 0); err != nil {
		return err
	}
	if err := c.load(ctx); err != nil {
		return c.bye(byeUnavailable)
	}
	return nil
}

// bye says goodbye and ends the stream. Before ready it gives the client back the id it came with, if any: with a fresh
// one the client would come back as if it had missed nothing.
func (c *conn) bye(f *farewell) error {
	buf := c.hub.appendRetry(nil, f.retry, f.latest)
	if c.greeted {
		buf = appendID(buf, c.cursor())
	} else {
		buf = append(append(append(buf, "id: "...), c.claim...), '\n')
	}
	if err := c.write(appendPayload(buf, f.bye), 0); err != nil {
		return err
	}
	return byeError(f.bye.Reason)
}

// write sends bytes, if there are any, and sets the next pace and heartbeat.
func (c *conn) write(b []byte, events int) error {
	if len(b) == 0 {
		return nil
	}
	o := &c.hub.opt
	if err := c.sink.Write(b, o.WriteTimeout); err != nil {
		return err
	}
	now := time.Now()
	c.pace = now.Add(o.Coalesce)
	c.beat = now.Add(o.Heartbeat - time.Duration(c.hub.jitter(int64(o.Heartbeat)/5)))
	o.Metrics.Delivered(events, len(b))
	return nil
}
