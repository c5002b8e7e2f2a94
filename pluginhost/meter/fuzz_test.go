package meter

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/beep-chat/beep/pluginhost/meter/asm"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
)

// FuzzRewrite changes modules at random. Rewrite never panics, what it accepts is the same each time and no larger than it
// says, and the engine compiles it or says no.
func FuzzRewrite(f *testing.F) {
	for _, h := range hostile.All() {
		if wasm := h.Make(hostile.Manifest("com.example.x", "message.moderate")); len(wasm) < 4<<10 {
			f.Add(wasm)
		}
	}
	for _, c := range refusals {
		f.Add(c.wasm)
	}
	f.Add(bulky(asm.Join(asm.I32(0), asm.I32(0), asm.I32(0), asm.MemoryFill)))
	limits := Limits{MaxBytes: 64 << 10, Imports: allowAll}
	ctx := context.Background()
	f.Fuzz(func(t *testing.T, wasm []byte) {
		if _, err := Sections(wasm); err != nil && !errors.As(err, new(*Refusal)) {
			t.Fatalf("not a refusal: %v", err)
		}
		for _, relaxed := range []bool{false, true} {
			m, refusal := rewrite(wasm, limits.withDefaults(), relaxed)
			if refusal != nil {
				if refusal.What == "" || refusal.Error() == "" {
					t.Fatal("a refusal that says nothing")
				}
				continue
			}
			if len(m.Wasm) > outputFactor*limits.MaxBytes+outputExtra+2*len(wasm) {
				t.Fatalf("%d bytes became %d", len(wasm), len(m.Wasm))
			}
			again, _ := rewrite(wasm, limits.withDefaults(), relaxed)
			if again == nil || !bytes.Equal(again.Wasm, m.Wasm) {
				t.Fatal("the same module gave other bytes")
			}
			runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
			_, original := runtime.CompileModule(ctx, wasm)
			_, err := runtime.CompileModule(ctx, m.Wasm)
			runtime.Close(ctx)
			if original == nil && err != nil {
				t.Fatalf("a valid module became invalid: %v", err)
			}
		}
	})
}
