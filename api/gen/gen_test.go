package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func TestGeneratedFilesAreFresh(t *testing.T) {
	stale, err := run(root, true)
	if err != nil {
		t.Fatal(err)
	}
	if len(stale) > 0 {
		t.Errorf("stale: %v; run: go generate ./api", stale)
	}
}

// copyTree copies the sources and outputs of the generator.
func copyTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	paths := []string{"api/errors.yaml", "api/events.yaml", "api/openapi.yaml", "api/server.config.yaml", "api/client/config.yaml",
		"api/server.gen.go", "api/client/rest.gen.go"}
	outputs, err := local(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outputs {
		paths = append(paths, o.path)
	}
	for _, path := range paths {
		b, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, path), b)
	}
	return dir
}

func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCheckNamesStaleFiles(t *testing.T) {
	for _, c := range []struct {
		name, path, old, new string
		want                 []string
	}{
		{"untouched", "api/errors.yaml", "", "", nil},
		{"a new code", "api/errors.yaml", "code: busy", "code: very_busy",
			[]string{"api/docs/dist/errors/index.html", "api/errors.gen.go", "api/ts/errors.gen.ts", "core/codes.gen.go", "docs/reference/errors.md"}},
		{"a new event", "api/events.yaml", "type: channel.created", "type: channel.made",
			[]string{"api/ts/events.gen.ts", "core/events.gen.go", "docs/reference/events.md"}},
		{"an example is documentation only", "api/openapi.yaml", "example: {login: ada", "example: {login: eve", nil},
		{"a schema", "api/openapi.yaml", "refresh_token: {type: string, minLength: 1, maxLength: 512}", "refresh_key: {type: string, minLength: 1, maxLength: 512}",
			[]string{"api/client/rest.gen.go", "api/server.gen.go", "api/ts/types.gen.ts"}},
		{"a generated file changed by hand", "api/server.gen.go", "package api", "package  api", []string{"api/server.gen.go"}},
		{"a setting of the generator", "api/client/config.yaml", "client: true", "client: true ", []string{"api/client/rest.gen.go"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copyTree(t)
			path := filepath.Join(dir, c.path)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(string(b), c.old, c.new, 1)
			if c.old != "" && changed == string(b) {
				t.Fatalf("%q is not in %s", c.old, c.path)
			}
			put(t, path, []byte(changed))
			stale, err := run(dir, true)
			if err != nil || !slices.Equal(stale, c.want) {
				t.Errorf("stale %v, %v; want %v", stale, err, c.want)
			}
		})
	}
}

func TestSourcesWithMistakesAreRefused(t *testing.T) {
	for _, c := range []struct{ name, path, old, new, want string }{
		{"code twice", "api/errors.yaml", "code: busy", "code: internal", "twice"},
		{"no french", "api/errors.yaml", "fr: 'Stockage plein'", "fr: ''", "text is missing"},
		{"params differ", "api/errors.yaml", "Réessayez dans {retry_after_s}", "Réessayez dans {seconds}", "different params"},
		{"bad status", "api/errors.yaml", "status: 410", "status: 200", "status 200"},
		{"bad code", "api/errors.yaml", "code: busy", "code: Busy", "not a code"},
		{"unknown member", "api/errors.yaml", "retryable: true", "retriable: true", "not found"},
		{"event twice", "api/events.yaml", "type: channel.created", "type: channel.updated", "twice"},
		{"unknown field type", "api/events.yaml", "{channel: Channel}", "{channel: Chanel}", "unknown field type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copyTree(t)
			path := filepath.Join(dir, c.path)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(string(b), c.old, c.new, 1)
			if changed == string(b) {
				t.Fatalf("%q is not in %s", c.old, c.path)
			}
			put(t, path, []byte(changed))
			if _, err := run(dir, true); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestCamel(t *testing.T) {
	for in, want := range map[string]string{"message.created": "MessageCreated", "read_state.updated": "ReadStateUpdated", "bad_json": "BadJSON",
		"bad_utf8": "BadUTF8", "bad_last_event_id": "BadLastEventID", "session_ids": "SessionIDs", "heartbeat_ms": "HeartbeatMS"} {
		if got := camel(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}
