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

// require skips the test unless services are asked for; then it fetches what Cassandra needs, or fails. An ordinary run of the
// tests starts none, even where one could start: it takes half a minute and a gigabyte.
func require(t testing.TB, root string) {
	t.Helper()
	if os.Getenv("BEEP_REQUIRE_SERVICES") == "" {
		t.Skip("this test starts Cassandra nodes of its own: BEEP_REQUIRE_SERVICES=1, or make test-stack")
	}
	stack := filepath.Join(root, "deploy", "stack", "stack")
	if err := exec.CommandContext(t.Context(), stack, "check", "cassandra").Run(); err == nil {
		return
	}
	out, err := exec.CommandContext(t.Context(), stack, "fetch", "cassandra").CombinedOutput()
	if err != nil {
		t.Fatalf("BEEP_REQUIRE_SERVICES is set and Cassandra cannot be fetched: %v\n%s", err, strings.TrimSpace(string(out)))
	}
}
