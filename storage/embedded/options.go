package embedded

import (
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/storage/wide"
)

// Options say how to open an engine. Dir and Schema are required; the zero value of all else is the default.
type Options struct {
	Dir           string      // the data folder; made when missing
	FS            vfs.FS      // nil: the disk
	Schema        wide.Schema // the tables
	SchemaVersion uint64      // a folder written by a higher one is refused with ErrNewerFormat

	Clock     func() time.Time                  // nil: time.Now
	MinFree   uint64                            // bytes that must stay free on the disk, below it commits are refused; 0: off
	FreeBytes func(dir string) (uint64, error)  // nil: what FS tells
	OnCommit  func(CommitStats)                 // called by the syncer after each batch; must be quick
	Faults    func(wide.Commit) (outcome Fault) // for tests: what happens to a commit; nil in production
	Logger    *slog.Logger                      // nil: discard

	EventWindow   time.Duration // how long events are kept; 10 minutes
	MaxEvents     int           // how many at most; 200,000
	MaxEventBytes int64         // and how large together; 128 MB

	CacheBytes int64 // Pebble's block cache; 64 MB
}

// CommitStats tells of one batch that became durable.
type CommitStats struct {
	Commits int           // commits in the batch, those without effect included
	Rows    int           // distinct rows written
	Events  int           // events logged
	Bytes   int           // size of the batch
	Merge   time.Duration // deciding and merging
	Sync    time.Duration // waiting for the disk
}

// Fault is an outcome that tests inject.
type Fault uint8

// The faults.
const (
	FaultNone           Fault = iota
	FaultUnknownOutcome       // the commit happens, the caller gets wide.ErrUnknownOutcome
	FaultHalfBatch            // of a plain commit that touches several partitions only the first ones are written, no event is logged, the caller gets wide.ErrUnknownOutcome; a repeat completes it
)

const (
	memTableBytes     = 32 << 20
	maxMemTables      = 4 // that wait to be flushed before writers do
	bloomBitsPerKey   = 10
	maxBatchCommits   = 512
	maxBatchBytes     = 8 << 20
	requestQueue      = 1024
	flightQueue       = 4 // batches between committer and disk
	trimInterval      = 10 * time.Second
	sweepInterval     = time.Hour
	spaceInterval     = time.Second
	sweepChunk        = 512
	eventSegment      = 256
	eventTail         = 4096 // events kept in memory for followers
	maxEventRead      = 5000
	defaultWindow     = 10 * time.Minute
	defaultMaxEvents  = 200_000
	defaultEventBytes = 128 << 20
	defaultCache      = 64 << 20
)

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.FreeBytes == nil {
		fs := o.FS
		o.FreeBytes = func(dir string) (uint64, error) {
			usage, err := fs.GetDiskUsage(dir)
			return usage.AvailBytes, err
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.EventWindow == 0 {
		o.EventWindow = defaultWindow
	}
	if o.MaxEvents == 0 {
		o.MaxEvents = defaultMaxEvents
	}
	if o.MaxEventBytes == 0 {
		o.MaxEventBytes = defaultEventBytes
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = defaultCache
	}
	return o
}
