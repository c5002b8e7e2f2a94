// Command gen writes everything that follows from the contract: api/errors.yaml, api/events.yaml and api/openapi.yaml.
//
// It owns every file whose name contains ".gen." under api/ and core/, docs/reference/, and the error page of api/docs/dist. It refuses to touch anything
// else, and to write a file whose source has a mistake. With -check it writes nothing, names the files that are stale on
// standard output and exits 1. It runs in one goroutine.
//
//	go run ./api/gen          # from the repository's root, or go generate ./api
//	go run ./api/gen -check
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

func main() {
	check := flag.Bool("check", false, "write nothing; exit 1 and name the stale files")
	root := flag.String("root", ".", "root of the repository")
	flag.Parse()
	stale, err := run(*root, *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(2)
	}
	if len(stale) == 0 {
		return
	}
	for _, path := range stale {
		fmt.Println(path)
	}
	if *check {
		fmt.Fprintln(os.Stderr, "gen: stale; run: go generate ./api")
		os.Exit(1)
	}
}

// output is one file to be: its path from the root and its whole content.
type output struct {
	path string
	data []byte
}

// run makes every output and gives the paths that differed, sorted; unless check is set it writes them.
func run(root string, check bool) ([]string, error) {
	outputs, err := local(root)
	if err != nil {
		return nil, err
	}
	stale, err := settle(root, outputs, check)
	if err != nil {
		return nil, err
	}
	more, err := openAPI(root, check)
	if err != nil {
		return nil, err
	}
	stale = append(stale, more...)
	sort.Strings(stale)
	return stale, nil
}

// local makes the outputs of this command's own generators.
func local(root string) ([]output, error) {
	catalogue, err := readErrors(filepath.Join(root, "api/errors.yaml"))
	if err != nil {
		return nil, err
	}
	events, err := readEvents(filepath.Join(root, "api/events.yaml"))
	if err != nil {
		return nil, err
	}
	schemas, err := readSchemas(filepath.Join(root, "api/openapi.yaml"))
	if err != nil {
		return nil, err
	}
	makers := []func() (output, error){
		catalogue.codesGo, catalogue.tableGo, catalogue.typeScript, catalogue.reference, catalogue.page,
		events.eventsGo, events.typeScript, events.reference,
		schemas.typeScript,
	}
	var outputs []output
	for _, make := range makers {
		o, err := make()
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, o)
	}
	return outputs, nil
}

// settle compares outputs with the files there are and, unless check is set, writes those that differ.
func settle(root string, outputs []output, check bool) ([]string, error) {
	var stale []string
	for _, o := range outputs {
		path := filepath.Join(root, o.path)
		old, err := os.ReadFile(path)
		if err == nil && bytes.Equal(old, o.data) {
			continue
		}
		stale = append(stale, o.path)
		if check {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, o.data, 0o644); err != nil {
			return nil, err
		}
	}
	return stale, nil
}
