package outbox

import (
	"context"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// TestAFirstMarkIsOfNow: who comes after a worker that died young looks through minutes, not through all the time rows live.
func TestAFirstMarkIsOfNow(t *testing.T) {
	w := newWorld(t)
	n := w.start(1, 0)
	r, err := markTable.Get(t.Context(), n.opt.Engine, markRow{Worker: 1})
	if err != nil {
		t.Fatal(err)
	}
	if age := time.Since(core.ID[struct{}](r.Seq).Time()); age.Abs() > time.Minute {
		t.Errorf("the first mark is %s old", age)
	}
}

// tiring is an engine that takes a few reads of partitions before it wants a rest.
type tiring struct {
	wide.Engine
	left int
}

// Range implements wide.Engine.
func (e *tiring) Range(ctx context.Context, q wide.RawQuery) ([]wide.Row, error) {
	if e.left--; e.left < 0 {
		return nil, wide.ErrUnavailable
	}
	return e.Engine.Range(ctx, q)
}

// TestRecoveryGoesOn: a recovery that is cut short goes on where it was, through minutes without rows too.
func TestRecoveryGoesOn(t *testing.T) {
	w := newWorld(t)
	n := w.start(1, 0)
	engine := &tiring{Engine: n.opt.Engine}
	b := New(Options{Engine: engine, Announcer: n.opt.Announcer, Leases: n.opt.Leases, Schema: testSchema()})
	now := time.Now()
	from, upTo := int64(core.FirstIDAt[struct{}](now.Add(-10*time.Hour))), int64(core.FirstIDAt[struct{}](now))
	tries := 0
	for done := from; done < upTo; tries++ {
		engine.left = 100
		var err error
		if done, err = b.recover(t.Context(), 9, done, upTo); err == nil && done != upTo {
			t.Fatalf("ended at %d, want %d", done, upTo)
		}
		if tries > 10 {
			t.Fatal("600 minutes are not done in ten tries of 100")
		}
	}
	if tries < 6 {
		t.Errorf("done in %d tries: too few to tell anything", tries)
	}
}
