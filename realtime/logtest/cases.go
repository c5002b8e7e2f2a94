package logtest

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/realtime"
)

func testEmpty(t *testing.T, s Subject) {
	if oldest, newest := s.Log.Bounds(); oldest != 0 || newest != 0 {
		t.Errorf("bounds of an empty log: %d, %d", oldest, newest)
	}
	if got := readAll(t, s.Log, 0, 10); len(got) != 0 {
		t.Errorf("read from an empty log: %s", describe(got))
	}
	if ok, reason := s.Log.Health(); !ok {
		t.Errorf("not healthy: %s", reason)
	}
	after, stop := s.Log.Follow(NewRecorder())
	defer stop()
	if after != 0 {
		t.Errorf("follow an empty log after %d", after)
	}
	c := realtime.Cursor{Epoch: s.Log.Epoch(), Position: 1}
	if got, err := realtime.ParseCursor(c.String()); err != nil || got != c {
		t.Errorf("epoch %q cannot be part of an id: %v", c.Epoch, err)
	}
}

func testPositions(t *testing.T, s Subject) {
	for n := range 25 {
		s.Append(t, Event(n+1))
	}
	got := readAll(t, s.Log, 0, 1000)
	contiguous(t, 0, got)
	for i, e := range got {
		if e.Event.ID != core.EventID(i+1) {
			t.Fatalf("order of appending is lost: %s", describe(got))
		}
	}
	if oldest, newest := s.Log.Bounds(); oldest != 1 || newest != 25 || len(got) != 25 {
		t.Errorf("bounds %d, %d and %d events", oldest, newest, len(got))
	}
}

func testWhole(t *testing.T, s Subject) {
	rec := NewRecorder()
	_, stop := s.Log.Follow(rec)
	defer stop()
	want := Event(42)
	want.Audience.Need, want.Audience.All = core.ManageInvites, true
	s.Append(t, want)
	for from, got := range map[string][]core.LoggedEvent{"read": readAll(t, s.Log, 0, 10), "follow": rec.Await(t, 1)} {
		e := got[0].Event
		if e.ID != want.ID || e.Type != want.Type || e.Actor != want.Actor || !e.At.Equal(want.At) ||
			!bytes.Equal(e.Data, want.Data) || !slices.Equal(e.Audience.Users, want.Audience.Users) ||
			e.Audience.Server != want.Audience.Server || e.Audience.Channel != want.Audience.Channel ||
			e.Audience.Need != want.Audience.Need || e.Audience.All != want.Audience.All {
			t.Errorf("%s gives %+v, want %+v", from, e, want)
		}
	}
}

func testPages(t *testing.T, s Subject) {
	for n := range 23 {
		s.Append(t, Event(n+1))
	}
	for _, page := range []int{1, 7, 23, 100} {
		got := readAll(t, s.Log, 4, page)
		contiguous(t, 4, got)
		if len(got) != 19 {
			t.Errorf("pages of %d give %d events", page, len(got))
		}
	}
	if got := readAll(t, s.Log, 1_000_000, 10); len(got) != 0 {
		t.Errorf("read past the end: %s", describe(got))
	}
}

func testFollow(t *testing.T, s Subject) {
	s.Append(t, Event(1), Event(2), Event(3))
	rec := NewRecorder()
	after, stop := s.Log.Follow(rec)
	defer stop()
	if after > 3 {
		t.Fatalf("follows after %d of 3", after)
	}
	s.Append(t, Event(4), Event(5))
	contiguous(t, after, rec.Await(t, int(5-after)))
}

func testConcurrentAppend(t *testing.T, s Subject) {
	const writers, each = 8, 50
	rec := NewRecorder()
	after, stop := s.Log.Follow(rec)
	defer stop()
	appendFrom(t, s, writers, each).Wait()
	heard := rec.Await(t, writers*each)
	contiguous(t, after, heard)
	stored := readAll(t, s.Log, 0, 64)
	if describe(heard) != describe(stored) {
		t.Errorf("followed and read orders differ")
	}
	last := make(map[int]core.EventID)
	for _, e := range heard {
		w := int(e.Event.ID) / 1000
		if e.Event.ID <= last[w] {
			t.Fatalf("events of one writer are out of order: %d after %d", e.Event.ID, last[w])
		}
		last[w] = e.Event.ID
	}
}

