package meter

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"math/rand"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// testSlice is what a host usually gives at a time.
const testSlice = 10_000

// allowAll lets a module import what the test's host has.
func allowAll(module, _ string) bool {
	return module == "beep_v1" || module == "wasi_snapshot_preview1"
}

var errStopped = errors.New("stopped by the test")

// guest is one instance of a plugin, with the smallest host there can be around it.
type guest struct {
	t       testing.TB
	ctx     context.Context
	runtime wazero.Runtime
	module  api.Module
	handle  api.Function
	left    api.MutableGlobal // nil: not metered
	input   []byte
	output  []byte
	slice   int32 // what it is given at a time
	ticks   int
	fuel    int64 // points used in all slices that ended
	// stop decides at a tick whether the guest goes on; nil: it does.
	stop func(left int32) bool
	end  time.Time // of stopAfter
}

// newGuest compiles and starts a module, rewritten or not. Its randomness and its clock are the same every time.
func newGuest(t testing.TB, wasm []byte) *guest {
	t.Helper()
	g := &guest{t: t, ctx: context.Background(), slice: testSlice}
	g.runtime = wazero.NewRuntimeWithConfig(g.ctx, wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(DefaultMaxPages).WithDebugInfoEnabled(false))
	t.Cleanup(func() { g.runtime.Close(g.ctx) })
	g.host()
	compiled, err := g.runtime.CompileModule(g.ctx, wasm)
	if err != nil {
		t.Fatal("compile:", err)
	}
	var now int64
	config := wazero.NewModuleConfig().WithStartFunctions().WithRandSource(rand.New(rand.NewSource(1))).
		WithNanotime(func() int64 { now += 1000; return now }, 1000).
		WithWalltime(func() (int64, int32) { return 1_700_000_000, 0 }, 1000)
	g.module, err = g.runtime.InstantiateModule(g.ctx, compiled, config)
	if err != nil {
		t.Fatal("instantiate:", err)
	}
	if global := g.module.ExportedGlobal(CounterExport); global != nil {
		g.left = global.(api.MutableGlobal)
	}
	if g.left != nil && g.left.Get() != 0 {
		t.Error("the counter does not start at zero")
	}
	if init := g.module.ExportedFunction("_initialize"); init != nil {
		if _, err := init.Call(g.ctx); err != nil {
			t.Fatal("_initialize:", err)
		}
	}
	g.handle = g.module.ExportedFunction("beep_handle")
	return g
}

// host gives the guest what it may import.
func (g *guest) host() {
	wasi_snapshot_preview1.MustInstantiate(g.ctx, g.runtime)
	meter := g.runtime.NewHostModuleBuilder(TickModule)
	meter.NewFunctionBuilder().WithGoFunction(api.GoFunc(g.tick), []api.ValueType{api.ValueTypeI32}, []api.ValueType{api.ValueTypeI32}).Export(TickName)
	if _, err := meter.Instantiate(g.ctx); err != nil {
		g.t.Fatal(err)
	}
	b := g.runtime.NewHostModuleBuilder("beep_v1")
	b.NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, ptr, off, n uint32) uint32 {
		if off > uint32(len(g.input)) {
			return 0
		}
		part := g.input[off:]
		part = part[:min(int(n), len(part))]
		m.Memory().Write(ptr, part)
		return uint32(len(part))
	}).Export("input_read")
	b.NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, ptr, n uint32) uint32 {
		out, ok := m.Memory().Read(ptr, n)
		if !ok {
			return 0
		}
		g.output = bytes.Clone(out)
		if !g.end.IsZero() && time.Now().After(g.end) { // as every host must: a call of it is slow
			panic(errStopped)
		}
		return 0
	}).Export("output_write")
	three := func(context.Context, uint32, uint32, uint32) uint32 { return ^uint32(0) }
	b.NewFunctionBuilder().WithFunc(three).Export("host_call")
	b.NewFunctionBuilder().WithFunc(three).Export("host_read")
	b.NewFunctionBuilder().WithFunc(func(context.Context, uint32, uint32, uint32) {}).Export("log")
	b.NewFunctionBuilder().WithFunc(func(context.Context) uint32 { return 50 }).Export("deadline_ms")
	if _, err := b.Instantiate(g.ctx); err != nil {
		g.t.Fatal(err)
	}
}

func (g *guest) tick(_ context.Context, stack []uint64) {
	left := int32(stack[0])
	g.ticks++
	if left != TooDeep {
		g.fuel += int64(g.slice) - int64(left)
	}
	if g.stop != nil && g.stop(left) {
		panic(errStopped)
	}
	stack[0] = uint64(uint32(g.slice))
}

// call runs one call and gives the number it returned.
func (g *guest) call(hook int32, input []byte) (int32, error) {
	g.input, g.output = input, nil
	if g.left != nil {
		g.left.Set(uint64(uint32(g.slice)))
	}
	out, err := g.handle.Call(g.ctx, uint64(uint32(hook)), uint64(len(input)))
	if err != nil {
		return 0, err
	}
	if g.left != nil {
		g.fuel += int64(g.slice) - int64(int32(g.left.Get()))
	}
	return int32(out[0]), nil
}

var seed = maphash.MakeSeed()

// memory is a hash of the whole memory.
func (g *guest) memory() uint64 {
	m := g.module.Memory()
	all, _ := m.Read(0, m.Size())
	return maphash.Bytes(seed, all)
}

// mustRewrite rewrites a plugin.
func mustRewrite(t testing.TB, wasm []byte) *Module {
	t.Helper()
	m, err := Rewrite(wasm, Limits{Imports: allowAll})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// stopAfter makes a guest stop at a deadline.
func (g *guest) stopAfter(d time.Duration) {
	g.end = time.Now().Add(d)
	g.stop = func(int32) bool { return time.Now().After(g.end) }
}
