package embedded

import (
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/beep-chat/beep/storage/wide"
)

// brokenState remembers the first failure after which nothing may be acknowledged any more.
type brokenState struct {
	cause atomic.Pointer[error]
	panic atomic.Bool
}

func (b *brokenState) set(err error) {
	b.cause.CompareAndSwap(nil, &err)
}

// err is nil while the engine may commit.
func (b *brokenState) err() error {
	if cause := b.cause.Load(); cause != nil {
		return fmt.Errorf("%w: read-only until restart: %w", wide.ErrUnavailable, *cause)
	}
	return nil
}

func (b *brokenState) panicked() bool { return b.panic.Load() }

// pebbleLogger is Pebble's logger. Fatalf does not end the process: it marks the engine broken and returns, and the
// committer looks at the mark after each step and before each answer, so that no acknowledgement leaves.
type pebbleLogger struct {
	log    *slog.Logger
	broken *brokenState
}

// Infof implements pebble.Logger. Pebble's chatter about flushes and compactions is for debugging.
func (l pebbleLogger) Infof(format string, args ...any) {
	l.log.Debug("pebble", "detail", fmt.Sprintf(format, args...))
}

// Errorf implements pebble.Logger.
func (l pebbleLogger) Errorf(format string, args ...any) {
	l.log.Error("pebble", "detail", fmt.Sprintf(format, args...))
}

// Fatalf implements pebble.Logger.
func (l pebbleLogger) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	l.broken.set(err)
	l.log.Error("pebble is broken, the store is read-only until restart", "error", err)
}
