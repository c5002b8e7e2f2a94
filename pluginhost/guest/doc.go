// Package guest builds plugins written in Go into what a node installs: one WebAssembly module with the manifest inside.
//
// It owns the flags of the toolchain (the same source gives the same bytes, in any folder) and the sections beep.abi and
// beep.manifest. It refuses to run or to judge what it built: a node verifies every module again when it is installed, whoever
// built it. Building needs the go command and its standard library, and no network.
//
// Build may be called from several goroutines; each call runs one go build in the plugin's folder and writes to a temporary
// folder that it removes. A module is at most MaxModuleBytes, a manifest MaxManifestBytes.
//
//	wasm, err := guest.Build(ctx, guest.Options{Dir: "plugins/moderation"})
//
// The command in guest/build does this from a shell, guesttest for tests.
package guest
