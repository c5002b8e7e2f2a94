package guesttest

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// memoryPages is what a node allows an instance: 32 MiB in pages of 64 KiB.
const memoryPages = 32 << 20 >> 16

// leftMS is what deadline_ms answers: the time of a call, which is not held here.
const leftMS = 50

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

// Start makes an instance of a module. It ends with the test.
func Start(t testing.TB, wasm []byte) *Instance {
	t.Helper()
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages))
	t.Cleanup(func() { r.Close(ctx) })
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	i := &Instance{MaxOutput: 64 << 10}
	if err := i.imports(ctx, r); err != nil {
		t.Fatalf("guesttest: %v", err)
	}
	config := wazero.NewModuleConfig().WithStartFunctions("_initialize").WithRandSource(rand.Reader).WithSysWalltime().WithSysNanotime().
		WithStderr(&i.Stderr).WithStdout(&i.Stderr)
	module, err := r.InstantiateWithConfig(ctx, wasm, config)
	if err != nil {
		t.Fatalf("guesttest: start the plugin: %v\n%s", err, i.Stderr.String())
	}
	i.module, i.handle = module, module.ExportedFunction("beep_handle")
	if i.handle == nil {
		t.Fatal("guesttest: the module does not export beep_handle: does it import pluginsdk?")
	}
	return i
}

// Call calls a hook. The code is what beep_handle returned; an error is a trap. The output is good until the next call.
func (i *Instance) Call(hook int32, input []byte) (output []byte, code int32, err error) {
	i.input, i.output, i.answer = input, i.output[:0], i.answer[:0]
	result, err := i.handle.Call(context.Background(), api.EncodeI32(hook), api.EncodeI32(int32(len(input))))
	if err != nil {
		return nil, 0, fmt.Errorf("%w\n%s", err, i.Stderr.String())
	}
	return i.output, api.DecodeI32(result[0]), nil
}

// MemoryBytes is how large the instance's memory is now.
func (i *Instance) MemoryBytes() int { return int(i.module.Memory().Size()) }

const opConfigGet = 1

// Errnos.
const (
	notFound  = -2
	overLimit = -5
	invalid   = -6
	unknown   = -7
)

// imports defines the functions of beep_v1. All of them take and give i32.
func (i *Instance) imports(ctx context.Context, r wazero.Runtime) error {
	b := r.NewHostModuleBuilder("beep_v1")
	define := func(name string, params, results int, run func(m api.Memory, p []uint64) int32) {
		types := func(n int) []api.ValueType { return slices.Repeat([]api.ValueType{api.ValueTypeI32}, n) }
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(_ context.Context, m api.Module, p []uint64) {
			if answer := run(m.Memory(), p); results > 0 {
				p[0] = api.EncodeI32(answer)
			}
		}), types(params), types(results)).Export(name)
	}
	define("input_read", 3, 1, func(m api.Memory, p []uint64) int32 { return give(m, i.input, p) })
	define("host_read", 3, 1, func(m api.Memory, p []uint64) int32 { return give(m, i.answer, p) })
	define("output_write", 2, 1, i.take)
	define("host_call", 3, 1, i.ask)
	define("log", 3, 0, func(m api.Memory, p []uint64) int32 {
		if line, ok := m.Read(uint32(p[1]), uint32(p[2])); ok {
			i.Log = append(i.Log, fmt.Sprintf("%d %s", api.DecodeI32(p[0]), line))
		}
		return 0
	})
	define("deadline_ms", 0, 1, func(api.Memory, []uint64) int32 { return leftMS })
	_, err := b.Instantiate(ctx)
	return err
}

// take copies the output out of the guest.
func (i *Instance) take(m api.Memory, p []uint64) int32 {
	if int64(uint32(p[1])) > int64(i.MaxOutput) {
		return overLimit
	}
	out, ok := m.Read(uint32(p[0]), uint32(p[1]))
	if !ok {
		return invalid
	}
	i.output = append(i.output[:0], out...)
	return 0
}

// ask answers host_call.
func (i *Instance) ask(_ api.Memory, p []uint64) int32 {
	i.Asked++
	switch {
	case api.DecodeI32(p[0]) != opConfigGet:
		return unknown
	case i.Config == "":
		return notFound
	}
	i.answer = append(i.answer[:0], i.Config...)
	return int32(len(i.answer))
}

// give copies a part of text into the guest.
func give(m api.Memory, text []byte, p []uint64) int32 {
	part := text[min(int(uint32(p[1])), len(text)):]
	part = part[:min(int(uint32(p[2])), len(part))]
	if !m.Write(uint32(p[0]), part) {
		return invalid
	}
	return int32(len(part))
}
