package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenLogs(t *testing.T) {
	for _, c := range []struct{ format, want string }{
		{"auto", `"service":"beep"`}, {"json", `"service":"beep"`}, {"text", "level=WARNING msg=hello"},
	} {
		t.Run(c.format, func(t *testing.T) {
			cfg := DefaultConfig()
			cfg.Log.Format, cfg.Log.Level = c.format, "warning"
			var out bytes.Buffer
			log := openLogs(cfg, &out)
			log.Logger().Info("below the level")
			log.Logger().Warn("hello")
			if err := log.Close(context.Background()); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), c.want) || strings.Contains(out.String(), "below") {
				t.Errorf("wrote %s", out.String())
			}
		})
	}
}

func TestPseudonymKeyIsMadeOnceAndKept(t *testing.T) {
	cfg := DefaultConfig()
	cfg.DataDir = t.TempDir()
	first, err := openPseudonyms(cfg)
	if err != nil {
		t.Fatal(err)
	}
	again, err := openPseudonyms(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := first.User("1"), again.User("1"); a != b || a.IsZero() {
		t.Errorf("%s after a restart was %s before", b, a)
	}
	path := filepath.Join(cfg.DataDir, pseudonymKeyFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file %v %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	configured := cfg
	configured.Log.PseudonymKey = strings.Repeat("k", 32)
	if other, err := openPseudonyms(configured); err != nil || other.User("1") == first.User("1") {
		t.Errorf("the configured key was not used: %v", err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openPseudonyms(cfg); err == nil {
		t.Error("a short key was taken")
	}
	cfg.DataDir = filepath.Join(cfg.DataDir, "none")
	if _, err := openPseudonyms(cfg); err == nil {
		t.Error("a key was made without a folder")
	}
}
