package wide

import (
	"context"
	"errors"
	"time"
)

// What every engine answers; compare with errors.Is.
var (
	// ErrNotFound: no such row, or one that lacks a mandatory column.
	ErrNotFound = errors.New("row not found")
	// ErrUnknownOutcome: the commit may or may not have happened; read back and settle.
	ErrUnknownOutcome = errors.New("outcome of the commit is unknown")
	// ErrUnavailable: nothing was written; the engine is closed, broken or without a quorum.
	ErrUnavailable = errors.New("storage is unavailable")
	// ErrStorageFull: nothing was written; the disk is below its reserve.
	ErrStorageFull = errors.New("storage is full")
	// ErrInvalid: the commit or query breaks a rule of the layer; a programmer's error or an oversized value.
	ErrInvalid = errors.New("invalid storage operation")
	// ErrUnconditional: a row of an LWT table was to be written without a condition. It is an ErrInvalid.
	ErrUnconditional = errors.New("table is written conditionally only")
)

// Bounds that hold on both engines. Those of multi-partition commits and of keys are Cassandra's. The servers' limits for
// batches (50 KiB by default) are about several partitions only: a commit in one partition is one mutation, of which
// Cassandra takes 16 MiB by default.
const (
	MaxRangeLimit          = 5000     // rows of one Range or Scan
	MaxCommitPartitions    = 100      // partitions one commit may touch
	MaxMultiPartitionBytes = 50_000   // encoded writes of a commit that touches more than one partition
	MaxCommitBytes         = 8 << 20  // encoded writes of any commit
	MaxCommitWrites        = 10_000   // writes of one commit
	MaxCommitEvents        = 1_000    // events of one commit
	MaxCommitEventBytes    = 16 << 20 // their data
	MaxRowBytes            = 1 << 20  // one row's values
	MaxKeyBytes            = 16 << 10 // one row's encoded key
	MaxWriteTime           = 1 << 58  // an explicit write time, microseconds
)

// TombstoneTTL is how long a delete (or an expiry) keeps hiding writes that arrive late with an older write time.
const TombstoneTTL = time.Hour

// Engine stores untyped rows. It is safe for concurrent use. Methods return the errors above, wrapped; ctx ends the wait,
// but a commit whose ctx ends after it was handed over answers ErrUnknownOutcome.
type Engine interface {
	// Get reads one row by its key columns.
	Get(ctx context.Context, m *Meta, key Row) (Row, error)
	// Range reads rows of one partition.
	Range(ctx context.Context, q RawQuery) ([]Row, error)
	// Scan reads up to limit rows of all partitions after a row (nil: from the start), each row once, in an order of the
	// engine's own. It is for jobs.
	Scan(ctx context.Context, m *Meta, after Row, limit int) ([]Row, error)
	// Commit writes durably; see the package documentation. applied is true whenever err is nil and If is nil.
	Commit(ctx context.Context, c Commit) (applied bool, err error)
	// Close ends the engine and waits for what is under way. Later calls give ErrUnavailable.
	Close() error
}
