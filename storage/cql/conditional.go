package cql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/beep-chat/beep/storage/wide"
)

// commitIf carries a conditional commit out. It ends with a true answer, an error that says nothing was written, or
// wide.ErrUnknownOutcome.
func (e *Engine) commitIf(ctx context.Context, t *table, c *wide.Commit) (bool, error) {
	op := "conditional commit to " + t.meta.Name
	a := attempt{e: e, t: t, c: c, missing: firstMandatory(t.meta)}
	pause := newPauses(time.Now())
	for {
		a.id = newCommitID()
		applied, err := e.link.cas(ctx, a.statements())
		switch {
		case err == nil && (applied || c.If.Kind != wide.CondAbsent):
			return applied, nil
		case err == nil:
			again, err := a.stillAbsent(ctx)
			if err != nil || !again {
				return false, err
			}
			continue
		}
		verdict, err := a.judge(ctx, op, err)
		if verdict != again || !pause.wait(ctx) {
			return verdict == applies, err
		}
	}
}

// attempt is a conditional commit under way.
type attempt struct {
	e       *Engine
	t       *table
	c       *wide.Commit
	id      int64
	missing int // the mandatory column that CondAbsent asks for null
}

func firstMandatory(m *wide.Meta) int {
	for _, i := range m.Regular {
		if m.Columns[i].Mandatory {
			return i
		}
	}
	return -1 // not for LWT tables: Define refuses one without
}

func (a *attempt) statements() []statement {
	list := make([]statement, 1, 1+len(a.c.Writes))
	list[0] = a.condition()
	for i := range a.c.Writes {
		list = append(list, a.t.write(&a.c.Writes[i], 0))
	}
	return list
}

func (a *attempt) condition() statement {
	m, cond := a.t.meta, a.c.If
	v := a.t.bound([]any{a.id}, cond.Row, m.Key)
	switch cond.Kind {
	case wide.CondAbsent:
		return statement{a.t.absent[a.missing], v}
	case wide.CondPresent:
		return statement{a.t.present, v}
	}
	return statement{a.t.equals(cond.Mask), a.t.bound(v, cond.Row, maskColumns(m, cond.Mask))}
}

// stillAbsent tells whether a CondAbsent that was not met has to be asked again. A row is absent when any of its mandatory
// columns is null, but one statement can ask that of one column only: with several, a row that has the column asked about
// may still lack another, which a serial read shows.
func (a *attempt) stillAbsent(ctx context.Context) (bool, error) {
	only := a.t.meta.Mandatory&(a.t.meta.Mandatory-1) == 0
	if only {
		return false, nil
	}
	now, err := a.look(ctx)
	if err != nil {
		return false, err // not applied, and nothing written: the reader's error says so
	}
	for _, i := range a.t.meta.Regular {
		if a.t.meta.Columns[i].Mandatory && !now.row[i].Valid {
			a.missing = i
			return true, nil
		}
	}
	return false, nil
}

// verdict is what became of an attempt that had no clean answer.
type verdict uint8

const (
	unknown verdict = iota // err says more
	applies                // it happened
	again                  // it did not happen and may be tried again; err is what to answer when it cannot
)

// judge decides what became of an attempt from its error and, where it may have happened, from the row.
func (a *attempt) judge(ctx context.Context, op string, err error) (verdict, error) {
	f := classify(err)
	switch {
	case f == fateNotSent:
		return again, writeError(op, err, false)
	case f.hopeless():
		return unknown, writeError(op, err, false)
	case ctx.Err() != nil:
		return unknown, writeError(op, err, true)
	}
	now, readErr := a.look(ctx)
	if readErr != nil {
		return unknown, fmt.Errorf("%s: %w: %w", op, wide.ErrUnknownOutcome, errors.Join(err, readErr))
	}
	switch {
	case now.id == (wide.Value{Int: a.id, Valid: true}):
		return applies, nil
	case a.deletesRow() && a.wantsRow() && !a.t.meta.Present(now.row):
		return applies, nil
	case f == fateGaveUp && a.holds(now.row) && a.endsItself():
		return again, writeError(op, err, true)
	}
	return unknown, writeError(op, err, true)
}

// seen is the row a condition is about, as read after the fact.
type seen struct {
	id  wide.Value // commit_id
	row wide.Row
}

// look reads the row in the serial order: that completes or ends what other nodes hold half done of it.
func (a *attempt) look(ctx context.Context) (seen, error) {
	m := a.t.meta
	s := seen{row: make(wide.Row, len(m.Columns))}
	q := query{statement: statement{a.t.settle, a.t.bound(nil, a.c.If.Row, m.Key)}, serial: true, page: 1 + pageSlack,
		columns: append([]wide.Kind{wide.KindInt}, kinds(m)...)}
	q.row = func(r wide.Row) bool {
		s.id, s.row = r[0], r[1:]
		return false
	}
	return s, a.e.ask(ctx, "read back "+m.Name, func() query { return q })
}

// holds tells whether the condition is met by a row.
func (a *attempt) holds(row wide.Row) bool {
	cond := a.c.If
	switch cond.Kind {
	case wide.CondAbsent:
		return !cond.Meta.Present(row)
	case wide.CondPresent:
		return cond.Meta.Present(row)
	}
	for _, i := range maskColumns(cond.Meta, cond.Mask) {
		if row[i] != cond.Row[i] {
			return false
		}
	}
	return true
}

// wantsRow tells whether the condition can only be met by a row that exists.
func (a *attempt) wantsRow() bool {
	cond := a.c.If
	return cond.Kind == wide.CondPresent || cond.Kind == wide.CondEqual && cond.Mask&cond.Meta.Mandatory != 0
}

// sameRow tells whether a write is about the condition's row.
func (a *attempt) sameRow(w *wide.Write) bool {
	return w.Meta.CompareKeys(w.Row, a.c.If.Row) == 0
}

func (a *attempt) deletesRow() bool {
	for i := range a.c.Writes {
		w := &a.c.Writes[i]
		if w.Op == wide.OpDeletePartition || w.Op == wide.OpDelete && a.sameRow(w) {
			return true
		}
	}
	return false
}

// endsItself tells whether the condition is no longer met once the commit has happened. Where it is still met afterwards
// (a change to a neighbour, say), a condition that holds does not prove that the commit did not happen.
func (a *attempt) endsItself() bool {
	cond := a.c.If
	if a.deletesRow() {
		return a.wantsRow()
	}
	written := uint64(0)
	for i := range a.c.Writes {
		w := &a.c.Writes[i]
		if w.Op == wide.OpDelete || !a.sameRow(w) {
			continue
		}
		written |= w.Mask
		for _, i := range maskColumns(cond.Meta, w.Mask&cond.Mask) {
			if cond.Kind == wide.CondEqual && w.Row[i] != cond.Row[i] {
				return true
			}
		}
	}
	return cond.Kind == wide.CondAbsent && written&cond.Meta.Mandatory == cond.Meta.Mandatory
}
