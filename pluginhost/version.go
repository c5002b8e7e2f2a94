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

	worked    atomic.Bool // at least once
	replacing atomic.Bool // an instance is being made in the background

	refs  atomic.Int64    // of calls under way, and one of the plugin that points here
	tasks *sync.WaitGroup // of the host: what Close waits for
}

// request is one call to be made.
type request struct {
	hook   core.Hook
	server core.ServerID
	input  []byte
	// settings are the server's, with the configuration; nil: there is none.
	settings *core.PluginSettings
	until    time.Time // of a chain of calls; zero: only the hook's own limit
	// read takes the output of an answer; an error makes the call a fault. It must not keep the bytes.
	read func(output []byte) error
}

// deadline is when a wait or a run that begins now and may take so long must be over.
func (r request) deadline(now time.Time, wall time.Duration) time.Time {
	d := now.Add(wall)
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
	limits.wall = b.patience(limits.wall)
	if !v.slots.take(r.deadline(began, limits.wall)) {
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
	if kind != "" && !kind.called() {
		b.undo()
	} else if opened, off := b.done(now, kind); opened {
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
			return Faulted, &FaultError{Fault: startFault(err), Err: err}, 0, nil
		}
	}
	now := time.Now()
	in.server = r.server
	in.call.begin(now, r.hook, limits, r.deadline(now, limits.wall))
	in.call.input = r.input
	if r.settings != nil {
		in.call.config, in.settings = func() []byte { return v.schema.withDefaults(r.settings.Config) }, *r.settings
	}
	result, fault := in.run(limits.number)
	fuel := in.call.fuel
	var outcome Outcome
	var failure error
	if fault == nil {
		outcome, fault, failure = v.conclude(r, result, in.call.output)
	}
	if fault != nil {
		v.discard(in)
		if fault.Fault == FaultDeadline && v.worked.Load() {
			v.replace(in.settings) // it may have been the first call of a cold instance on a busy machine
		}
		return Faulted, fault, fuel, nil
	}
	v.worked.Store(true)
	v.put(in, now)
	return outcome, nil, fuel, failure
}

// conclude tells the four outcomes apart.
func (v *version) conclude(r request, result int32, output []byte) (Outcome, *FaultError, error) {
	switch {
	case result == resultUnsupported, result == resultDone && len(output) == 0:
		return NoChange, nil, nil
	case result == resultDone:
		if err := r.read(output); err != nil {
			return Faulted, &FaultError{Fault: FaultOutput, Err: err}, nil
		}
		return Answered, nil, nil
	case result == resultError:
		f := &Failure{Plugin: v.ID, Hook: r.hook}
		if err := unmarshal(output, f); err != nil {
			return Faulted, &FaultError{Fault: FaultOutput, Err: fmt.Errorf("the error it gave cannot be read: %w", err)}, nil
		}
		f.Code, f.Message = tidy(f.Code, core.MaxVerdictRule), tidy(f.Message, core.MaxVerdictReason)
		return PluginError, nil, f
	}
	return Faulted, &FaultError{Fault: FaultResult, Err: fmt.Errorf("beep_handle returned %d", result)}, nil
}

// errNoMemory is not the plugin's doing: all plugins together use what they may.
var errNoMemory = errors.New("the memory of all plugins is used up (plugins.memory)")

func startFault(err error) Fault {
	if errors.Is(err, errNoMemory) {
		return FaultBusy
	}
	return FaultStart
}

// fresh makes an instance, if there is memory for one.
func (v *version) fresh() (*instance, error) {
	if v.memory.used.Load()+int64(v.minPages)*pageBytes > v.memory.budget {
		return nil, errNoMemory
	}
	in, err := v.instantiate()
	if err == nil {
		v.pool.count(1)
	}
	return in, err
}

// put gives an instance back. One that has worked or grown enough works on until another is ready to take its place.
func (v *version) put(in *instance, now time.Time) {
	if v.State == StateCall {
		v.discard(in)
		return
	}
	size, whole := uint64(in.module.Memory().Size()), uint64(v.maxPages)*pageBytes
	if in.calls >= maxRecycle || size > whole*3/4 {
		in.worn = true
		if v.pool.fresh() {
			v.discard(in)
			return
		}
		v.replace(in.settings)
		if size > whole*9/10 {
			v.discard(in)
			return
		}
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

// replace makes an instance in the background that has seen the given settings, and ends a worn one then.
func (v *version) replace(seen core.PluginSettings) {
	if !v.replacing.CompareAndSwap(false, true) {
		return
	}
	if !v.acquire() {
		return
	}
	v.tasks.Go(func() {
		defer v.release()
		defer v.replacing.Store(false)
		in, err := v.fresh()
		if err != nil {
			return // the worn ones go on; the next call tries again
		}
		if seen.Plugin != "" && v.slots.take(time.Now().Add(warmWall)) {
			v.show(in, seen)
			v.slots.give()
		} else {
			v.put(in, time.Now())
		}
		for _, worn := range v.pool.takeWorn() {
			worn.close()
		}
	})
}
