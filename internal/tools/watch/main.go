// Command watch runs a command and starts it again when a source file changes. It owns the polling of modification times
// and the life of the command; it refuses to know how to build: the command is told everything. It looks twice a second,
// which needs no library, works on every system and costs nothing one could measure in a tree of this size.
//
//	go run ./internal/tools/watch -- make build run-built
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	pollEvery = 500 * time.Millisecond
	// stopGrace is how long the command may take to end before it is killed.
	stopGrace = 10 * time.Second
)

func main() {
	root := flag.String("root", ".", "folder to watch")
	extensions := flag.String("ext", ".go,.yaml,.html,.css,.ts", "endings of the files that matter")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: watch [-root DIR] [-ext .go,.yaml] -- COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	watch(ctx, *root, strings.Split(*extensions, ","), flag.Args())
}

// watch keeps the command running until ctx ends.
func watch(ctx context.Context, root string, extensions, command []string) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		seen := newest(root, extensions)
		runCtx, cancel := context.WithCancel(ctx)
		ended := start(runCtx, command)
		for changed := false; !changed && ctx.Err() == nil; {
			select {
			case <-ctx.Done():
			case <-tick.C:
				changed = newest(root, extensions) != seen
			}
		}
		cancel()
		<-ended
		if ctx.Err() == nil {
			fmt.Println("watch: a file changed, starting again")
		}
	}
}

// start runs the command in the background; the channel is closed when it has ended, by itself or because ctx did.
func start(ctx context.Context, command []string) <-chan struct{} {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopGrace
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && ctx.Err() == nil && !errors.As(err, &exit) {
			fmt.Fprintln(os.Stderr, "watch:", err)
		} else if err != nil && ctx.Err() == nil {
			fmt.Println("watch: the command ended; waiting for a change")
		}
	}()
	return ended
}

// state tells one moment of the tree from another: a changed, added or removed file changes it.
type state struct {
	files  int
	latest time.Time
}

func newest(root string, extensions []string) state {
	var s state
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // it was removed meanwhile: the next look sees that
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || slices.Contains([]string{"node_modules", "bin", "dist", "beep-data"}, name)) {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.Contains(extensions, filepath.Ext(name)) {
			return nil
		}
		if info, err := d.Info(); err == nil {
			s.files++
			if info.ModTime().After(s.latest) {
				s.latest = info.ModTime()
			}
		}
		return nil
	})
	return s
}
