// Package main is the smallest guest there is: it hands its input back as its output, without the SDK, so that a call of it
// costs what the road costs and nothing else. It owns one buffer, keeps nothing and allocates nothing; an input that is
// larger than MaxBytes is a fault. It is built for WebAssembly by the part "guests" of beep-bench:
//
//	wasm, err := guest.Build(ctx, guest.Options{Dir: "bench/guests/echo"})
package main

func main() {}
