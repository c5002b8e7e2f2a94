package pluginhost

import (
	"errors"
	"fmt"
	"time"

	"github.com/beep-chat/beep/core"
)

// Outcome is how a call ended. The four are never mistaken for each other.
type Outcome string

// A plugin that has nothing to say changes nothing; one that fails on purpose says why; a fault is everything else.
const (
	NoChange    Outcome = "no_change"
	Answered    Outcome = "answer"
	PluginError Outcome = "plugin_error"
	Faulted     Outcome = "fault"
)

// Fault is why a call was a fault.
type Fault string

// The faults. Busy and Resting are not the plugin's doing at this moment: its guest was not called.
const (
	FaultTrap     Fault = "trap"
	FaultDeadline Fault = "deadline"
	FaultFuel     Fault = "fuel"
	FaultStack    Fault = "stack"
	FaultCalls    Fault = "host_calls"
	FaultOutput   Fault = "output"
	FaultResult   Fault = "result"
	FaultStart    Fault = "start"
	FaultBusy     Fault = "busy"
	FaultResting  Fault = "resting"
	FaultNotReady Fault = "not_ready"
)

// FaultError is a fault with the place it happened.
type FaultError struct {
	Plugin core.PluginID
	Hook   core.Hook
	Fault  Fault
	Err    error
}

// Error implements error.
func (e *FaultError) Error() string {
	s := fmt.Sprintf("plugin %s, hook %s: %s", e.Plugin, e.Hook, e.Fault)
	if e.Err != nil {
		s = fmt.Sprintf("%s: %v", s, e.Err)
	}
	return s
}

// Unwrap gives the cause.
func (e *FaultError) Unwrap() error { return e.Err }

// called tells whether the guest ran: only then does a fault count against it.
func (f Fault) called() bool { return f != FaultBusy && f != FaultResting && f != FaultNotReady }

// Failure is an error of the plugin's own making (result 1).
type Failure struct {
	Plugin    core.PluginID `json:"-"`
	Hook      core.Hook     `json:"-"`
	Code      string        `json:"code"`
	Message   string        `json:"message"`
	Retryable bool          `json:"retryable"`
}

// Error implements error.
func (e *Failure) Error() string {
	return fmt.Sprintf("plugin %s, hook %s: it says %.40s: %.200s", e.Plugin, e.Hook, e.Code, e.Message)
}

// Call is what is told of each call when it is over.
type Call struct {
	Plugin  core.PluginID
	Version string
	Hook    core.Hook
	Outcome Outcome
	Fault   Fault // "" unless Outcome is Faulted
	Wall    time.Duration
	Fuel    int64
}

// what stops a guest; host functions panic with these and the engine hands them back.
var (
	errDeadline = errors.New("out of time")
	errFuel     = errors.New("out of fuel")
	errStack    = errors.New("calls nested too deeply")
	errCalls    = errors.New("too many calls of the host")
	errExit     = errors.New("the guest ended itself")
)

// faultOf tells what stopped a guest.
func faultOf(err error) Fault {
	switch {
	case errors.Is(err, errDeadline):
		return FaultDeadline
	case errors.Is(err, errFuel):
		return FaultFuel
	case errors.Is(err, errStack):
		return FaultStack
	case errors.Is(err, errCalls):
		return FaultCalls
	}
	return FaultTrap
}
