package cql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gocql/gocql"

	"github.com/beep-chat/beep/storage/wide"
)

// LoseAnswers makes the answers to conditional commits be lost after they were applied, as lose says.
func LoseAnswers(e *Engine, lose func() bool) { e.link = losing{e.link, lose} }

type losing struct {
	link
	lose func() bool
}

func (l losing) cas(ctx context.Context, statements []statement) (bool, error) {
	applied, err := l.link.cas(ctx, statements)
	if applied && l.lose() {
		return false, gocql.ErrConnectionClosed
	}
	return applied, err
}

// ErrPulled is what OpenPulled's statements fail with.
var ErrPulled = errors.New("the plug was pulled")

// OpenDeaf opens like Open, but every statement that changes the schema is carried out and its answer lost.
func OpenDeaf(ctx context.Context, opt Options) (*Engine, error) {
	return openWith(ctx, opt, func(d ddl) ddl { return deaf{d} })
}

type deaf struct{ ddl }

func (d deaf) run(ctx context.Context, statement string) error {
	return errors.Join(d.ddl.run(ctx, statement), gocql.ErrConnectionClosed)
}

// OpenPulled opens like Open, but before and after each statement that changes the schema it asks whether the plug is pulled.
func OpenPulled(ctx context.Context, opt Options, pull func(statement string, done bool) bool) (*Engine, error) {
	return openWith(ctx, opt, func(d ddl) ddl { return &pulled{ddl: d, pull: pull} })
}

func openWith(ctx context.Context, opt Options, wrap func(ddl) ddl) (*Engine, error) {
	opt = opt.withDefaults()
	c, err := reach(ctx, opt)
	if err != nil {
		return nil, err
	}
	defer c.session.close()
	if err := c.ensureKeyspace(ctx, opt); err != nil {
		return nil, err
	}
	s, err := connect(ctx, opt, c.addresses(), c.datacenter, opt.Keyspace)
	if err != nil {
		return nil, err
	}
	e := newEngine(opt, s)
	if err := e.migrate(ctx, wrap(ddlSession{session: s, keyspace: opt.Keyspace, nodes: c.nodes})); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

type pulled struct {
	ddl
	pull func(string, bool) bool
	gone bool
}

func (p *pulled) run(ctx context.Context, statement string) error {
	if p.gone = p.gone || p.pull(statement, false); p.gone {
		return ErrPulled
	}
	if err := p.ddl.run(ctx, statement); err != nil {
		return err
	}
	if p.gone = p.pull(statement, true); p.gone {
		return ErrPulled
	}
	return nil
}

func (p *pulled) tables(ctx context.Context) (map[string]liveTable, error) {
	if p.gone {
		return nil, ErrPulled
	}
	return p.ddl.tables(ctx)
}

// TakeLock puts another holder's name on the schema's lock.
func TakeLock(ctx context.Context, e *Engine) error {
	key := lockRow{Name: lockName}
	held, err := locks.Get(ctx, e, key)
	next := lockRow{Name: lockName, Holder: "another", Since: time.Now()}
	cond := locks.IfEqual(held, lockHolder)
	if errors.Is(err, wide.ErrNotFound) {
		cond = locks.IfAbsent(key)
	} else if err != nil {
		return err
	}
	if ok, err := e.Commit(ctx, wide.Commit{If: cond, Writes: []wide.Write{locks.Update(next, lockColumns)}}); err != nil || !ok {
		return errors.Join(err, errors.New("the lock was not taken"))
	}
	return nil
}

// FreeLock removes the schema's lock.
func FreeLock(ctx context.Context, e *Engine) error {
	key := lockRow{Name: lockName}
	_, err := e.Commit(ctx, wide.Commit{If: locks.IfPresent(key), Writes: []wide.Write{locks.Delete(key)}})
	return err
}

// Prepare lets the server read a statement without carrying it out.
func Prepare(ctx context.Context, e *Engine, statement string) error {
	read := errors.New("the server has read it")
	q := e.link.(session).x.Session.Bind(statement, func(*gocql.QueryInfo) ([]any, error) { return nil, read })
	if err := q.WithContext(ctx).Exec(); !errors.Is(err, read) {
		return fmt.Errorf("not read: %w", err)
	}
	return nil
}
