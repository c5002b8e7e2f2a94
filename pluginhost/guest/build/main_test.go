package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
)

const minimal = "../testdata/minimal"

func TestRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "new", "dist")
	build := func(want string) {
		t.Helper()
		var said strings.Builder
		if err := run(t.Context(), []string{"-out", out, minimal}, &said); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(said.String(), "minimal.wasm.gz: "+want+" (0.") {
			t.Errorf("it said %q, want %q", said.String(), want)
		}
	}
	build("written")
	file := filepath.Join(out, "minimal.wasm.gz")
	first, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	build("unchanged")
	if again, err := os.Stat(file); err != nil || !os.SameFile(first, again) || !again.ModTime().Equal(first.ModTime()) {
		t.Errorf("a file that does not change was written: %v", err)
	}
	if got := decompress(t, file); !bytes.Equal(got, guesttest.ForTest(t, minimal)) {
		t.Error("the file holds something else than was built")
	}
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	build("written")
	if left, err := os.ReadDir(out); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}

func decompress(t *testing.T, file string) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if z.Name != "" || !z.ModTime.IsZero() {
		t.Errorf("the header holds %q and %v: the bytes would differ from build to build", z.Name, z.ModTime)
	}
	got, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPlain(t *testing.T) {
	out := t.TempDir()
	if err := run(t.Context(), []string{"-plain", "-out", out, minimal}, io.Discard); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(out, "minimal.wasm"))
	if err != nil || !bytes.HasPrefix(got, []byte("\x00asm")) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestRunRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"name the folders":                 nil,
		"a plugin needs its manifest":      {t.TempDir()},
		"flag provided but not defined":    {"-level", "9"},
		filepath.Join("nowhere", "at all"): {filepath.Join("nowhere", "at all")},
	} {
		if err := run(t.Context(), args, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
