// Command build compiles plugins and writes each as a compressed module, ready to be installed or embedded.
//
//	go run ./pluginhost/guest/build -out plugins/builtin/dist ./plugins/moderation ./plugins/markdown
//
// makes plugins/builtin/dist/moderation.wasm.gz and markdown.wasm.gz. The same source gives the same bytes, and a file that would
// not change is left alone. With -plain it writes .wasm.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/beep-chat/beep/pluginhost/guest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// run builds every folder that is named, and stops at the first that fails.
func run(ctx context.Context, args []string, say io.Writer) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	flags.SetOutput(say)
	out := flags.String("out", ".", "the folder to write to")
	plain := flags.Bool("plain", false, "write .wasm, not compressed")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return fmt.Errorf("name the folders of the plugins, for example ./plugins/moderation")
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	for _, dir := range flags.Args() {
		if err := build(ctx, dir, *out, *plain, say); err != nil {
			return err
		}
	}
	return nil
}

// build makes one plugin and says what became of it.
func build(ctx context.Context, dir, out string, plain bool, say io.Writer) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	wasm, err := guest.Build(ctx, guest.Options{Dir: abs})
	if err != nil {
		return err
	}
	content, file := wasm, filepath.Join(out, filepath.Base(abs)+".wasm")
	if !plain {
		file += ".gz"
		if content, err = compress(wasm); err != nil {
			return err
		}
	}
	what := "written"
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, content) {
		what = "unchanged"
	} else if err := replace(file, content); err != nil {
		return err
	}
	_, err = fmt.Fprintf(say, "%s: %s (%.2f MB, in memory %.2f MB)\n", file, what, megabytes(content), megabytes(wasm))
	return err
}

// compress gives the same bytes for the same module: the header holds neither name nor time.
func compress(wasm []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(wasm); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// replace writes a file whole or not at all.
func replace(file string, content []byte) error {
	temporary := file + ".new"
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, file)
}

func megabytes(b []byte) float64 { return float64(len(b)) / 1e6 }
