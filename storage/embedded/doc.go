// Package embedded is the storage engine inside the binary: wide's operations on Pebble, and the durable event sequence
// that is committed together with the rows.
//
// It owns the data folder: its lock, its format, its reserve of free disk space, the removal of what expired or was deleted, and the
// numbering of events. It refuses to know what a row means, to build events and to deliver them to clients.
//
// # Concurrency
//
// All methods are safe for concurrent use. Three goroutines run between Open and Close: the committer, which takes waiting
// commits (at most 512 at a time, from a queue of 1,024 that makes callers wait), decides conditions, merges rows and
// hands Pebble one batch; the syncer, which waits for that batch to be on disk, answers the callers and then shows the
// events to followers, while the committer already fills the next batch; and a janitor for trimming and sweeping. Each
// follower has a goroutine of its own that reads the sequence at its own pace: a slow one delays nobody and falls back
// from memory to disk; one that falls behind further than the kept window sees a jump in positions.
//
// Pebble flushes and merges files in goroutines of its own; a pacer spreads that work over time, so that it does not take the
// processors in bursts.
//
// A row can be read a moment before it is durable. Whoever acknowledges something because a read showed it commits an
// empty wide.Commit first, which waits for the disk.
//
// # Failure
//
// When the write-ahead log cannot be written or synced, what was under way answers wide.ErrUnknownOutcome, everything
// later wide.ErrUnavailable, and only a restart heals: a failed sync is never retried, since the kernel may have dropped
// the pages. Reads go on.
//
//	e, err := embedded.Open(embedded.Options{Dir: "data/store", Schema: storage.Schema(), MinFree: 512 << 20})
//	defer e.Close()
//	applied, err := e.Commit(ctx, wide.Commit{Writes: writes, Events: events})
package embedded
