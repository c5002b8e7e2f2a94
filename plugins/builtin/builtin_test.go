package builtin

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"testing/fstest"
)

func packed(t *testing.T, content []byte) *fstest.MapFile {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

func TestAll(t *testing.T) {
	page := &fstest.MapFile{Data: []byte("words")}
	packages, err := all(fstest.MapFS{"dist/README.md": page, "dist/.gitignore": page,
		"dist/b.wasm.gz": packed(t, []byte("B")), "dist/a.wasm.gz": packed(t, []byte("A"))})
	if err != nil || len(packages) != 2 {
		t.Fatalf("%v, %v", packages, err)
	}
	if p := packages[0]; p.Name != "a" || string(p.Wasm) != "A" {
		t.Errorf("the first is %s with %q", p.Name, p.Wasm)
	}
}

func TestNothingBuilt(t *testing.T) {
	packages, err := all(fstest.MapFS{"dist/README.md": &fstest.MapFile{}})
	if err != nil || len(packages) != 0 {
		t.Errorf("%v, %v", packages, err)
	}
}

func TestWhatTheBinaryHoldsIsWhole(t *testing.T) {
	packages, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		if !bytes.HasPrefix(p.Wasm, []byte("\x00asm")) {
			t.Errorf("%s is no WebAssembly", p.Name)
		}
	}
}

func TestDamage(t *testing.T) {
	whole := packed(t, bytes.Repeat([]byte("module "), 1000))
	cases := map[string]struct {
		file *fstest.MapFile
		want string
	}{
		"not compressed": {&fstest.MapFile{Data: []byte("no gzip at all")}, "invalid header"},
		"cut short":      {&fstest.MapFile{Data: whole.Data[:len(whole.Data)-12]}, "unexpected EOF"},
		"too large":      {packed(t, make([]byte, MaxWasmBytes+1)), "more than"},
	}
	for name, c := range cases {
		_, err := all(fstest.MapFS{"dist/x.wasm.gz": c.file})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "dist/x.wasm.gz") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
