package jsonlog

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// Options says what a log writes and where.
type Options struct {
	Service     string     // name of the program, in every line
	ContainerID string     // which instance of it, in every line; the container or the host
	Output      io.Writer  // as a rule the standard output
	Level       slog.Level // least level of application lines
	Text        bool       // lines for people instead of JSON
	NoAccess    bool       // leave access lines out
	QueueBytes  int        // of lines that wait for the output; 0: 4 MiB
	// FromContext adds attributes to application and error lines, for example the ids of a trace; may be nil.
	FromContext func(context.Context) []slog.Attr
	Now         func() time.Time // nil: time.Now
}

const defaultQueueBytes = 4 << 20

// Log is the four kinds of line over one output.
type Log struct {
	queue    *queue
	identity []byte // `","service":"...","container_id":"..."`: follows every timestamp of the hand-made lines
	now      func() time.Time
	access   func([]byte, *AccessEntry) []byte
	audit    slog.Handler
	logger   *slog.Logger
	accesses *AccessLogger
}

// New starts a log. It must be closed.
func New(o Options) *Log {
	l := &Log{now: o.Now}
	if l.now == nil {
		l.now = time.Now
	}
	if o.QueueBytes == 0 {
		o.QueueBytes = defaultQueueBytes
	}
	l.identity = append(l.identity, `","service":`...)
	l.identity = appendString(l.identity, o.Service, maxFieldBytes)
	l.identity = append(l.identity, `,"container_id":`...)
	l.identity = appendString(l.identity, o.ContainerID, maxFieldBytes)

	notice := l.appendNotice
	l.access = l.appendAccess
	if o.Text {
		notice, l.access = textNotice, l.textAccess
	}
	if o.NoAccess {
		l.access = nil
	}
	l.queue = newQueue(o.Output, o.QueueBytes, notice)
	l.logger = slog.New(newHandler(l, o))
	l.audit = newAuditHandler(l, o)
	l.accesses = &AccessLogger{log: l}
	l.accesses.pool.New = func() any { b := make([]byte, 0, 1024); return &b }
	return l
}

// Logger writes application lines, and error lines at level ERROR.
func (l *Log) Logger() *slog.Logger { return l.logger }

// Access writes access lines.
func (l *Log) Access() *AccessLogger { return l.accesses }

// Stats counts what became of the lines.
func (l *Log) Stats() Stats { return l.queue.read() }

// Close writes what is queued and ends the log. Lines after it are lost.
func (l *Log) Close(ctx context.Context) error { return l.queue.close(ctx) }

// ParseLevel reads debug, info, warning or error.
func ParseLevel(s string) (slog.Level, bool) {
	switch s {
	case "debug":
		return slog.LevelDebug, true
	case "info":
		return slog.LevelInfo, true
	case "warning":
		return slog.LevelWarn, true
	case "error":
		return slog.LevelError, true
	}
	return 0, false
}
