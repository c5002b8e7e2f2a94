package cql

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beep-chat/beep/storage/wide"
)

// lockRow is held by the node that changes the schema. It expires by itself on the servers' clocks, so a node that dies
// leaves nothing to clean up, and no two clocks are compared.
type lockRow struct {
	Name   string    `wide:"name,partition"`
	Holder string    `wide:"holder,1,mandatory"`
	Since  time.Time `wide:"since,2"`
}

// lockLife is how long a lock outlives its holder's last sign: more than one statement of a migration takes.
const lockLife = time.Minute

// stepRow tells that a step was carried out, or (versionPrefix) that all of a version were. storage.Schema declares the
// same table.
type stepRow struct {
	Name string    `wide:"name,partition"`
	At   time.Time `wide:"applied_at,1,mandatory"`
}

// The engine's own tables; it keeps them apart from the schema's, whose ids they therefore may share.
var (
	locks = wide.Define[lockRow](wide.Spec{ID: 1, Name: "schema_lock", LWT: true, TTL: lockLife,
		Doc: "held by the node that changes the schema"})
	steps = wide.Define[stepRow](wide.Spec{ID: 2, Name: "schema_migrations", Doc: "schema changes that were applied"})

	lockHolder  = locks.Columns("holder")
	lockColumns = locks.Columns("holder", "since")
)

func ownTables() []*wide.Meta { return []*wide.Meta{locks.Meta(), steps.Meta()} }

const (
	lockName      = "schema"
	versionPrefix = "version "
	// bootstrapTries bounds the waiting for the engine's own tables, lockPause apart.
	bootstrapTries = 50
	lockPause      = 200 * time.Millisecond // between looks at a lock that another node holds
)

// ddl runs one statement that changes the schema and waits until all nodes agree on it.
type ddl interface {
	run(ctx context.Context, statement string) error
	tables(ctx context.Context) (map[string]liveTable, error)
}

// migration brings the tables of a keyspace up to date.
type migration struct {
	e      *Engine
	ddl    ddl
	holder string
}

// migrate makes what is missing. Nodes that start together take turns: one changes, the others find it done. It may be
// interrupted at any statement; the next start goes on from what is there.
func (e *Engine) migrate(ctx context.Context, d ddl) error {
	m := migration{e: e, ddl: d, holder: rand.Text()}
	if err := m.bootstrap(ctx); err != nil {
		return err
	}
	if done, err := m.firstLook(ctx); err != nil || done {
		return err
	}
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.unlock(ctx)
	return m.apply(ctx)
}

// firstLook is done, with patience for tables that another node is making at this moment: a server lists them before it
// knows them.
func (m *migration) firstLook(ctx context.Context) (bool, error) {
	for tries := 1; ; tries++ {
		done, err := m.done(ctx)
		if !errors.Is(err, wide.ErrInvalid) || tries == bootstrapTries {
			return done, err
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return false, err
		}
	}
}

// bootstrap makes the lock's own table and the record's.
func (m *migration) bootstrap(ctx context.Context) error {
	missing, err := m.missing(ctx, ownTables())
	if err != nil {
		return err
	}
	for _, s := range missing {
		if err := m.run(ctx, s, ownTables()); err != nil {
			return err
		}
	}
	return nil
}

// done tells whether nothing is left to do, and refuses a keyspace of a newer version.
func (m *migration) done(ctx context.Context) (bool, error) {
	version, err := m.version(ctx)
	if err != nil {
		return false, err
	}
	if version > m.e.opt.SchemaVersion {
		return false, fmt.Errorf("keyspace %s has schema version %d, this binary knows %d: start the newer one: %w",
			m.e.opt.Keyspace, version, m.e.opt.SchemaVersion, ErrNewerSchema)
	}
	missing, err := m.missing(ctx, m.e.opt.Schema.Tables())
	return len(missing) == 0 && version == m.e.opt.SchemaVersion, err
}

func (m *migration) missing(ctx context.Context, tables []*wide.Meta) ([]step, error) {
	live, err := m.ddl.tables(ctx)
	if err != nil {
		return nil, err
	}
	return plan(live, tables)
}

