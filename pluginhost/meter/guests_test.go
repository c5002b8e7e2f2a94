package meter

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// guests are real plugins of two compilers. The one in Go is built here, so that it is of the compiler in use; the one in
// Rust is kept beside its source.
func guests(t testing.TB) map[string][]byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "guest.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", file, "./testdata/goguest/main.go")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the guest in Go: %v\n%s", err, out)
	}
	return map[string][]byte{"go": read(t, file), "rust": read(t, "testdata/rustguest/guest.wasm")}
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
