// Package main is the same echo as bench/guests/echo for Extism, by its own kit for plugins in Go: the anchor of what a bare
// call costs. It keeps nothing. It is built for WebAssembly by the part "guests" of beep-bench and called by Extism's Go SDK:
//
//	_, output, err := plugin.Call("echo", input)
package main

func main() {}
