// Package hostile makes plugins that mean harm, for tests of what must stop them: complete modules of beep/1 with memory,
// beep_handle and the sections beep.abi and beep.manifest.
//
// It owns the modules, one function each; All lists them. It refuses to be part of a node: only tests import it. The
// functions are pure. What a module does, it does in every hook, unless it says otherwise.
//
//	wasm := hostile.Loop(hostile.Manifest("com.example.loop", "message.moderate"))
package hostile
