// Package pluginhost runs plugins: WebAssembly modules that judge and change what passes through a node, of which none can
// harm it. The ABI is docs/plugins/abi.md.
//
// It owns verifying, metering (package meter), compiling and calling modules, their pools of instances, their limits, the
// breaker that rests a plugin that keeps failing, and the chain of moderation. It implements core.MessageHooks, with the native
// renderer behind it. It refuses to know where packages come from, which server enabled what (Settings tells), and to follow a
// pointer that a guest returned.
//
// A call ends in exactly one of four outcomes (Outcome): no change, an answer, an error of the plugin's own, a fault. After a fault
// the instance is thrown away. Guests run on the goroutine that calls them; a slot is needed, and the slots are fewer than the
// cores, a plugin's fewer still. Everything is bounded: time and fuel of a call, its output and log, memory of an instance, of all
// instances together, instances of a plugin.
//
// A Host is safe for concurrent use. It owns one goroutine, which compiles, and those that refill pools; Close ends them after
// the calls under way.
//
//	host, err := pluginhost.New(pluginhost.Options{CacheDir: dir, Native: renderer, Settings: service})
//	host.Install(pluginhost.Package{Wasm: module}) // compiles in the background
//	content, err := host.MessageWillBeSent(ctx, draft)
//	defer host.Close()
package pluginhost
