package guesttest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// memoryPages is what a node allows an instance: 32 MiB in pages of 64 KiB.
const memoryPages = 32 << 20 >> 16

// leftMS is what deadline_ms answers: the time of a call, which is not held here.
const leftMS = 50

const opConfigGet = 1

// Errnos.
const (
	notFound  = -2
	overLimit = -5
	invalid   = -6
	unknown   = -7
)

// engine is a compiled module and what runs it. Engines live as long as the process: there are as many as tests have modules.
type engine struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
}

var engines sync.Map // of sha256 to func() (*engine, error)

// compile gives the one compilation of a module.
func compile(wasm []byte) func() (*engine, error) {
	once, _ := engines.LoadOrStore(sha256.Sum256(wasm), sync.OnceValues(func() (*engine, error) {
		ctx := context.Background()
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages))
		if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
			return nil, err
		}
		if err := imports(ctx, r); err != nil {
			return nil, err
		}
		compiled, err := r.CompileModule(ctx, wasm)
		return &engine{r, compiled}, err
	}))
	return once.(func() (*engine, error))
}

// imports defines the functions of beep_v1. All of them take and give i32.
func imports(ctx context.Context, r wazero.Runtime) error {
	b := r.NewHostModuleBuilder("beep_v1")
	define := func(name string, params, results int, run func(i *Instance, m api.Memory, p []uint64) int32) {
		types := func(n int) []api.ValueType { return slices.Repeat([]api.ValueType{api.ValueTypeI32}, n) }
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, p []uint64) {
			i := ctx.Value(instanceKey{}).(*Instance)
			if answer := run(i, m.Memory(), p); results > 0 {
				p[0] = api.EncodeI32(answer)
			}
		}), types(params), types(results)).Export(name)
	}
	define("input_read", 3, 1, func(i *Instance, m api.Memory, p []uint64) int32 { return give(m, i.input, p) })
	define("host_read", 3, 1, func(i *Instance, m api.Memory, p []uint64) int32 { return give(m, i.answer, p) })
	define("output_write", 2, 1, (*Instance).take)
	define("host_call", 3, 1, (*Instance).ask)
	define("log", 3, 0, func(i *Instance, m api.Memory, p []uint64) int32 {
		if line, ok := m.Read(uint32(p[1]), uint32(p[2])); ok {
			i.Log = append(i.Log, fmt.Sprintf("%d %s", api.DecodeI32(p[0]), line))
		}
		return 0
	})
	define("deadline_ms", 0, 1, func(*Instance, api.Memory, []uint64) int32 { return leftMS })
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
