// Package port is where the SDK meets whoever calls a plugin: the node, through imports of WebAssembly, or sdktest in an
// ordinary Go test. It owns the vocabulary of the two and nothing else.
package port

// Host is what a plugin may ask of its caller while it answers a call.
type Host interface {
	// Call asks for something and appends the answer to buf; errno is 0 or negative.
	Call(op int32, request, buf []byte) (answer []byte, errno int32)
	Log(level int32, line string)
	// LeftMS is how many milliseconds are left for this call.
	LeftMS() int32
}

// Ops of Host.Call.
const OpConfigGet int32 = 1

// What a call ends with.
const (
	Done           int32 = 0
	Failed         int32 = 1  // on purpose; the output says why
	Fault          int32 = -1 // it panicked: the instance is worth nothing now
	NotImplemented int32 = -2
)

// Errnos of the imports.
const (
	NotPermitted int32 = -1
	NotFound     int32 = -2
	TryAgain     int32 = -3
	OutOfTime    int32 = -4
	OverLimit    int32 = -5
	Invalid      int32 = -6
	Unknown      int32 = -7
)

// The SDK sets these when it is initialised; plugin is a *beep.Plugin.
var (
	// Registered gives the plugin of this program, nil if there is none.
	Registered func() (plugin any)
	// Handle answers one call and appends the output to out.
	Handle func(plugin any, host Host, hook int32, input, out []byte) (output []byte, code int32)
)
