package pluginhost

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The part of WASI preview 1 that language runtimes need to start. It is our own and not the engine's, because each of its
// functions must cost little whatever the guest asks for: the meter does not see inside of them. There are no files,
// arguments, variables or sockets.
const wasiModule = "wasi_snapshot_preview1"

// WASI's error numbers.
const (
	wasiOK     = 0
	wasiBadFD  = 8
	wasiFault  = 21
	wasiInval  = 28
	wasiIO     = 29
	wasiNoSeek = 70
)

const (
	maxVectors       = 16 // of one fd_write
	maxSubscriptions = 64 // of one poll_oneoff
	longestSleep     = time.Hour
	monotonicClock   = 1
)

type wasiFunction struct {
	params []api.ValueType
	run    func(c *call, m api.Memory, s []uint64) uint32
}

var i32, i64 = api.ValueTypeI32, api.ValueTypeI64

var wasiFunctions = map[string]wasiFunction{
	"args_get":            {i32s(2), succeed},
	"args_sizes_get":      {i32s(2), noneOf},
	"environ_get":         {i32s(2), succeed},
	"environ_sizes_get":   {i32s(2), noneOf},
	"clock_time_get":      {[]api.ValueType{i32, i64, i32}, clockTime},
	"fd_close":            {i32s(1), badDescriptor},
	"fd_fdstat_get":       {i32s(2), descriptorStat},
	"fd_fdstat_set_flags": {i32s(2), badDescriptor},
	"fd_prestat_get":      {i32s(2), badDescriptor},
	"fd_prestat_dir_name": {i32s(3), badDescriptor},
	"fd_read":             {i32s(4), descriptorRead},
	"fd_seek":             {[]api.ValueType{i32, i64, i32, i32}, func(*call, api.Memory, []uint64) uint32 { return wasiNoSeek }},
	"fd_write":            {i32s(4), descriptorWrite},
	"poll_oneoff":         {i32s(4), poll},
	"random_get":          {i32s(2), random},
	"sched_yield":         {nil, succeed},
	wasiExit:              {i32s(1), func(*call, api.Memory, []uint64) uint32 { panic(errExit) }},
}

const wasiExit = "proc_exit" // the only one without a result

func defineWASI(ctx context.Context, r wazero.Runtime) error {
	b := r.NewHostModuleBuilder(wasiModule)
	for name, f := range wasiFunctions {
		results := i32s(1)
		if name == wasiExit {
			results = nil
		}
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, s []uint64) {
			c := callOf(ctx)
			c.host()
			s[0] = uint64(f.run(c, m.Memory(), s))
		}), f.params, results).Export(name)
	}
	_, err := b.Instantiate(ctx)
	return err
}

func succeed(*call, api.Memory, []uint64) uint32       { return wasiOK }
func badDescriptor(*call, api.Memory, []uint64) uint32 { return wasiBadFD }

// noneOf answers the sizes of a list that is empty.
func noneOf(_ *call, m api.Memory, s []uint64) uint32 {
	if !m.WriteUint32Le(uint32(s[0]), 0) || !m.WriteUint32Le(uint32(s[1]), 0) {
		return wasiFault
	}
	return wasiOK
}

// clockTime gives the wall clock, or a monotonic one on which what the guest slept has passed.
func clockTime(c *call, m api.Memory, s []uint64) uint32 {
	now := time.Now()
	ns := now.UnixNano()
	if api.DecodeI32(s[0]) == monotonicClock {
		ns = c.monotonic(now)
	}
	if !m.WriteUint64Le(uint32(s[2]), uint64(ns)) {
		return wasiFault
	}
	return wasiOK
}

// descriptorStat tells that standard input, output and error are terminals, so that nothing is buffered for long.
func descriptorStat(_ *call, m api.Memory, s []uint64) uint32 {
	if uint32(s[0]) > 2 {
		return wasiBadFD
	}
	stat := make([]byte, 24)
	stat[0] = 2 // a character device
	if !m.Write(uint32(s[1]), stat) {
		return wasiFault
	}
	return wasiOK
}

// descriptorRead is the end of an empty input.
func descriptorRead(_ *call, m api.Memory, s []uint64) uint32 {
	if uint32(s[0]) != 0 {
		return wasiBadFD
	}
	if !m.WriteUint32Le(uint32(s[3]), 0) {
		return wasiFault
	}
	return wasiOK
}

// descriptorWrite puts standard output and error into the plugin's log.
func descriptorWrite(c *call, m api.Memory, s []uint64) uint32 {
	if fd := uint32(s[0]); fd != 1 && fd != 2 {
		return wasiBadFD
	}
	written := uint32(0)
	var line []byte
	for i := range min(uint32(s[2]), maxVectors) {
		v, ok := m.Read(uint32(s[1])+8*i, 8)
		if !ok {
			return wasiFault
		}
		ptr, size := binary.LittleEndian.Uint32(v), binary.LittleEndian.Uint32(v[4:])
		text, ok := m.Read(ptr, min(size, maxLineBytes))
		if !ok {
			return wasiFault
		}
		if room := maxLineBytes - len(line); room > 0 {
			line = append(line, text[:min(room, len(text))]...)
		}
		written += size
	}
	c.line(levelInfo, line)
	if !m.WriteUint32Le(uint32(s[3]), written) {
		return wasiFault
	}
	return wasiOK
}

// poll answers that every wait is over: on the guest's clock the time has passed.
func poll(c *call, m api.Memory, s []uint64) uint32 {
	in, out, n := uint32(s[0]), uint32(s[1]), uint32(s[2])
	if n == 0 || n > maxSubscriptions {
		return wasiInval
	}
	for i := range n {
		sub, ok := m.Read(in+48*i, 48)
		if !ok {
			return wasiFault
		}
		if sub[8] == 0 { // a clock
			c.sleep(time.Duration(binary.LittleEndian.Uint64(sub[24:])), binary.LittleEndian.Uint16(sub[40:])&1 == 1)
		}
		event := make([]byte, 32)
		copy(event, sub[:8]) // the caller's own number
		event[10] = sub[8]
		if !m.Write(out+32*i, event) {
			return wasiFault
		}
	}
	if !m.WriteUint32Le(uint32(s[3]), n) {
		return wasiFault
	}
	return wasiOK
}

// random gives random bytes, of which a call may have few.
func random(c *call, m api.Memory, s []uint64) uint32 {
	n := uint32(s[1])
	if n > maxRandom || c.random+int(n) > maxRandom {
		return wasiIO
	}
	c.random += int(n)
	b, ok := m.Read(uint32(s[0]), n)
	if !ok {
		return wasiFault
	}
	_, _ = rand.Read(b) // never fails
	return wasiOK
}
