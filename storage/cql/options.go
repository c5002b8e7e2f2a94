package cql

import (
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/beep-chat/beep/storage/wide"
)

// Options say how to reach a cluster. Hosts, Keyspace and Schema are required; the zero value of all else is the default.
type Options struct {
	Hosts      []string // contact points: addresses or names, with or without a port (9042)
	Datacenter string   // the data centre whose nodes are asked; "": the first contact point's own
	Keyspace   string   // a name of lower-case letters, digits and underscores
	Username   string   // "": none
	Password   string
	TLS        *tls.Config // nil: none

	Schema        wide.Schema // the tables
	SchemaVersion uint64      // a keyspace brought up to date by a higher one is refused with ErrNewerSchema

	Replication      int  // copies of each row when the keyspace is made; 3
	NoCreateKeyspace bool // the keyspace is the operator's to make

	Timeout time.Duration    // the longest a call may take; 5 s
	Clock   func() time.Time // for write times; nil: time.Now
	Logger  *slog.Logger     // nil: discard
}

const (
	defaultPort        = 9042
	defaultReplication = 3
	defaultTimeout     = 5 * time.Second
	minTimeout         = 100 * time.Millisecond
	connectTimeout     = 3 * time.Second
	reconnectInterval  = time.Second // the driver's default of a minute keeps a healed node away that long
	agreementTimeout   = 30 * time.Second
	maxReplication     = 9
	// maxPrepared is how many statements the driver keeps prepared, counted once a node; more than there are, since what is
	// forgotten is prepared again at every use.
	maxPrepared = 20_000
	// serverTimeout is a little above what the servers allow themselves for a write (2 s), so that it is the server that
	// says what timed out.
	serverTimeout = 2500 * time.Millisecond
	// speculateAfter is how long a read waits for one replica before another is asked as well.
	speculateAfter = 100 * time.Millisecond
	// finalMargin is added to the write time of deletes in LWT tables made by deletion jobs: the rows' own times come from
	// the servers' clocks, which may be ahead.
	finalMargin = time.Second
)

func (o Options) withDefaults() Options {
	if o.Replication == 0 {
		o.Replication = defaultReplication
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
