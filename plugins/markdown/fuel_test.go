package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
	"github.com/beep-chat/beep/pluginhost/meter"
	"github.com/beep-chat/beep/render/markdown"
	"github.com/beep-chat/beep/render/markdown/markdowntest"
)

// maxFuel is three fifths of what a node gives a call (docs/plugins/abi.md), so that a slower parser is noticed before people
// notice. The bombs take a quarter to a third of it all, depending on what of the collector's work falls into a call.
const maxFuel = 5_000_000 * 3 / 5

// No message costs the plugin more than that: otherwise anybody could have it fail, and rest, by sending one.
func TestFuel(t *testing.T) {
	plugin := startMetered(t, guesttest.ForTest(t, "."))
	contents := markdowntest.Bombs(func(content string) bool {
		return len(content) <= markdown.MaxBytes && strings.Contains(markdown.HTML(content+"\n\n*a*"), "<em>a</em>")
	})
	contents["200 bytes"], contents["2 KB"] = short, large
	most, name := int64(0), ""
	for n, in := range contents {
		fuel := plugin.render(t, in)
		if fuel > most {
			most, name = fuel, n
		}
		if fuel > maxFuel {
			t.Errorf("%s: %d points, want %d at most", n, fuel, maxFuel)
		}
	}
	t.Logf("200 bytes: %d points, 2 KB: %d, the most (%s): %d", plugin.render(t, short), plugin.render(t, large), name, most)
}

// metered is the plugin as a node runs it, with a counter instead of limits.
type metered struct {
	handle api.Function
	left   api.MutableGlobal
	input  []byte
	slices int64
}

const slice = 1 << 20

func startMetered(t *testing.T, wasm []byte) *metered {
	t.Helper()
	rewritten, err := meter.Rewrite(wasm, meter.Limits{Imports: func(string, string) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(meter.DefaultMaxPages))
	t.Cleanup(func() { r.Close(ctx) })
	p := &metered{}
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	p.imports(ctx, t, r)
	module, err := r.InstantiateWithConfig(ctx, rewritten.Wasm, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	if err != nil {
		t.Fatal(err)
	}
	p.handle = module.ExportedFunction("beep_handle")
	p.left, _ = module.ExportedGlobal(meter.CounterExport).(api.MutableGlobal)
	return p
}

// imports gives the plugin the part of the ABI it needs to render.
func (p *metered) imports(ctx context.Context, t *testing.T, r wazero.Runtime) {
	t.Helper()
	tick := r.NewHostModuleBuilder(meter.TickModule)
	tick.NewFunctionBuilder().WithFunc(func(left int32) int32 {
		p.slices++
		return slice + left
	}).Export(meter.TickName)
	if _, err := tick.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	abi := r.NewHostModuleBuilder("beep_v1")
	abi.NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, ptr, off, n uint32) int32 {
		if !m.Memory().Write(ptr, p.input[off:off+n]) {
			return -6
		}
		return int32(n)
	}).Export("input_read")
	abi.NewFunctionBuilder().WithFunc(func(_, _ uint32) int32 { return 0 }).Export("output_write")
	abi.NewFunctionBuilder().WithFunc(func(_ int32, _, _ uint32) int32 { return -7 }).Export("host_call")
	abi.NewFunctionBuilder().WithFunc(func(_, _, _ uint32) int32 { return -2 }).Export("host_read")
	abi.NewFunctionBuilder().WithFunc(func(_ int32, _, _ uint32) {}).Export("log")
	abi.NewFunctionBuilder().WithFunc(func() int32 { return 50 }).Export("deadline_ms")
	if _, err := abi.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
}

// render tells how much fuel a content takes.
func (p *metered) render(t *testing.T, content string) int64 {
	t.Helper()
	input, err := json.Marshal(map[string]string{"content": content})
	if err != nil {
		t.Fatal(err)
	}
	p.input, p.slices = input, 0
	p.left.Set(slice)
	code, err := p.handle.Call(context.Background(), uint64(guesttest.Render), uint64(len(input)))
	if err != nil || code[0] != 0 {
		t.Fatalf("code %v, %v", code, err)
	}
	return (p.slices+1)*slice - int64(int32(p.left.Get()))
}
