package guesttest

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Hooks, by their numbers in the ABI.
const (
	Moderate      int32 = 1
	Render        int32 = 2
	ConfigChanged int32 = 9
)

// Instance runs a plugin's module on the imports of the ABI with the memory limit of a node, and nothing else of a node: no
// meter, no deadline, no pool. It is for one goroutine.
type Instance struct {
	// Config is what config.get answers; empty: there is none.
	Config string
	// Asked counts the calls of host_call.
	Asked int
	// Log is what the plugin logged, a line each, as "LEVEL TEXT".
	Log []string
	// MaxOutput is the largest output that is taken, in bytes.
	MaxOutput int
	// Stderr is what the module printed.
	Stderr strings.Builder

	module api.Module
	handle api.Function
	input  []byte
	output []byte
	answer []byte
}

// Start makes an instance of a module. It ends with the test. A module is compiled once for the life of the process.
func Start(t testing.TB, wasm []byte) *Instance {
	t.Helper()
	e, err := compile(wasm)()
	if err != nil {
		t.Fatalf("guesttest: %v", err)
	}
	i := &Instance{MaxOutput: 64 << 10}
	ctx := i.context()
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize").WithRandSource(rand.Reader).WithSysWalltime().WithSysNanotime().
		WithStderr(&i.Stderr).WithStdout(&i.Stderr)
	i.module, err = e.runtime.InstantiateModule(ctx, e.compiled, config)
	if err != nil {
		t.Fatalf("guesttest: start the plugin: %v\n%s", err, i.Stderr.String())
	}
	t.Cleanup(func() { i.module.Close(ctx) })
	if i.handle = i.module.ExportedFunction("beep_handle"); i.handle == nil {
		t.Fatal("guesttest: the module does not export beep_handle: does it import pluginsdk?")
	}
	return i
}

// Call calls a hook. The code is what beep_handle returned; an error is a trap. The output is good until the next call.
func (i *Instance) Call(hook int32, input []byte) (output []byte, code int32, err error) {
	i.input, i.output, i.answer = input, i.output[:0], i.answer[:0]
	result, err := i.handle.Call(i.context(), api.EncodeI32(hook), api.EncodeI32(int32(len(input))))
	if err != nil {
		return nil, 0, fmt.Errorf("%w\n%s", err, i.Stderr.String())
	}
	return i.output, api.DecodeI32(result[0]), nil
}

// MemoryBytes is how large the instance's memory is now.
func (i *Instance) MemoryBytes() int { return int(i.module.Memory().Size()) }

// instanceKey finds the instance whose call it is in the context that the engine hands on.
type instanceKey struct{}

func (i *Instance) context() context.Context {
	return context.WithValue(context.Background(), instanceKey{}, i)
}
