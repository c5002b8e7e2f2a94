package pluginhost

import (
	"context"
	"runtime"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost/meter"
)

// call is one call of a guest: what it may read, what it wrote, what it used. It is the context the engine hands to the
// functions of the host, so that they need no lookup. Only the goroutine of the call uses it.
type call struct {
	context.Context

	hook     core.Hook
	input    []byte
	config   func() []byte // the answer of config.get; nil: there is none
	log      *guestLog
	clock    *guestClock
	deadline time.Time

	output    []byte // copied out of the guest
	limit     int    // of the output
	tooLarge  bool   // the guest wrote more
	answer    []byte // of the last host_call
	fuel      int64
	maxFuel   int64
	slice     int32 // what the counter was last set to
	hostCalls int
	random    int
	lines     int
	yielded   time.Time
}

type callKey struct{}

// Value implements context.Context.
func (c *call) Value(key any) any {
	if _, ok := key.(callKey); ok {
		return c
	}
	return nil
}

// callOf finds the call in what the engine hands over.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.(*call); ok {
		return c
	}
	return ctx.Value(callKey{}).(*call)
}

// begin makes a call ready for a hook, and keeps its buffers.
func (c *call) begin(now time.Time, hook core.Hook, limits hook, deadline time.Time) {
	*c = call{Context: context.Background(), hook: hook, log: c.log, clock: c.clock, deadline: deadline,
		output: c.output[:0], limit: limits.output, answer: c.answer[:0], maxFuel: limits.fuel, slice: sliceFuel, yielded: now}
}

// end gives back what the call held.
func (c *call) end() { c.input, c.config = nil, nil }

// yieldEvery is for how long a guest keeps others from running on its thread.
const yieldEvery = 200 * time.Microsecond

// tick is called by the guest when its counter is used up, and gives it the next slice. Here it can be stopped; and the collector
// and other goroutines have their turn.
func (c *call) tick(left int32) int32 {
	c.fuel += int64(c.slice) - int64(left)
	if left == meter.TooDeep {
		panic(errStack)
	}
	if c.fuel > c.maxFuel {
		panic(errFuel)
	}
	now := time.Now()
	c.checkTime(now)
	if now.Sub(c.yielded) > yieldEvery {
		runtime.Gosched()
		c.yielded = time.Now()
	}
	c.slice = int32(min(sliceFuel, c.maxFuel-c.fuel+1))
	return c.slice
}

func (c *call) checkTime(now time.Time) {
	if now.After(c.deadline) {
		panic(errDeadline)
	}
}

// checkEvery is how many calls of the host pass between two looks at the clock.
const checkEvery = 16

// host counts a call of a function of the host: the guest's counter does not see what these cost.
func (c *call) host() {
	c.hostCalls++
	if c.hostCalls > maxHostCalls {
		panic(errCalls)
	}
	if c.hostCalls%checkEvery == 0 {
		c.checkTime(time.Now())
	}
}

// left is the time left, in milliseconds.
func (c *call) left() int32 {
	return int32(max(0, time.Until(c.deadline).Milliseconds()))
}

// guestClock is an instance's monotonic clock, on which sleeping takes no time: what the guest slept has simply passed.
type guestClock struct {
	start   time.Time
	skipped time.Duration
}

func (c *call) monotonic(now time.Time) int64 { return int64(now.Sub(c.clock.start) + c.clock.skipped) }

// sleep passes time, to a moment of the monotonic clock or from now on.
func (c *call) sleep(d time.Duration, absolute bool) {
	if absolute {
		d -= time.Duration(c.monotonic(time.Now()))
	}
	c.clock.skipped += min(max(d, 0), longestSleep)
}
