package nodeid_test

import (
	"errors"
	"testing"

	"github.com/beep-chat/beep/internal/nodeid"
)

func TestTheNameSurvivesAndIsHeldOnce(t *testing.T) {
	dir := t.TempDir()
	first, err := nodeid.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nodeid.Open(dir); !errors.Is(err, nodeid.ErrInUse) {
		t.Fatalf("taken twice: %v", err)
	}
	id := first.ID()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := nodeid.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.ID() != id || id == "" {
		t.Fatalf("%q became %q", id, again.ID())
	}
	other, err := nodeid.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if other.ID() == id {
		t.Fatal("two folders, one name")
	}
}
