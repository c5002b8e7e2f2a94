package embedded

import (
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/beep-chat/beep/storage/storetest"
	"github.com/beep-chat/beep/storage/wide"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testClock stands still until it is advanced.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func newTestClock() *testClock { return &testClock{now: time.Now()} }

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance implements storetest.Advancer.
func (c *testClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// timed is an engine with the clock it was opened with.
type timed struct {
	*Engine
	*testClock
}

func openTest(t testing.TB, o Options) *Engine {
	t.Helper()
	if o.FS == nil {
		o.FS = vfs.NewMem()
	}
	if o.Dir == "" {
		o.Dir = "store"
	}
	e, err := Open(o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) wide.Engine {
		clock := newTestClock()
		return timed{openTest(t, Options{Schema: storetest.Schema(), Clock: clock.Now}), clock}
	})
}
