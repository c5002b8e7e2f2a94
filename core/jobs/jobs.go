// Package jobs runs work that must finish although the node may stop: a job is durable before the work begins and is
// removed when it is done; what is left over runs again at the next start.
//
// It owns the list and the order; it refuses to know what the work is: runners are registered by kind and must be
// idempotent. One goroutine works at a time; Close ends it. Where several nodes share the list (Share), one of them works
// at a time, and what a dead node left is found by the others.
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

// Turns lets one node at a time do what all could do.
type Turns interface {
	// Take gives the holder the turn for a while, or more of it; false when another has it.
	Take(ctx context.Context, name, holder string, life time.Duration) (bool, error)
	// Give ends the holder's turn.
	Give(ctx context.Context, name, holder string) error
}

// A turn lasts turnLife and is renewed every turnRenewal; nodes look for the jobs of others every lookEvery.
const (
	turnName    = "jobs"
	turnLife    = 30 * time.Second
	turnRenewal = 10 * time.Second
	lookEvery   = 15 * time.Second
)

// Queue runs jobs.
type Queue struct {
	turns   Turns // nil: nobody else works on the list
	holder  string
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

// Share says that other nodes work on the same list. Call it before Start.
func (q *Queue) Share(t Turns, holder string) { q.turns, q.holder = t, holder }

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
		var retry, look <-chan time.Time
		if pause > 0 {
			retry = time.After(pause)
		}
		if q.turns != nil {
			look = time.After(lookEvery)
		}
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-retry:
		case <-look:
		}
		if q.takeTurn(ctx) {
			pause = 0
		} else {
			pause = min(max(2*pause, firstPause), maxPause)
		}
	}
}

// takeTurn runs what is listed once no other node does; false when something has to be tried again.
func (q *Queue) takeTurn(ctx context.Context) bool {
	if q.turns == nil {
		return q.runAll(ctx)
	}
	mine, err := q.turns.Take(ctx, turnName, q.holder, turnLife)
	if err != nil {
		q.complain(ctx, Job{}, err)
	}
	if !mine {
		return false
	}
	working, stop := context.WithCancel(ctx)
	var keeping sync.WaitGroup
	keeping.Go(func() { q.keepTurn(working, stop) })
	ok := q.runAll(working)
	stop()
	keeping.Wait()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), turnLife)
	defer cancel()
	if err := q.turns.Give(ending, turnName, q.holder); err != nil {
		q.complain(ctx, Job{}, err)
	}
	return ok
}

// keepTurn renews the turn while jobs run, and cuts them short when it was lost.
func (q *Queue) keepTurn(working context.Context, stop func()) {
	tick := time.NewTicker(turnRenewal)
	defer tick.Stop()
	for {
		select {
		case <-working.Done():
			return
		case <-tick.C:
		}
		if mine, err := q.turns.Take(working, turnName, q.holder, turnLife); err == nil && !mine {
			stop()
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
