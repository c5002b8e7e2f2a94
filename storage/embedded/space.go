package embedded

import (
	"fmt"
	"sync/atomic"

	"github.com/beep-chat/beep/storage/wide"
)

// space remembers for a second how much of the disk is free.
type space struct {
	checked atomic.Int64 // Unix nanoseconds by the engine's clock
	low     atomic.Bool
}

// checkSpace refuses commits while the disk is below its reserve, before Pebble meets a full disk: Pebble cannot go on
// after a failed log write. Barriers and what frees space go on.
func (e *Engine) checkSpace(c *wide.Commit) error {
	if e.opt.MinFree == 0 || c.Reclaim || len(c.Writes)+len(c.Events) == 0 {
		return nil
	}
	now := e.opt.Clock().UnixNano()
	last := e.space.checked.Load()
	if (last == 0 || now-last >= int64(spaceInterval) || now < last) && e.space.checked.CompareAndSwap(last, now) {
		e.measureSpace()
	}
	if e.space.low.Load() {
		return fmt.Errorf("%w: less than %d MB free", wide.ErrStorageFull, e.opt.MinFree>>20)
	}
	return nil
}

// measureSpace keeps the last answer when the disk cannot be asked: a failing statfs says nothing about free space.
func (e *Engine) measureSpace() {
	free, err := e.opt.FreeBytes(e.opt.Dir)
	if err != nil {
		e.opt.Logger.Warn("cannot measure free disk space", "error", err)
		return
	}
	low := free < e.opt.MinFree
	if e.space.low.Swap(low) != low {
		e.opt.Logger.Warn("free disk space crossed the reserve", "low", low,
			"free_mb", free>>20, "reserve_mb", e.opt.MinFree>>20, "checked_every", spaceInterval.String())
	}
}
