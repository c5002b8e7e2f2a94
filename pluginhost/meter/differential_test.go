package meter

import (
	"bytes"
	"math/rand"
	"testing"
)

const (
	differentialInputs = 10_000
	// Hashing the whole memory takes longer than a call, and a difference in it stays: so it is compared now and then.
	memoryEvery = 250
)

// TestDifferential runs real guests as they are and rewritten on the same random inputs. What they answer and what is in
// their memory must be the same, and the fuel of the same work must not depend on how it is given.
func TestDifferential(t *testing.T) {
	for name, wasm := range guests(t) {
		t.Run(name, func(t *testing.T) {
			plain, metered := newGuest(t, wasm), newGuest(t, mustRewrite(t, wasm).Wasm)
			other := newGuest(t, mustRewrite(t, wasm).Wasm)
			other.slice = 97
			rnd := rand.New(rand.NewSource(7))
			for i := range differentialInputs {
				hook, input := int32(1+i%2), randomInput(rnd)
				want, wantErr := plain.call(hook, input)
				got, gotErr := metered.call(hook, input)
				if want != got || firstLine(wantErr) != firstLine(gotErr) || !bytes.Equal(plain.output, metered.output) {
					t.Fatalf("input %d %q: %d %v %q, rewritten %d %v %q", i, input, want, wantErr, plain.output, got, gotErr, metered.output)
				}
				if i < memoryEvery {
					other.call(hook, input)
					if other.fuel != metered.fuel {
						t.Fatalf("input %d: %d points in slices of %d, %d in slices of %d", i, metered.fuel, metered.slice, other.fuel, other.slice)
					}
				}
				if i%memoryEvery == memoryEvery-1 && plain.memory() != metered.memory() {
					t.Fatalf("input %d %q: the memory differs", i, input)
				}
			}
			if metered.ticks == 0 || metered.fuel < differentialInputs {
				t.Errorf("%d ticks, %d points: it was not metered", metered.ticks, metered.fuel)
			}
		})
	}
}

// pieces are what random inputs are made of: JSON, links, mentions, numbers, text, broken text.
var pieces = []string{`{"a":`, `"b"`, `[1, 2.5e3, -7]`, `}`, `{`, `[`, `]`, `,`, ` `, "\n", `https://example.org/x?y=z `, `http://a`, `<@42>`, `<@x>`,
	`true`, `null`, `"\u00e9\ud83d"`, "été ", "\xff", "\x00", "12345.678 ", "9e99 ", "word ", "WORD ", "((((", "))", "-", ".", "日本"}

func randomInput(rnd *rand.Rand) []byte {
	var b bytes.Buffer
	switch rnd.Intn(10) {
	case 0: // deep
		n := rnd.Intn(300)
		b.Write(bytes.Repeat([]byte("["), n))
		b.Write(bytes.Repeat([]byte("]"), n))
	case 1: // any bytes
		for range rnd.Intn(100) {
			b.WriteByte(byte(rnd.Intn(256)))
		}
	default:
		for range rnd.Intn(25) {
			b.WriteString(pieces[rnd.Intn(len(pieces))])
		}
	}
	return b.Bytes()
}
