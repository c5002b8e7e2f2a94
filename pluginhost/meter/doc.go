// Package meter verifies a WebAssembly module and rewrites it so that a node can stop it.
//
// Compiled guest code runs until it returns: nothing in Go can interrupt it, and the next collection of garbage waits for it.
// So each module is rewritten once, when it is installed: it counts what it does, and asks the node for more every slice of
// points (tick). The node looks at its clock there, and panics to end the call.
//
// The package owns reading the binary format, what a module may be (Limits, and bounds that no limit changes), the meters and
// their prices. It refuses to compile, to run, to read manifests, and to check what the engine checks when it compiles the
// result, the types of values. What it reads must be read by the engine in the same way, so it takes no encoding that two
// readers could understand differently.
//
// # What is refused
//
// Components, threads, 64-bit and several memories, exceptions, tail calls, table.grow, instructions newer than WebAssembly
// 2.0, start sections, commands, and imports other than functions that Limits.Imports knows. SIMD, bulk memory, several
// results, references and saturating conversions are taken. The maximum of the memory and of tables is lowered. Every
// refusal is a *Refusal: what, where, and what an author can do.
//
// # What is charged
//
// One point at the entry of every function and at every turn of a loop. Each stands for up to 1024 units of cost, about a
// nanosecond each at worst; code that runs longer without a loop pays again where it does (flow). A load is paid as one that
// misses every cache, unless the code has just read the same place (near). A call of the host costs 8
// points more. Bulk operations pay before they run: a point for 256 bytes, or for 32 entries of a table; growing the memory
// 10,000 points and 256 a page. So with slices of 10,000 no guest runs longer than about 20 ms between two ticks, on the
// machines that were measured. That does not hold for what the host does when it is called: its functions must look at the
// clock themselves.
//
// # The stack
//
// Functions that can be called while they run, and those on long chains of calls, take an estimate of their frame off a
// budget of 8 MiB and give it back at every way out. Where it is used up, tick is told (TooDeep) and the guest traps. After
// any trap an instance must be thrown away: its budget is not given back.
//
// Rewrite is pure and safe for concurrent use: the same bytes in, the same bytes out. It allocates in proportion to the
// module, at most about ten times its size; 4 MB take 0.1 s. A rewritten guest is 10 % larger and takes 1.2 times as long.
//
//	m, err := meter.Rewrite(wasm, meter.Limits{Imports: known})
//	// instantiate m.Wasm with a host module "beep_meter" whose function "tick" does:
//	//   used += slice - left; if used > fuel || now.After(deadline) { panic(errStopped) }; return slice
//	left := instance.ExportedGlobal(meter.CounterExport).(api.MutableGlobal)
//	left.Set(slice)
//	results, err := handle.Call(ctx, hook, length)
//	used += slice - int64(int32(left.Get()))
package meter
