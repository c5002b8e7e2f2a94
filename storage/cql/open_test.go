package cql_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/storage/cql"
	"github.com/beep-chat/beep/storage/cql/cqltest"
	"github.com/beep-chat/beep/storage/wide"
)

// Two versions of a table, and one that is something else.
type (
	noteV1 struct {
		ID   int64  `wide:"note_id,partition"`
		Text string `wide:"text,1,mandatory"`
	}
	noteV2 struct {
		ID   int64   `wide:"note_id,partition"`
		Text string  `wide:"text,1,mandatory"`
		Tags []int64 `wide:"tags,2"`
	}
	noteOther struct {
		ID   int64 `wide:"note_id,partition"`
		Text int64 `wide:"text,1,mandatory"`
	}
	noteKeyed struct {
		Key  string `wide:"note_key,partition"`
		Text string `wide:"text,1,mandatory"`
	}
	lateRow struct {
		Name string `wide:"name,partition"`
		N    int64  `wide:"n,1,mandatory"`
	}
)

var (
	notesV1    = wide.Define[noteV1](wide.Spec{ID: 1, Name: "notes"})
	notesV2    = wide.Define[noteV2](wide.Spec{ID: 1, Name: "notes", TTL: 48 * time.Hour})
	notesOther = wide.Define[noteOther](wide.Spec{ID: 1, Name: "notes"})
	notesKeyed = wide.Define[noteKeyed](wide.Spec{ID: 1, Name: "notes"})
	lates      = wide.Define[lateRow](wide.Spec{ID: 2, Name: "lates", LWT: true})
)

var lateN = lates.Columns("n")

func first() wide.Schema  { return wide.NewSchema(notesV1) }
func second() wide.Schema { return wide.NewSchema(notesV2, lates) }

