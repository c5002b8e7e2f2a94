package pluginhost

import (
	"context"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/beep-chat/beep/pluginhost/meter"
)

// errno is what functions of beep_v1 answer instead of trapping.
type errno int32

// docs/plugins/abi.md lists them.
const (
	errNotFound errno = -2
	errLimit    errno = -5
	errInvalid  errno = -6
	errUnknown  errno = -7
)

const opConfigGet = 1

// hostModule is the name of the imports of the ABI.
const hostModule = "beep_v1"

// function is one import: its name, the number of its i32 parameters, whether it has an i32 result.
type function struct {
	params int
	result bool
	run    func(c *call, m api.Memory, s []uint64) int32
}

var hostFunctions = map[string]function{
	"input_read":   {3, true, inputRead},
	"output_write": {2, true, outputWrite},
	"host_call":    {3, true, hostCall},
	"host_read":    {3, true, hostRead},
	"log":          {3, false, logLine},
	"deadline_ms":  {0, true, func(c *call, _ api.Memory, _ []uint64) int32 { return c.left() }},
}

func i32s(n int) []api.ValueType {
	out := make([]api.ValueType, n)
	for i := range out {
		out[i] = api.ValueTypeI32
	}
	return out
}

// define builds the modules a guest may import from.
func define(ctx context.Context, r wazero.Runtime) error {
	b := r.NewHostModuleBuilder(hostModule)
	for name, f := range hostFunctions {
		results := 0
		if f.result {
			results = 1
		}
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, s []uint64) {
			c := callOf(ctx)
			c.host()
			n := f.run(c, m.Memory(), s)
			if f.result {
				s[0] = api.EncodeI32(n)
			}
		}), i32s(f.params), i32s(results)).Export(name)
	}
	if _, err := b.Instantiate(ctx); err != nil {
		return err
	}
	ticks := r.NewHostModuleBuilder(meter.TickModule)
	ticks.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, s []uint64) {
		s[0] = api.EncodeI32(callOf(ctx).tick(api.DecodeI32(s[0])))
	}), i32s(1), i32s(1)).Export(meter.TickName)
	if _, err := ticks.Instantiate(ctx); err != nil {
		return err
	}
	return defineWASI(ctx, r)
}

// copyOut copies a part of from into the guest: what fits, the number of bytes.
func copyOut(m api.Memory, from []byte, ptr, off, size uint32) int32 {
	if uint64(off) >= uint64(len(from)) {
		return 0
	}
	part := from[off:]
	part = part[:min(uint64(size), uint64(len(part)))]
	if !m.Write(ptr, part) {
		return int32(errInvalid)
	}
	return int32(len(part))
}

func inputRead(c *call, m api.Memory, s []uint64) int32 {
	return copyOut(m, c.input, uint32(s[0]), uint32(s[1]), uint32(s[2]))
}

func outputWrite(c *call, m api.Memory, s []uint64) int32 {
	if uint64(uint32(s[1])) > uint64(c.limit) {
		c.tooLarge = true
		return int32(errLimit)
	}
	b, ok := m.Read(uint32(s[0]), uint32(s[1]))
	if !ok {
		return int32(errInvalid)
	}
	c.output, c.tooLarge = append(c.output[:0], b...), false
	return 0
}

func hostCall(c *call, _ api.Memory, s []uint64) int32 {
	if api.DecodeI32(s[0]) != opConfigGet {
		return int32(errUnknown)
	}
	if c.config == nil {
		return int32(errNotFound)
	}
	c.answer = append(c.answer[:0], c.config()...)
	return int32(len(c.answer))
}

func hostRead(c *call, m api.Memory, s []uint64) int32 {
	return copyOut(m, c.answer, uint32(s[0]), uint32(s[1]), uint32(s[2]))
}

func logLine(c *call, m api.Memory, s []uint64) int32 {
	b, ok := m.Read(uint32(s[1]), min(uint32(s[2]), maxLineBytes+1))
	if ok {
		c.line(api.DecodeI32(s[0]), b)
	}
	return 0
}
