package redis

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/beep-chat/beep/internal/redisdb"
)

// Time-outs and periods. Together they bound how long a loss goes unnoticed and how long healing takes.
const (
	appendTimeout = 2 * time.Second // one script call
	readTimeout   = 2 * time.Second // one Read or Bounds
	pageTimeout   = time.Second     // one page of a refill
	meetTimeout   = 2 * time.Second // subscribing and asking for the state, after dialling
	openTimeout   = 10 * time.Second

	probePeriod  = 500 * time.Millisecond
	probeTimeout = time.Second
	proofLimit   = 2 * time.Second // without proof for longer: not healthy
	silentAfter  = time.Second     // a published probe that is not heard for so long: dial anew
	watchPeriod  = 100 * time.Millisecond

	backoffFirst = 50 * time.Millisecond
	backoffLast  = time.Second
)

// Bounds of size.
const (
	MaxBatchEvents = 256     // of one script call; Append splits what is more
	MaxBatchBytes  = 1 << 20 // the same; and the size of one event
	MaxRead        = 5000    // events of one Read

	refillPage   = 1000
	inboxFrames  = 8192     // heard, but not yet handled
	inboxBytes   = 32 << 20 // the same
	maxCluster   = 64       // bytes of a cluster's name
	idRemembered = 10 * time.Minute
)

// Why the log is not healthy, for clients.
const (
	ReasonUnreachable  = "redis_unreachable"
	ReasonSilent       = "redis_silent"
	ReasonOtherCluster = "redis_other_cluster"
	ReasonClosed       = "closed"
)

// Options of a Log. DB and Cluster are required.
type Options struct {
	DB      *redisdb.DB
	Cluster string // identifies the Beep that the log belongs to, 1 to 64 of A-Z a-z 0-9 _ and -
	Logger  *slog.Logger
	Clock   func() time.Time
	Metrics Metrics

	// What Redis keeps, whichever bound is reached first. Zero takes the default.
	MaxEvents int           // 200,000; somewhat more may stay
	MaxAge    time.Duration // 10 minutes; up to 2 s more may stay
	MaxBytes  int           // 128 MB, of encoded events
}

// Metrics are called as things happen, from the log's goroutines and from those of its callers; each may be nil. They are
// quick.
type Metrics struct {
	Appended  func(added, known int)               // known: skipped, since their ids were logged before
	Refilled  func(events int)                     // read from the stream since they were not heard
	Gap       func(reason string)                  // "missing" (positions jump), "overflow" (the node was slow), "tip" (a probe told)
	Reset     func(reason string)                  // "epoch", "lost" (gone from the stream), "unreadable"
	Probe     func(roundTrip, drift time.Duration) // from publishing to hearing it in order; Redis's clock less this node's
	Health    func(healthy bool, reason string)    // a flip
	Connected func(err error)                      // an attempt to dial and subscribe
	Dropped   func(kind string)                    // by the bus: "event" or "hint"
}

func (o Options) orDefault() (Options, error) {
	if o.DB == nil {
		return o, errors.New("open the log: Options.DB is missing")
	}
	if !validCluster(o.Cluster) {
		return o, fmt.Errorf("open the log: cluster %q: want 1 to %d of A-Z a-z 0-9 _ and -", o.Cluster, maxCluster)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.MaxEvents <= 0 {
		o.MaxEvents = 200_000
	}
	if o.MaxAge <= 0 {
		o.MaxAge = 10 * time.Minute
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 128 << 20
	}
	o.Metrics = o.Metrics.orNothing()
	return o, nil
}

func validCluster(s string) bool {
	if s == "" || len(s) > maxCluster {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func (m Metrics) orNothing() Metrics {
	if m.Appended == nil {
		m.Appended = func(int, int) {}
	}
	if m.Refilled == nil {
		m.Refilled = func(int) {}
	}
	if m.Gap == nil {
		m.Gap = func(string) {}
	}
	if m.Reset == nil {
		m.Reset = func(string) {}
	}
	if m.Probe == nil {
		m.Probe = func(time.Duration, time.Duration) {}
	}
	if m.Health == nil {
		m.Health = func(bool, string) {}
	}
	if m.Connected == nil {
		m.Connected = func(error) {}
	}
	if m.Dropped == nil {
		m.Dropped = func(string) {}
	}
	return m
}
