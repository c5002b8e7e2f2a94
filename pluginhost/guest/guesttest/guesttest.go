// Package guesttest builds plugins for tests. It owns a cache for the life of the process: each folder is built once, however
// many tests ask, and Go's build cache makes the next process fast. The first build of a machine compiles the standard library
// for WebAssembly, which takes about half a minute.
//
//	wasm := guesttest.ForTest(t, "../../plugins/moderation")
package guesttest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/pluginhost/guest"
)

// buildTimeout bounds one build, a cold cache on a slow machine included.
const buildTimeout = 5 * time.Minute

var (
	mu    sync.Mutex
	built = map[string]func() ([]byte, error){}
)

// ForTest gives the module of the plugin in dir, a folder relative to the test's. The caller may change the bytes.
func ForTest(t testing.TB, dir string) []byte {
	t.Helper()
	return ForTestTags(t, dir)
}

// ForTestTags is ForTest with build tags.
func ForTestTags(t testing.TB, dir string, tags ...string) []byte {
	t.Helper()
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatalf("guesttest: %v", err)
	}
	wasm, err := once(abs, tags)()
	if err != nil {
		t.Fatalf("guesttest: %v", err)
	}
	return slices.Clone(wasm)
}

// once gives the one build of a folder with some tags.
func once(dir string, tags []string) func() ([]byte, error) {
	mu.Lock()
	defer mu.Unlock()
	key := dir
	for _, tag := range tags {
		key += "\x00" + tag
	}
	if built[key] == nil {
		built[key] = sync.OnceValues(func() ([]byte, error) {
			ctx, cancel := context.WithTimeout(context.Background(), buildTimeout)
			defer cancel()
			o := guest.Options{Dir: dir, Tags: tags}
			if err := look(ctx, o); err != nil {
				return nil, err
			}
			return guest.Build(ctx, o)
		})
	}
	return built[key]
}

// look takes notice of the files a plugin is built of: go test repeats the last result of a test while no file has changed that
// the test itself looked at, and would not see what its go build reads.
func look(ctx context.Context, o guest.Options) error {
	files, err := guest.Sources(ctx, o)
	for _, file := range files {
		if _, err := os.Stat(file); err != nil {
			return err
		}
	}
	return err
}
