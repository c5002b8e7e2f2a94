package plugins

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

// Bounds of what is recorded. A queue that is full, and a server beyond its share of a minute, lose records; so does a store
// that does not answer within recordTimeout.
const (
	maxQueued           = 1_024
	maxRecordsPerMinute = 60
	recordTimeout       = 5 * time.Second
)

// RecordStats counts verdicts since the start: kept, left out for want of room or share, and lost to the store.
type RecordStats struct {
	Kept    int64
	Dropped int64
	Failed  int64
}

// recorder takes verdicts from the path of messages to the store.
type recorder struct {
	store  Store
	events core.EventMaker
	logger *slog.Logger
	queue  chan core.VerdictRecord

	mu      sync.Mutex
	minute  int64 // of the counts
	counts  map[core.ServerID]int
	running bool

	stop    chan struct{} // closed: write what is queued and end
	done    chan struct{} // closed: ended
	ctx     context.Context
	cancel  context.CancelFunc
	failing bool // of the writer

	kept, dropped, failed atomic.Int64
}

func newRecorder(store Store, events core.EventMaker, logger *slog.Logger) *recorder {
	ctx, cancel := context.WithCancel(context.Background())
	return &recorder{store: store, events: events, logger: logger, queue: make(chan core.VerdictRecord, maxQueued),
		counts: make(map[core.ServerID]int), stop: make(chan struct{}), done: make(chan struct{}), ctx: ctx, cancel: cancel}
}

// Start begins to write verdicts; what is recorded before is dropped. It is called once, before Close.
func (s *Service) Start() {
	r := s.records
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = true
	go r.run()
}

// Close writes what is queued and ends the writer; when ctx ends before, the rest is lost and counted. It may be called again,
// and where Start never was.
func (s *Service) Close(ctx context.Context) error {
	r := s.records
	r.mu.Lock()
	if r.running {
		r.running = false
		close(r.stop)
	}
	r.mu.Unlock()
	select {
	case <-r.stop:
	default:
		return nil // it never ran
	}
	defer r.cancel()
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		r.cancel()
		<-r.done
		return ctx.Err()
	}
}

// Record keeps a verdict for the moderators; it never waits. A message that was allowed leaves nothing. Texts that are too
// long are cut, and the content of a replaced message is not kept. An ID of 0 is filled in.
func (s *Service) Record(v core.VerdictRecord) {
	if v.Action == core.ActionAllow && !v.Failed {
		return
	}
	r := s.records
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.running || !r.share(v.Server) {
		r.dropped.Add(1)
		return
	}
	select {
	case r.queue <- v:
		r.counts[v.Server]++
	default:
		r.dropped.Add(1)
	}
}

// RecordStats counts what became of verdicts.
func (s *Service) RecordStats() RecordStats {
	r := s.records
	return RecordStats{Kept: r.kept.Load(), Dropped: r.dropped.Load(), Failed: r.failed.Load()}
}

// share tells whether a server has not had its share of this minute; the counts are those of one minute, so there are no more
// than were recorded in it. The caller holds the lock.
func (r *recorder) share(server core.ServerID) bool {
	if now := r.events.Clock().Unix() / 60; now != r.minute {
		r.minute = now
		clear(r.counts)
	}
	return r.counts[server] < maxRecordsPerMinute
}

func (r *recorder) run() {
	defer close(r.done)
	for {
		select {
		case v := <-r.queue:
			r.write(v)
		case <-r.stop:
			for { // nothing is added any more
				select {
				case v := <-r.queue:
					r.write(v)
				default:
					return
				}
			}
		}
	}
}

func (r *recorder) write(v core.VerdictRecord) {
	ctx, cancel := context.WithTimeout(r.ctx, recordTimeout)
	defer cancel()
	err := r.keep(ctx, v)
	if err == nil {
		r.kept.Add(1)
		r.failing = false
		return
	}
	r.failed.Add(1)
	if !r.failing { // once, until it works again
		r.logger.Warn("a verdict of a plugin could not be kept", "plugin", v.Plugin, "server", v.Server.String(), "error", err)
	}
	r.failing = true
}

func (r *recorder) keep(ctx context.Context, v core.VerdictRecord) error {
	if v.ID == 0 {
		id, err := core.NewEventID(r.events.IDs)
		if err != nil {
			return err
		}
		v.ID = id
	}
	v.Verdict = clipped(v.Verdict)
	v.Content = ""
	return r.store.AppendVerdict(ctx, v)
}

// clipped cuts what a plugin says to the limits.
func clipped(v core.Verdict) core.Verdict {
	v.Rule, v.Excerpt = clip(v.Rule, core.MaxVerdictRule), clip(v.Excerpt, core.MaxVerdictExcerpt)
	if len(v.Reason) == 0 {
		v.Reason = nil
		return v
	}
	reason := make(core.Text, len(v.Reason))
	for _, language := range languages {
		if t, ok := v.Reason[language]; ok {
			reason[language] = clip(t, core.MaxVerdictReason)
		}
	}
	if _, ok := reason["en"]; !ok {
		reason["en"] = reason["fr"]
	}
	v.Reason = reason
	return v
}

// languages are those of the product; reasons in others are not kept.
var languages = []string{"en", "fr"}

// clip cuts a text to a number of characters.
func clip(s string, limit int) string {
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	for i := range s {
		if limit--; limit < 0 {
			return s[:i]
		}
	}
	return s
}
