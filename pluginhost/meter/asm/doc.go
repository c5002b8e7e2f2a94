// Package asm puts small WebAssembly modules together byte by byte, for tests that need a module no compiler would make.
//
// It owns the layout of the binary format and nothing else. It refuses to check: a module may be as wrong as a test wants
// it, also with Raw in place of whole sections. A Builder belongs to one goroutine; the code functions are pure.
// It is no part of the node: only tests and kits import it.
//
//	m := asm.New()
//	m.Memory(1, 2)
//	f := m.Func("ii:i", "", asm.LocalGet(0), asm.LocalGet(1), asm.I32Add)
//	m.Export("add", asm.KindFunc, f)
//	wasm := m.Bytes()
package asm