// short bounds what is expected to fail.
func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// TestOptions needs no server.
func TestOptions(t *testing.T) {
	good := cql.Options{Hosts: []string{"127.0.0.1:1"}, Keyspace: "beep", Schema: first()}
	cases := []struct {
		name string
		want string
		edit func(*cql.Options)
	}{
		{"no hosts", "no contact points", func(o *cql.Options) { o.Hosts = nil }},
		{"bad keyspace", "lower-case", func(o *cql.Options) { o.Keyspace = `beep"; DROP` }},
		{"too many copies", "1 to 9 copies", func(o *cql.Options) { o.Replication = 10 }},
		{"negative copies", "1 to 9 copies", func(o *cql.Options) { o.Replication = -1 }},
		{"too short a timeout", "at least 100ms", func(o *cql.Options) { o.Timeout = time.Millisecond }},
		{"nothing listens", "no node answers as CQL", func(*cql.Options) {}},
		{"no such name", "could be resolved", func(o *cql.Options) { o.Hosts = []string{"no-such-host.invalid"} }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			opt := good
			c.edit(&opt)
			if _, err := cql.Open(short(t), opt); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
			if f := cql.Examine(short(t), opt); len(f.Problems) != 1 || !strings.Contains(f.Problems[0], c.want) {
				t.Errorf("problems %q, want %q", f.Problems, c.want)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cql.Open(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	opt := cqltest.Options(t, first())
	refused := func(name, want string, edit func(*cql.Options)) {
		t.Helper()
		o := opt
		edit(&o)
		e, err := cql.Open(short(t), o)
		if err == nil {
			_ = e.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", name, err, want)
		}
	}
	refused("no such data centre", `no data centre "moon"; it has `, func(o *cql.Options) { o.Datacenter = "moon" })
	refused("no keyspace, not to be made", "is not to be made: run CREATE KEYSPACE", func(o *cql.Options) { o.NoCreateKeyspace = true })
	refused("more copies than nodes", "add nodes, or set the replication to", func(o *cql.Options) { o.Replication = 9 })
	cqltest.OpenWith(t, opt)
	refused("another type", "column text is regular text, want regular bigint", func(o *cql.Options) { o.Schema = wide.NewSchema(notesOther) })
	refused("another key", "no key column note_key", func(o *cql.Options) { o.Schema = wide.NewSchema(notesKeyed) })
	newer := opt
	newer.SchemaVersion = 2
	cqltest.OpenWith(t, newer)
	if _, err := cql.Open(short(t), opt); !errors.Is(err, cql.ErrNewerSchema) {
		t.Errorf("an older binary: %v", err)
	}
}

// TestUpgrade: a newer version adds its tables, columns and life times; what was written stays, and a node of the older
// version that is still running goes on.
func TestUpgrade(t *testing.T) {
	opt := cqltest.Options(t, first())
	old := cqltest.OpenWith(t, opt)
	write := func(e *cql.Engine, w wide.Write) {
		t.Helper()
		if _, err := e.Commit(t.Context(), wide.Commit{Writes: []wide.Write{w}}); err != nil {
			t.Fatal(err)
		}
	}
	write(old, notesV1.Insert(noteV1{1, "one"}))
	opt.Schema, opt.SchemaVersion = second(), 2
	next := cqltest.OpenWith(t, opt)
	write(next, notesV2.Insert(noteV2{2, "two", []int64{5}}))
	write(old, notesV1.Insert(noteV1{3, "three"}))
	for id, want := range []string{"one", "two", "three"} {
		a, errA := notesV1.Get(t.Context(), old, noteV1{ID: int64(id + 1)})
		b, errB := notesV2.Get(t.Context(), next, noteV2{ID: int64(id + 1)})
		if errA != nil || errB != nil || a.Text != want || b.Text != want || len(b.Tags) != id%2 {
			t.Errorf("note %d: %v %v, %v %v", id+1, a, errA, b, errB)
		}
	}
	if f := cql.Examine(t.Context(), opt); len(f.Problems) != 0 || f.Schema != 2 {
		t.Errorf("after the upgrade: %+v", f)
	}
}

// TestTogether: nodes that start at once on nothing all succeed.
func TestTogether(t *testing.T) {
	opt := cqltest.Options(t, second())
	var group sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		group.Go(func() {
			e, err := cql.Open(t.Context(), opt)
			if err == nil {
				_, err = notesV2.Scan(t.Context(), e, nil, 1)
				_ = e.Close()
			}
			errs[i] = err
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if f := cql.Examine(t.Context(), opt); len(f.Problems) != 0 || f.Schema != 1 {
		t.Errorf("afterwards: %+v", f)
	}
}

// TestInterrupted pulls the plug before and after every statement of an upgrade: the next start completes it.
func TestInterrupted(t *testing.T) {
	const statements = 5 // two tables of the engine's own; then a column, a life time and a table
	for at := range statements {
		for _, after := range []bool{false, true} {
			opt := cqltest.Options(t, first())
			if at >= 2 {
				cqltest.OpenWith(t, opt)
			}
			opt.Schema, opt.SchemaVersion = second(), 2
			n := min(at, 2) // what the version before has done
			_, err := cql.OpenPulled(t.Context(), opt, func(_ string, done bool) bool {
				if done != after {
					return false
				}
				n++
				return n > at
			})
			if !errors.Is(err, cql.ErrPulled) {
				t.Fatalf("statement %d, after %v: %v", at, after, err)
			}
			e, err := cql.Open(t.Context(), opt)
			if err != nil {
				t.Fatalf("start after statement %d, after %v: %v", at, after, err)
			}
			if f := cql.Examine(t.Context(), opt); len(f.Problems) != 0 || f.Schema != 2 {
				t.Errorf("statement %d, after %v: %+v", at, after, f)
			}
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestDeaf: statements whose answers are lost are found to have been carried out.
func TestDeaf(t *testing.T) {
	opt := cqltest.Options(t, second())
	e, err := cql.OpenDeaf(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if f := cql.Examine(t.Context(), opt); len(f.Problems) != 0 || f.Schema != 1 {
		t.Errorf("afterwards: %+v", f)
	}
}

// TestLock: a node waits for the one that holds the lock, and one that lost it stops.
func TestLock(t *testing.T) {
	opt := cqltest.Options(t, first())
	holder := cqltest.OpenWith(t, opt)
	if err := cql.TakeLock(t.Context(), holder); err != nil {
		t.Fatal(err)
	}
	opt.Schema, opt.SchemaVersion = second(), 2
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := cql.Open(ctx, opt); err == nil || !strings.Contains(err.Error(), "lock the schema") {
		t.Fatalf("while another holds the lock: %v", err)
	}
	if err := cql.FreeLock(t.Context(), holder); err != nil {
		t.Fatal(err)
	}
	changes := 0
	_, err := cql.OpenPulled(t.Context(), opt, func(_ string, done bool) bool {
		if changes++; changes == 2 {
			if err := cql.TakeLock(t.Context(), holder); err != nil {
				t.Error(err)
			}
		}
		return false
	})
	if err == nil || !strings.Contains(err.Error(), "went to another node") || changes != 2 {
		t.Fatalf("after losing the lock: %v after %d changes", err, changes)
	}
	if err := cql.FreeLock(t.Context(), holder); err != nil {
		t.Fatal(err)
	}
	cqltest.OpenWith(t, opt)
}

func TestExamine(t *testing.T) {
	opt := cqltest.Options(t, first())
	f := cql.Examine(t.Context(), opt)
	if f.Keyspace || len(f.Problems) != 0 || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "made at the first start") {
		t.Errorf("before: %+v", f)
	}
	cqltest.OpenWith(t, opt)
	f = cql.Examine(t.Context(), opt)
	if len(f.Problems) != 0 || !f.Keyspace || f.Replication != 1 || f.Schema != 1 || !f.CanRead || !f.CanWrite || !f.CanAlter || !f.CanCreate {
		t.Errorf("after: %+v", f)
	}
	if len(f.Nodes) == 0 || !f.Nodes[0].Up || f.Product == "" || f.Version == "" || f.Datacenter == "" {
		t.Errorf("the cluster: %+v", f)
	}
	opt.Clock = func() time.Time { return time.Now().Add(-5 * time.Second) }
	if f = cql.Examine(t.Context(), opt); len(f.Problems) != len(f.Nodes) || !strings.Contains(f.Problems[0], "synchronise the clocks") {
		t.Errorf("with our clock behind: %q", f.Problems)
	}
	opt.Schema = second()
	opt.Clock = nil
	if f = cql.Examine(t.Context(), opt); len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "3 schema change(s)") {
		t.Errorf("with changes to make: %q", f.Notes)
	}
	opt.Schema = wide.NewSchema(notesOther)
	if f = cql.Examine(t.Context(), opt); len(f.Problems) != 1 || !strings.Contains(f.Problems[0], "move it away") {
		t.Errorf("with another table: %q", f.Problems)
	}
}
