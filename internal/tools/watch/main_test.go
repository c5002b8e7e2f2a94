package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestNewestSeesWhatMatters(t *testing.T) {
	root := t.TempDir()
	write := func(name string, at time.Time) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-time.Hour)
	write("a.go", past)
	start := newest(root, []string{".go"})
	steps := []struct {
		name    string
		file    string
		at      time.Time
		changed bool
	}{
		{"another ending", "notes.txt", past.Add(time.Minute), false},
		{"a dependency", "node_modules/x/a.go", past.Add(time.Minute), false},
		{"a hidden folder", ".git/a.go", past.Add(time.Minute), false},
		{"a new file, however old", "sub/b.go", past.Add(-time.Hour), true},
		{"a later change", "a.go", past.Add(time.Minute), true},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			write(s.file, s.at)
			now := newest(root, []string{".go"})
			if (now != start) != s.changed {
				t.Errorf("changed: %v, want %v", now != start, s.changed)
			}
			start = now
		})
	}
}
