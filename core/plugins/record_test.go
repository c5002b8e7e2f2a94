package plugins_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/plugins"
)

// Bounds as they are promised; the constants are not exported.
const (
	queued    = 1_024
	perMinute = 60
)

func flag(server core.ServerID) core.VerdictRecord {
	return core.VerdictRecord{Server: server, Author: 3, Verdict: core.Verdict{Plugin: "a.b", Action: core.ActionFlag}}
}

func (r *rig) end(t *testing.T) plugins.RecordStats {
	t.Helper()
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
	return r.RecordStats()
}

// TestRecordNeverWaits has a store that does not answer: the queue takes its 1,024, and the rest is counted.
func TestRecordNeverWaits(t *testing.T) {
	r := newRig(t)
	begun, pass := make(chan struct{}, 10_000), make(chan struct{})
	r.store.before = func(context.Context) error {
		begun <- struct{}{}
		<-pass
		return nil
	}
	r.Start()
	r.Record(flag(1))
	<-begun // the writer has one in its hands
	const more = 3_000
	for i := range more {
		r.Record(flag(core.ServerID(100 + i/50)))
	}
	if s := r.RecordStats(); s.Dropped != more-queued {
		t.Errorf("%+v, want %d dropped", s, more-queued)
	}
	close(pass)
	if s := r.end(t); s.Kept != queued+1 || s.Failed != 0 {
		t.Errorf("%+v", s)
	}
}

// TestShareOfAMinute: one server's flood takes nothing from another, and ends with the minute.
func TestShareOfAMinute(t *testing.T) {
	r := newRig(t)
	r.now.Store(600)
	r.Start()
	flood := func() {
		for range 100 {
			r.Record(flag(server))
		}
	}
	flood()
	r.now.Store(659)
	flood()
	r.Record(flag(other))
	if s := r.RecordStats(); s.Dropped != 200-perMinute {
		t.Errorf("%+v", s)
	}
	r.now.Store(660)
	flood()
	if s := r.end(t); s.Kept != 2*perMinute+1 || s.Dropped != 300-2*perMinute {
		t.Errorf("%+v", s)
	}
}

// TestCloseOfTheRecorder: what is queued is written; after it, and before the start, nothing is taken.
func TestCloseOfTheRecorder(t *testing.T) {
	r := newRig(t)
	r.Record(flag(server))
	r.Start()
	for range 10 {
		r.Record(flag(server))
	}
	if s := r.end(t); s.Kept != 10 || s.Dropped != 1 {
		t.Errorf("%+v", s)
	}
	r.Record(flag(server))
	if s := r.end(t); s.Kept != 10 || s.Dropped != 2 {
		t.Errorf("closed again: %+v", s)
	}
	if s := newRig(t).end(t); s != (plugins.RecordStats{}) {
		t.Errorf("never started: %+v", s)
	}
}

// TestCloseGivesUp: with a store that does not answer, Close lasts as long as its context.
func TestCloseGivesUp(t *testing.T) {
	r := newRig(t)
	r.store.before = func(ctx context.Context) error {
		<-ctx.Done()
		if !errors.Is(ctx.Err(), context.Canceled) {
			t.Errorf("a write waited on: %v", ctx.Err())
		}
		return ctx.Err()
	}
	r.Start()
	for range 20 {
		r.Record(flag(server))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if s := r.RecordStats(); s.Failed != 20 {
		t.Errorf("%+v", s)
	}
}

// TestWhatIsRecorded: texts are cut, the content of a replaced message is not kept, and what was allowed leaves nothing.
func TestWhatIsRecorded(t *testing.T) {
	r := newRig(t)
	r.Start()
	long := strings.Repeat("é", 1_000)
	v := flag(server)
	v.Verdict = core.Verdict{Plugin: "chat.beep.moderation", Action: core.ActionReplace, Reason: core.Text{"fr": long, "de": "Nein."}, Rule: long,
		Excerpt: long, Content: "secret"}
	r.Record(v)
	v.Action = core.ActionAllow
	r.Record(v)
	v.Failed = true
	r.Record(v)
	if s := r.end(t); s.Kept != 2 || s.Dropped != 0 {
		t.Errorf("%+v", s)
	}
	list, err := r.store.ListVerdicts(t.Context(), server, v.Plugin, 0, 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v %v", list, err)
	}
	got := list[1]
	for name, n := range map[string][2]int{"rule": {utf8.RuneCountInString(got.Rule), core.MaxVerdictRule},
		"excerpt": {utf8.RuneCountInString(got.Excerpt), core.MaxVerdictExcerpt}, "reason": {utf8.RuneCountInString(got.Reason["fr"]), core.MaxVerdictReason},
		"languages": {len(got.Reason), 2}, "content": {len(got.Content), 0}} {
		if n[0] != n[1] {
			t.Errorf("%s: %d, want %d", name, n[0], n[1])
		}
	}
	if got.ID == 0 || got.Reason["en"] != got.Reason["fr"] || !list[0].Failed || list[0].ID <= got.ID {
		t.Errorf("%+v", list)
	}
}

// TestAStoreThatFails is told of once, until it works again.
func TestAStoreThatFails(t *testing.T) {
	var log bytes.Buffer
	r := newRig(t, func(o *plugins.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	turn := 0
	r.store.before = func(context.Context) error {
		if turn++; turn == 3 {
			return nil
		}
		return errors.New("disk on fire")
	}
	r.Start()
	for range 5 {
		r.Record(flag(server))
	}
	if s := r.end(t); s.Failed != 4 || s.Kept != 1 {
		t.Errorf("%+v", s)
	}
	if n := strings.Count(log.String(), "disk on fire"); n != 2 {
		t.Errorf("%d lines:\n%s", n, &log)
	}
}
