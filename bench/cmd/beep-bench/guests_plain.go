package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// plain runs a guest as it was built, on the engine alone: the imports of the ABI and nothing that holds it, or the engine's own
// switch in place of the meter. It is what a plugin host without Beep's rewriting would cost. One goroutine uses it.
type plain struct {
	runtime  wazero.Runtime
	cache    wazero.CompilationCache
	handle   api.Function
	switched bool
	config   []byte

	input, output, answer []byte
	stack                 [2]uint64
}

const (
	plainPages     = 512         // the memory a node gives a guest, in pages of 64 KiB
	switchDeadline = time.Second // is never met; that there is one is what costs
)

// startPlain makes an instance; native code is kept in the folder. switched has the engine look at a deadline, by its own means.
func startPlain(ctx context.Context, dir string, wasm, config []byte, switched bool) (p *plain, err error) {
	cache, err := wazero.NewCompilationCacheWithDir(filepath.Join(dir, fmt.Sprintf("switched-%v", switched)))
	if err != nil {
		return nil, err
	}
	c := wazero.NewRuntimeConfig().WithMemoryLimitPages(plainPages).WithCoreFeatures(api.CoreFeaturesV2).WithCloseOnContextDone(switched).
		WithCompilationCache(cache)
	p = &plain{runtime: wazero.NewRuntimeWithConfig(ctx, c), cache: cache, switched: switched, config: config}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, p.runtime); err != nil {
		return p, err
	}
	if err := p.imports(ctx); err != nil {
		return p, err
	}
	m, err := p.runtime.InstantiateWithConfig(ctx, wasm, wazero.NewModuleConfig().WithStartFunctions("_initialize").
		WithRandSource(rand.Reader).WithSysWalltime().WithSysNanotime())
	if err != nil {
		return p, err
	}
	if p.handle = m.ExportedFunction("beep_handle"); p.handle == nil {
		return p, fmt.Errorf("the guest does not export beep_handle")
	}
	return p, nil
}

func (p *plain) close() {
	_ = p.runtime.Close(context.Background())
	_ = p.cache.Close(context.Background())
}

// call asks the guest; the output is good until the next call.
func (p *plain) call(hook uint64, input []byte) ([]byte, error) {
	ctx := context.Background()
	if p.switched {
		limited, cancel := context.WithTimeout(ctx, switchDeadline)
		defer cancel()
		ctx = limited
	}
	p.input, p.output = input, p.output[:0]
	p.stack[0], p.stack[1] = hook, uint64(len(input))
	if err := p.handle.CallWithStack(ctx, p.stack[:]); err != nil {
		return nil, err
	}
	if code := api.DecodeI32(p.stack[0]); code != 0 {
		return nil, fmt.Errorf("beep_handle returned %d %s", code, p.output)
	}
	return p.output, nil
}

// imports defines beep_v1 in the cheapest way the engine has, which is the host's way too.
func (p *plain) imports(ctx context.Context) error {
	const i32 = api.ValueTypeI32
	b := p.runtime.NewHostModuleBuilder("beep_v1")
	add := func(name string, params int, results []api.ValueType, f func(m api.Memory, s []uint64) int32) {
		types := make([]api.ValueType, params)
		for i := range types {
			types[i] = i32
		}
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(_ context.Context, m api.Module, s []uint64) {
			if n := f(m.Memory(), s); len(results) > 0 {
				s[0] = api.EncodeI32(n)
			}
		}), types, results).Export(name)
	}
	one := []api.ValueType{i32}
	add("input_read", 3, one, func(m api.Memory, s []uint64) int32 { return give(m, p.input, s) })
	add("host_read", 3, one, func(m api.Memory, s []uint64) int32 { return give(m, p.answer, s) })
	add("output_write", 2, one, func(m api.Memory, s []uint64) int32 {
		out, ok := m.Read(uint32(s[0]), uint32(s[1]))
		if !ok {
			return -6
		}
		p.output = append(p.output[:0], out...)
		return 0
	})
	add("host_call", 3, one, func(_ api.Memory, s []uint64) int32 {
		if p.config == nil || api.DecodeI32(s[0]) != 1 {
			return -2
		}
		p.answer = append(p.answer[:0], p.config...)
		return int32(len(p.answer))
	})
	add("log", 3, nil, func(api.Memory, []uint64) int32 { return 0 })
	add("deadline_ms", 0, one, func(api.Memory, []uint64) int32 { return int32(switchDeadline.Milliseconds()) })
	_, err := b.Instantiate(ctx)
	return err
}

// give copies the part of a text that a guest asks for with a pointer, an offset and a length.
func give(m api.Memory, text []byte, s []uint64) int32 {
	part := text[min(int(uint32(s[1])), len(text)):]
	part = part[:min(int(uint32(s[2])), len(part))]
	if !m.Write(uint32(s[0]), part) {
		return -6
	}
	return int32(len(part))
}
