package cql

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/beep-chat/beep/storage/wide"
)

var _ wide.Engine = (*Engine)(nil)

// Engine is a session with a cluster. Make one with Open.
type Engine struct {
	opt    Options
	link   link
	tables map[*wide.Meta]*table
	clock  writeClock
	turn   atomic.Uint64 // of the barriers

	// life keeps Close from ending the session under a call.
	life   sync.RWMutex
	closed bool
}

func newEngine(opt Options, l link) *Engine {
	e := &Engine{opt: opt, link: l, tables: make(map[*wide.Meta]*table)}
	for _, m := range append(opt.Schema.Tables(), ownTables()...) {
		e.tables[m] = newTable(m)
	}
	return e
}

func (e *Engine) table(m *wide.Meta) (*table, error) {
	t := e.tables[m]
	if t == nil {
		return nil, fmt.Errorf("%w: table %s is not in the schema", wide.ErrInvalid, m.Name)
	}
	return t, nil
}

// begin bounds a call in time and keeps the session open until done is called.
func (e *Engine) begin(ctx context.Context, op string) (_ context.Context, done func(), err error) {
	if ctx.Err() != nil {
		return nil, nil, ended(ctx, op)
	}
	e.life.RLock()
	if e.closed {
		e.life.RUnlock()
		return nil, nil, fmt.Errorf("%s: %w: %w", op, wide.ErrUnavailable, errClosed)
	}
	ctx, cancel := context.WithTimeout(ctx, e.opt.Timeout)
	return ctx, func() { cancel(); e.life.RUnlock() }, nil
}

// Close implements wide.Engine. It may be called again.
func (e *Engine) Close() error {
	e.life.Lock()
	defer e.life.Unlock()
	if !e.closed {
		e.closed = true
		e.link.close()
	}
	return nil
}

// Statements lists every statement the engine can send about the schema's tables, for the sets of columns named so far.
func (e *Engine) Statements() []string {
	var list []string
	for _, m := range append(e.opt.Schema.Tables(), ownTables()...) {
		list = append(list, e.tables[m].statements()...)
	}
	return list
}
