package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/beep-chat/beep/core"
)

// version is one compiled version of a plugin, with its own engine, so that closing it frees all of it.
type version struct {
	Manifest
	schema   *schema
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	cache    wazero.CompilationCache
	memory   *memory
	log      *guestLog
	minPages uint32
	maxPages uint32
	pool     pool
	breakers map[core.Hook]*breaker
	slots    *slots
	factor   time.Duration // of time limits
	onCall   func(Call)
	rested   func(h core.Hook, off bool)
	hash     [32]byte // of the module as it was built

	refs  atomic.Int64    // of calls under way, and one of the plugin that points here
	tasks *sync.WaitGroup // of the host: what Close waits for
}

// request is one call to be made.
type request struct {
	hook   core.Hook
	server core.ServerID
	input  []byte
	config func() []byte
	until  time.Time // of a chain of calls; zero: only the hook's own limit
	// read takes the output of an answer; an error makes the call a fault. It must not keep the bytes.
	read func(output []byte) error
}

// deadline is when a wait or a run that begins now must be over.
func (r request) deadline(now time.Time, limits hook) time.Time {
	d := now.Add(limits.wall)
	if !r.until.IsZero() && r.until.Before(d) {
		return r.until
	}
	return d
}

// acquire keeps the version from being closed; false when it was.
func (v *version) acquire() bool {
	for {
		n := v.refs.Load()
		if n == 0 {
			return false
		}
		if v.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release gives up what acquire got. The last one closes the version.
func (v *version) release() {
	if v.refs.Add(-1) == 0 {
		v.close()
	}
}

func (v *version) close() {
	defer v.tasks.Done()
	for _, in := range v.pool.drain() {
		in.close()
	}
	_ = v.runtime.Close(context.Background())
	_ = v.cache.Close(context.Background())
}

// do makes a call; the caller holds the version. The error is a *FaultError or a *Failure.
func (v *version) do(r request) (Outcome, error) {
	limits, b := hooks[r.hook], v.breakers[r.hook]
	limits.wall *= v.factor
	began := time.Now()
	if !b.allow(began) {
		return Faulted, v.skipped(r.hook, FaultResting, nil)
	}
	if !v.slots.take(r.deadline(began, limits)) {
		b.undo()
		return Faulted, v.skipped(r.hook, FaultBusy, errors.New("no free slot in time"))
	}
	defer v.slots.give()
	if b.resting(time.Now()) { // others found it failing while this call waited
		return Faulted, v.skipped(r.hook, FaultResting, nil)
	}
	outcome, fault, fuel, err := v.run(r, limits)
	var kind Fault
	if fault != nil {
		fault.Plugin, fault.Hook = v.ID, r.hook
		kind, err = fault.Fault, fault
	}
	now := time.Now()
	if opened, off := b.done(now, kind); opened {
		v.rested(r.hook, off)
	}
	v.onCall(Call{Plugin: v.ID, Version: v.Version, Hook: r.hook, Outcome: outcome, Fault: kind, Wall: now.Sub(began), Fuel: fuel})
	return outcome, err
}

func (v *version) skipped(h core.Hook, f Fault, err error) error {
	v.onCall(Call{Plugin: v.ID, Version: v.Version, Hook: h, Outcome: Faulted, Fault: f})
	return &FaultError{Plugin: v.ID, Hook: h, Fault: f, Err: err}
}

// run gives the call an instance, and throws it away after a fault.
func (v *version) run(r request, limits hook) (Outcome, *FaultError, int64, error) {
	in := v.pool.take(v.State, r.server)
	if in == nil {
		var err error
		if in, err = v.fresh(); err != nil {
			return Faulted, &FaultError{Fault: FaultStart, Err: err}, 0, nil
		}
	}
	now := time.Now()
	in.server = r.server
	in.call.begin(now, r.hook, limits, r.deadline(now, limits))
	in.call.input, in.call.config = r.input, r.config
	result, fault := in.run(limits.number)
	fuel := in.call.fuel
	var outcome Outcome
	var failure error
	if fault == nil {
		outcome, failure, fault = v.conclude(r, result, in.call.output)
	}
	in.call.input, in.call.config = nil, nil
	if fault != nil {
		v.discard(in)
		return Faulted, fault, fuel, nil
	}
	v.put(in, now)
	return outcome, nil, fuel, failure
}

// conclude tells the four outcomes apart.
func (v *version) conclude(r request, result int32, output []byte) (Outcome, error, *FaultError) {
	switch {
	case result == resultUnsupported, result == resultDone && len(output) == 0:
		return NoChange, nil, nil
	case result == resultDone:
		if err := r.read(output); err != nil {
			return Faulted, nil, &FaultError{Fault: FaultOutput, Err: err}
		}
		return Answered, nil, nil
	case result == resultError:
		f := &Failure{Plugin: v.ID, Hook: r.hook}
		if err := unmarshal(output, f); err != nil {
			return Faulted, nil, &FaultError{Fault: FaultOutput, Err: fmt.Errorf("the error it gave cannot be read: %w", err)}
		}
		f.Code, f.Message = tidy(f.Code, core.MaxVerdictRule), tidy(f.Message, core.MaxVerdictReason)
		return PluginError, f, nil
	}
	return Faulted, nil, &FaultError{Fault: FaultResult, Err: fmt.Errorf("beep_handle returned %d", result)}
}

// fresh makes an instance, if there is memory for one.
func (v *version) fresh() (*instance, error) {
	if v.memory.used.Load()+int64(v.minPages)*pageBytes > v.memory.budget {
		return nil, errors.New("the memory of all plugins is used up (plugins.memory)")
	}
	in, err := v.instantiate()
	if err == nil {
		v.pool.count(1)
	}
	return in, err
}

// put gives an instance back, or replaces it when it has worked or grown enough.
func (v *version) put(in *instance, now time.Time) {
	grown := uint64(in.module.Memory().Size()) > uint64(v.maxPages)*pageBytes*3/4
	if v.State == StateCall {
		v.discard(in)
		return
	}
	if grown || in.calls >= maxRecycle {
		v.discard(in)
		v.refill()
		return
	}
	for _, surplus := range v.pool.give(in, now) {
		surplus.close()
	}
}

// discard ends an instance that may not be used again.
func (v *version) discard(in *instance) {
	in.close()
	v.pool.count(-1)
}

// refill makes an instance in the background, so that the next call need not wait for one.
func (v *version) refill() {
	if !v.acquire() {
		return
	}
	v.tasks.Go(func() {
		defer v.release()
		if in, err := v.fresh(); err == nil {
			for _, surplus := range v.pool.give(in, time.Now()) {
				surplus.close()
			}
		}
	})
}