// appendFrom appends from several goroutines; the ids of writer w are w*1000+1, w*1000+2, ...
func appendFrom(t *testing.T, s Subject, writers, each int) *sync.WaitGroup {
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				s.Append(t, Event((w+1)*1000+n+1))
			}
		})
	}
	return &wg
}

func testFollowMeetsRead(t *testing.T, s Subject) {
	const writers, each = 4, 60
	wg := appendFrom(t, s, writers, each)
	rec := NewRecorder()
	after, stop := s.Log.Follow(rec)
	defer stop()
	before, err := s.Log.Read(0, writers*each)
	wg.Wait()
	if err != nil || uint64(len(before)) < after {
		t.Fatalf("follows after %d, but only %d can be read: %v", after, len(before), err)
	}
	contiguous(t, 0, append(before[:after:after], rec.Await(t, writers*each-int(after))...))
}

func testSeveral(t *testing.T, s Subject) {
	a, b := NewRecorder(), NewRecorder()
	afterA, stopA := s.Log.Follow(a)
	defer stopA()
	s.Append(t, Event(1))
	afterB, stopB := s.Log.Follow(b)
	defer stopB()
	s.Append(t, Event(2))
	contiguous(t, afterA, a.Await(t, int(2-afterA)))
	contiguous(t, afterB, b.Await(t, int(2-afterB)))
}

func testStop(t *testing.T, s Subject) {
	stopped, going := NewRecorder(), NewRecorder()
	_, stop := s.Log.Follow(stopped)
	_, end := s.Log.Follow(going)
	defer end()
	s.Append(t, Event(1))
	stopped.Await(t, 1)
	going.Await(t, 1)
	stop()
	s.Append(t, Event(2))
	going.Await(t, 2)
	s.Append(t, Event(3))
	going.Await(t, 3)
	if got := stopped.Await(t, 0); len(got) > 2 { // one call may have been in flight
		t.Errorf("heard %s after stop", describe(got))
	}
	stop()
}

func testTrim(t *testing.T, s Subject) {
	if s.Trim == nil {
		t.Skip("this log is not trimmed by hand")
	}
	for n := range 10 {
		s.Append(t, Event(n+1))
	}
	s.Trim(t, 6)
	if oldest, newest := s.Log.Bounds(); oldest != 6 || newest != 10 {
		t.Errorf("bounds %d, %d, want 6, 10", oldest, newest)
	}
	got := readAll(t, s.Log, 0, 100)
	contiguous(t, 5, got)
	if len(got) != 5 {
		t.Errorf("%d events are left", len(got))
	}
	s.Trim(t, 11)
	if oldest, newest := s.Log.Bounds(); oldest != 11 || newest != 10 {
		t.Errorf("bounds of a log trimmed to nothing: %d, %d, want 11, 10", oldest, newest)
	}
	s.Append(t, Event(11))
	contiguous(t, 10, readAll(t, s.Log, 0, 100))
}

func testReopen(t *testing.T, s Subject) {
	if s.Reopen == nil {
		t.Skip("this log has no restart of its own")
	}
	s.Append(t, Event(1), Event(2), Event(3))
	epoch := s.Log.Epoch()
	before := readAll(t, s.Log, 0, 100)
	s.Log = s.Reopen(t)
	if s.Log.Epoch() != epoch {
		t.Errorf("epoch %q became %q", epoch, s.Log.Epoch())
	}
	if got := readAll(t, s.Log, 0, 100); describe(got) != describe(before) {
		t.Errorf("%s became %s", describe(before), describe(got))
	}
	rec := NewRecorder()
	after, stop := s.Log.Follow(rec)
	defer stop()
	if after != 3 {
		t.Errorf("follows after %d, want 3", after)
	}
	s.Append(t, Event(4))
	contiguous(t, 3, rec.Await(t, 1))
}
