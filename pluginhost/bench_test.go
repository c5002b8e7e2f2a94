package pluginhost

import (
	"strings"
	"testing"
)

// BenchmarkCall is a call of a Go guest that allows, with the road to it: settings, slot, pool, input.
func BenchmarkCall(b *testing.B) {
	w := withJudge(b)
	w.o.OnCall = func(Call) {}
	for name, content := range map[string]string{"180 B": strings.Repeat("hello wor", 20), "2 KB": strings.Repeat("hello wor", 222)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.send(content); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStart is a new instance of a Go guest.
func BenchmarkStart(b *testing.B) {
	w := withJudge(b)
	v := w.find(judgeID).acquire()
	defer v.release()
	for b.Loop() {
		in, err := v.instantiate()
		if err != nil {
			b.Fatal(err)
		}
		in.close()
	}
}