// version is the highest recorded one; 0 when there is none.
func (m *migration) version(ctx context.Context) (uint64, error) {
	highest := uint64(0)
	var after *stepRow
	for {
		rows, err := steps.Scan(ctx, m.e, after, wide.MaxRangeLimit)
		if err != nil {
			return 0, fmt.Errorf("read schema version: %w", err)
		}
		for _, r := range rows {
			if n, ok := strings.CutPrefix(r.Name, versionPrefix); ok {
				v, err := strconv.ParseUint(n, 10, 64)
				if err != nil {
					return 0, fmt.Errorf("read schema version: row %q of schema_migrations: %w", r.Name, err)
				}
				highest = max(highest, v)
			}
		}
		if len(rows) < wide.MaxRangeLimit {
			return highest, nil
		}
		after = &rows[len(rows)-1]
	}
}

// lock waits until the lock is ours.
func (m *migration) lock(ctx context.Context) error {
	row := lockRow{Name: lockName, Holder: m.holder, Since: m.e.opt.Clock()}
	for {
		ok, err := m.e.Commit(ctx, wide.Commit{If: locks.IfAbsent(row), Writes: []wide.Write{locks.Insert(row)}})
		if errors.Is(err, wide.ErrUnknownOutcome) {
			ok, err = m.holds(ctx)
		}
		if err != nil {
			return fmt.Errorf("lock the schema: %w", err)
		}
		if ok {
			return nil
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return fmt.Errorf("lock the schema: another node holds it: %w", context.Cause(ctx))
		}
	}
}

func (m *migration) holds(ctx context.Context) (bool, error) {
	r, err := locks.Get(ctx, m.e, lockRow{Name: lockName})
	if errors.Is(err, wide.ErrNotFound) {
		return false, nil
	}
	return r.Holder == m.holder, err
}

// renew prolongs the lock before each statement, and is the fence: who was away for longer than lockLife finds it gone and
// stops.
func (m *migration) renew(ctx context.Context) error {
	row := lockRow{Name: lockName, Holder: m.holder, Since: m.e.opt.Clock()}
	ok, err := m.e.Commit(ctx, wide.Commit{If: locks.IfEqual(row, lockHolder), Writes: []wide.Write{locks.Update(row, lockColumns)}})
	if errors.Is(err, wide.ErrUnknownOutcome) {
		ok, err = m.holds(ctx)
	}
	if err == nil && !ok {
		err = fmt.Errorf("it was held for over %v without a sign and went to another node: start again", lockLife)
	}
	if err != nil {
		return fmt.Errorf("keep the schema's lock: %w", err)
	}
	return nil
}

// unlock gives the lock back, also when the start was interrupted; failing that, it expires.
func (m *migration) unlock(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.e.opt.Timeout)
	defer cancel()
	row := lockRow{Name: lockName, Holder: m.holder}
	if _, err := m.e.Commit(ctx, wide.Commit{If: locks.IfEqual(row, lockHolder), Writes: []wide.Write{locks.Delete(row)}}); err != nil {
		m.e.opt.Logger.Warn("the schema's lock was not given back; it expires", "after", lockLife, "error", err)
	}
}

// apply carries out what is missing, looked at anew under the lock, and records it.
func (m *migration) apply(ctx context.Context) error {
	if done, err := m.done(ctx); err != nil || done {
		return err
	}
	tables := m.e.opt.Schema.Tables()
	missing, err := m.missing(ctx, tables)
	if err != nil {
		return err
	}
	for _, s := range missing {
		if err := m.renew(ctx); err != nil {
			return err
		}
		if err := m.run(ctx, s, tables); err != nil {
			return err
		}
		if err := m.record(ctx, s.name); err != nil {
			return err
		}
		m.e.opt.Logger.Info("schema changed", "step", s.name)
	}
	if err := m.renew(ctx); err != nil {
		return err
	}
	return m.record(ctx, versionPrefix+strconv.FormatUint(m.e.opt.SchemaVersion, 10))
}

// run carries out one step. A statement whose answer was lost may have been carried out: the tables tell.
func (m *migration) run(ctx context.Context, s step, tables []*wide.Meta) error {
	err := m.ddl.run(ctx, s.statement)
	if err == nil {
		return nil
	}
	left, readErr := m.missing(ctx, tables)
	if readErr == nil && !slices.Contains(left, s) {
		return nil
	}
	return fmt.Errorf("%s: %w", s.name, err)
}

func (m *migration) record(ctx context.Context, name string) error {
	w := steps.Insert(stepRow{Name: name, At: m.e.opt.Clock()})
	if _, err := m.e.Commit(ctx, wide.Commit{Writes: []wide.Write{w}}); err != nil {
		return fmt.Errorf("record %q: %w", name, err)
	}
	return nil
}
