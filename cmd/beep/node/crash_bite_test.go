package node_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/beep-chat/beep/storage/wide"
)

// biteSeeds is how many seeds a planted fault may need before it shows: not every cut falls where it hurts.
const biteSeeds = 12

// TestCrashCheckBites plants one fault at a time and asks the checker of TestCrash to find it.
func TestCrashCheckBites(t *testing.T) {
	c := newCommunity(t)
	cases := []struct {
		name  string
		fault func() faults
		want  wrong
	}{
		{"the disk forgets what was synced", func() faults { return faults{fs: lazyDisk} }, lost},
		{"an answer leaves before the commit", func() faults { return wrapped(&faultyEngine{early: true}) }, lost},
		{"a message is not written", func() faults { return wrapped(&faultyEngine{dropWrites: "messages"}) }, lost},
		{"nonces are not written", func() faults { return wrapped(&faultyEngine{dropWrites: "message_nonces"}) }, doubled},
		{"an event is not written", func() faults { return wrapped(&faultyEngine{dropEvents: true}) }, unannounced},
		{"an event is written twice", func() faults { return wrapped(&faultyEngine{repeatEvents: true}) }, doubled},
		{"reserved ids are forgotten", func() faults { return wrapped(&faultyEngine{forgetReservation: true}) }, reordered},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			for seed := uint64(1); seed <= biteSeeds; seed++ {
				quiet := &quietT{TB: t}
				_, v := crash(quiet, c, seed, tc.fault())
				if v.count[tc.want] > 0 {
					return
				}
				if len(v.count) > 0 {
					t.Logf("seed %d: found something else:\n  %s", seed, strings.Join(v.words, "\n  "))
				}
			}
			t.Errorf("%d seeds and nothing was found %s", biteSeeds, tc.want)
		})
	}
}

// quietT keeps the senders' complaints about a broken node from failing the test that broke it.
type quietT struct{ testing.TB }

// Errorf does not fail the test.
func (q *quietT) Errorf(format string, args ...any) { q.Logf(format, args...) }

func wrapped(f *faultyEngine) faults {
	return faults{wrap: func(e wide.Engine) wide.Engine {
		broken := *f
		broken.Engine, broken.commits = e, new(atomic.Int64)
		return &broken
	}}
}

// faultyEngine is an engine with one fault, which every eighth commit that it concerns meets.
type faultyEngine struct {
	wide.Engine
	early             bool
	dropWrites        string // of this table
	dropEvents        bool
	repeatEvents      bool
	forgetReservation bool
	commits           *atomic.Int64
}

// Commit implements wide.Engine.
func (f *faultyEngine) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if c.If != nil || len(c.Events) == 0 || f.commits.Add(1)%8 != 0 {
		return f.Engine.Commit(ctx, c)
	}
	switch {
	case f.early:
		go f.Engine.Commit(context.WithoutCancel(ctx), c)
		return true, nil
	case f.dropEvents:
		c.Events = nil
	case f.repeatEvents:
		c.Events = append(c.Events, c.Events...)
	case f.dropWrites != "":
		kept := make([]wide.Write, 0, len(c.Writes))
		for _, w := range c.Writes {
			if w.Meta.Name != f.dropWrites {
				kept = append(kept, w)
			}
		}
		c.Writes = kept
	}
	return f.Engine.Commit(ctx, c)
}

// Get implements wide.Engine.
func (f *faultyEngine) Get(ctx context.Context, m *wide.Meta, key wide.Row) (wide.Row, error) {
	row, err := f.Engine.Get(ctx, m, key)
	if err != nil || !f.forgetReservation || m.Name != "leases" {
		return row, err
	}
	row = append(wide.Row(nil), row...)
	for i := range m.Columns {
		if m.Columns[i].Name == "high_water" {
			row[i].Int = 0
		}
	}
	return row, nil
}
