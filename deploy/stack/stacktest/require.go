package stacktest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checkout is the folder of the repository, above the test's.
func checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "deploy", "stack", "stack")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("stacktest: deploy/stack is in no folder above this test's")
		}
		dir = up
	}
}

// require skips the test where Cassandra could not start. Where services are required it fetches them, or fails.
func require(t testing.TB, root string) {
	t.Helper()
	stack := filepath.Join(root, "deploy", "stack", "stack")
	out, err := exec.CommandContext(t.Context(), stack, "check", "cassandra").CombinedOutput()
	if err == nil {
		return
	}
	if os.Getenv("BEEP_REQUIRE_SERVICES") == "" {
		t.Skipf("no Cassandra for this test: make stack-up\n%s", out)
	}
	out, err = exec.CommandContext(t.Context(), stack, "fetch", "cassandra").CombinedOutput()
	if err != nil {
		t.Fatalf("BEEP_REQUIRE_SERVICES is set and Cassandra cannot be fetched: %v\n%s", err, strings.TrimSpace(string(out)))
	}
}
