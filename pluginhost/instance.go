package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost/meter"
)

// instance is one copy of a module with its memory. One goroutine has it at a time.
type instance struct {
	module   api.Module
	handle   api.Function
	counter  api.MutableGlobal
	call     call
	stack    [2]uint64
	calls    int
	server   core.ServerID       // whom it served last
	used     time.Time           // when
	settings core.PluginSettings // of its last call that had some
	worn     bool                // to be replaced
}

// Results of beep_handle.
const (
	resultDone        = 0
	resultError       = 1
	resultUnsupported = -2
)

// instantiate makes an instance and lets it initialise itself.
func (v *version) instantiate() (in *instance, err error) {
	defer func() {
		if r := recover(); r != nil { // the engine, when there is no memory to be had
			in, err = nil, fmt.Errorf("make an instance: %v", r)
		}
	}()
	now := time.Now()
	in = &instance{used: now}
	in.call.log = v.log
	in.call.clock = &guestClock{start: now}
	in.call.begin(now, "start", hook{wall: startWall, fuel: longFuel}, now.Add(startWall))
	defer in.call.end()
	ctx := experimental.WithMemoryAllocator(&in.call, v.memory)
	in.module, err = v.runtime.InstantiateModule(ctx, v.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, fmt.Errorf("make an instance: %w", short(err))
	}
	counter, ok := in.module.ExportedGlobal(meter.CounterExport).(api.MutableGlobal)
	in.handle = in.module.ExportedFunction("beep_handle")
	if !ok || in.handle == nil {
		in.close()
		return nil, errors.New("make an instance: the module was not metered")
	}
	in.counter = counter
	if start := in.module.ExportedFunction("_initialize"); start != nil {
		in.counter.Set(sliceFuel)
		if err := start.CallWithStack(&in.call, in.stack[:]); err != nil {
			in.close()
			return nil, fmt.Errorf("initialise an instance: %w", short(err))
		}
	}
	return in, nil
}

func (in *instance) close() { _ = in.module.Close(context.Background()) }

// run calls the guest once. A *FaultError without plugin and hook, or the result of beep_handle.
func (in *instance) run(number uint64) (int32, *FaultError) {
	in.calls++
	in.counter.Set(sliceFuel)
	in.stack[0], in.stack[1] = number, uint64(len(in.call.input))
	err := in.handle.CallWithStack(&in.call, in.stack[:])
	in.call.end()
	left := api.DecodeI32(in.counter.Get())
	if left != meter.TooDeep {
		in.call.fuel += int64(in.call.slice) - int64(left)
	}
	if err != nil {
		return 0, &FaultError{Fault: faultOf(err), Err: short(err)}
	}
	if in.call.tooLarge {
		return 0, &FaultError{Fault: FaultOutput, Err: fmt.Errorf("the output is larger than %d bytes", in.call.limit)}
	}
	return api.DecodeI32(in.stack[0]), nil
}

// maxErrorText bounds what an engine's error may say: with a stack of calls it runs to pages.
const maxErrorText = 300

// shortError keeps an error's causes and cuts its text.
type shortError struct{ err error }

func short(err error) error { return shortError{err} }

// Error implements error.
func (e shortError) Error() string { return tidy(e.err.Error(), maxErrorText) }

// Unwrap gives the whole error.
func (e shortError) Unwrap() error { return e.err }
