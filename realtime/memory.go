package realtime

import "github.com/beep-chat/beep/core"

// MemoryLog is the log of a lone node: the durable sequence of its own engine, heard in process. It cannot lose events on
// the way, so it is always healthy and never resets; a new epoch needs a restart (restore from backup).
type MemoryLog struct{ source core.EventSource }

// NewMemoryLog makes a log of an engine's durable sequence.
func NewMemoryLog(source core.EventSource) *MemoryLog { return &MemoryLog{source: source} }

// Epoch implements Log.
func (l *MemoryLog) Epoch() string { return l.source.Epoch() }

// Bounds implements Log.
func (l *MemoryLog) Bounds() (oldest, newest uint64) { return l.source.Bounds() }

// Read implements Log.
func (l *MemoryLog) Read(after uint64, limit int) ([]core.LoggedEvent, error) {
	return l.source.Read(after, limit)
}

// Follow implements Log.
func (l *MemoryLog) Follow(f Follower) (after uint64, stop func()) { return l.source.Follow(f.Events) }

// Health implements Log.
func (l *MemoryLog) Health() (healthy bool, reason string) { return true, "" }
