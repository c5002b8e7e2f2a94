// Package jobs runs work that must finish although the node may stop: a job is durable before the work begins and is
// removed when it is done; what is left over runs again at the next start.
//
// It owns the list and the order; it refuses to know what the work is: runners are registered by kind and must be
// idempotent. One goroutine works at a time; Close ends it.
//
//	queue := jobs.New(store, logger, map[string]jobs.Runner{servers.DeletionJob: run})
//	err := queue.Plan(ctx, servers.DeletionJob, int64(server))
//	queue.Begin()
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
)

// Job is one piece of work: a kind and the id of what it concerns. There is at most one job of a kind for a subject.
type Job struct {
	Kind    string
	Subject int64
	Planned time.Time // filled in by ListJobs
}

// Store keeps jobs.
type Store interface {
	PutJob(ctx context.Context, j Job) error
	ListJobs(ctx context.Context, limit int) ([]Job, error)
	DeleteJob(ctx context.Context, j Job) error
}

// Runner does the work of one kind. It may be cut short at any point and called again. core.ErrNotYet says that what the
// job waits for has not happened: the job stays, and is given up when it still has not after planLife.
type Runner func(ctx context.Context, subject int64) error

// Pauses between attempts at jobs that failed.
const (
	firstPause = 500 * time.Millisecond
	maxPause   = time.Minute
	listSize   = 100
	planLife   = 10 * time.Minute
)

// Queue runs jobs.
type Queue struct {
	store   Store
	logger  *slog.Logger
	runners map[string]Runner

	wake   chan struct{}
	cancel context.CancelFunc
	done   chan struct{}
	once   sync.Once
}

// New makes a queue; Start begins with what an earlier run left over.
func New(store Store, logger *slog.Logger, runners map[string]Runner) *Queue {
	return &Queue{store: store, logger: logger, runners: runners, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// Start runs the worker until Close.
func (q *Queue) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	q.cancel = cancel
	q.Begin()
	go q.work(ctx)
}

// Plan makes a job durable.
func (q *Queue) Plan(ctx context.Context, kind string, subject int64) error {
	return q.store.PutJob(ctx, Job{Kind: kind, Subject: subject})
}

// Begin wakes the worker.
func (q *Queue) Begin() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Close stops the worker; a job under way is cut short and runs again at the next start.
func (q *Queue) Close() {
	q.once.Do(func() {
		if q.cancel == nil {
			return
		}
		q.cancel()
		<-q.done
	})
}

func (q *Queue) work(ctx context.Context) {
	defer close(q.done)
	pause := time.Duration(0)
	for {
		var retry <-chan time.Time
		if pause > 0 {
			retry = time.After(pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-retry:
		}
		if q.runAll(ctx) {
			pause = 0
		} else {
			pause = min(max(2*pause, firstPause), maxPause)
		}
	}
}

// runAll runs what is listed; false when something has to be tried again.
func (q *Queue) runAll(ctx context.Context) bool {
	list, err := q.store.ListJobs(ctx, listSize)
	if err != nil {
		q.complain(ctx, Job{}, err)
		return false
	}
	ok := true
	for _, j := range list {
		if err := q.run(ctx, j); err != nil {
			q.complain(ctx, j, err)
			ok = false
		}
	}
	return ok && len(list) < listSize
}

func (q *Queue) run(ctx context.Context, j Job) error {
	run, known := q.runners[j.Kind]
	if !known {
		return nil // a newer version's job waits for it
	}
	err := run(ctx, j.Subject)
	if errors.Is(err, core.ErrNotYet) && time.Since(j.Planned) > planLife {
		err = nil // the request that planned it died before its work began
	}
	if err != nil {
		return err
	}
	return q.store.DeleteJob(ctx, j)
}

func (q *Queue) complain(ctx context.Context, j Job, err error) {
	if ctx.Err() == nil && !errors.Is(err, core.ErrNotYet) {
		q.logger.Error("run a job", "kind", j.Kind, "subject", j.Subject, "error", err)
	}
}
