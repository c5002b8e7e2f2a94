package client

import (
	"testing"

	"github.com/beep-chat/beep/core"
)

func TestMemoryIsBounded(t *testing.T) {
	var gone tombstones[core.MessageID]
	var known counted
	for id := core.MessageID(1); id <= 3*maxRemembered; id++ {
		gone.add(id)
		if !known.add(id) || known.add(id) {
			t.Fatalf("message %d is not counted exactly once", id)
		}
	}
	if len(gone.ids) != maxRemembered || len(known.ids) != maxRemembered {
		t.Errorf("remembers %d and %d", len(gone.ids), len(known.ids))
	}
	if !gone.has(3*maxRemembered) || gone.has(1) {
		t.Error("the oldest tombstones must go first")
	}
	if !known.has(1) || known.add(2) {
		t.Error("what fell out of the list must still count as counted")
	}
}
