package cql

import (
	"context"
	"fmt"

	"github.com/gocql/gocql"
	"github.com/scylladb/gocqlx/v2"

	"github.com/beep-chat/beep/storage/wide"
)

// link is what the engine needs of a session with the cluster; tests put their own in its place. Errors are the driver's.
type link interface {
	// write sends one statement, or several as one batch.
	write(ctx context.Context, statements []statement, logged bool) error
	// cas sends a condition and the writes under it, once.
	cas(ctx context.Context, statements []statement) (applied bool, err error)
	// read gives each row to q.row until that returns false.
	read(ctx context.Context, q query) error
	close()
}

// query is one SELECT.
type query struct {
	statement
	columns []wide.Kind // of the answer
	serial  bool        // in the serial order of conditional commits
	page    int         // rows a page
	row     func(wide.Row) bool
}

// session is the link to a real cluster.
type session struct{ x gocqlx.Session }

var (
	oneGuess = &gocql.SimpleSpeculativeExecution{NumAttempts: 1, TimeoutDelay: speculateAfter}
	onceOnly = once{}
)

func (s session) write(ctx context.Context, statements []statement, logged bool) error {
	if len(statements) == 1 {
		one := statements[0]
		return s.x.Session.Query(one.text, one.values...).WithContext(ctx).Idempotent(true).Exec()
	}
	kind := gocql.UnloggedBatch
	if logged {
		kind = gocql.LoggedBatch
	}
	return s.batch(ctx, kind, statements, true).Exec()
}

func (s session) batch(ctx context.Context, kind gocql.BatchType, statements []statement, idempotent bool) *gocql.Batch {
	b := s.x.Session.BatchWithContext(ctx, kind)
	for _, one := range statements {
		b.Entries = append(b.Entries, gocql.BatchEntry{Stmt: one.text, Args: one.values, Idempotent: idempotent})
	}
	return b
}

// cas reads [applied] only: what else the servers answer differs.
func (s session) cas(ctx context.Context, statements []statement) (bool, error) {
	old := make(map[string]any)
	if len(statements) == 1 {
		one := statements[0]
		q := s.x.Session.Query(one.text, one.values...).WithContext(ctx).Idempotent(false).RetryPolicy(onceOnly)
		return q.MapScanCAS(old)
	}
	b := s.batch(ctx, gocql.LoggedBatch, statements, false).RetryPolicy(onceOnly)
	applied, iter, err := s.x.Session.MapExecuteBatchCAS(b, old)
	if iter != nil {
		if closeErr := iter.Close(); err == nil {
			err = closeErr
		}
	}
	return applied, err
}

func (s session) read(ctx context.Context, q query) error {
	x := s.x.ContextQuery(ctx, q.text, nil).Bind(q.values...)
	x.PageSize(q.page).Prefetch(0).Idempotent(true)
	if q.serial {
		x.Consistency(gocql.LocalSerial)
	} else {
		x.SetSpeculativeExecutionPolicy(oneGuess)
	}
	iter := x.Iter()
	cells := make([]cell, len(q.columns))
	into := make([]any, len(q.columns))
	for i, k := range q.columns {
		cells[i].kind, into[i] = k, &cells[i]
	}
	for {
		row := make(wide.Row, len(cells))
		for i := range cells {
			cells[i].into = &row[i]
		}
		if !iter.Scan(into...) || !q.row(row) {
			break
		}
	}
	if err := iter.Close(); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return nil
}

func (s session) close() { s.x.Close() }
